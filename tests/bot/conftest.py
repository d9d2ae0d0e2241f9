"""An environment without settings, a merchant's keys, and Telegram and WeChat."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.cli import main

TOKEN = "7654321:AAF-canary_token_that_must_never_be_seen"
Setter = Callable[..., None]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("TOPUP_"):
            monkeypatch.delenv(name)


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Setter:
    """Sets `TOPUP_X` for each `X=…`."""

    def put(**texts: str) -> None:
        for name, text in texts.items():
            monkeypatch.setenv(f"TOPUP_{name}", text)

    return put


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    key = generate_private_key(public_exponent=65537, key_size=2048)
    files = {"private": folder / "private.pem", "public": folder / "public.pem"}
    files["private"].write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    files["public"].write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return files


@pytest.fixture
def wechat(key_files: dict[str, Path]) -> dict[str, str]:
    """Every setting of the channel that it needs."""
    return {
        "WECHAT_MCHID": "1230000109",
        "WECHAT_APPID": "wxd678efh567hg6787",
        "WECHAT_PRIVATE_KEY_FILE": str(key_files["private"]),
        "WECHAT_CERT_SERIAL": "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        "WECHAT_API_V3_KEY": "0123456789abcdefghijklmnopqrstuv",
        "WECHAT_PUBLIC_KEY_FILE": str(key_files["public"]),
        "WECHAT_PUBLIC_KEY_ID": "PUB_KEY_ID_0112300001092026112200000001",
    }


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def topup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """The command, within this process: starting one takes seconds."""

    def topup(*arguments: str) -> Ran:
        monkeypatch.setattr("sys.argv", ["topup", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return topup


@dataclass
class Outside:
    """Telegram and WeChat Pay, as far as the commands ask them."""

    address: str = ""
    ahead: timedelta | None = timedelta(0)
    order_answer: tuple[int, str] = (404, "ORDER_NOT_EXIST")
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, object]]:
        self.asked.append(path)
        if path == f"/bot{TOKEN}/getMe":
            return 200, {"ok": True, "result": {"id": 7654321, "username": "fee_top_up_bot"}}
        if path.startswith("/wechat/v3/pay/transactions/out-trade-no/"):
            status, code = self.order_answer
            return status, {"code": code, "message": "said the stand-in"}
        return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}


@pytest.fixture
def outside() -> Iterator[Outside]:
    stand_in = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = stand_in.answer(self.path)
            body = json.dumps(content).encode()
            self.send_response_only(status)
            if stand_in.ahead is not None:
                there = datetime.now(UTC) + stand_in.ahead
                self.send_header("Date", format_datetime(there, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join()

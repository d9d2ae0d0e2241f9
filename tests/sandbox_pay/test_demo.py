"""The demo as a person starts and stops it, with a stand-in for the bot's own programme."""

import asyncio
import json
import os
import signal
import socket
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.bot_process import BotProcess
from sandbox.telegram.demo import REVIEWER_A, REVIEWER_B

ROOT = Path(__file__).parents[2]
BOT = """
import json, os, pathlib, signal, sys
record = pathlib.Path("record.json")
seen = json.loads(record.read_text()) if record.exists() else {"staff": [], "env": []}
mode = os.environ.get("BOT_MODE")
if sys.argv[1:3] == ["staff", "list"]:
    print("\\n".join(seen["staff"]))
elif sys.argv[1] == "staff":
    seen["staff"].append(sys.argv[3])
    record.write_text(json.dumps(seen))
elif mode == "dies":
    sys.exit("a setting is missing")
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn has its own, then raises it again
    seen["env"].append({k: v for k, v in os.environ.items() if k.startswith("TOPUP_")})
    record.write_text(json.dumps(seen))
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route
    from tests.sandbox_pay import fake_platform
    fake_platform.KEY = os.environ["TOPUP_PLATFORM_API_KEY"]
    ready = Route("/readyz", lambda _: Response())
    app = Starlette(routes=[ready, *fake_platform.FakePlatform().routes()])
    host, port = os.environ["TOPUP_LISTEN"].split(":")
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=int(port), log_level="warning"))
    if mode == "deaf":
        server.capture_signals = __import__("contextlib").nullcontext
    server.run()
    print("bot stopped in order", flush=True)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder whose `bot` is the stand-in above: `python -m bot` finds it first."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").touch()
    (tmp_path / "bot" / "__main__.py").write_text(BOT)
    return tmp_path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_private_file(name: str) -> bool:
    path = Path(name)
    return path.is_absolute() and stat.S_IMODE(path.stat().st_mode) == 0o600


async def start(home: Path, *arguments: str, mode: str = "") -> Process:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "BOT_MODE": mode, "TOPUP_STRANGE": "1"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.demo",
        *arguments,
        cwd=home,
        env=environment,
        stdout=PIPE,
        stderr=PIPE,
    )


@asynccontextmanager
async def demo(home: Path, port: int, *arguments: str) -> AsyncIterator[tuple[Process, str]]:
    process = await start(home, "--port", str(port), *arguments)
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line, (await process.communicate())[1].decode()
        yield process, line.decode()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 30)


def record(home: Path) -> dict[str, list[dict[str, str]]]:
    return json.loads((home / "record.json").read_text())


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_the_demo_prints_its_address_and_stops_in_order(
    home: Path, sign: signal.Signals
) -> None:
    port = free_port()
    async with demo(home, port) as (process, line), httpx.AsyncClient(trust_env=False) as http:
        address = f"http://127.0.0.1:{port}"
        assert f"{address}/" in line
        accounts = (await http.get(f"{address}/console/api/accounts")).json()["accounts"]
        orders = await http.get(f"{address}/wechat/control/orders")
        process.send_signal(sign)
        rest, faults = await asyncio.wait_for(process.communicate(), 30)

    assert [each["exists"] for each in accounts] == [True, True]
    assert orders.json()["orders"] == []
    assert (process.returncode, rest, faults) == (0, b"", b"")
    assert "bot stopped in order" in (home / "var/demo/bot.log").read_text()
    assert record(home)["staff"] == [str(REVIEWER_A), str(REVIEWER_B)]


async def test_a_restart_continues_and_fresh_begins_anew(home: Path) -> None:
    for arguments in ((), (), ("--fresh",)):
        async with demo(home, free_port(), *arguments):
            pass

    first, second, third = record(home)["env"]
    for name in ("TOPUP_BOT_TOKEN", "TOPUP_CODE_KEY", "TOPUP_WECHAT_API_V3_KEY"):
        assert first[name] == second[name]
        assert first[name] != third[name]
    assert len(record(home)["staff"]) == 2


async def test_the_bot_gets_the_settings_it_needs_and_no_others(home: Path) -> None:
    bot_port = free_port()
    async with demo(home, free_port(), "--bot-port", str(bot_port)):
        pass

    settings = record(home)["env"][0]
    assert "TOPUP_STRANGE" not in settings
    assert settings["TOPUP_LISTEN"] == f"127.0.0.1:{bot_port}"
    assert settings["TOPUP_PUBLIC_URL"] == f"http://127.0.0.1:{bot_port}"
    assert settings["TOPUP_PAYEE_ACCOUNT"] == "110907316810601"
    assert settings["TOPUP_WECHAT_BASE_URL"].endswith("/wechat")
    for name in ("PRIVATE_KEY_FILE", "PUBLIC_KEY_FILE"):
        assert is_private_file(settings[f"TOPUP_WECHAT_{name}"])


async def test_a_bot_that_dies_at_the_start_is_shown_with_its_log(home: Path) -> None:
    process = await start(home, "--port", str(free_port()), mode="dies")
    _, faults = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 1
    assert "exit code 1" in faults.decode()
    assert "var/demo/bot.log" in faults.decode()
    assert "a setting is missing" in faults.decode()


@pytest.mark.parametrize("option", ["--port", "--bot-port"])
async def test_a_busy_port_is_named_with_the_option_to_change_it(home: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        taken = str(busy.getsockname()[1])
        ports = {"--port": str(free_port()), "--bot-port": str(free_port())} | {option: taken}
        process = await start(home, *(part for pair in ports.items() for part in pair))
        _, faults = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 1
    assert taken in faults.decode()
    assert f"with {option}." in faults.decode()
    assert "Traceback" not in faults.decode()


async def test_a_bot_that_does_not_stop_is_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    port = free_port()
    settings = {"TOPUP_LISTEN": f"127.0.0.1:{port}", "TOPUP_PLATFORM_API_KEY": "k"}
    bot = BotProcess(
        environment=os.environ | settings | {"PYTHONPATH": str(ROOT), "BOT_MODE": "deaf"},
        log=home / "bot.log",
        address=f"http://127.0.0.1:{port}",
        stopped_within_s=0.3,
    )
    await bot.start()
    await bot.wait_until_ready()

    await bot.stop()

    assert f"exit code {-signal.SIGKILL}" in await bot.ended()

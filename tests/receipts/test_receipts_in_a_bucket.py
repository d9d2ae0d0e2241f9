"""`TOPUP_RECEIPTS=s3://…`, from the environment to objects in a bucket."""

import asyncio
import hashlib
import re
from pathlib import Path

import httpx
import pytest

from bot.app import running_core
from bot.serve_role import ServeRole
from bot.settings_reading import read_settings
from core.observing import Unobserved
from core.remittance.receipt_places import Bucket, open_receipts
from tests.receipts.pictures import encoded, receipt

DATA = encoded(receipt(), "JPEG")
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def environment(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TOPUP_BOT_TOKEN": "7654321:AAF-a_token_of_nobody_for_this_test_only",
        "TOPUP_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'topup.db'}",
        "TOPUP_RECEIPTS": f"s3://{bucket}/production/receipts",
    }.items():
        monkeypatch.setenv(name, value)


async def test_a_receipt_goes_where_the_setting_says_and_comes_back(s3: str, bucket: str) -> None:
    async with running_core(read_settings(), ServeRole.ALL, Unobserved()) as core:
        for _ in range(2):  # people send the same twice
            taken = await core.receipts.take_in(DATA, file_name="receipt.jpg")
        original, preview = await core.receipts.original(NAME), await core.receipts.preview(NAME)

    async with httpx.AsyncClient(base_url=s3, trust_env=False) as client:
        listed = (await client.get(f"/{bucket}")).text
    assert taken.sha256 == NAME
    assert original == DATA
    assert preview != DATA
    assert set(re.findall("<Key>(.*?)</Key>", listed)) == {
        f"production/receipts/{NAME}.original",
        f"production/receipts/{NAME}.preview",
    }


async def test_a_put_asks_to_create_and_not_to_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        heads.append(head)
        length = head.partition("content-length: ")[2].partition("\r\n")[0]
        await reader.readexactly(int(length))
        writer.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\n')
        writer.write(b"Connection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        await open_receipts(Bucket(name="receipts", prefix="")).put(NAME, DATA, b"preview")

    assert [head.split(" ", 1)[0] for head in heads] == ["put", "put"]
    assert all("\r\nif-none-match: *\r\n" in head for head in heads)

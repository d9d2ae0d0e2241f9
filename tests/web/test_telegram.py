"""Telegram's webhook."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from core.app import Core
from core.errors import StorageFault
from tests.web.conftest import SECRET, client_of, on_sqlite, serve
from web.app import build_app
from web.settings import WebSettings

PATH = "/telegram/webhook"
TOLD = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def update(number: int, chat: int = 42) -> dict[str, object]:
    message = {"message_id": 1, "chat": {"id": chat, "type": "private"}, "text": "菜单"}
    return {"update_id": number, "message": message}


async def test_an_update_is_stored_before_it_is_acknowledged(
    client: httpx.AsyncClient, core: Core
) -> None:
    answer = await client.post(PATH, json=update(7), headers=TOLD)

    assert answer.status_code == 200
    [claimed] = await core.inbox.claim(10)
    assert (claimed.update_id, claimed.queue) == (7, "chat:42")
    assert json.loads(claimed.payload) == update(7)


async def test_an_update_sent_twice_is_stored_once(client: httpx.AsyncClient, core: Core) -> None:
    answers = await asyncio.gather(
        *(client.post(PATH, json=update(7), headers=TOLD) for _ in range(8))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert (await core.inbox.backlog())[0] == 1


@on_sqlite
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Telegram-Bot-Api-Secret-Token": ""},
        {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1]},
        {"X-Telegram-Bot-Api-Secret-Token": f"{SECRET}x"},
        {"X-Telegram-Bot-Api-Secret-Token": "é".encode("latin-1")},
        {"X-Forwarded-For": "149.154.160.1"},
    ],
)
async def test_without_the_secret_nothing_is_stored(
    client: httpx.AsyncClient, core: Core, headers: dict[str, str]
) -> None:
    answer = await client.post(PATH, json=update(7), headers=headers)

    assert answer.status_code == 401
    assert (await core.inbox.backlog())[0] == 0


async def test_what_is_not_an_update_is_refused_and_not_stored(
    client: httpx.AsyncClient, core: Core
) -> None:
    for body in (b"", b"x", b"[]", b'{"message": {}}'):
        answer = await client.post(PATH, content=body, headers=TOLD)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")

    assert (await core.inbox.backlog())[0] == 0


@on_sqlite
@pytest.mark.parametrize("secret", [None, ""])
async def test_without_a_configured_secret_the_route_is_absent(
    core: Core, settings: WebSettings, secret: str | None
) -> None:
    app = build_app(core, replace(settings, webhook_secret=secret), telegram=core.inbox, checks={})

    async with client_of(app) as client:
        answer = await client.post(PATH, json=update(7), headers={**TOLD, "X-Other": "1"})
        unnamed = await client.post(PATH, json=update(7))

    assert (answer.status_code, unnamed.status_code) == (404, 404)


@on_sqlite
async def test_in_polling_mode_the_route_is_absent(core: Core, settings: WebSettings) -> None:
    app = build_app(core, settings, telegram=None, checks={})

    async with client_of(app) as client:
        answer = await client.post(PATH, json=update(7), headers=TOLD)

    assert answer.status_code == 404


class BrokenSink:
    """An inbox whose database is away."""

    async def receive(self, incoming: object) -> int:
        raise StorageFault("away: postgresql://user:password@db")


async def test_an_update_that_cannot_be_stored_is_not_acknowledged(
    core: Core, settings: WebSettings
) -> None:
    app = build_app(core, settings, telegram=BrokenSink(), checks={})

    async with client_of(app) as client:
        answer = await client.post(PATH, json=update(7), headers=TOLD)

    assert answer.status_code == 500
    assert "password" not in answer.text
    assert answer.json()["reference"]


async def chunks(size: int, pieces: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield b" " * size


async def test_a_body_over_the_bound_is_refused_while_it_streams(app: FastAPI) -> None:
    async with serve(app) as address, httpx.AsyncClient(base_url=address) as client:
        told = await client.post(PATH, content=b" " * (1024 * 1024 + 1), headers=TOLD)
        streamed = await client.post(PATH, content=chunks(65536, 64), headers=TOLD)
        within = await client.post(PATH, json=update(7), headers=TOLD)

    assert (told.status_code, streamed.status_code, within.status_code) == (413, 413, 200)

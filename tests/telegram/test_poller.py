"""Polling: stored before it is acknowledged, whatever the network does."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot

from bot.telegram.poller import ALLOWED_UPDATES, Poller
from core.app import Core
from tests.telegram.scripted_api import ScriptedApi


def update(number: int) -> dict[str, Any]:
    chat = {"id": 5, "type": "private"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": chat, "text": f"第{number}"}
    return {"update_id": number, "message": {**message, "unknown_field": [1]}}


@asynccontextmanager
async def polling(bot: Bot, core: Core) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(Poller(bot, core.inbox, poll_s=1).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 2)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def batch(api: ScriptedApi, *updates: object) -> None:
    api.then("getUpdates", 200, {"ok": True, "result": list(updates)})


def quiet(api: ScriptedApi) -> None:
    api.results.update(deleteWebhook=True, getUpdates=[])
    api.delay_s = 0.05


async def test_updates_are_stored_as_they_came_and_then_acknowledged(
    api: ScriptedApi, bot: Bot, core: Core
) -> None:
    quiet(api)
    batch(api, update(10), update(11))

    async with polling(bot, core):
        await until(lambda: len(api.made("getUpdates")) >= 3)

    assert api.calls[0].method == "deleteWebhook"
    first, second, third = api.made("getUpdates")[:3]
    assert json.loads(first.fields["allowed_updates"]) == ALLOWED_UPDATES
    assert "offset" not in first.fields
    assert second.fields["offset"] == "12"
    assert "offset" not in third.fields  # all confirmed: a new numbering may start anywhere
    (claimed,) = await core.inbox.claim(10)
    assert claimed.queue == "chat:5"
    assert json.loads(claimed.payload) == update(10)


async def test_the_same_update_twice_is_stored_once(
    api: ScriptedApi, bot: Bot, core: Core
) -> None:
    quiet(api)
    batch(api, update(10))
    batch(api, update(10), update(11))

    async with polling(bot, core):
        await until(lambda: len(api.made("getUpdates")) >= 3)

    waiting, _, _ = await core.inbox.backlog()
    assert waiting == 2


async def test_an_update_without_a_number_does_not_block_the_others(
    api: ScriptedApi, bot: Bot, core: Core
) -> None:
    quiet(api)
    batch(api, {"message": {}}, update(11))

    async with polling(bot, core):
        await until(lambda: len(api.made("getUpdates")) >= 2)

    assert api.made("getUpdates")[1].fields["offset"] == "12"


async def test_a_kind_of_update_nobody_knows_is_stored_too(
    api: ScriptedApi, bot: Bot, core: Core
) -> None:
    quiet(api)
    batch(api, {"update_id": 3, "brand_new_kind": {"from": {"id": 5}}})

    async with polling(bot, core):
        await until(lambda: len(api.made("getUpdates")) >= 2)

    (claimed,) = await core.inbox.claim(10)
    assert claimed.queue == "user:5"


async def test_polling_goes_on_after_errors(api: ScriptedApi, bot: Bot, core: Core) -> None:
    quiet(api)
    api.refuse("deleteWebhook", 502, "Bad Gateway")
    api.refuse("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    api.then("getUpdates", 0, "")
    batch(api, update(10))

    async with polling(bot, core):
        await until(lambda: len(api.made("getUpdates")) >= 4)

    waiting, _, _ = await core.inbox.backlog()
    assert waiting == 1


async def test_what_could_not_be_stored_is_asked_for_again(
    api: ScriptedApi, bot: Bot, core: Core
) -> None:
    quiet(api)
    batch(api, update(10))
    await core.database.close()

    async with polling(bot, core):
        await until(lambda: len(api.made("getUpdates")) >= 2)

    assert all("offset" not in call.fields for call in api.made("getUpdates"))


async def test_a_stop_breaks_off_a_poll_at_once(api: ScriptedApi, bot: Bot, core: Core) -> None:
    quiet(api)
    async with polling(bot, core) as stop:
        await until(lambda: bool(api.made("getUpdates")))
        api.delay_s = 30
        await asyncio.sleep(0.1)
        started = time.monotonic()
        stop.set()

    assert time.monotonic() - started < 1

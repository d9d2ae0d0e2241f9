"""Updates reach the bot by polling or by webhook, each at least once, in order within a chat."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.app import listening
from sandbox.telegram.demo import CREATOR, FINANCE
from sandbox.telegram.person import Person
from sandbox.telegram.webhook import next_pause_s
from sandbox.telegram.world import World
from tests.sandbox.conftest import Api


@dataclass
class Receiver:
    """A bot's web server; answers with the next status of `plan`, then 200."""

    url: str = ""
    plan: list[int] = field(default_factory=list)
    reply: Any = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.arrival.set()
        status = self.plan.pop(0) if self.plan else 200
        return JSONResponse(self.reply or {}, status)

    async def received(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10):
            while len(self.bodies) < count:
                self.arrival.clear()
                await self.arrival.wait()
        return self.bodies


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    listener = listening("127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    served = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    task = asyncio.create_task(served._serve(sockets=[listener]))
    yield receiver
    served.should_exit = True
    await task


async def settled(api: Api, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What getWebhookInfo says once it is so."""
    async with asyncio.timeout(10):
        while True:
            info: dict[str, Any] = await api.ok("getWebhookInfo")
            if is_so(info):
                return info
            await asyncio.sleep(0.02)


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_updates_come_again_until_acknowledged(api: Api, finance: Person) -> None:
    await finance.say("1")
    await finance.say("2")

    first = await api.updates()
    again = await api.updates()
    rest = await api.updates(offset=first[0]["update_id"] + 1)
    nothing = await api.updates(offset=first[1]["update_id"] + 1)

    assert texts(first) == ["1", "2"]
    assert again == first
    assert texts(rest) == ["2"]
    assert nothing == []
    assert first[1]["update_id"] == first[0]["update_id"] + 1


async def test_ids_start_anywhere(world: World) -> None:
    assert World().bot.feed._next_id != World().bot.feed._next_id


async def test_limit_and_negative_offset(api: Api, finance: Person) -> None:
    for number in range(5):
        await finance.say(str(number))

    limited = await api.updates(limit=2)
    newest = await api.updates(offset=-2)

    assert texts(limited) == ["0", "1"]
    assert texts(newest) == ["3", "4"]
    assert texts(await api.updates()) == ["3", "4"]


async def test_a_long_poll_ends_with_the_first_update(api: Api, finance: Person) -> None:
    poll = asyncio.create_task(api.updates(timeout=20))
    await asyncio.sleep(0.05)
    await finance.say("你好")

    async with asyncio.timeout(5):
        assert texts(await poll) == ["你好"]


async def test_a_poll_in_vain_ends_in_time(api: Api, finance: Person) -> None:
    async with asyncio.timeout(5):
        assert await api.updates(timeout=1) == []


async def test_a_second_poll_ends_the_first(api: Api, finance: Person, world: World) -> None:
    first = asyncio.create_task(api.refused("getUpdates", timeout=20))
    while world.bot.feed._poll is None:
        await asyncio.sleep(0.01)

    assert await api.updates() == []
    refusal = await first

    assert refusal.code == 409
    assert refusal.description == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance "
        "is running"
    )


async def test_only_wanted_kinds_are_kept_from_then_on(api: Api, finance: Person) -> None:
    await finance.say("1")
    await api.updates(allowed_updates=["callback_query"])
    await finance.say("2")
    await finance.forge("d", message_id=1, answer_within_s=0)

    updates = await api.updates()

    assert [set(update) - {"update_id"} for update in updates] == [{"message"}, {"callback_query"}]
    info = await api.ok("getWebhookInfo")
    assert info["allowed_updates"] == ["callback_query"]


async def test_presses_are_kept_150_seconds_and_messages_a_day(
    api: Api, finance: Person, world: World
) -> None:
    await finance.say("1")
    await finance.forge("d", message_id=1, answer_within_s=0)

    world.skipped_s += 151
    after_minutes = await api.updates()
    world.skipped_s += 24 * 3600
    after_a_day = await api.updates()

    assert texts(after_minutes) == ["1"]
    assert after_a_day == []


async def test_a_press_on_a_removed_message_is_inaccessible(api: Api, finance: Person) -> None:
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="x")
    await api.ok("deleteMessage", chat_id=FINANCE, message_id=sent["message_id"])
    await finance.forge("d", message_id=sent["message_id"], answer_within_s=0)

    message = (await api.updates())[-1]["callback_query"]["message"]

    assert (message["message_id"], message["date"]) == (sent["message_id"], 0)


async def test_a_stale_button_still_reaches_the_bot(api: Api, finance: Person) -> None:
    keys = {"inline_keyboard": [[{"text": "确认", "callback_data": "ok:1"}]]}
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="x", reply_markup=keys)
    place = {"chat_id": FINANCE, "message_id": sent["message_id"]}
    await api.ok("editMessageText", **place, text="done")

    with pytest.raises(LookupError):
        await finance.press_on(sent["message_id"], "确认")
    await finance.forge("ok:1", message_id=sent["message_id"], answer_within_s=0)

    query = (await api.updates())[-1]["callback_query"]
    assert (query["data"], query["message"]["text"]) == ("ok:1", "done")


async def test_the_answer_of_a_press_is_seen(api: Api, finance: Person) -> None:
    keys = {"inline_keyboard": [[{"text": "余额", "callback_data": "b"}]]}
    await api.ok("sendMessage", chat_id=FINANCE, text="x", reply_markup=keys)
    pressing = asyncio.create_task(finance.press("余额"))
    query = (await api.updates(timeout=5))[-1]["callback_query"]

    await api.ok("answerCallbackQuery", callback_query_id=query["id"], text="¥1", show_alert=True)

    assert await pressing == {"text": "¥1", "show_alert": True, "url": None}
    assert finance.answers == [await pressing]


async def test_blocking_and_starting_again_is_told(api: Api, finance: Person) -> None:
    await finance.block()
    await finance.start()

    changes = [
        update["my_chat_member"]["new_chat_member"]["status"]
        for update in await api.updates()
        if "my_chat_member" in update
    ]

    assert changes == ["kicked", "member"]


async def test_a_webhook_gets_updates_with_its_secret(
    api: Api, finance: Person, receiver: Receiver
) -> None:
    await finance.say("before")
    await api.ok("setWebhook", url=receiver.url, secret_token="s3cret_-")
    await finance.say("after")

    bodies = await receiver.received(2)
    info = await settled(api, lambda info: info["pending_update_count"] == 0)

    assert texts(bodies) == ["before", "after"]
    assert receiver.secrets == ["s3cret_-", "s3cret_-"]
    assert (info["url"], info["pending_update_count"]) == (receiver.url, 0)


async def test_polling_is_refused_while_a_webhook_is_set(
    api: Api, finance: Person, receiver: Receiver
) -> None:
    await api.ok("setWebhook", url=receiver.url)

    refusal = await api.refused("getUpdates")
    await api.ok("deleteWebhook")

    assert refusal.code == 409
    assert refusal.description == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
        "delete the webhook first"
    )
    assert await api.updates() == []


async def test_a_webhook_that_fails_is_asked_again_in_order(
    api: Api, finance: Person, receiver: Receiver
) -> None:
    receiver.plan = [500]
    await api.ok("setWebhook", url=receiver.url)
    await finance.say("1")
    await finance.say("2")

    bodies = await receiver.received(3)

    assert texts(bodies) == ["1", "1", "2"]
    assert bodies[0] == bodies[1]


async def test_one_chat_that_fails_does_not_hold_up_another(
    api: Api, finance: Person, creator: Person, receiver: Receiver, world: World
) -> None:
    receiver.plan = [500, 500]
    await api.ok("setWebhook", url=receiver.url)
    await finance.say("1")
    await receiver.received(2)
    await creator.say("2")

    bodies = await receiver.received(3)
    info = await settled(api, lambda info: "last_error_message" in info)

    assert texts(bodies) == ["1", "1", "2"]
    assert bodies[2]["message"]["from"]["id"] == CREATOR
    assert info["pending_update_count"] >= 1
    assert info["last_error_message"].startswith("Wrong response from the webhook: 500")


async def test_a_webhook_out_of_reach_is_asked_again(
    api: Api, finance: Person, receiver: Receiver
) -> None:
    port = listening("127.0.0.1", 0)
    nowhere = f"http://127.0.0.1:{port.getsockname()[1]}/"
    port.close()
    await api.ok("setWebhook", url=nowhere)
    await finance.say("1")
    info = await settled(api, lambda info: "last_error_message" in info)
    await api.ok("setWebhook", url=receiver.url)

    assert info["pending_update_count"] == 1
    assert info["last_error_message"].startswith("Connection failed")
    assert texts(await receiver.received(1)) == ["1"]


def test_the_pauses_grow_and_then_stay_at_one_to_two_minutes() -> None:
    pauses = [0.0]
    for _ in range(8):
        pauses.append(next_pause_s(pauses[-1]))

    assert pauses[:6] == [0, 2, 4, 8, 16, 32]
    assert all(60 <= pause <= 120 for pause in pauses[6:])


async def test_a_webhook_may_answer_with_a_call(
    api: Api, finance: Person, receiver: Receiver
) -> None:
    receiver.reply = {"method": "sendMessage", "chat_id": FINANCE, "text": "¥1"}
    await api.ok("setWebhook", url=receiver.url)
    await finance.say("余额")

    message = await finance.wait("¥1", timeout_s=5)

    assert message["from"]["is_bot"]


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        (
            {"url": "http://bot.example.com/"},
            "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            {"url": "https://bot.example.com:8444/"},
            "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        (
            {"url": "https://bot.example.com/", "secret_token": "a b"},
            "Bad Request: secret token contains unallowed characters",
        ),
        (
            {"url": "https://bot.example.com/", "secret_token": "a" * 257},
            "Bad Request: secret token is too long",
        ),
    ],
)
async def test_a_wrong_webhook_is_refused(
    api: Api, fields: dict[str, str], description: str
) -> None:
    refusal = await api.refused("setWebhook", **fields)

    assert refusal.description == description


async def test_pending_updates_can_be_dropped(api: Api, finance: Person) -> None:
    await finance.say("1")

    await api.ok("deleteWebhook", drop_pending_updates=True)

    assert await api.updates() == []

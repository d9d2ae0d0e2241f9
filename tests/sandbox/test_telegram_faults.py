"""Trouble on demand: each kind does what it says, and the same seed does it again."""

import time
from typing import Any

import httpx
import pytest

from sandbox.telegram.demo import FINANCE
from sandbox.telegram.errors import ApiError
from sandbox.telegram.person import Person
from sandbox.telegram.rate_limits import RateLimits
from sandbox.telegram.world import World
from tests.sandbox.conftest import Api


async def switch(api: Api, **faults: Any) -> httpx.Response:
    return await api.client.put(f"{api.base_url}/sandbox/faults", json=faults)


async def test_too_many_requests_on_demand(api: Api, finance: Person) -> None:
    await switch(api, rate_429=1, retry_after=7)

    refusal = await api.refused("sendMessage", chat_id=FINANCE, text="x")

    assert (refusal.code, refusal.parameters) == (429, {"retry_after": 7})
    assert refusal.description == "Too Many Requests: retry after 7"


async def test_server_errors_on_demand(api: Api, finance: Person) -> None:
    await switch(api, rate_5xx=1)

    refusal = await api.refused("sendMessage", chat_id=FINANCE, text="x")

    assert (refusal.code, refusal.description) == (502, "Bad Gateway")


async def test_a_connection_dropped_before_the_effect(api: Api, finance: Person) -> None:
    await switch(api, drop_before=1)

    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        await api.post("sendMessage", chat_id=FINANCE, text="x")

    assert await finance.read() == ["/start"]


async def test_a_connection_dropped_after_the_effect(api: Api, finance: Person) -> None:
    await switch(api, drop_after=1)

    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        await api.post("sendMessage", chat_id=FINANCE, text="x")

    assert await finance.read() == ["/start", "x"]


async def test_a_slow_answer(api: Api, finance: Person) -> None:
    await switch(api, delay_s=0.2)

    started = time.monotonic()
    await api.ok("getMe")

    assert time.monotonic() - started >= 0.2


async def test_updates_come_twice(api: Api, finance: Person) -> None:
    await switch(api, repeat_updates=1)
    await finance.say("1")
    first = await api.updates()

    again = await api.updates(offset=first[0]["update_id"] + 1)
    nothing = await api.updates(offset=first[0]["update_id"] + 1)

    assert again == first
    assert nothing == []


async def test_updates_come_late(api: Api, finance: Person) -> None:
    await switch(api, delay_updates_s=5, seed=1)
    await finance.say("1")

    at_once = await api.updates()
    later = await api.updates(timeout=10)

    assert at_once == []
    assert later[0]["message"]["text"] == "1"


async def test_updates_come_out_of_order(api: Api, finance: Person, world: World) -> None:
    await switch(api, reorder_updates=1)
    await finance.say("1")
    await switch(api, reorder_updates=0)
    await finance.say("2")

    texts = [update["message"]["text"] for update in await api.updates()]

    assert texts == ["2", "1"]


async def test_a_held_update_comes_even_if_nothing_follows(api: Api, finance: Person) -> None:
    await switch(api, reorder_updates=1)
    await finance.say("1")

    assert len(await api.updates(timeout=5)) == 1


async def test_the_same_seed_makes_the_same_trouble(api: Api, finance: Person) -> None:
    async def codes() -> list[int]:
        await switch(api, rate_429=0.3, rate_5xx=0.3, seed=42)
        return [(await api.post("getMe")).status_code for _ in range(30)]

    first = await codes()

    assert set(first) == {200, 429, 502}
    assert await codes() == first


@pytest.mark.parametrize("wrong", [{"rate_429": 2}, {"delay_s": -1}, {"rats": 1}, {"seed": "a"}])
async def test_wrong_switches_are_refused(api: Api, wrong: dict[str, Any]) -> None:
    answer = await switch(api, **wrong)

    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_limits_answer_with_429(api: Api, world: World) -> None:
    await switch(api, limits=True)
    group = next(iter(world.groups))

    codes = [
        (await api.post("sendMessage", chat_id=group, text="x")).status_code for _ in range(60)
    ]
    waiting = await api.refused("sendMessage", chat_id=group, text="x")
    world.skipped_s += waiting.parameters["retry_after"]

    assert codes[:20] == [200] * 20
    assert 429 in codes
    assert 1 <= waiting.parameters["retry_after"] <= 3
    assert await api.ok("sendMessage", chat_id=group, text="x")


@pytest.mark.parametrize(
    ("chat_id", "burst", "pause_s"), [(FINANCE, 3, 1), (-1_002_000_000_001, 20, 3)]
)
def test_a_chat_gets_a_burst_and_then_a_steady_rate(
    chat_id: int, burst: int, pause_s: int
) -> None:
    limits, now = RateLimits(), 1000.0
    for _ in range(burst):
        limits.check(chat_id, now)

    with pytest.raises(ApiError) as refused:
        limits.check(chat_id, now)
    limits.check(chat_id, now + pause_s)
    with pytest.raises(ApiError):
        limits.check(chat_id, now + pause_s)

    assert refused.value.parameters == {"retry_after": pause_s}


def test_all_chats_together_get_thirty_a_second() -> None:
    limits, now = RateLimits(), 1000.0
    for chat_id in range(1, 31):
        limits.check(chat_id, now)

    with pytest.raises(ApiError) as refused:
        limits.check(31, now)

    assert refused.value.code == 429

"""Stored updates: each handled, in order per chat, and none dropped in silence."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from core.access.model import StaffRole
from core.app import Core
from core.ids import PersonId
from core.inbox.envelope import incoming_of
from core.storage.tables import notices, updates
from sandbox.telegram.demo import FINANCE, FINANCE_ENGLISH, VIEWER
from sandbox.telegram.person import Person, text_of
from sandbox.telegram.world import World
from tests.telegram.conftest import Edge

FIRST = 5_000


def message(number: int, person: int, text: str) -> dict[str, Any]:
    user = {"id": person, "is_bot": False, "first_name": "x", "language_code": "zh-hans"}
    chat = {"id": person, "type": "private"}
    body = {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": user, "text": text}
    return {"update_id": number, "message": body}


async def receive(core: Core, *stored: dict[str, Any]) -> None:
    await core.inbox.receive([incoming_of(item) for item in stored])


async def states(core: Core) -> dict[int, str]:
    rows = await core.database.read(
        lambda tx: tx.all(select(updates.c.update_id, updates.c.state))
    )
    return {row.update_id: row.state for row in rows}


async def settle(edge: Edge) -> None:
    """Handle everything to its end; what was put off for a later try is tried at once."""
    for _ in range(60):
        await edge.worker.settle()
        waiting, _, _ = await edge.core.inbox.backlog()
        if not waiting:
            return
        await edge.core.database.write(
            lambda tx: tx.execute(updates.update().values(run_at=updates.c.received_at))
        )
    raise AssertionError("updates are still waiting")


@pytest.fixture
async def person(base_url: str) -> object:
    async with Person(base_url, FINANCE) as someone:
        await someone.start()
        yield someone


async def test_updates_of_a_chat_are_handled_in_order(edge: Edge, person: Person) -> None:
    texts = [str(number) for number in range(12)]
    start = message(FIRST, FINANCE, "/start")
    await receive(
        edge.core,
        start,
        *(message(FIRST + 1 + n, FINANCE, text) for n, text in enumerate(texts)),
    )

    await settle(edge)

    assert edge.conversation.handled == [(FINANCE, text) for text in texts]
    assert text_of(await person.last()) == "你说了11，一共 12 次"
    assert set((await states(edge.core)).values()) == {"done"}


async def test_a_slow_chat_does_not_hold_up_others(edge: Edge, base_url: str) -> None:
    people = (FINANCE, VIEWER, FINANCE_ENGLISH)
    for person_id in people:
        async with Person(base_url, person_id) as someone:
            await someone.start()
    await receive(
        edge.core,
        *(message(FIRST + n, who, "/start") for n, who in enumerate(people)),
        *(message(FIRST + 10 + n, who, "hi") for n, who in enumerate(people)),
    )

    await settle(edge)

    assert {chat for chat, _ in edge.conversation.handled} == set(people)


async def test_a_fault_is_tried_again_until_it_passes(edge: Edge, person: Person) -> None:
    await receive(edge.core, message(FIRST, FINANCE, "/start"))
    await settle(edge)
    edge.conversation.fails = 1

    await receive(edge.core, message(FIRST + 1, FINANCE, "once more"))
    await settle(edge)

    assert edge.conversation.handled == [(FINANCE, "once more")]
    assert (await states(edge.core))[FIRST + 1] == "done"


async def test_poison_is_set_aside_with_an_alarm_and_a_word_to_the_person(
    edge: Edge, person: Person
) -> None:
    await edge.core.access.add_staff(PersonId(VIEWER), StaffRole.OPERATOR)
    await receive(edge.core, message(FIRST, FINANCE, "/start"))
    await settle(edge)
    edge.conversation.fails = 5

    await receive(
        edge.core, message(FIRST + 1, FINANCE, "poison"), message(FIRST + 2, FINANCE, "next")
    )
    await settle(edge)

    assert await states(edge.core) == {FIRST: "done", FIRST + 1: "dead", FIRST + 2: "done"}
    assert edge.conversation.handled == [(FINANCE, "next")]
    assert f"没有完成 U{FIRST + 1}" in await person.read()
    rows = await edge.core.database.read(lambda tx: tx.all(select(notices)))
    (alarm,) = [row for row in rows if row.kind == "alarm"]
    assert alarm.person_id == VIEWER
    assert f"U{FIRST + 1}" in alarm.facts["detail"]
    assert "poison" not in json.dumps(alarm.facts)


async def test_an_update_that_cannot_be_read_is_set_aside(edge: Edge) -> None:
    await receive(edge.core, {"update_id": FIRST, "message": {"text": 5}})

    await settle(edge)

    assert await states(edge.core) == {FIRST: "dead"}


async def test_an_update_of_a_person_who_left_is_done(edge: Edge, person: Person) -> None:
    await person.block()
    await receive(edge.core, message(FIRST, FINANCE, "/start"))

    await settle(edge)

    assert await states(edge.core) == {FIRST: "done"}


async def test_a_pause_of_telegram_puts_the_update_off_and_does_not_count_as_a_fault(
    edge: Edge, person: Person, world: World
) -> None:
    world.faults.change({"rate_429": 1, "retry_after": 30})
    await receive(edge.core, message(FIRST, FINANCE, "/start"))
    await edge.worker.settle()

    rows = await edge.core.database.read(lambda tx: tx.all(select(updates)))
    (waiting,) = rows
    assert waiting.state == "new"
    assert 25 < (waiting.run_at - waiting.received_at).total_seconds() < 35


async def test_an_edited_message_changes_nothing(edge: Edge, person: Person) -> None:
    await receive(edge.core, message(FIRST, FINANCE, "/start"))
    edited = message(FIRST + 1, FINANCE, "1万")
    await receive(edge.core, {"update_id": FIRST + 1, "edited_message": edited["message"]})

    await settle(edge)

    assert edge.conversation.handled == []
    assert (await states(edge.core))[FIRST + 1] == "done"


async def test_a_stop_finishes_what_is_under_way(edge: Edge, person: Person) -> None:
    await receive(edge.core, message(FIRST, FINANCE, "/start"))
    stop = asyncio.Event()
    task = asyncio.create_task(edge.worker.run(stop))
    await person.wait("一共 0 次")
    stop.set()
    await asyncio.wait_for(task, 5)

    assert await states(edge.core) == {FIRST: "done"}

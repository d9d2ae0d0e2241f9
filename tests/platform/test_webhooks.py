"""Events reach the platform at least once: tried for three days, logged, sent again by command."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from core.access.model import StaffRole
from core.app import Core
from core.errors import NotFound
from core.holds.model import HoldState
from core.ids import HoldId, PersonId
from core.jobs.drain import Drain
from core.platform.model import Event, EventState, Tried
from core.platform.webhooks import Logged
from core.storage.database import Database
from core.storage.platform_tables import platform_deliveries
from core.storage.tables import jobs
from tests.conftest import SETTINGS
from tests.holds.purse import fund, purchase
from tests.people import ACCOUNT, link_everybody
from tests.play import START, PlayClock, PlayMessenger

OPERATOR = PersonId(501)


class PlayTarget:
    """Answers as it is told, and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[Event] = []
        self.answers: list[Tried] = []
        self.gate: asyncio.Event | None = None
        self.at_once = 0
        self.most_at_once = 0

    async def send(self, event: Event, at: object) -> Tried:
        self.got.append(event)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.gate is not None:
            await self.gate.wait()
        self.at_once -= 1
        return self.answers.pop(0) if self.answers else Tried(status=204)

    def fails(self, *outcomes: int | str) -> None:
        self.answers += [
            Tried(status=item) if isinstance(item, int) else Tried(fault=item) for item in outcomes
        ]


@pytest.fixture
def target() -> PlayTarget:
    return PlayTarget()


@pytest.fixture
async def core(database: Database, clock: PlayClock, target: PlayTarget) -> AsyncIterator[Core]:
    built = Core(database, {}, SETTINGS, clock=clock, webhook=target)
    await link_everybody(built)
    yield built
    await built.ledger.verify()


@pytest.fixture
def drain(core: Core) -> Drain:
    return core.drain(PlayMessenger())


async def the_one(core: Core) -> Logged:
    (found,) = await core.webhooks.log()
    return found


async def test_what_happens_is_sent_once_it_is_committed(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    with pytest.raises(Exception, match="short"):
        await core.holds.place(purchase("A", 500))
    await fund(core, 500)
    await core.holds.place(purchase("A", 500, expires_at=START + timedelta(hours=1)))
    clock.forward(hours=1)
    await drain.settle()

    reference = next(event.data["reference"] for event in target.got if "reference" in event.data)
    assert sorted((event.type, event.data) for event in target.got) == [
        (
            "funds.arrived",
            {
                "account_id": ACCOUNT,
                "amount_fen": 500,
                "channel": "wechat",
                "reference": reference,
                "available_fen": 500,
            },
        ),
        ("hold.expired", {"account_id": ACCOUNT, "hold_id": "A", "amount_fen": 500}),
        ("hold.fundable", {"account_id": ACCOUNT, "hold_id": "A", "amount_fen": 500}),
    ]
    assert len({event.event_id for event in target.got}) == 3
    assert {item.event.state for item in await core.webhooks.log()} == {EventState.DELIVERED}
    assert (await core.holds.hold(HoldId("A"))).state is HoldState.EXPIRED


async def test_a_failed_try_comes_again_under_the_same_id_and_ends_with_an_answer(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    target.fails(500, "ConnectError", 302)
    await fund(core, 100)
    for _ in range(4):
        await drain.settle()
        clock.forward(hours=3)

    assert len({event.event_id for event in target.got}) == 1
    logged = await the_one(core)
    assert logged.event.state is EventState.DELIVERED
    assert [(item.attempt, item.tried) for item in logged.deliveries] == [
        (1, Tried(status=500)),
        (2, Tried(fault="ConnectError")),
        (3, Tried(status=302)),
        (4, Tried(status=204)),
    ]
    clock.forward(days=9)
    await drain.settle()
    assert len(target.got) == 4


async def test_tries_grow_rarer_over_three_days(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    target.answers = [Tried(status=503)] * 1000
    await fund(core, 100)
    tries: list[timedelta] = []
    for _ in range(4 * 24 * 12):
        before = len(target.got)
        await drain.settle()
        if len(target.got) > before:
            tries.append(clock.now() - START)
        clock.forward(minutes=5)

    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert len(tries) == 10
    assert timedelta(days=2, hours=22) < tries[-1] < timedelta(days=3, hours=2)
    assert (await the_one(core)).event.state is EventState.GIVEN_UP
    waiting = select(func.count()).select_from(jobs)
    assert await core.database.read(lambda tx: tx.scalar(waiting)) == 0


async def test_a_lost_event_alarms_the_operators_once_a_day(
    database: Database, clock: PlayClock, target: PlayTarget
) -> None:
    core, messenger = Core(database, {}, SETTINGS, clock=clock, webhook=target), PlayMessenger()
    await link_everybody(core)
    await core.access.add_staff(OPERATOR, StaffRole.OPERATOR)
    drain = core.drain(messenger)
    target.answers = [Tried(status=503)] * 1000
    await fund(core, 100)
    await fund(core, 100)
    for _ in range(12):
        await drain.settle()
        clock.forward(hours=30)

    alarms = [item for item in messenger.told if item.kind.value == "alarm"]
    assert [(item.person_id, item.facts["what"]) for item in alarms] == [
        (OPERATOR, "webhook_given_up")
    ]


async def test_a_target_that_hangs_takes_two_places_of_the_worker_at_most(
    core: Core, clock: PlayClock, target: PlayTarget
) -> None:
    for _ in range(12):
        await fund(core, 100)
    target.gate = asyncio.Event()
    messenger = PlayMessenger()
    drain = core.drain(messenger)
    stop = asyncio.Event()
    running = asyncio.create_task(drain.run(stop))
    async with asyncio.timeout(10):
        while len([item for item in messenger.told if item.person_id == 12]) < 12:
            await asyncio.sleep(0.02)
    assert target.most_at_once == 2
    target.gate.set()
    target.gate = None
    stop.set()
    await running

    for _ in range(20):
        clock.forward(seconds=5)
        await drain.settle()
    assert {item.event.state for item in await core.webhooks.log(limit=50)} == {
        EventState.DELIVERED
    }


async def test_a_target_that_is_away_is_left_alone_for_a_moment(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    target.fails("ConnectTimeout")
    await fund(core, 100)
    await drain.settle()
    await fund(core, 200)
    await drain.settle()
    assert len(target.got) == 1

    clock.forward(seconds=6)
    await drain.settle()
    assert len(target.got) == 3


async def test_without_an_address_events_are_kept_and_can_be_sent_later(
    database: Database, clock: PlayClock, target: PlayTarget
) -> None:
    off = Core(database, {}, SETTINGS, clock=clock)
    await link_everybody(off)
    await fund(off, 100)
    await off.drain(PlayMessenger()).settle()
    assert (await the_one(off)).event.state is EventState.UNSENT
    assert target.got == []

    on = Core(database, {}, SETTINGS, clock=clock, webhook=target)
    assert await on.webhooks.replay() == 1
    await on.drain(PlayMessenger()).settle()
    assert len(target.got) == 1


async def test_a_replay_sends_one_or_all_since_or_all_that_was_lost(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    for _ in range(3):
        await fund(core, 100)
        await drain.settle()
        clock.forward(hours=1)
    ids = [event.event_id for event in target.got]
    target.got.clear()

    assert await core.webhooks.replay() == 0
    assert await core.webhooks.replay(event_id=ids[0]) == 1
    await drain.settle()
    assert [event.event_id for event in target.got] == ids[:1]

    assert await core.webhooks.replay(since=START + timedelta(hours=1)) == 2
    await drain.settle()
    assert {event.event_id for event in target.got[1:]} == set(ids[1:])
    logged = {item.event.event_id: item for item in await core.webhooks.log()}
    assert [len(logged[event_id].deliveries) for event_id in ids] == [2, 2, 2]
    with pytest.raises(NotFound):
        await core.webhooks.replay(event_id="evt_none")
    with pytest.raises(NotFound):
        await core.webhooks.log(event_id="evt_none")


async def test_a_replay_does_not_wait_for_the_next_planned_try(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    target.fails(500, 500, 500)
    await fund(core, 100)
    for _ in range(3):
        await drain.settle()
        clock.forward(minutes=6)
    event_id = target.got[0].event_id
    clock.forward(seconds=1)
    await drain.settle()
    assert len(target.got) == 3

    await core.webhooks.replay(event_id=event_id)
    await drain.settle()

    assert len(target.got) == 4
    assert (await the_one(core)).event.state is EventState.DELIVERED


async def test_events_are_forgotten_a_month_after_they_ended(
    core: Core, drain: Drain, clock: PlayClock, target: PlayTarget
) -> None:
    await fund(core, 100)
    await drain.settle()
    clock.forward(days=31)
    await core.webhooks.sweep()

    assert await core.webhooks.log() == []
    left = select(func.count()).select_from(platform_deliveries)
    assert await core.database.read(lambda tx: tx.scalar(left)) == 0

"""Jobs and updates: once each, in order, never lost, and dead ones set aside."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.app import Core
from core.errors import RetryLater
from core.inbox.model import Incoming, Place
from core.jobs import queue
from core.jobs.drain import MAX_ATTEMPTS, Again, Drain
from core.jobs.queue import Job
from core.storage.tables import jobs
from tests.play import START, PlayClock


async def enqueue(core: Core, name: str, **options: str) -> bool:
    return await core.database.write(
        lambda tx: queue.enqueue(
            tx,
            "play",
            {"name": name},
            at=core.clock.now(),
            **options,  # type: ignore[arg-type]
        )
    )


class Player:
    """A handler that does what its job's name says."""

    def __init__(self, clock: PlayClock) -> None:
        self.clock = clock
        self.played: list[str] = []

    async def __call__(self, job: Job) -> Again | None:
        name = str(job.payload["name"])
        self.played.append(name)
        if name == "fails":
            raise ValueError(name)
        if name == "later":
            raise RetryLater(30)
        if name == "again" and self.played.count("again") < 3:
            return Again(self.clock.now() + timedelta(seconds=10))
        return None


@pytest.fixture
def player(clock: PlayClock) -> Player:
    return Player(clock)


@pytest.fixture
def drain(core: Core, clock: PlayClock, player: Player) -> Drain:
    return Drain(core.database, clock, {"play": player})


async def test_jobs_of_one_order_run_one_by_one_oldest_first(
    core: Core, drain: Drain, player: Player
) -> None:
    for name in ("a1", "a2", "a3"):
        await enqueue(core, name, ordering_key="a")
    await enqueue(core, "b1", ordering_key="b")

    await drain.settle()

    assert sorted(player.played) == ["a1", "a2", "a3", "b1"]
    assert [name for name in player.played if name.startswith("a")] == ["a1", "a2", "a3"]


async def test_a_job_put_off_holds_up_its_order_only(
    core: Core, drain: Drain, player: Player, clock: PlayClock
) -> None:
    await enqueue(core, "later", ordering_key="a")
    await enqueue(core, "a2", ordering_key="a")
    await enqueue(core, "b1", ordering_key="b")
    await drain.settle()
    assert sorted(player.played) == ["b1", "later"]

    clock.forward(seconds=31)
    await drain.settle()
    assert player.played.count("later") == 2
    assert "a2" not in player.played


async def test_a_job_may_ask_to_run_again(
    core: Core, drain: Drain, player: Player, clock: PlayClock
) -> None:
    await enqueue(core, "again")
    for _ in range(5):
        await drain.settle()
        clock.forward(seconds=11)

    assert player.played == ["again"] * 3


async def test_a_poisonous_job_is_buried_and_its_order_goes_on(
    core: Core, drain: Drain, player: Player, clock: PlayClock
) -> None:
    await enqueue(core, "fails", ordering_key="a")
    await enqueue(core, "a2", ordering_key="a")
    for _ in range(MAX_ATTEMPTS):
        await drain.settle()
        clock.forward(hours=1)
    await drain.settle()

    states = await core.database.read(
        lambda tx: [(item.state, item.last_error) for item in tx.all(select(jobs))]
    )
    assert player.played.count("fails") == MAX_ATTEMPTS
    assert player.played[-1] == "a2"
    assert states == [("dead", "ValueError: fails")]


async def test_a_live_dedupe_key_is_enqueued_once(core: Core) -> None:
    assert await enqueue(core, "x", dedupe_key="k")
    assert not await enqueue(core, "x", dedupe_key="k")


async def test_a_job_whose_lease_ran_out_is_taken_over_and_the_first_result_is_void(
    core: Core, clock: PlayClock
) -> None:
    await enqueue(core, "x")

    async def claim() -> list[Job]:
        return await core.database.write(
            lambda tx: queue.claim(tx, now=clock.now(), lease=timedelta(seconds=60), limit=5)
        )

    first = (await claim())[0]
    assert await claim() == []
    clock.forward(seconds=61)
    second = (await claim())[0]

    assert not await core.database.write(lambda tx: queue.finish(tx, first))
    assert await core.database.write(lambda tx: queue.finish(tx, second))


async def test_two_workers_never_take_the_same_job(core: Core, clock: PlayClock) -> None:
    for number in range(50):
        await enqueue(core, str(number))
    players = [Player(clock), Player(clock)]
    drains = [Drain(core.database, clock, {"play": item}) for item in players]

    await asyncio.gather(*(item.settle() for item in drains))

    played = players[0].played + players[1].played
    assert sorted(played, key=int) == [str(number) for number in range(50)]


def incoming(update_id: int, chat: int) -> Incoming:
    return Incoming(update_id=update_id, queue=f"chat:{chat}", payload="{}")


async def test_an_update_is_stored_once_and_handled_in_order_per_chat(
    core: Core, clock: PlayClock
) -> None:
    batch = [incoming(1, 7), incoming(2, 7), incoming(3, 8)]
    assert await core.inbox.receive(batch) == 3
    assert await core.inbox.receive([*batch, incoming(4, 8)]) == 1

    first = await core.inbox.claim(10)
    assert sorted(item.update_id for item in first) == [1, 3]
    assert await core.inbox.claim(10) == []
    for item in first:
        await core.inbox.done(item)
    assert sorted(item.update_id for item in await core.inbox.claim(10)) == [2, 4]


async def test_an_update_that_fails_waits_with_its_chat_and_is_buried_in_the_end(
    core: Core, clock: PlayClock
) -> None:
    await core.inbox.receive([incoming(1, 7), incoming(2, 7)])
    item = (await core.inbox.claim(10))[0]
    await core.inbox.retry(item, after_s=5, error="x")
    assert await core.inbox.claim(10) == []

    clock.forward(seconds=6)
    again = (await core.inbox.claim(10))[0]
    assert (again.update_id, again.attempts) == (1, 2)
    await core.inbox.bury(again, error="x")
    assert [item.update_id for item in await core.inbox.claim(10)] == [2]


async def test_an_update_in_work_when_the_process_died_is_handled_again(
    core: Core, clock: PlayClock
) -> None:
    await core.inbox.receive([incoming(1, 7)])
    await core.inbox.claim(10)
    assert await core.inbox.claim(10) == []

    clock.forward(seconds=91)

    assert [item.attempts for item in await core.inbox.claim(10)] == [2]


async def test_a_place_is_kept(core: Core) -> None:
    place = Place(
        chat_id=7,
        conversation="top_up",
        state="amount",
        facts={"account": "1", "金额": 5},
        screen={"0": ["preset", "100"]},
        version=3,
        last_event="u1",
        message_id=10,
    )
    await core.inbox.save_place(place)
    await core.inbox.save_place(place)

    assert await core.inbox.place(7) == place
    assert await core.inbox.place(8) is None


async def test_one_holder_has_a_lease_at_a_time(core: Core, clock: PlayClock) -> None:
    life = timedelta(seconds=10)
    assert await core.jobs.take_lease("poller", "a", life)
    assert await core.jobs.take_lease("poller", "a", life)
    assert not await core.jobs.take_lease("poller", "b", life)
    clock.forward(seconds=11)
    assert await core.jobs.take_lease("poller", "b", life)
    assert clock.now() > START


async def test_processes_of_a_group_know_how_many_they_are(core: Core, clock: PlayClock) -> None:
    life = timedelta(seconds=15)
    first = await core.jobs.attend("sender", "one", life)
    second = await core.jobs.attend("sender", "two", life)
    again = await core.jobs.attend("sender", "one", life)
    clock.forward(seconds=10)
    await core.jobs.attend("sender", "two", life)
    clock.forward(seconds=10)  # the first was not heard of for 20 s
    left = await core.jobs.attend("sender", "two", life)

    assert (first, second, again, left) == (1, 2, 2, 1)

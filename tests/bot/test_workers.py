"""The process's work ends together, in time, and says whether it ended well."""

import asyncio

from bot.workers import Workers
from core.errors import StorageAway


async def obedient(stop: asyncio.Event) -> None:
    await stop.wait()


async def test_a_stop_ends_everything_well() -> None:
    workers, stop = Workers(), asyncio.Event()
    workers.add("a", obedient)
    workers.add("b", obedient)
    asyncio.get_running_loop().call_later(0.05, stop.set)

    assert await workers.run(stop)


async def test_work_that_dies_ends_all_the_others_and_is_not_well() -> None:
    async def dies(_stop: asyncio.Event) -> None:
        raise RuntimeError("gone")

    workers, stop = Workers(), asyncio.Event()
    workers.add("obedient", obedient)
    workers.add("dies", dies)

    assert not await workers.run(stop)
    assert stop.is_set()


async def test_work_goes_on_after_the_database_was_away() -> None:
    tries: list[int] = []

    async def comes_back(stop: asyncio.Event) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StorageAway("starting up")
        await stop.wait()

    workers, stop = Workers(outage_pause_s=0.01), asyncio.Event()
    workers.add("comes back", comes_back)
    asyncio.get_running_loop().call_later(0.2, stop.set)

    assert await workers.run(stop)
    assert len(tries) == 3


async def test_work_that_ends_by_itself_is_not_well() -> None:
    async def ends(_stop: asyncio.Event) -> None:
        await asyncio.sleep(0)

    workers, stop = Workers(), asyncio.Event()
    workers.add("obedient", obedient)
    workers.add("ends", ends)

    assert not await workers.run(stop)


async def test_work_that_ignores_the_stop_is_cancelled_after_the_grace() -> None:
    cancelled = asyncio.Event()

    async def deaf(_stop: asyncio.Event) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    workers, stop = Workers(grace_s=0.1), asyncio.Event()
    workers.add("deaf", deaf)
    stop.set()

    assert await workers.run(stop)
    assert cancelled.is_set()

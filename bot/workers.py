"""The one owner of detached work: starts it, watches it, and ends it in time."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import StorageAway
from core.storage.signals import wait_at_most

log = structlog.get_logger()
GRACE_S = 10.0
OUTAGE_PAUSE_S = 1.0
Work = Callable[[asyncio.Event], Awaitable[None]]


async def through_outages(
    name: str, work: Work, stop: asyncio.Event, *, pause_s: float = OUTAGE_PAUSE_S
) -> None:
    """Run `work`, and anew after a pause each time the database went away under it."""
    while True:
        try:
            return await work(stop)
        except StorageAway as error:
            log.warning("worker.waits_for_database", worker=name, why=str(error))
            await wait_at_most(stop, pause_s)
            if stop.is_set():
                return None


class Workers:
    """Long-running work of one process: it ends together."""

    def __init__(
        self, *, grace_s: float = GRACE_S, outage_pause_s: float = OUTAGE_PAUSE_S
    ) -> None:
        self._works: dict[str, Work] = {}
        self._grace_s = grace_s
        self._outage_pause_s = outage_pause_s

    def add(self, name: str, work: Work) -> None:
        """`work` runs until the event it is given is set, and then returns soon."""
        self._works[name] = work

    async def run(self, stop: asyncio.Event) -> bool:
        """Run all until `stop` is set or one of them ends by itself, which is the bad end.

        What has not returned after the grace is cancelled: nothing of it is lost, for its leases
        run out and whoever comes next goes on.
        """
        tasks = {
            asyncio.create_task(self._watched(name, work, stop), name=name)
            for name, work in self._works.items()
        }
        await stop.wait()
        done, late = await asyncio.wait(tasks, timeout=self._grace_s)
        for task in late:
            log.warning("worker.cancelled", worker=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1)
        return all(task.result() for task in done)

    async def _watched(self, name: str, work: Work, stop: asyncio.Event) -> bool:
        try:
            await through_outages(name, work, stop, pause_s=self._outage_pause_s)
        except Exception:
            log.exception("worker.died", worker=name)
            stop.set()
            return False
        if not stop.is_set():
            log.error("worker.ended", worker=name)
            stop.set()
            return False
        return True

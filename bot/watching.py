"""Looks at what waits, and tells operators in the chat of what waits too long."""

import asyncio
from datetime import datetime, timedelta

from core.app import Core
from core.cases.model import SUSPENSE_KINDS
from core.storage.signals import wait_at_most

EVERY_S = 60.0
LEASE = timedelta(minutes=3)
BACKLOG_OLD = timedelta(minutes=5)
SUSPENSE_OLD = timedelta(days=1)


class Watching:
    """One process looks for all. Each trouble is told when it begins, and once a day while it
    lasts; a worker that takes the look over may tell it again, but not twice in an hour.
    """

    def __init__(self, core: Core, holder: str) -> None:
        self._core = core
        self._holder = holder
        self._told: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await self._core.jobs.take_lease("watcher", self._holder, LEASE):
                await self.look()
            await wait_at_most(stop, EVERY_S)
        await self._core.jobs.drop_lease("watcher", self._holder)

    async def look(self) -> None:
        """One look at everything."""
        backlogs = {
            "inbox": await self._core.inbox.backlog(),
            "jobs": await self._core.jobs.backlog(),
        }
        for queue, (waiting, _, since) in backlogs.items():
            facts = {"what": "backlog", "queue": queue, "waiting": waiting}
            await self._judge(f"backlog:{queue}", facts, since, BACKLOG_OLD)
        cases = (await self._core.figures()).cases
        held = [item for kind, item in cases.items() if kind in SUSPENSE_KINDS]
        count, fen = sum(item.count for item in held), sum(item.amount_fen for item in held)
        since = min((item.since for item in held), default=None)
        facts = {"what": "suspense_old", "number": count, "amount_fen": fen}
        await self._judge("suspense", facts, since, SUSPENSE_OLD)

    async def _judge(
        self, name: str, facts: dict[str, object], since: datetime | None, limit: timedelta
    ) -> None:
        now = self._core.clock.now()
        if since is None or now - since <= limit:
            self._told.pop(name, None)
            return
        if name in self._told and now - self._told[name] < timedelta(days=1):
            return
        self._told[name] = now
        minutes = int((now - since).total_seconds() // 60)
        await self._core.raise_alarm(f"{name}:{now:%Y-%m-%dT%H}", {**facts, "minutes": minutes})

"""Use cases of background work for those who run it: leases, backlog, start after a crash."""

from datetime import datetime, timedelta

from core.clock import Clock
from core.inbox import store as inbox
from core.jobs import leases, queue
from core.storage.database import Database
from core.storage.transaction import Tx


class Jobs:
    """What a worker process asks about the work itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take_lease(self, name: str, holder: str, life: timedelta) -> bool:
        """Take or keep a named lease; false while another holder's is alive."""
        return await self._database.write(
            lambda tx: leases.take(tx, name, holder, now=self._clock.now(), life=life)
        )

    async def drop_lease(self, name: str, holder: str) -> None:
        await self._database.write(lambda tx: leases.drop(tx, name, holder))

    async def attend(self, group: str, holder: str, life: timedelta) -> int:
        """Say that this process is one of a group; returns how many there are now."""

        def work(tx: Tx) -> int:
            now = self._clock.now()
            leases.take(tx, f"{group}:{holder}", holder, now=now, life=life)
            leases.sweep(tx, f"{group}:", before=now - life)
            return leases.alive(tx, f"{group}:", now=now)

        return await self._database.write(work)

    async def backlog(self) -> tuple[int, int, datetime | None]:
        """Due jobs, dead jobs, and since when the oldest due one waits."""
        return await self._database.read(lambda tx: queue.backlog(tx, now=self._clock.now()))

    async def take_over(self) -> None:
        """Forget the leases of a process that is gone: only for the single `serve` of SQLite."""

        def work(tx: Tx) -> None:
            queue.release_all(tx)
            inbox.release_all(tx)
            leases.drop_all(tx)

        await self._database.write(work)

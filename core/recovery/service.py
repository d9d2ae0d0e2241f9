"""Use cases after a disaster: begin with a copy, and go on when it is reconciled."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.audit import store as audit
from core.channels import Channel
from core.clock import Clock
from core.recovery import store
from core.recovery.model import Recovery
from core.storage.database import Database
from core.storage.transaction import Tx

BILL_ZONE = ZoneInfo("Asia/Shanghai")  # days of bills are days there


class Recoveries:
    """Knows whether money commands are paused, and what is left to be reconciled."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def under_way(self) -> Recovery | None:
        return await self._database.read(store.under_way)

    async def begin(self) -> Recovery:
        """Pause money commands from now on; they go on once every day since is reconciled."""

        def work(tx: Tx) -> Recovery:
            now = self._clock.now()
            found = store.begin(tx, copied_at=audit.newest(tx) or now, at=now)
            facts = {"copied_at": found.copied_at.isoformat()}
            _record(tx, "recovery.begun", facts, at=now)
            return found

        return await self._database.write(work)

    async def finish(
        self, done: Collection[tuple[Channel, date]], channels: Collection[Channel]
    ) -> list[tuple[Channel, date]]:
        """Go on if `done`, reconciled after the restore, has every day of every channel.

        Returns what is left; empty when money commands are served (again).
        """

        def work(tx: Tx) -> list[tuple[Channel, date]]:
            found, now = store.under_way(tx), self._clock.now()
            if found is None:
                return []
            needed = [(channel, day) for channel in channels for day in _days(found, now)]
            left = [item for item in needed if item not in set(done)]
            if not left:
                store.end(tx, at=now)
                _record(tx, "recovery.reconciled", {"days": len(needed)}, at=now)
            return left

        return await self._database.write(work)


def _days(found: Recovery, now: datetime) -> list[date]:
    """The days that began before today and ended after the copy was made."""
    day, today = found.copied_at.astimezone(BILL_ZONE).date(), now.astimezone(BILL_ZONE).date()
    return [day + timedelta(days=n) for n in range((today - day).days)]


def _record(tx: Tx, action: str, facts: Mapping[str, object], *, at: datetime) -> None:
    audit.append(
        tx,
        at=at,
        actor="operator",
        action=action,
        subject="installation",
        account_id=None,
        facts=facts,
    )

"""Use cases of reconciliation: compare a day's bill with the books, and do so every morning."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from core.access.model import StaffRole
from core.access.rights import staff_with
from core.channels import Channel
from core.clock import Clock
from core.errors import ChannelOff, IllegalStep, InvalidRequest, ProviderUnavailable
from core.ids import Ids
from core.jobs import leases, queue
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.providers.base import Bills, Provider
from core.reconciliation import store
from core.reconciliation.model import Reconciled, day_of, ready_at, start_of
from core.reconciliation.run import CLOCK, Run
from core.reconciliation.schedule import AGAIN, OVERDUE, UNSETTLED_DAYS, due_days
from core.recovery.service import Recoveries
from core.storage.database import Database
from core.storage.transaction import Tx

COMPARE = "reconcile"
RECORD = "Reconciliation"
LEASE = timedelta(minutes=10)
BUSY = timedelta(minutes=1)
A_DAY = timedelta(days=1)


class Reconciliation:
    """A provider's bill × our payments and refunds × the ledger, by channel and day."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        providers: Mapping[Channel, Provider],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._providers = providers
        self._recoveries = Recoveries(database, clock)

    def channels(self) -> list[Channel]:
        """Those that are on and have a bill."""
        return [channel for channel, item in self._providers.items() if isinstance(item, Bills)]

    async def run(self, channel: Channel, day: date, *, by: str) -> Reconciled:
        """Compare, credit what was missed, open and settle cases, and settle a clean day.

        Raises `ChannelOff`, `InvalidRequest` for a day that is not over, `IllegalStep` while
        another run of the channel is under way, and `ProviderUnavailable` without a bill.
        """
        provider = self._providers.get(channel)
        if provider is None or not isinstance(provider, Bills):
            raise ChannelOff(channel)
        if day >= day_of(self._clock.now()):
            raise InvalidRequest(f"{day} is not over in Beijing: a day before today is compared")
        lease, holder = f"reconcile:{channel}", self._ids.short(16)
        if not await self._database.write(lambda tx: self._take(tx, lease, holder)):
            raise IllegalStep(record=RECORD, state="under way", event="run")
        try:
            run = Run(self._database, self._clock, self._ids, provider, day)
            result = await run.execute(by=by)
        finally:
            await self._database.write(lambda tx: leases.drop(tx, lease, holder))
        await self._go_on_after_restore()
        return result

    def _take(self, tx: Tx, lease: str, holder: str) -> bool:
        return leases.take(tx, lease, holder, now=self._clock.now(), life=LEASE)

    async def _go_on_after_restore(self) -> None:
        """Money commands are served again once every day since the copy is clean."""
        found = await self._recoveries.under_way()
        if found is None or found.restored_at is None:
            return
        since = found.restored_at
        done = await self._database.read(lambda tx: store.clean_since(tx, since))
        await self._recoveries.finish(done, self.channels())

    # --- by itself, every morning -------------------------------------------------------------

    async def plan(self) -> int:
        """Have the days compared whose bills are out; says how many. As often as one likes."""
        now = self._clock.now()
        due = await self._database.read(lambda tx: self._due(tx, now))
        if not due:
            return 0
        return await self._database.write(
            lambda tx: sum(self._enqueue(tx, channel, day, now) for channel, day in due)
        )

    def _due(self, tx: Tx, now: datetime) -> list[tuple[Channel, date]]:
        due: list[tuple[Channel, date]] = []
        for channel, provider in self._providers.items():
            if not isinstance(provider, Bills):
                continue
            since = day_of(now) - timedelta(days=UNSETTLED_DAYS + 2)
            runs = store.runs_since(tx, channel, since)
            due += [
                (channel, day)
                for day in due_days(runs, now, provider.bill_ready)
                if day in runs or store.had_orders(tx, channel, start_of(day + A_DAY))
            ]
        return due

    def _enqueue(self, tx: Tx, channel: Channel, day: date, now: datetime) -> bool:
        today = day_of(now).isoformat()
        payload = {"channel": channel.value, "day": day.isoformat(), "asked": today}
        return queue.enqueue(
            tx,
            COMPARE,
            payload,
            at=now,
            dedupe_key=f"{COMPARE}:{channel}:{day.isoformat()}:{today}",
            ordering_key=f"{COMPARE}:{channel}",
        )

    async def compare(self, channel: Channel, day: date, asked: date) -> datetime | None:
        """The planned run of a day; returns when to try again. The next morning plans anew."""
        now = self._clock.now()
        if day_of(now) != asked:
            return None
        try:
            await self.run(channel, day, by=CLOCK)
        except ChannelOff:
            return None
        except IllegalStep as error:
            if error.record != RECORD:
                raise
            return now + BUSY
        except ProviderUnavailable as error:
            await self._overdue(channel, day, str(error))
            return now + AGAIN
        return None

    async def _overdue(self, channel: Channel, day: date, why: str) -> None:
        """Operators hear of a bill that does not come, once."""
        provider, now = self._providers[channel], self._clock.now()
        if not isinstance(provider, Bills) or now < ready_at(day, provider.bill_ready) + OVERDUE:
            return
        facts = {
            "what": "bill_overdue",
            "channel": channel.value,
            "detail": f"{channel} {day.isoformat()}: {why}"[:300],
        }

        def work(tx: Tx) -> None:
            operators = [
                Recipient(person_id=person) for person in staff_with(tx, StaffRole.OPERATOR)
            ]
            key = f"bill_overdue:{channel}:{day.isoformat()}"
            notices.add(tx, operators, NoticeKind.ALARM, key=key, facts=facts, at=now)

        await self._database.write(work)

"""One run: fetch a day's bill, credit what was missed, compare, and keep what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from core.audit import store as audit
from core.channels import Channel
from core.clock import Clock
from core.errors import (
    ForgedMessage,
    InvalidRequest,
    NotOurMoney,
    ProviderRefused,
    ReferenceConflict,
)
from core.ids import CaseId, Ids
from core.ledger import postings
from core.ledger import store as ledger
from core.providers.base import BillRow, Confirms, RefundReport, Report, Source
from core.providers.base import Outcome as Told
from core.reconciliation import breaks, store
from core.reconciliation.clearing import explain
from core.reconciliation.comparing import compare, missed
from core.reconciliation.model import (
    ASKS_CALLBACKS,
    BILLS_KEPT,
    BREAKS,
    Books,
    Clearing,
    Finding,
    Line,
    LineKind,
    OpenBreak,
    Outcome,
    Reconciled,
    batches,
    start_of,
)
from core.reconciliation.reading import line_of, read_books
from core.refunds import landing
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup.model import Landing
from core.topup.recording import record

A_DAY = timedelta(days=1)
NO_SLACK = timedelta(0)
CAPTURED_WITHIN = timedelta(hours=2)  # a card's bill has the day of the capture
CLOCK = "clock"


class Biller(Protocol):
    """A provider as a run needs it."""

    channel: Channel
    merchant: str
    app: str

    async def bill(self, day: date) -> tuple[BillRow, ...]: ...


class Run:
    """Compares one channel's bill of one day; doing so again finds the same and opens nothing."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, provider: Biller, day: date
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._provider = provider
        self._channel = provider.channel
        self._day = day
        self._ours = (provider.merchant, provider.app)
        confirms_later = isinstance(provider, Confirms) and provider.confirms_later
        self._slack = CAPTURED_WITHIN if confirms_later else NO_SLACK

    async def execute(self, *, by: str) -> Reconciled:
        """Raises `ProviderUnavailable` while there is no bill; nothing is kept then."""
        lines = [line_of(row) for row in await self._provider.bill(self._day)]
        books = await self._books(lines, ())
        self._check_is_kept(lines, books)
        if unheard := list(missed(lines, books)):
            credited = await self._credit(unheard, books)
            books = await self._books(lines, credited)
        compared = compare(lines, books, day=self._day, slack=self._slack)
        found = await self._with_callbacks(compared)
        await self._land_refunds(found)
        await self._keep_lines(found)
        placed, new_breaks = await self._place_breaks(found)
        return await self._database.write(
            lambda tx: self._close(tx, found, placed, new_breaks=new_breaks, by=by)
        )

    async def _books(self, lines: Sequence[Line], credited: Sequence[str]) -> Books:
        return await self._database.read(
            lambda tx: read_books(
                tx,
                self._channel,
                self._day,
                lines,
                ours=self._ours,
                slack=self._slack,
                credited=credited,
            )
        )

    def _check_is_kept(self, lines: Sequence[Line], books: Books) -> None:
        """An old bill that is empty is one that is not kept any more: it proves nothing."""
        is_old = self._clock.now() - start_of(self._day) > BILLS_KEPT
        if is_old and not lines and books.due_trades:
            raise InvalidRequest(
                f"{self._channel} has no bill of {self._day} any more: "
                f"providers keep bills for about {BILLS_KEPT.days} days"
            )

    async def _with_callbacks(self, found: Sequence[Finding]) -> list[Finding]:
        """Say of what only one side has whether a callback came, too."""
        asked = {item.order_no for item in found if item.outcome in ASKS_CALLBACKS}
        if not asked:
            return list(found)
        heard = await self._database.read(
            lambda tx: store.told_by_callback(tx, self._channel, asked)
        )
        return [
            replace(item, heard=item.order_no in heard) if item.outcome in ASKS_CALLBACKS else item
            for item in found
        ]

    # --- what the bill makes good -------------------------------------------------------------

    async def _credit(self, unheard: Sequence[Line], books: Books) -> list[str]:
        """Land payments we never heard of; returns the trades that were credited."""
        credited = []
        for line in unheard:
            report = await self._checked(line, books)
            if report is not None and await self._land(report) is Landing.CREDITED:
                credited.append(str(report.trade_no))
        return credited

    async def _checked(self, line: Line, books: Books) -> Report | None:
        """A shared-key channel is asked by query before an order is credited, as for callbacks."""
        provider, report = self._provider, line.payment
        if report is None or line.order_no not in books.owners:
            return report
        if not isinstance(provider, Confirms) or provider.confirms_later:
            return report
        try:
            told = await provider.confirm(report)
        except (ProviderRefused, ForgedMessage):
            return None
        return replace(told, source=Source.BILL) if told.outcome is Told.PAID else None

    async def _land(self, report: Report) -> Landing | None:
        now, ids = self._clock.now(), self._ids
        try:
            return await self._database.write(
                lambda tx: record(tx, report, ours=self._ours, at=now, ids=ids)
            )
        except (NotOurMoney, ReferenceConflict):
            return None

    async def _land_refunds(self, found: Sequence[Finding]) -> None:
        """Refunds that the bill shows as done end here too."""
        for item in found:
            if item.ends_refund and item.line is not None and item.line.refund is not None:
                await self._land_refund(replace(item.line.refund, refund_no=str(item.refund_id)))

    async def _land_refund(self, report: RefundReport) -> None:
        now, ids = self._clock.now(), self._ids
        await self._database.write(lambda tx: landing.land(tx, report, at=now, ids=ids))

    # --- what is kept -------------------------------------------------------------------------

    async def _keep_lines(self, found: Sequence[Finding]) -> None:
        """The bill as it is now; lines of it that were settled stay as they are."""
        settled = await self._database.write(
            lambda tx: store.forget_lines(tx, self._channel, self._day)
        )
        new = [
            item
            for item in found
            if item.line is not None and (item.line.kind, item.line.number) not in settled
        ]
        for some in batches(new):
            await self._keep(some)

    async def _keep(self, some: Sequence[Finding]) -> None:
        await self._database.write(lambda tx: store.keep_lines(tx, self._channel, self._day, some))

    async def _place_breaks(
        self, found: Sequence[Finding]
    ) -> tuple[list[tuple[Finding, CaseId]], int]:
        """The breaks with the cases they wait in, and how many are new."""
        placed: list[tuple[Finding, CaseId]] = []
        new = 0
        for some in batches([item for item in found if item.outcome in BREAKS]):
            places = await self._place_some(some, new)
            placed += [(item, case_id) for item, case_id, _ in places]
            new += sum(is_new for _, _, is_new in places)
        return placed, new

    async def _place_some(
        self, some: Sequence[Finding], new: int
    ) -> list[tuple[Finding, CaseId, bool]]:
        return await self._database.write(lambda tx: self._place(tx, some, new))

    def _place(
        self, tx: Tx, some: Sequence[Finding], new: int
    ) -> list[tuple[Finding, CaseId, bool]]:
        now, places = self._clock.now(), []
        for item in some:
            is_told = new < breaks.TOLD_ONE_BY_ONE
            place = breaks.place(
                tx, self._channel, self._day, item, at=now, ids=self._ids, is_told=is_told
            )
            if place is not None:
                places.append((item, *place))
                new += place[1]
        return places

    def _close(
        self,
        tx: Tx,
        found: Sequence[Finding],
        placed: Sequence[tuple[Finding, CaseId]],
        *,
        new_breaks: int,
        by: str,
    ) -> Reconciled:
        now = self._clock.now()
        standing = {case_id for _, case_id in placed}
        breaks.end_vanished(tx, self._channel, self._day, standing, at=now)
        left = breaks.still_open(tx, placed, at=now)
        is_settled = self._settle(tx, by=by) if not left else False
        clearing = explain(tx, self._channel, billed_until=start_of(self._day + A_DAY))
        run = self._result(found, left, new_breaks, is_settled, clearing)
        store.add_run(tx, run, by=by, at=now)
        self._record(tx, "reconciliation.run", by, _told(run))
        if by == CLOCK:
            breaks.tell_summary(tx, run, at=now)
        return run

    def _settle(self, tx: Tx, *, by: str) -> bool:
        """Move what the bill and the ledger agree on out of clearing, once per day."""
        if not ledger.has(tx, postings.settlement_reference(self._channel, self._day)):
            gross_fen, fee_fen = store.settle_lines(tx, self._channel, self._day)
            transfer = postings.day_settled(
                channel=self._channel,
                day=self._day,
                gross_fen=gross_fen,
                fee_fen=fee_fen,
                occurred_at=start_of(self._day + A_DAY),
            )
            if transfer is not None:
                ledger.append(tx, transfer, at=self._clock.now())
                facts = {"gross_fen": gross_fen, "fee_fen": fee_fen}
                self._record(tx, "reconciliation.settled", by, facts)
        return not store.has_unsettled(tx, self._channel, self._day)

    def _result(
        self,
        found: Sequence[Finding],
        left: tuple[OpenBreak, ...],
        new_breaks: int,
        is_settled: bool,
        clearing: Clearing,
    ) -> Reconciled:
        lines = [item.line for item in found if item.line is not None]
        return Reconciled(
            channel=self._channel,
            day=self._day,
            outcomes=Counter(item.outcome for item in found),
            lines=len(lines),
            paid_fen=_sum(lines, LineKind.PAYMENT),
            refunded_fen=_sum(lines, LineKind.REFUND),
            fee_fen=sum(line.fee_fen for line in lines),
            credited_fen=sum(
                item.amount_fen for item in found if item.outcome is Outcome.CREDITED
            ),
            breaks=left,
            new_breaks=new_breaks,
            is_settled=is_settled,
            clearing=clearing,
        )

    def _record(self, tx: Tx, action: str, by: str, facts: Mapping[str, object]) -> None:
        audit.append(
            tx,
            at=self._clock.now(),
            actor=by,
            action=action,
            subject=f"bill:{self._channel}:{self._day.isoformat()}",
            account_id=None,
            facts=facts,
        )


def _sum(lines: Sequence[Line], kind: LineKind) -> int:
    return sum(line.amount_fen for line in lines if line.kind is kind)


def _told(run: Reconciled) -> dict[str, object]:
    return {
        "lines": run.lines,
        "outcomes": {outcome.value: count for outcome, count in run.outcomes.items()},
        "breaks_left": len(run.breaks),
        "credited_fen": run.credited_fen,
    }

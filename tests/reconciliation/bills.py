"""A provider that also writes bills: of what was paid, as a test changes them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from core.app import Core
from core.ids import TopUpId
from core.providers.base import (
    BillRow,
    Outcome,
    RefundOrder,
    RefundReport,
    RefundState,
    Report,
    Source,
)
from core.reconciliation.model import OpenBreak, Reconciled, day_of
from core.topup.orders import StartRequest
from tests.people import ACCOUNT, FINANCE
from tests.play import PlayClock, PlayProvider

RATE_PER_MILLE = 6


def fee(fen: int) -> int:
    return (fen * RATE_PER_MILLE + 500) // 1000


def row_of(report: Report) -> BillRow:
    """A payment's line at the usual fee."""
    due = fee(report.amount_fen or 0)
    told = replace(report, source=Source.BILL, event_id=f"bill:{report.trade_no}")
    return BillRow(
        report=told,
        order_no=report.order_no,
        fee_fen=due,
        due_fee_fen=due,
        trade_no=report.trade_no,
    )


@dataclass
class Bill:
    """The lines of one day."""

    rows: list[BillRow] = field(default_factory=list)

    def change(self, trade_no: str, how: Callable[[BillRow], BillRow]) -> None:
        self.rows = [how(row) if row.trade_no == trade_no else row for row in self.rows]

    def omit(self, trade_no: str) -> None:
        self.rows = [row for row in self.rows if row.trade_no != trade_no]

    def repeat(self, trade_no: str) -> None:
        self.rows += [row for row in self.rows if row.trade_no == trade_no]


class PlayBiller(PlayProvider):
    """Pays, refunds, and writes each of both into the bill of its day."""

    bill_ready = time(10)
    can_refund = True

    def __init__(self, clock: PlayClock) -> None:
        super().__init__(clock)
        self.bills: dict[date, Bill] = {}
        self.refund_states: dict[str, RefundState] = {}
        self.silent: set[str] = set()  # orders that queries tell nothing of

    def day(self) -> Bill:
        """Today's."""
        return self.bills.setdefault(day_of(self.clock.now()), Bill())

    def pay(
        self, order_no: str, *, amount_fen: int | None = None, currency: str = "CNY"
    ) -> Report:
        report = super().pay(order_no, amount_fen=amount_fen, currency=currency)
        self.day().rows.append(row_of(report))
        return report

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:
        report = await super().look_up(order_no, reference)
        if order_no in self.silent:
            return replace(report, outcome=Outcome.UNPAID)
        return report

    async def bill(self, day: date) -> tuple[BillRow, ...]:
        self._call("bill")
        return tuple(self.bills.get(day, Bill()).rows)

    async def refund(self, order: RefundOrder) -> RefundReport:
        self._call("refund")
        self.bill_refund(order.refund_no, order.trade_no, order.refund_fen)
        return self.told_of(order.refund_no, order.refund_fen)

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        self._call("look_up_refund")
        return self.told_of(order.refund_no, order.refund_fen)

    def told_of(self, refund_no: str, fen: int) -> RefundReport:
        return RefundReport(
            channel=self.channel,
            refund_no=refund_no,
            provider_refund_no=f"5030{refund_no}",
            state=self.refund_states.get(refund_no, RefundState.DONE),
            refund_fen=fen,
        )

    def bill_refund(self, refund_no: str, trade_no: str, fen: int) -> None:
        row = BillRow(
            report=self.told_of(refund_no, fen),
            order_no="",
            fee_fen=-fee(fen),
            due_fee_fen=-fee(fen),
            trade_no=trade_no,
        )
        self.day().rows.append(row)


@dataclass
class Shop:
    """A core with a biller, and what a test does with both."""

    core: Core
    clock: PlayClock
    provider: PlayBiller
    wishes: int = 0

    async def order(self, fen: int = 100_00) -> str:
        self.wishes += 1
        wish = f"WISH{self.wishes}"
        view = await self.core.topups.start(
            StartRequest(
                person_id=FINANCE,
                account_id=ACCOUNT,
                amount_fen=fen,
                channel=self.provider.channel,
                key=wish,
                top_up_id=TopUpId(wish),
            )
        )
        return view.payment.order_no

    async def paid(self, fen: int = 100_00) -> str:
        """Ordered, paid, told of, credited and billed; returns the trade's number."""
        report = self.provider.pay(await self.order(fen))
        await self.core.topups.record_payment(report)
        return str(report.trade_no)

    async def missed(self, fen: int = 100_00) -> str:
        """Paid and billed, but neither callback nor query told us."""
        order_no = await self.order(fen)
        self.provider.silent.add(order_no)
        return str(self.provider.pay(order_no).trade_no)

    async def missed_yesterday(self, fen: int) -> list[BillRow]:
        """A payment of yesterday's that we hear of only by these lines."""
        now = self.clock.time
        self.clock.forward(days=-1)
        await self.missed(fen)
        rows, self.provider.day().rows = (
            self.provider.day().rows[-1:],
            self.provider.day().rows[:-1],
        )
        self.clock.time = now
        return rows

    @property
    def yesterday(self) -> date:
        return day_of(self.clock.now()) - timedelta(days=1)

    @property
    def bill(self) -> Bill:
        """Yesterday's."""
        return self.provider.bills.setdefault(self.yesterday, Bill())

    def next_morning(self) -> None:
        """11:00 in Beijing of the next day."""
        self.clock.time = _at_eleven(self.clock.time)

    async def reconcile(self, day: date | None = None, *, by: str = "operator") -> Reconciled:
        return await self.core.reconciliation.run(
            self.provider.channel, day or self.yesterday, by=by
        )

    async def available(self) -> int:
        return (await self.core.ledger.balance(ACCOUNT)).available_fen


def _at_eleven(now: datetime) -> datetime:
    return datetime.combine(day_of(now) + timedelta(days=1), time(3), tzinfo=now.tzinfo)


def kinds(run: Reconciled) -> list[str]:
    return sorted(item.finding.outcome for item in run.breaks)


def one(run: Reconciled) -> OpenBreak:
    (found,) = run.breaks
    return found

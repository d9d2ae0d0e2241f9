"""Which payments and refunds stand in a day's bill, and the breaks put in on demand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sandbox.pay.clock import BEIJING
from sandbox.pay.faults import numbers_in
from sandbox.tenpay.house.faults import Faults
from sandbox.tenpay.house.model import Order, OrderRequest, Paying, Payment, Refund
from sandbox.tenpay.house.orders import OrderBook

_FEE_PER_MILLE = 6
FEE_RATE = "0.60%"
KEPT = timedelta(days=92)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment, or one refund of it."""

    at: datetime
    order: Order
    payment: Payment
    refund: Refund | None = None

    @property
    def order_fen(self) -> int:
        return 0 if self.refund else self.payment.total_fen

    @property
    def refund_fen(self) -> int:
        return self.refund.refund_fen if self.refund else 0

    @property
    def fee_fen(self) -> int:
        """0.6 %, rounded half up; given back with a refund."""
        moved = self.order_fen + self.refund_fen
        fee = (moved * _FEE_PER_MILLE + 500) // 1000
        return -fee if self.refund else fee


def lines_of(
    day: date, orders: OrderBook, refunds: Iterable[Refund], faults: Faults
) -> list[Line]:
    """Oldest first, with the breaks the faults ask for."""
    delayed = numbers_in(faults.bill_delays)
    lines = [line for line in _all_lines(orders, refunds) if _billed_on(line, delayed) == day]
    if faults.bill_adds_refund_fen and lines:
        lines.append(_phantom_refund(lines[0], day, faults.bill_adds_refund_fen))
    if faults.bill_adds_fen:
        lines.append(_phantom_line(day, orders, faults.bill_adds_fen))
    omitted, repeated = numbers_in(faults.bill_omits), numbers_in(faults.bill_repeats)
    altered = numbers_in(faults.bill_alters)
    shown: list[Line] = []
    for line in sorted(lines, key=lambda line: line.at):
        number = line.order.out_trade_no
        if number in omitted:
            continue
        written = _one_fen_more(line) if number in altered else line
        shown += [written] * (2 if number in repeated else 1)
    return shown


def _billed_on(line: Line, delayed: frozenset[str]) -> date:
    is_late = line.order.out_trade_no in delayed
    return line.at.date() + timedelta(days=1 if is_late else 0)


def is_ready(day: date, now: datetime, hour: int) -> bool:
    return now >= datetime.combine(day + timedelta(days=1), time(hour), BEIJING)


def of_kind(lines: Iterable[Line], kind: str) -> list[Line]:
    """`ALL`, `SUCCESS` (payments) or `REFUND`."""
    return [line for line in lines if kind in ("ALL", "REFUND" if line.refund else "SUCCESS")]


def _all_lines(orders: OrderBook, refunds: Iterable[Refund]) -> list[Line]:
    paid = [(order, payment) for order in orders.all() for payment in order.payments]
    lines = [Line(at=payment.at, order=order, payment=payment) for order, payment in paid]
    by_transaction = {payment.transaction_id: (order, payment) for order, payment in paid}
    for refund in refunds:
        order, payment = by_transaction[refund.transaction_id]
        lines.append(Line(at=refund.created_at, order=order, payment=payment, refund=refund))
    return lines


def _one_fen_more(line: Line) -> Line:
    if line.refund is not None:
        return replace(line, refund=replace(line.refund, refund_fen=line.refund.refund_fen + 1))
    return replace(line, payment=replace(line.payment, total_fen=line.payment.total_fen + 1))


def _phantom_line(day: date, orders: OrderBook, total_fen: int) -> Line:
    """A payment of an order the merchant never placed."""
    noon = datetime.combine(day, time(12), BEIJING)
    number = f"PHANTOM{day:%Y%m%d}"
    request = OrderRequest(
        out_trade_no=number,
        total_fen=total_fen,
        description="Unknown order",
        notify_url="",
        core=(),
    )
    order = Order(request=request, created_at=noon, expires_at=noon, token=number)
    payment = orders.new_payment(order, Paying(), noon)
    number = f"9999999999{day:%Y%m%d}{total_fen:010d}"  # the same at each reading
    return Line(at=noon, order=order, payment=replace(payment, transaction_id=number))


def _phantom_refund(line: Line, day: date, refund_fen: int) -> Line:
    """A refund the merchant never asked for, of a payment that was made."""
    noon = datetime.combine(day, time(12), BEIJING)
    refund = Refund(
        refund_id=f"9999999999{day:%Y%m%d}{refund_fen:010d}",
        out_refund_no=f"PHANTOMREFUND{day:%Y%m%d}",
        out_trade_no=line.order.out_trade_no,
        transaction_id=line.payment.transaction_id,
        refund_fen=refund_fen,
        discount_fen=0,
        total_fen=line.payment.total_fen,
        created_at=noon,
        status="SUCCESS",
    )
    return Line(at=noon, order=line.order, payment=line.payment, refund=refund)

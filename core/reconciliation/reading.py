"""From a provider's rows to lines, and what the books know of them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from core.channels import Channel
from core.providers.base import BillRow, RefundReport, Report
from core.reconciliation import store
from core.reconciliation.model import Books, Line, LineKind, OurRefund, day_of, start_of
from core.storage.transaction import Tx

EDGE = timedelta(minutes=10)  # our clock and the provider's may put a refund on two days
A_DAY = timedelta(days=1)


def line_of(row: BillRow) -> Line:
    match row.report:
        case Report() as payment:
            return _payment(row, payment)
        case RefundReport() as refund:
            return _refund(row, refund)


def _payment(row: BillRow, payment: Report) -> Line:
    return Line(
        kind=LineKind.PAYMENT,
        number=payment.trade_no or "",
        order_no=row.order_no,
        trade_no=payment.trade_no,
        amount_fen=payment.amount_fen or 0,
        currency=payment.currency,
        fee_fen=row.fee_fen,
        due_fee_fen=row.due_fee_fen,
        occurred_at=payment.occurred_at,
        state=None,
        payment=payment,
    )


def _refund(row: BillRow, refund: RefundReport) -> Line:
    numbers = tuple(number for number in (refund.refund_no, refund.provider_refund_no) if number)
    return Line(
        kind=LineKind.REFUND,
        number=numbers[0] if numbers else "",
        order_no=row.order_no,
        trade_no=row.trade_no,
        amount_fen=refund.refund_fen,
        currency=None,
        fee_fen=row.fee_fen,
        due_fee_fen=row.due_fee_fen,
        occurred_at=None,
        state=refund.state,
        refund_nos=numbers,
        refund=refund,
    )


def read_books(
    tx: Tx,
    channel: Channel,
    day: date,
    lines: Sequence[Line],
    *,
    ours: tuple[str, str],
    slack: timedelta,
    credited: Iterable[str] = (),
) -> Books:
    """All that the comparison of this bill asks."""
    payments = [line for line in lines if line.kind is LineKind.PAYMENT]
    refunds = [line for line in lines if line.kind is LineKind.REFUND]
    of_refunds = {line.trade_no for line in refunds if line.trade_no}
    numbers = {line.number for line in payments}
    start, end = start_of(day), start_of(day + A_DAY)
    due_trades = store.trades_between(tx, channel, start - slack, end - slack)
    due_refunds = _due_refunds(tx, channel, day)
    due_numbers = {trade.trade_no for trade in due_trades}
    found = store.trades_by_number(tx, channel, numbers | of_refunds)
    refund_nos = {number for line in refunds for number in line.refund_nos}
    return Books(
        ours=ours,
        owners=store.owners(tx, channel, {line.order_no for line in payments}),
        trades={trade.trade_no: trade for trade in found},
        refunds=tuple(store.refunds_named(tx, channel, refund_nos, of_refunds)),
        given_back=tuple(store.given_back(tx, channel, of_refunds)),
        elsewhere=(
            *store.elsewhere(tx, channel, day, LineKind.PAYMENT, numbers | due_numbers),
            *store.elsewhere(tx, channel, day, LineKind.REFUND, {line.number for line in refunds}),
        ),
        credited=frozenset(credited),
        due_trades=tuple(due_trades),
        due_refunds=tuple(due_refunds),
        billed_refunds=frozenset(
            store.billed_refunds(tx, channel, day, {ours.refund_id for ours in due_refunds})
        ),
    )


def _due_refunds(tx: Tx, channel: Channel, day: date) -> list[OurRefund]:
    """Refunds done that day, as far as the bill of the day they were sent on has been read."""
    start, end = start_of(day) - EDGE, start_of(day + A_DAY) - EDGE
    ended = store.refunds_ended(tx, channel, start, end)
    sent_days = {day_of(sent_at) for _, sent_at in ended}
    read = store.runs_since(tx, channel, min(sent_days, default=day)).keys() | {day}
    return [refund for refund, sent_at in ended if day_of(sent_at) in read]

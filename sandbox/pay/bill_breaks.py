"""Bills that differ from what happened, on demand: the breaks a reconciliation has to find."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sandbox.pay.bill import Line
from sandbox.pay.clock import BEIJING
from sandbox.pay.faults import Faults, numbers_in
from sandbox.pay.model import Refund, RefundStatus
from sandbox.pay.odd import phantom_order, pretended_payment
from sandbox.pay.requests import Merchant

_STRANGER = "1999999999"
_FEE_OFF_FEN = 5


def with_breaks(
    lines: Iterable[Line], day: date, faults: Faults, merchant: Merchant
) -> list[Line]:
    """The lines that stand in the bill of `day`, as the switches want them; the same each time."""
    delayed = numbers_in(faults.bill_delays)
    omitted, repeated = numbers_in(faults.bill_omits), numbers_in(faults.bill_repeats)
    of_day = [line for line in lines if _billed_on(line, delayed) == day]
    shown: list[Line] = []
    for line in sorted(of_day, key=lambda line: line.at):
        number = line.order.out_trade_no
        if number not in omitted:
            shown += [_altered(line, faults)] * (2 if number in repeated else 1)
    if faults.bill_adds_refund_fen and shown:
        shown.append(_phantom_refund(shown[0], day, faults.bill_adds_refund_fen))
    if faults.bill_adds_fen:
        shown.append(_phantom_line(day, faults.bill_adds_fen, merchant))
    return shown


def _billed_on(line: Line, delayed: frozenset[str]) -> date:
    is_late = line.order.out_trade_no in delayed
    return line.at.date() + timedelta(days=1 if is_late else 0)


def _altered(line: Line, faults: Faults) -> Line:
    number = line.order.out_trade_no
    if number in numbers_in(faults.bill_alters):
        line = _one_fen_more(line)
    if number in numbers_in(faults.bill_other_currency):
        line = replace(line, payment=replace(line.payment, currency="USD"))
    if number in numbers_in(faults.bill_other_merchant):
        request = replace(line.order.request, mchid=_STRANGER)
        line = replace(line, order=replace(line.order, request=request))
    if number in numbers_in(faults.bill_other_fee):
        line = replace(line, fee_off_fen=_FEE_OFF_FEN)
    return line


def _one_fen_more(line: Line) -> Line:
    if line.refund is not None:
        return replace(line, refund=replace(line.refund, refund_fen=line.refund.refund_fen + 1))
    return replace(line, payment=replace(line.payment, total_fen=line.payment.total_fen + 1))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), BEIJING)


def _phantom_line(day: date, total_fen: int, merchant: Merchant) -> Line:
    """A payment of an order the merchant never placed."""
    at = _noon(day)
    order = phantom_order(merchant, total_fen, at)
    number = f"4299999999{day:%Y%m%d}{total_fen:010d}"
    payment = replace(pretended_payment(order, at), transaction_id=number)
    return Line(at=at, order=order, payment=payment)


def _phantom_refund(line: Line, day: date, refund_fen: int) -> Line:
    """A refund the merchant never asked for, of a payment that was made."""
    at, order = _noon(day), line.order
    refund = Refund(
        refund_id=f"50399999{day:%Y%m%d}{refund_fen:010d}",
        out_refund_no=f"PHANTOMREFUND{day:%Y%m%d}",
        out_trade_no=order.out_trade_no,
        transaction_id=line.payment.transaction_id,
        refund_fen=refund_fen,
        total_fen=line.payment.total_fen,
        reason="",
        notify_url="",
        created_at=at,
        status=RefundStatus.SUCCESS,
        ended_at=at,
    )
    return Line(at=at, order=order, payment=line.payment, refund=refund)

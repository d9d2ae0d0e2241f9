"""Landing a provider's report in the books: the one path of callback, query, bill and repair."""

from datetime import datetime
from typing import assert_never

from core.arrivals import service as arrivals
from core.arrivals.model import Arrival
from core.errors import NotOurMoney, ReferenceConflict
from core.ids import Ids
from core.ledger import postings
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.providers.base import Outcome, Report, Source
from core.storage.transaction import Tx
from core.topup import store
from core.topup.model import (
    LIVE,
    PAYMENT_STEPS,
    TOP_UP_STEPS,
    Landing,
    Mark,
    Payment,
    PaymentEvent,
    PaymentState,
    TopUp,
    TopUpEvent,
    TopUpState,
    step,
)
from core.topup.orders import confirm_later
from core.topup.suspense import record_action, suspend


def record(tx: Tx, report: Report, *, ours: tuple[str, str], at: datetime, ids: Ids) -> Landing:
    """Move the payment and the money as the report says, exactly once per trade.

    `ours` is merchant and app as configured now. Raises `NotOurMoney`, before anything is
    written, when the report names others than the order's (or ours, for an unknown order).
    """
    payment = store.payment_by_order(tx, report.order_no, lock=True)
    _check_owner(report, payment, ours)
    if report.source is Source.CALLBACK:
        store.note_event(tx, report, at=at)
    match report.outcome:
        case Outcome.PAID:
            return _paid(tx, report, payment, at=at, ids=ids)
        case Outcome.AUTHORISED:
            return _authorised(tx, report, payment, at=at)
        case Outcome.CLOSED:
            return _ended(tx, payment, PaymentEvent.CLOSE, at=at)
        case Outcome.FAILED:
            return _refused(tx, report, payment, at=at)
        case Outcome.UNPAID | Outcome.UNKNOWN:
            return Landing.NOTHING
    assert_never(report.outcome)


def hear_later(tx: Tx, report: Report, *, ours: tuple[str, str], at: datetime) -> Landing:
    """Keep a callback whose word is checked by a job; raises `NotOurMoney` like `record`."""
    _check_owner(report, store.payment_by_order(tx, report.order_no), ours)
    if not store.note_event(tx, report, at=at):
        return Landing.REPEATED
    confirm_later(tx, report, at=at)
    return Landing.NOTED


def _check_owner(report: Report, payment: Payment | None, ours: tuple[str, str]) -> None:
    if report.outcome is Outcome.UNKNOWN:
        return
    expected = ours if payment is None else (payment.merchant, payment.app)
    if (report.merchant, report.app) != expected:
        raise NotOurMoney(f"{report.channel}: {report.merchant}/{report.app}")
    if payment is not None and report.channel is not payment.channel:
        raise NotOurMoney(f"{report.channel} reports an order of {payment.channel}")


def _authorised(tx: Tx, report: Report, payment: Payment | None, *, at: datetime) -> Landing:
    """A card holds the amount: checking and capturing it is a job."""
    confirm_later(tx, report, at=at)
    if payment is None or payment.state not in {PaymentState.CREATING, PaymentState.WAITING}:
        return Landing.NOTHING
    state = step(PAYMENT_STEPS, payment.state, PaymentEvent.AUTHORISE)
    store.set_payment_state(tx, payment.payment_id, state, at=at)
    notices.refresh_card(tx, f"topup:{payment.top_up_id}", at=at)
    return Landing.NOTED


def _refused(tx: Tx, report: Report, payment: Payment | None, *, at: datetime) -> Landing:
    """The payment will not come: the payer is told why, and what else there is."""
    landing = _ended(tx, payment, PaymentEvent.FAIL, at=at, reason=report.reason)
    if landing is Landing.NOTED and payment is not None and report.reason:
        top_up = store.top_up(tx, payment.top_up_id)
        if top_up is not None:
            _tell_refusal(tx, report, payment, top_up, at=at)
    return landing


def _tell_refusal(
    tx: Tx, report: Report, payment: Payment, top_up: TopUp, *, at: datetime
) -> None:
    facts = {
        "account": top_up.account_name,
        "amount_fen": payment.amount_fen,
        "channel": report.channel.value,
        "bank": payment.bank,
        "order_no": payment.order_no,
        "reason": report.reason,
    }
    payer = [Recipient(person_id=top_up.person_id, account_id=top_up.account_id)]
    notices.add(tx, payer, NoticeKind.PAYMENT_REFUSED, key=payment.order_no, facts=facts, at=at)
    record_action(tx, "payment.refused", payment.order_no, top_up.account_id, facts, at=at)


def _ended(
    tx: Tx,
    payment: Payment | None,
    event: PaymentEvent,
    *,
    at: datetime,
    reason: str | None = None,
) -> Landing:
    if payment is None or payment.state not in LIVE:
        return Landing.NOTHING
    state = step(PAYMENT_STEPS, payment.state, event)
    store.set_payment_state(tx, payment.payment_id, state, at=at, reason=reason)
    notices.refresh_card(tx, f"topup:{payment.top_up_id}", at=at)
    return Landing.NOTED


def _paid(tx: Tx, report: Report, payment: Payment | None, *, at: datetime, ids: Ids) -> Landing:
    if not report.trade_no or report.amount_fen is None or not report.currency:
        raise ReferenceConflict("a paid report names trade, amount and currency")
    landed = store.trade_amount(tx, report)
    if landed is not None:
        if landed != report.amount_fen:
            raise ReferenceConflict(f"trade {report.trade_no} came again with another amount")
        return Landing.REPEATED
    if payment is None:
        return suspend(tx, report, None, "unknown_order", mark=None, at=at, ids=ids)
    top_up = store.top_up(tx, payment.top_up_id, lock=True)
    if top_up is None:
        raise ReferenceConflict(payment.order_no)
    if report.currency != payment.currency:
        return _other_currency(tx, report, payment, top_up, at=at, ids=ids)
    if report.amount_fen != payment.amount_fen:
        _pay(tx, payment, mark=Mark.MISMATCH, at=at)
        return suspend(
            tx, report, (payment, top_up), "amount_differs", mark=Mark.MISMATCH, at=at, ids=ids
        )
    return _credit(tx, report, payment, top_up, at=at)


def _credit(tx: Tx, report: Report, payment: Payment, top_up: TopUp, *, at: datetime) -> Landing:
    mark = _mark(tx, payment, top_up)
    occurred_at = report.occurred_at or at
    transfer = postings.payment_received(
        account_id=top_up.account_id,
        channel=report.channel,
        merchant=report.merchant,
        trade_no=str(report.trade_no),
        amount_fen=int(report.amount_fen or 0),
        occurred_at=occurred_at,
    )
    posted = ledger.append(tx, transfer, at=at)
    store.add_trade(
        tx,
        report,
        payment_id=payment.payment_id,
        transfer_id=posted.transfer_id,
        mark=mark,
        occurred_at=occurred_at,
        at=at,
    )
    _pay(tx, payment, mark=mark, at=at)
    if top_up.state is TopUpState.OPEN:
        funded = step(TOP_UP_STEPS, top_up.state, TopUpEvent.FUND)
        store.set_top_up_state(tx, top_up.top_up_id, funded)
    _tell_arrival(tx, report, payment, top_up, mark, at=at)
    return Landing.CREDITED


def _mark(tx: Tx, payment: Payment, top_up: TopUp) -> Mark | None:
    if store.trades_of_top_up(tx, top_up.top_up_id):
        return Mark.EXTRA
    ended = payment.state in {PaymentState.CLOSED, PaymentState.FAILED}
    if ended or top_up.state in {TopUpState.CANCELLED, TopUpState.EXPIRED}:
        return Mark.LATE
    return None


def _pay(tx: Tx, payment: Payment, *, mark: Mark | None, at: datetime) -> None:
    """A second trade of a paid order leaves the order as it is, and marks it."""
    state = payment.state
    if state is not PaymentState.PAID:
        state = step(PAYMENT_STEPS, state, PaymentEvent.PAY)
    store.set_payment_state(tx, payment.payment_id, state, at=at, mark=mark)
    notices.refresh_card(tx, f"topup:{payment.top_up_id}", at=at)


def _tell_arrival(
    tx: Tx, report: Report, payment: Payment, top_up: TopUp, mark: Mark | None, *, at: datetime
) -> None:
    arrival = Arrival(
        account_id=top_up.account_id,
        amount_fen=int(report.amount_fen or 0),
        channel=report.channel.value,
        reference=str(report.trade_no),
        key=f"{report.channel}:{report.merchant}:{report.trade_no}",
        facts={
            "order_no": payment.order_no,
            "mark": mark,
            "top_up": top_up.top_up_id,
            "bank": payment.bank,
        },
    )
    facts = arrivals.announce(tx, arrival, at=at)
    record_action(tx, "payment.credited", payment.order_no, top_up.account_id, facts, at=at)


def _other_currency(
    tx: Tx, report: Report, payment: Payment, top_up: TopUp, *, at: datetime, ids: Ids
) -> Landing:
    if payment.state in LIVE:
        state = step(PAYMENT_STEPS, payment.state, PaymentEvent.FAIL)
        store.set_payment_state(tx, payment.payment_id, state, at=at, mark=Mark.CURRENCY)
        notices.refresh_card(tx, f"topup:{payment.top_up_id}", at=at)
    return suspend(
        tx, report, (payment, top_up), "other_currency", mark=Mark.CURRENCY, at=at, ids=ids
    )

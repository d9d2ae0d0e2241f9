"""Orders inside their transactions: opening, reusing, reopening in another form, ending."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.access import rights
from core.access import store as access
from core.access.model import Right
from core.audit import store as audit
from core.channels import Channel, Form
from core.errors import AmountRefused, NotFound
from core.ids import AccountId, Ids, OrderNo, PaymentId, PersonId, TopUpId
from core.jobs import queue
from core.notices import store as notices
from core.providers.base import Provider, Report
from core.recovery import store as recovery
from core.stepup import service as stepup
from core.storage.transaction import Tx
from core.topup import store
from core.topup.model import (
    CURRENCY,
    LIVE,
    LOOKS_S,
    PAYMENT_STEPS,
    TOP_UP_STEPS,
    Payment,
    PaymentEvent,
    PaymentState,
    TopUp,
    TopUpEvent,
    TopUpState,
    step,
)

WATCH = "watch_payment"
CONFIRM = "confirm_payment"
LET_GO = "let_go_payment"
USEFUL = timedelta(seconds=15)  # an order about to end does not serve a new wish
SWEEP_AFTER = timedelta(days=1)  # one more look at an order that ended unpaid


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """Somebody wants to pay an amount by a channel; `key` makes it happen once.

    `top_up_id` names the wish, so that another channel or another try serves the same one; a
    wish that has ended makes room for a new one.
    """

    person_id: PersonId
    account_id: AccountId
    amount_fen: int
    channel: Channel
    key: str
    top_up_id: TopUpId
    bank: str | None = None


def open_order(
    tx: Tx, request: StartRequest, provider: Provider, *, at: datetime, life: timedelta, ids: Ids
) -> tuple[Payment, list[Payment]]:
    """The order that serves the request, and those it replaces, which are to be closed."""
    member = rights.require(tx, request.person_id, request.account_id, Right.MOVE_MONEY)
    if (made := store.payment_by_request(tx, request.key)) is not None:
        return made, []
    recovery.require_open(tx)
    stepup.require(tx, request.person_id, amount_fen=request.amount_fen)
    access.lock_person(tx, request.person_id)  # two taps at once are one order
    limits = provider.limits
    if not limits.minimum_fen <= request.amount_fen <= limits.maximum_fen:
        raise AmountRefused(minimum_fen=limits.minimum_fen, maximum_fen=limits.maximum_fen)
    top_up = _wish(tx, request, member.account.name, at=at, life=life, ids=ids)
    twin = store.live_twin(tx, top_up, request.channel, request.bank, after=at + USEFUL)
    if twin is not None:
        return twin, []
    if store.top_up(tx, top_up.top_up_id) is None:
        store.add_top_up(tx, top_up)
    live = store.live_payments(tx, top_up.top_up_id)
    store.prolong_top_up(tx, top_up.top_up_id, at + life)
    form = Form.QR if Form.QR in provider.forms else Form.LINK
    payment = _payment(top_up, request.channel, form, provider, at=at, life=life, ids=ids)
    payment = replace(payment, bank=request.bank)
    _add(tx, payment, request.key)
    audit.append(
        tx,
        at=at,
        actor=f"person:{request.person_id}",
        action="payment.ordered",
        subject=f"order:{payment.order_no}",
        account_id=request.account_id,
        facts={
            "amount_fen": request.amount_fen,
            "channel": request.channel.value,
            "bank": request.bank,
        },
    )
    return payment, live


def _wish(
    tx: Tx, request: StartRequest, account_name: str, *, at: datetime, life: timedelta, ids: Ids
) -> TopUp:
    top_up_id = request.top_up_id
    held = store.top_up(tx, top_up_id, lock=True)
    if held is not None:
        if held.account_id != request.account_id or held.person_id != request.person_id:
            raise NotFound
        if held.state is TopUpState.OPEN and held.amount_fen == request.amount_fen:
            return held
        top_up_id = TopUpId(ids.short(12))
    return TopUp(
        top_up_id=top_up_id,
        account_id=request.account_id,
        account_name=account_name,
        person_id=request.person_id,
        amount_fen=request.amount_fen,
        state=TopUpState.OPEN,
        created_at=at,
        expires_at=at + life,
    )


def _payment(
    top_up: TopUp,
    channel: Channel,
    form: Form,
    provider: Provider,
    *,
    at: datetime,
    life: timedelta,
    ids: Ids,
) -> Payment:
    return Payment(
        payment_id=PaymentId(ids.short(12)),
        top_up_id=top_up.top_up_id,
        channel=channel,
        form=form,
        order_no=OrderNo(f"T{at:%Y%m%d}{ids.short(10)}"),
        merchant=provider.merchant,
        app=provider.app,
        amount_fen=top_up.amount_fen,
        currency=CURRENCY,
        state=PaymentState.CREATING,
        mark=None,
        bank=None,
        provider_reference=None,
        reason=None,
        qr_text=None,
        address=None,
        address_expires_at=None,
        bridge_token=ids.token(),
        created_at=at,
        expires_at=(at + life).replace(microsecond=0),
    )


def _add(tx: Tx, payment: Payment, request_key: str) -> None:
    store.add_payment(tx, payment, request_key=request_key)
    queue.enqueue(
        tx,
        WATCH,
        {"payment": payment.payment_id},
        at=payment.created_at + timedelta(seconds=LOOKS_S[0]),
        dedupe_key=f"{WATCH}:{payment.payment_id}",
    )


def confirm_later(tx: Tx, report: Report, *, at: datetime) -> None:
    """Have the provider's word checked in a job of its own."""
    queue.enqueue(
        tx,
        CONFIRM,
        {
            "channel": report.channel,
            "order": report.order_no,
            "at_provider": report.reference,
            "trade": report.trade_no,
        },
        at=at,
        dedupe_key=f"{CONFIRM}:{report.channel}:{report.order_no}",
    )


def still_serves(payment: Payment, form: Form, now: datetime) -> bool:
    """Whether the present order can be paid in this form now."""
    if payment.form is not form or payment.state is not PaymentState.WAITING:
        return False
    return payment.address_expires_at is None or payment.address_expires_at > now


def reopen(
    tx: Tx, old: Payment, form: Form, provider: Provider, *, at: datetime, ids: Ids
) -> Payment | None:
    """The same wish as a new order in another form; None when the wish has ended meanwhile."""
    top_up = store.top_up(tx, old.top_up_id, lock=True)
    if top_up is None or top_up.state is not TopUpState.OPEN or top_up.expires_at <= at + USEFUL:
        return None
    payments = store.payments_of(tx, old.top_up_id)
    if any(item.state is PaymentState.PAID for item in payments):
        return None  # paid otherwise than asked: people decide about it first
    newest = payments[0]
    if newest.payment_id != old.payment_id and newest.form is form and newest.state in LIVE:
        return newest  # somebody opened the page twice at once
    life = top_up.expires_at - at
    payment = _payment(top_up, old.channel, form, provider, at=at, life=life, ids=ids)
    payment = replace(payment, bank=old.bank)
    _add(tx, payment, f"bridge:{payment.payment_id}")
    notices.refresh_card(tx, f"topup:{top_up.top_up_id}", at=at)
    return payment


def cancel(tx: Tx, top_up_id: TopUpId, person_id: PersonId, *, at: datetime) -> None:
    """Raises `IllegalStep` when the wish has ended; orders are let go in the background."""
    top_up = store.top_up(tx, top_up_id, lock=True)
    if top_up is None:
        raise NotFound
    rights.require(tx, person_id, top_up.account_id, Right.MOVE_MONEY)
    state = step(TOP_UP_STEPS, top_up.state, TopUpEvent.CANCEL)
    store.set_top_up_state(tx, top_up_id, state)
    for payment in store.live_payments(tx, top_up_id):
        let_go(tx, payment.payment_id, at=at)
    notices.refresh_card(tx, f"topup:{top_up_id}", at=at)
    audit.append(
        tx,
        at=at,
        actor=f"person:{person_id}",
        action="topup.cancelled",
        subject=f"topup:{top_up_id}",
        account_id=top_up.account_id,
        facts={},
    )


def let_go(tx: Tx, payment_id: PaymentId, *, at: datetime) -> None:
    """Have an order that nobody wants any more closed in the background."""
    key = f"{LET_GO}:{payment_id}"
    queue.enqueue(tx, LET_GO, {"payment": payment_id}, at=at, dedupe_key=key)


def expire(tx: Tx, top_up_id: TopUpId, *, at: datetime) -> None:
    """End an open wish whose time is over; another order of it may have prolonged it."""
    top_up = store.top_up(tx, top_up_id, lock=True)
    if top_up is None or top_up.state is not TopUpState.OPEN or top_up.expires_at > at:
        return
    store.set_top_up_state(tx, top_up_id, step(TOP_UP_STEPS, top_up.state, TopUpEvent.EXPIRE))
    notices.refresh_card(tx, f"topup:{top_up_id}", at=at)


def end(
    tx: Tx, payment_id: PaymentId, *, at: datetime, event: PaymentEvent = PaymentEvent.CLOSE
) -> None:
    """End a live order unpaid."""
    payment = store.payment(tx, payment_id, lock=True)
    if payment is None or payment.state not in LIVE:
        return
    store.set_payment_state(tx, payment_id, step(PAYMENT_STEPS, payment.state, event), at=at)
    notices.refresh_card(tx, f"topup:{payment.top_up_id}", at=at)


def last_look(payment: Payment, now: datetime) -> datetime | None:
    """When to look once more at an order that ended unpaid: a day after it did."""
    sweep_at = payment.expires_at + SWEEP_AFTER
    return sweep_at if now < sweep_at else None

"""SQL of top-ups, payments, trades, callbacks and cases."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select

from core.channels import Channel, Form
from core.errors import ReferenceConflict
from core.ids import AccountId, OrderNo, PaymentId, PersonId, TopUpId, TransferId
from core.providers.base import Report
from core.storage.tables import (
    accounts,
    card_customers,
    cases,
    payments,
    provider_calls,
    provider_events,
    top_ups,
    trades,
)
from core.storage.transaction import Tx
from core.topup.model import (
    LIVE,
    ChannelCalls,
    Mark,
    Payment,
    PaymentState,
    TopUp,
    TopUpState,
)

_ONE_TOP_UP = (
    select(top_ups, accounts.c.name)
    .join(accounts, accounts.c.id == top_ups.c.account_id)
    .where(top_ups.c.id == bindparam("top_up"))
)
_LOCKED_TOP_UP = _ONE_TOP_UP.with_for_update(of=top_ups)
_CREDITED_TRADES = (
    select(func.count())
    .select_from(trades.join(payments, payments.c.id == trades.c.payment_id))
    .where(payments.c.top_up_id == bindparam("top_up"), trades.c.transfer_id.is_not(None))
    .where(trades.c.mark.is_(None) | trades.c.mark.in_([Mark.LATE, Mark.EXTRA]))
)


def _top_up(row: Row[tuple[object, ...]]) -> TopUp:
    return TopUp(
        top_up_id=TopUpId(row.id),
        account_id=AccountId(row.account_id),
        account_name=row.name,
        person_id=PersonId(row.person_id),
        amount_fen=row.amount_fen,
        state=TopUpState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _payment(row: Row[tuple[object, ...]]) -> Payment:
    return Payment(
        payment_id=PaymentId(row.id),
        top_up_id=TopUpId(row.top_up_id),
        channel=Channel(row.channel),
        form=Form(row.form),
        order_no=OrderNo(row.order_no),
        merchant=row.merchant,
        app=row.app,
        amount_fen=row.amount_fen,
        currency=row.currency,
        state=PaymentState(row.state),
        mark=Mark(row.mark) if row.mark else None,
        bank=row.bank,
        provider_reference=row.provider_reference,
        reason=row.reason,
        qr_text=row.qr_text,
        address=row.address,
        address_expires_at=row.address_expires_at,
        bridge_token=row.bridge_token,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def add_top_up(tx: Tx, item: TopUp) -> None:
    tx.insert(
        top_ups,
        {
            "id": item.top_up_id,
            "account_id": item.account_id,
            "person_id": item.person_id,
            "amount_fen": item.amount_fen,
            "state": item.state,
            "created_at": item.created_at,
            "expires_at": item.expires_at,
        },
    )


def top_up(tx: Tx, top_up_id: TopUpId, *, lock: bool = False) -> TopUp | None:
    row = tx.execute(_LOCKED_TOP_UP if lock else _ONE_TOP_UP, {"top_up": top_up_id}).first()
    return None if row is None else _top_up(row)


def set_top_up_state(tx: Tx, top_up_id: TopUpId, state: TopUpState) -> None:
    tx.change(top_ups, {"id": top_up_id}, state=state)


def prolong_top_up(tx: Tx, top_up_id: TopUpId, expires_at: datetime) -> None:
    tx.change(top_ups, {"id": top_up_id}, expires_at=expires_at)


def last_amount(tx: Tx, person_id: PersonId, account_id: AccountId) -> int | None:
    return tx.scalar(
        select(top_ups.c.amount_fen)
        .where(top_ups.c.account_id == account_id, top_ups.c.person_id == person_id)
        .order_by(top_ups.c.created_at.desc())
        .limit(1)
    )


def add_payment(tx: Tx, item: Payment, *, request_key: str) -> None:
    tx.insert(
        payments,
        {
            "id": item.payment_id,
            "top_up_id": item.top_up_id,
            "attempt": _attempts(tx, item.top_up_id) + 1,
            "channel": item.channel,
            "form": item.form,
            "order_no": item.order_no,
            "request_key": request_key,
            "merchant": item.merchant,
            "app": item.app,
            "amount_fen": item.amount_fen,
            "currency": item.currency,
            "state": item.state,
            "bridge_token": item.bridge_token,
            "bank": item.bank,
            "created_at": item.created_at,
            "expires_at": item.expires_at,
        },
    )


def _attempts(tx: Tx, top_up_id: TopUpId) -> int:
    """How many orders the wish has had; the wish's row is locked by whoever adds one."""
    counted = select(func.count()).where(payments.c.top_up_id == top_up_id)
    return tx.scalar(counted) or 0


def _one_payment(tx: Tx, *, lock: bool = False, **key: object) -> Payment | None:
    row = tx.one(payments, lock=lock, **key)
    return None if row is None else _payment(row)


def payment(tx: Tx, payment_id: PaymentId, *, lock: bool = False) -> Payment | None:
    return _one_payment(tx, lock=lock, id=payment_id)


def payment_by_order(tx: Tx, order_no: str, *, lock: bool = False) -> Payment | None:
    return _one_payment(tx, lock=lock, order_no=order_no)


def payment_by_request(tx: Tx, request_key: str) -> Payment | None:
    return _one_payment(tx, request_key=request_key)


def payment_by_bridge(tx: Tx, token: str) -> Payment | None:
    return _one_payment(tx, bridge_token=token)


def payments_of(tx: Tx, top_up_id: TopUpId) -> list[Payment]:
    """Newest first."""
    found = sorted(tx.rows(payments, top_up_id=top_up_id), key=lambda row: -row.attempt)
    return [_payment(row) for row in found]


def live_payments(tx: Tx, top_up_id: TopUpId) -> list[Payment]:
    return [item for item in payments_of(tx, top_up_id) if item.state in LIVE]


def live_twin(
    tx: Tx, wanted: TopUp, channel: Channel, bank: str | None, *, after: datetime
) -> Payment | None:
    """An order of the same person for the same account, sum, channel and bank that still lives."""
    row = tx.execute(
        select(payments)
        .join(top_ups, top_ups.c.id == payments.c.top_up_id)
        .where(
            top_ups.c.account_id == wanted.account_id,
            top_ups.c.person_id == wanted.person_id,
            top_ups.c.amount_fen == wanted.amount_fen,
            top_ups.c.state == TopUpState.OPEN,
            payments.c.channel == channel,
            payments.c.bank.is_(None) if bank is None else payments.c.bank == bank,
            payments.c.state.in_(LIVE),
            payments.c.expires_at > after,
        )
        .order_by(payments.c.created_at.desc())
        .limit(1)
    ).first()
    return None if row is None else _payment(row)


def newest_unpaid(
    tx: Tx, person_id: PersonId, account_id: AccountId, *, at: datetime
) -> TopUpId | None:
    """The person's newest open top-up on the account with an order that can still be paid."""
    return tx.scalar(
        select(top_ups.c.id)
        .join(payments, payments.c.top_up_id == top_ups.c.id)
        .where(
            top_ups.c.account_id == account_id,
            top_ups.c.person_id == person_id,
            top_ups.c.state == TopUpState.OPEN,
            payments.c.state.in_(LIVE),
            payments.c.expires_at > at,
        )
        .order_by(top_ups.c.created_at.desc())
        .limit(1)
    )


def last_bank(tx: Tx, person_id: PersonId) -> str | None:
    """The bank the person chose last."""
    return tx.scalar(
        select(payments.c.bank)
        .join(top_ups, top_ups.c.id == payments.c.top_up_id)
        .where(top_ups.c.person_id == person_id, payments.c.bank.is_not(None))
        .order_by(payments.c.created_at.desc())
        .limit(1)
    )


def customer(tx: Tx, person_id: PersonId, app: str) -> str | None:
    """The payer's id at the card provider."""
    row = tx.one(card_customers, person_id=person_id, app=app)
    return None if row is None else row.customer


def add_customer(tx: Tx, person_id: PersonId, app: str, name: str, *, at: datetime) -> None:
    """Twice is once: the provider gives the same person the same id."""
    values = {"person_id": person_id, "app": app, "customer": name, "created_at": at}
    tx.insert_once(card_customers, values)


def set_payment_state(
    tx: Tx,
    payment_id: PaymentId,
    state: PaymentState,
    *,
    at: datetime,
    mark: Mark | None = None,
    reason: str | None = None,
) -> None:
    ended = None if state in LIVE else at
    values: dict[str, object] = {"state": state, "ended_at": ended}
    if mark is not None:
        values["mark"] = mark
    if reason is not None:
        values["reason"] = reason[:64]
    tx.change(payments, {"id": payment_id}, **values)


def set_instructions(
    tx: Tx,
    payment_id: PaymentId,
    *,
    qr_text: str | None,
    address: str | None,
    reference: str | None,
    expires_at: datetime,
) -> None:
    tx.change(
        payments,
        {"id": payment_id},
        provider_reference=reference,
        qr_text=qr_text,
        address=address,
        address_expires_at=expires_at,
    )


def note_event(tx: Tx, report: Report, *, at: datetime) -> bool:
    """Keep a callback as received, once per event; says whether it is new."""
    facts = {
        "outcome": report.outcome,
        "trade_no": report.trade_no,
        "amount_fen": report.amount_fen,
        "currency": report.currency,
        "merchant": report.merchant,
        "app": report.app,
    }
    values = {
        "channel": report.channel,
        "event_id": report.event_id,
        "order_no": report.order_no[:64],
        "facts": facts,
        "received_at": at,
    }
    return tx.insert_once(provider_events, values)


def add_trade(
    tx: Tx,
    report: Report,
    *,
    payment_id: PaymentId | None,
    transfer_id: TransferId | None,
    mark: Mark | None,
    occurred_at: datetime,
    at: datetime,
) -> None:
    """A trade landed: the UNIQUE key refuses a second landing of the same trade."""
    tx.insert(
        trades,
        {
            "channel": report.channel,
            "merchant": report.merchant,
            "trade_no": report.trade_no,
            "order_no": report.order_no[:32],
            "payment_id": payment_id,
            "transfer_id": transfer_id,
            "amount_fen": report.amount_fen,
            "currency": report.currency,
            "mark": mark,
            "occurred_at": occurred_at,
            "recorded_at": at,
        },
    )


def trade_amount(tx: Tx, report: Report) -> int | None:
    """Amount of the trade as it landed, or None when it has not."""
    row = tx.one(
        trades, channel=report.channel, merchant=report.merchant, trade_no=report.trade_no
    )
    return None if row is None else row.amount_fen


def trades_of_top_up(tx: Tx, top_up_id: TopUpId) -> int:
    """How many trades were credited for the top-up so far."""
    return tx.execute(_CREDITED_TRADES, {"top_up": top_up_id}).scalar() or 0


def open_case(
    tx: Tx,
    case_id: str,
    kind: str,
    *,
    dedupe_key: str,
    account_id: AccountId | None,
    payment_id: PaymentId | None,
    amount_fen: int | None,
    facts: Mapping[str, object],
    at: datetime,
) -> bool:
    """Something people have to decide, once per key."""
    values = {
        "id": case_id,
        "kind": kind,
        "dedupe_key": dedupe_key,
        "state": "open",
        "account_id": account_id,
        "payment_id": payment_id,
        "amount_fen": amount_fen,
        "facts": dict(facts),
        "opened_at": at,
    }
    return tx.insert_once(cases, values)


def open_cases(tx: Tx) -> list[Mapping[str, object]]:
    rows = tx.execute(select(cases).where(cases.c.state != "resolved").order_by(cases.c.opened_at))
    return [dict(row) for row in rows.mappings()]


def trade_key(report: Report) -> str:
    """The key of a case about one trade."""
    if not report.trade_no:
        raise ReferenceConflict("a paid report names its trade")
    return f"trade:{report.channel}:{report.merchant}:{report.trade_no}"


# --- how the channels do ------------------------------------------------------------------------


def channel_calls(tx: Tx) -> Mapping[Channel, ChannelCalls]:
    """How calls to each channel went of late; a channel without trouble may be missing."""
    return {
        Channel(row.channel): ChannelCalls(
            failures=row.failures,
            last_failure_at=row.last_failure_at,
            last_failure=row.last_failure or "",
        )
        for row in tx.rows(provider_calls)
    }


def note_failure(tx: Tx, channel: Channel, why: str, *, at: datetime) -> int:
    """Count one more failure in a row; returns how many there are."""
    row = tx.one(provider_calls, lock=True, channel=channel)
    if row is None:
        first = {"channel": channel, "failures": 0}
        tx.insert_once(provider_calls, first)
    count = 1 if row is None else row.failures + 1
    values = {"failures": count, "last_failure_at": at, "last_failure": why[:200]}
    tx.change(provider_calls, {"channel": channel}, **values)
    return count


def note_success(tx: Tx, channel: Channel, *, at: datetime) -> int:
    """Returns how many failures in a row end here."""
    row = tx.one(provider_calls, lock=True, channel=channel)
    tx.change(provider_calls, {"channel": channel}, failures=0, last_success_at=at)
    return 0 if row is None else int(row.failures)

"""SQL of refunds and of the trades they send back."""

from datetime import datetime

from sqlalchemy import Row, Select, or_, select

from core.cases.model import CaseState, Decision
from core.channels import Channel
from core.ids import AccountId, OrderNo, PaymentId, PersonId, TopUpId
from core.refunds.model import OUT, Refund, RefundState, Trade
from core.storage.case_tables import refunds
from core.storage.tables import accounts, cases, payments, top_ups, trades
from core.storage.transaction import Tx
from core.topup.model import Mark

_COUNTED = (RefundState.ASKED, *OUT, RefundState.DONE)
_BUSY = (RefundState.ASKED, *OUT)


def _trades() -> Select[tuple[object, ...]]:
    """Trades that reached an account's balance, at once or by a decision about their case."""
    key = "trade:" + trades.c.channel + ":" + trades.c.merchant + ":" + trades.c.trade_no
    credited_later = (
        select(cases.c.id)
        .where(
            cases.c.payment_id == trades.c.payment_id,
            cases.c.dedupe_key == key,
            cases.c.state == CaseState.RESOLVED,
            cases.c.decision == Decision.CREDIT,
        )
        .exists()
    )
    return (
        select(trades, payments.c.top_up_id, top_ups.c.account_id, accounts.c.name)
        .join(payments, payments.c.id == trades.c.payment_id)
        .join(top_ups, top_ups.c.id == payments.c.top_up_id)
        .join(accounts, accounts.c.id == top_ups.c.account_id)
        .where(
            trades.c.transfer_id.is_not(None),
            or_(
                trades.c.mark.is_(None),
                trades.c.mark.in_([Mark.LATE, Mark.EXTRA]),
                credited_later,
            ),
        )
    )


def _trade(tx: Tx, row: Row[tuple[object, ...]]) -> Trade:
    held = tx.rows(refunds, trade_id=row.id)
    return Trade(
        trade_id=row.id,
        payment_id=PaymentId(row.payment_id),
        top_up_id=TopUpId(row.top_up_id),
        account_id=AccountId(row.account_id),
        account_name=row.name,
        channel=Channel(row.channel),
        order_no=OrderNo(row.order_no),
        trade_no=row.trade_no,
        amount_fen=row.amount_fen,
        mark=Mark(row.mark) if row.mark else None,
        occurred_at=row.occurred_at,
        refunded_fen=sum(item.amount_fen for item in held if item.state in _COUNTED),
        is_busy=any(item.state in _BUSY for item in held),
    )


def trade(tx: Tx, trade_id: int, *, lock: bool = False) -> Trade | None:
    """A credited trade; locked, nobody else can ask for a refund of it meanwhile."""
    if lock:
        tx.one(trades, lock=True, id=trade_id)
    row = tx.first(_trades().where(trades.c.id == trade_id))
    return None if row is None else _trade(tx, row)


def trades_of_account(tx: Tx, account_id: AccountId, *, limit: int) -> list[Trade]:
    """Newest first."""
    query = _trades().where(top_ups.c.account_id == account_id)
    rows = tx.all(query.order_by(trades.c.occurred_at.desc(), trades.c.id.desc()).limit(limit))
    return [_trade(tx, row) for row in rows]


def trades_of_top_up(tx: Tx, top_up_id: TopUpId) -> list[Trade]:
    """Newest first."""
    query = _trades().where(payments.c.top_up_id == top_up_id)
    rows = tx.all(query.order_by(trades.c.occurred_at.desc(), trades.c.id.desc()))
    return [_trade(tx, row) for row in rows]


def _refund(row: Row[tuple[object, ...]]) -> Refund:
    return Refund(
        refund_id=row.id,
        trade_id=row.trade_id,
        account_id=AccountId(row.account_id),
        amount_fen=row.amount_fen,
        total_fen=row.total_fen,
        state=RefundState(row.state),
        reason=row.reason,
        asked_by=PersonId(row.asked_by),
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        answer=row.answer,
        provider_refund_no=row.provider_refund_no,
        tries=row.tries,
        sent_at=row.sent_at,
    )


def refund(tx: Tx, refund_id: str, *, lock: bool = False) -> Refund | None:
    row = tx.one(refunds, lock=lock, id=refund_id)
    return None if row is None else _refund(row)


def refund_by_key(tx: Tx, request_key: str) -> Refund | None:
    row = tx.one(refunds, request_key=request_key)
    return None if row is None else _refund(row)


def refunds_of(tx: Tx, trade_id: int) -> list[Refund]:
    """Oldest first."""
    found = [_refund(row) for row in tx.rows(refunds, trade_id=trade_id)]
    return sorted(found, key=lambda item: item.asked_at)


def add(
    tx: Tx,
    refund_id: str,
    of: Trade,
    *,
    amount_fen: int,
    reason: str,
    asked_by: PersonId,
    request_key: str,
    at: datetime,
) -> bool:
    """Keep what is asked; false when the key was used, or a refund of the trade is under way."""
    values = {
        "id": refund_id,
        "request_key": request_key,
        "trade_id": of.trade_id,
        "account_id": of.account_id,
        "amount_fen": amount_fen,
        "refunded_before_fen": of.refunded_fen,
        "total_fen": of.amount_fen,
        "state": RefundState.ASKED,
        "reason": reason,
        "asked_by": asked_by,
        "asked_at": at,
        "tries": 0,
    }
    return tx.insert_once(refunds, values)


def decide(
    tx: Tx,
    refund_id: str,
    state: RefundState,
    *,
    decided_by: PersonId,
    answer: str | None,
    at: datetime,
) -> None:
    ended = at if state is RefundState.REFUSED else None
    tx.change(
        refunds,
        {"id": refund_id},
        state=state,
        decided_by=decided_by,
        decided_at=at,
        answer=answer,
        ended_at=ended,
    )


def note_try(tx: Tx, found: Refund, *, at: datetime) -> None:
    """Count a question to the provider, before it is asked."""
    values = {"tries": found.tries + 1, "sent_at": found.sent_at or at}
    tx.change(refunds, {"id": found.refund_id}, **values)


def note_number(tx: Tx, refund_id: str, provider_refund_no: str) -> None:
    tx.change(refunds, {"id": refund_id}, provider_refund_no=provider_refund_no[:64])


def end(
    tx: Tx, refund_id: str, state: RefundState, *, at: datetime, answer: str | None = None
) -> None:
    values: dict[str, object] = {"state": state, "ended_at": at}
    if answer is not None:
        values["answer"] = answer[:500]
    tx.change(refunds, {"id": refund_id}, **values)

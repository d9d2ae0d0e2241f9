"""SQL of blocked purchases, and of when their card was pushed last."""

from datetime import datetime

from sqlalchemy import Row, bindparam, delete, select, text

from core.ids import AccountId, HoldId
from core.shortfalls.model import LIVING, Blocked, BlockedState, Purchase
from core.storage.shortfall_tables import blocked_purchases, shortfall_pushes
from core.storage.transaction import Tx

MOST_LIVING = 200  # of an account, looked at together; younger ones wait until those have ended

_IS_LIVING = text("state IN ('waiting','fundable')")  # in words, as the partial index has it
_LIVING = (
    select(blocked_purchases)
    .where(blocked_purchases.c.account_id == bindparam("account"), _IS_LIVING)
    .order_by(blocked_purchases.c.blocked_at, blocked_purchases.c.id)
    .limit(MOST_LIVING)
)


def _blocked(row: Row[tuple[object, ...]]) -> Blocked:
    purchase = Purchase(
        hold_id=HoldId(row.hold_id),
        account_id=AccountId(row.account_id),
        amount_fen=row.amount_fen,
        product=row.product,
        requested_by=row.requested_by,
    )
    return Blocked(
        blocked_id=row.id,
        purchase=purchase,
        state=BlockedState(row.state),
        blocked_at=row.blocked_at,
        expires_at=row.expires_at,
    )


def living(tx: Tx, account_id: AccountId) -> list[Blocked]:
    """Oldest first."""
    return [_blocked(row) for row in tx.execute(_LIVING, {"account": account_id})]


def blocked(tx: Tx, blocked_id: int) -> Blocked | None:
    row = tx.one(blocked_purchases, id=blocked_id)
    return None if row is None else _blocked(row)


def of_hold(tx: Tx, hold_id: HoldId) -> list[Blocked]:
    """Under whatever account; a hold has one, but a refused one may have named another before."""
    return [_blocked(row) for row in tx.rows(blocked_purchases, hold_id=hold_id)]


def save(
    tx: Tx, purchase: Purchase, *, at: datetime, expires_at: datetime, is_known: bool
) -> None:
    """Have the purchase wait, as it was refused now."""
    key = {"hold_id": purchase.hold_id, "account_id": purchase.account_id}
    values = {
        "amount_fen": purchase.amount_fen,
        "product": purchase.product,
        "requested_by": purchase.requested_by,
        "state": BlockedState.WAITING,
        "expires_at": expires_at,
        "ended_at": None,
    }
    if is_known:
        tx.change(blocked_purchases, key, **values)
    else:
        tx.insert(blocked_purchases, {**key, **values, "blocked_at": at})


def begin_anew(tx: Tx, blocked_id: int, *, at: datetime) -> None:
    """One that had ended waits behind those that did not."""
    tx.change(blocked_purchases, {"id": blocked_id}, blocked_at=at)


def set_state(tx: Tx, blocked_id: int, state: BlockedState, *, at: datetime) -> None:
    ended_at = None if state in LIVING else at
    tx.change(blocked_purchases, {"id": blocked_id}, state=state, ended_at=ended_at)


def pushed_at(tx: Tx, account_id: AccountId) -> datetime | None:
    row = tx.one(shortfall_pushes, account_id=account_id)
    return None if row is None else row.pushed_at


def note_push(tx: Tx, account_id: AccountId, *, at: datetime) -> None:
    if not tx.insert_once(shortfall_pushes, {"account_id": account_id, "pushed_at": at}):
        tx.change(shortfall_pushes, {"account_id": account_id}, pushed_at=at)


def sweep(tx: Tx, *, before: datetime) -> None:
    """Forget purchases that ended long ago."""
    tx.execute(delete(blocked_purchases).where(blocked_purchases.c.ended_at < before))

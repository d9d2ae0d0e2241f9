"""SQL of holds."""

from datetime import datetime

from sqlalchemy import Row, func, select, update

from core.holds.model import Hold, HoldRequest, HoldState
from core.ids import AccountId, HoldId
from core.storage.tables import holds
from core.storage.transaction import Tx


def _hold(row: Row[tuple[object, ...]]) -> Hold:
    request = HoldRequest(
        hold_id=HoldId(row.id),
        account_id=AccountId(row.account_id),
        amount_fen=row.amount_fen,
        product=row.product,
        requested_by=row.requested_by,
        expires_at=row.expires_at,
    )
    return Hold(
        request=request,
        captured_fen=row.captured_fen,
        state=HoldState(row.state),
        created_at=row.created_at,
    )


def add(tx: Tx, request: HoldRequest, *, at: datetime) -> bool:
    """Open the hold; false when the id is taken. A twin under way is waited for."""
    values = {
        "id": request.hold_id,
        "account_id": request.account_id,
        "amount_fen": request.amount_fen,
        "captured_fen": 0,
        "state": HoldState.OPEN,
        "product": request.product,
        "requested_by": request.requested_by,
        "created_at": at,
        "expires_at": request.expires_at,
    }
    return tx.insert_once(holds, values)


def hold(tx: Tx, hold_id: HoldId, *, lock: bool = False) -> Hold | None:
    query = select(holds).where(holds.c.id == hold_id)
    row = tx.first(query.with_for_update() if lock else query)
    return None if row is None else _hold(row)


def end(tx: Tx, hold_id: HoldId, state: HoldState, *, captured_fen: int, at: datetime) -> bool:
    """Give an open hold its end; false when it had one."""
    ended = tx.execute(
        update(holds)
        .where(holds.c.id == hold_id, holds.c.state == HoldState.OPEN)
        .values(state=state, captured_fen=captured_fen, ended_at=at)
    )
    return ended.rowcount == 1


def open_of(tx: Tx, account_id: AccountId, *, limit: int) -> tuple[list[Hold], int]:
    """The newest open holds of an account, and how many are open."""
    is_open = (holds.c.account_id == account_id, holds.c.state == HoldState.OPEN)
    newest = select(holds).where(*is_open).order_by(holds.c.created_at.desc(), holds.c.id)
    count = tx.scalar(select(func.count()).select_from(holds).where(*is_open))
    return [_hold(row) for row in tx.all(newest.limit(limit))], count or 0

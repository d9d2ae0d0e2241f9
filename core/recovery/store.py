"""SQL of recoveries, and the gate in front of what moves money."""

from datetime import datetime

from core.errors import MoneyPaused
from core.recovery.model import Recovery, RecoveryState
from core.storage.recovery_tables import recoveries
from core.storage.transaction import Tx


def require_open(tx: Tx) -> None:
    """Raises `MoneyPaused` while a restored copy is not reconciled."""
    if tx.one(recoveries, state=RecoveryState.RESTORED) is not None:
        raise MoneyPaused


def under_way(tx: Tx) -> Recovery | None:
    """The restored copy that is not reconciled yet."""
    row = tx.one(recoveries, state=RecoveryState.RESTORED)
    if row is None:
        return None
    return Recovery(
        copied_at=row.copied_at, restored_at=row.restored_at, state=RecoveryState(row.state)
    )


def add_copied(tx: Tx, *, at: datetime) -> None:
    """Said in the copy itself: it is one, of this moment."""
    tx.change(recoveries, {"state": RecoveryState.COPIED}, state=RecoveryState.RECONCILED)
    tx.insert(recoveries, {"copied_at": at, "state": RecoveryState.COPIED})


def begin(tx: Tx, *, copied_at: datetime, at: datetime) -> Recovery:
    """Pause money commands; a copy that tells its own age is believed."""
    row = tx.one(recoveries, state=RecoveryState.COPIED)
    if row is None:
        values = {"copied_at": copied_at, "restored_at": at, "state": RecoveryState.RESTORED}
        tx.insert(recoveries, values)
    else:
        copied_at = row.copied_at
        tx.change(recoveries, {"id": row.id}, restored_at=at, state=RecoveryState.RESTORED)
    return Recovery(copied_at=copied_at, restored_at=at, state=RecoveryState.RESTORED)


def end(tx: Tx, *, at: datetime) -> None:
    tx.change(
        recoveries,
        {"state": RecoveryState.RESTORED},
        state=RecoveryState.RECONCILED,
        reconciled_at=at,
    )

"""SQL of step-up secrets."""

from datetime import datetime

from sqlalchemy import delete

from core.ids import PersonId
from core.stepup.model import Kept
from core.storage.people_tables import step_up_secrets
from core.storage.transaction import Tx


def kept(tx: Tx, person_id: PersonId, *, lock: bool = False) -> Kept | None:
    row = tx.one(step_up_secrets, lock=lock, person_id=person_id)
    if row is None:
        return None
    return Kept(
        person_id=PersonId(row.person_id),
        sealed=row.sealed,
        is_on=row.is_on,
        limit_fen=row.limit_fen,
        last_step=row.last_step,
        failures=row.failures,
        locked_until=row.locked_until,
        passed_at=row.passed_at,
    )


def begin(tx: Tx, person_id: PersonId, sealed: str, *, at: datetime) -> None:
    """A secret that does not count yet takes the place of an earlier one that never did.

    Wrong tries and a lock stay: beginning again is no way around them.
    """
    if tx.change(step_up_secrets, {"person_id": person_id}, sealed=sealed, last_step=0):
        return
    values = {
        "person_id": person_id,
        "sealed": sealed,
        "is_on": False,
        "last_step": 0,
        "failures": 0,
        "created_at": at,
    }
    tx.insert_once(step_up_secrets, values)


def passed(tx: Tx, person_id: PersonId, step: int, *, is_on: bool, at: datetime) -> None:
    tx.change(
        step_up_secrets,
        {"person_id": person_id},
        is_on=is_on,
        last_step=step,
        failures=0,
        locked_until=None,
        passed_at=at,
    )


def failed(tx: Tx, person_id: PersonId, failures: int, locked_until: datetime | None) -> None:
    key = {"person_id": person_id}
    tx.change(step_up_secrets, key, failures=failures, locked_until=locked_until)


def set_limit(tx: Tx, person_id: PersonId, limit_fen: int | None) -> None:
    tx.change(step_up_secrets, {"person_id": person_id}, limit_fen=limit_fen)


def remove(tx: Tx, person_id: PersonId) -> bool:
    gone = tx.execute(delete(step_up_secrets).where(step_up_secrets.c.person_id == person_id))
    return gone.rowcount > 0

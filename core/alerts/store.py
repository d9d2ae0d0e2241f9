"""SQL of thresholds and of what people chose."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from core.alerts.model import Choices, Digest, Threshold
from core.ids import AccountId, PersonId
from core.storage.alert_tables import alert_choices, thresholds
from core.storage.transaction import Tx

_T = thresholds.c


def _threshold(row: Row[Any]) -> Threshold:
    return Threshold(
        threshold_id=row.id,
        account_id=AccountId(row.account_id),
        amount_fen=row.amount_fen,
        below_since=row.below_since,
        days_told=row.days_told,
        last_told_on=row.last_told_on,
        taken_by=None if row.taken_by is None else PersonId(row.taken_by),
    )


def add(
    tx: Tx,
    threshold_id: str,
    account_id: AccountId,
    amount_fen: int,
    *,
    person_id: PersonId,
    at: datetime,
) -> bool:
    """False when the account has this threshold already."""
    values = {
        "id": threshold_id,
        "account_id": account_id,
        "amount_fen": amount_fen,
        "created_by": person_id,
        "created_at": at,
        "days_told": 0,
    }
    return tx.insert_once(thresholds, values)


def remove(tx: Tx, account_id: AccountId, threshold_id: str) -> bool:
    ended = tx.execute(
        delete(thresholds).where(_T.id == threshold_id, _T.account_id == account_id)
    )
    return ended.rowcount == 1


def threshold(tx: Tx, threshold_id: str, *, lock: bool = False) -> Threshold | None:
    row = tx.one(thresholds, lock=lock, id=threshold_id)
    return None if row is None else _threshold(row)


def of_account(tx: Tx, account_id: AccountId) -> list[Threshold]:
    rows = tx.all(select(thresholds).where(_T.account_id == account_id).order_by(_T.amount_fen))
    return [_threshold(row) for row in rows]


def count(tx: Tx, account_id: AccountId) -> int:
    return tx.scalar(select(func.count()).where(_T.account_id == account_id)) or 0


def fallen(tx: Tx, account_id: AccountId, available_fen: int, *, at: datetime) -> list[str]:
    """Thresholds that the balance has just gone below; each is told of from here."""
    return _changed(
        tx,
        account_id,
        [_T.below_since.is_(None), _T.amount_fen > available_fen],
        {"below_since": at, "days_told": 0, "taken_by": None},
    )


def recovered(tx: Tx, account_id: AccountId, available_fen: int) -> list[str]:
    """Thresholds that the balance has just come back to."""
    return _changed(
        tx,
        account_id,
        [_T.below_since.is_not(None), _T.amount_fen <= available_fen],
        {"below_since": None, "days_told": 0, "taken_by": None},
    )


def _changed(
    tx: Tx, account_id: AccountId, conditions: list[Any], values: Mapping[str, object]
) -> list[str]:
    rows = tx.execute(
        update(thresholds)
        .where(_T.account_id == account_id, *conditions)
        .values(**values)
        .returning(_T.id)
    )
    return [row.id for row in rows.all()]


def told(tx: Tx, threshold_id: str, *, on: str, days: int) -> None:
    tx.change(thresholds, {"id": threshold_id}, last_told_on=on, days_told=days)


def take(tx: Tx, threshold_id: str, person_id: PersonId) -> None:
    tx.change(thresholds, {"id": threshold_id}, taken_by=person_id)


# --- choices ------------------------------------------------------------------------------------


def choices(tx: Tx, person_id: PersonId, account_id: AccountId) -> Choices:
    row = tx.one(alert_choices, person_id=person_id, account_id=account_id)
    if row is None:
        return Choices()
    return Choices(
        arrivals=row.arrivals,
        blocked=row.blocked,
        low_balance=row.low_balance,
        above_fen=row.above_fen,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        digest=Digest(row.digest),
        snoozed_until=row.snoozed_until,
    )


def choose(tx: Tx, person_id: PersonId, account_id: AccountId, **values: object) -> None:
    key = {"person_id": person_id, "account_id": account_id}
    tx.insert_once(alert_choices, {**key, "above_fen": 0, "digest": Digest.OFF})
    tx.change(alert_choices, key, **values)

"""SQL of top-up codes: batches, codes and their ends, failed guesses."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, delete, func, select, update

from core.codes.model import (
    Batch,
    BatchState,
    BatchWish,
    Code,
    CodeEvent,
    CodeState,
    Counts,
    step_code,
)
from core.ids import AccountId, BatchId, CodeId, PersonId
from core.storage.code_tables import code_batches, code_brakes, code_failures, codes
from core.storage.transaction import Tx

_BATCHES, _CODES, _FAILURES = code_batches.c, codes.c, code_failures.c
_FIND = (
    select(codes, _BATCHES.amount_fen, _BATCHES.expires_at, _BATCHES.per_account)
    .join(code_batches, _BATCHES.id == _CODES.batch_id)
    .where(_CODES.digest.in_(bindparam("digests", expanding=True)))
)

# --- batches ------------------------------------------------------------------------------------


def _batch(row: Row[tuple[object, ...]]) -> Batch:
    wish = BatchWish(
        batch_id=BatchId(row.id),
        count=getattr(row, "count"),  # noqa: B009 - a row is a tuple, and has a method `count`
        amount_fen=row.amount_fen,
        expires_at=row.expires_at,
        per_account=row.per_account,
    )
    return Batch(
        wish=wish,
        state=BatchState(row.state),
        maker=None if row.maker is None else PersonId(row.maker),
        releaser=None if row.releaser is None else PersonId(row.releaser),
        created_at=row.created_at,
        released_at=row.released_at,
        ended_at=row.ended_at,
    )


def add_batch(tx: Tx, wish: BatchWish, maker: PersonId | None, *, at: datetime) -> bool:
    """Draft it; false when the name is taken. A twin under way is waited for."""
    values = {
        "id": wish.batch_id,
        "count": wish.count,
        "amount_fen": wish.amount_fen,
        "per_account": wish.per_account,
        "expires_at": wish.expires_at,
        "state": BatchState.DRAFT,
        "maker": maker,
        "created_at": at,
    }
    return tx.insert_once(code_batches, values)


def batch(tx: Tx, batch_id: BatchId, *, lock: bool = False) -> Batch | None:
    row = tx.one(code_batches, lock=lock, id=batch_id)
    return None if row is None else _batch(row)


def batches(tx: Tx, *, skip: int, limit: int) -> list[Batch]:
    """Newest first."""
    rows = tx.all(
        select(code_batches)
        .order_by(_BATCHES.created_at.desc(), _BATCHES.id)
        .offset(skip)
        .limit(limit)
    )
    return [_batch(row) for row in rows]


def set_batch(tx: Tx, batch_id: BatchId, state: BatchState, **values: object) -> None:
    tx.change(code_batches, {"id": batch_id}, state=state, **values)


def keep_sealed(tx: Tx, batch_id: BatchId, request_key: str, sealed: str) -> None:
    """Plain codes on their way out, sealed, so that the same request can be answered again."""
    tx.change(code_batches, {"id": batch_id}, request_key=request_key, sealed_codes=sealed)


def sealed(tx: Tx, batch_id: BatchId, request_key: str) -> str | None:
    row = tx.one(code_batches, id=batch_id, request_key=request_key)
    return None if row is None else row.sealed_codes


def drop_sealed(tx: Tx, batch_id: BatchId) -> None:
    tx.change(code_batches, {"id": batch_id}, request_key=None, sealed_codes=None)


# --- codes --------------------------------------------------------------------------------------


def add_codes(tx: Tx, rows: Iterable[Mapping[str, object]]) -> None:
    tx.insert_all(codes, rows)


def find(tx: Tx, digests: Sequence[str]) -> Code | None:
    row = tx.execute(_FIND, {"digests": list(digests)}).first()
    if row is None:
        return None
    return Code(
        code_id=CodeId(row.id),
        batch_id=BatchId(row.batch_id),
        state=CodeState(row.state),
        amount_fen=row.amount_fen,
        expires_at=row.expires_at,
        per_account=row.per_account,
        redeemed_by=None if row.redeemed_by is None else PersonId(row.redeemed_by),
        account_id=None if row.account_id is None else AccountId(row.account_id),
    )


def redeem(
    tx: Tx, code_id: CodeId, person_id: PersonId, account_id: AccountId, *, at: datetime
) -> bool:
    """Take the code; false when it was gone already. One of two at once gets it."""
    active = {"id": code_id, "state": CodeState.ACTIVE}
    state = step_code(CodeState.ACTIVE, CodeEvent.REDEEM)
    taken = tx.change(
        codes, active, state=state, redeemed_by=person_id, account_id=account_id, ended_at=at
    )
    return taken == 1


def end_active(tx: Tx, batch_id: BatchId, event: CodeEvent, *, at: datetime) -> int:
    """End what nobody has redeemed; returns how many these were."""
    active = {"batch_id": batch_id, "state": CodeState.ACTIVE}
    return tx.change(codes, active, state=step_code(CodeState.ACTIVE, event), ended_at=at)


def redeemed_of(tx: Tx, batch_id: BatchId, account_id: AccountId) -> int:
    """How many codes of the batch the account has redeemed."""
    query = select(func.count()).where(
        _CODES.batch_id == batch_id, _CODES.account_id == account_id
    )
    return tx.scalar(query) or 0


def counts(tx: Tx, batch_id: BatchId) -> Counts:
    rows = tx.all(
        select(_CODES.state, func.count().label("held"))
        .where(_CODES.batch_id == batch_id)
        .group_by(_CODES.state)
    )
    return Counts(**{row.state: row.held for row in rows})


def redemption_times(tx: Tx, batch_id: BatchId) -> tuple[datetime, ...]:
    """When codes of the batch were redeemed, oldest first."""
    rows = tx.all(
        select(_CODES.ended_at)
        .where(_CODES.batch_id == batch_id, _CODES.state == CodeState.REDEEMED)
        .order_by(_CODES.ended_at)
    )
    return tuple(row.ended_at for row in rows)


# --- guesses ------------------------------------------------------------------------------------


def hold_brake(tx: Tx, subject: str) -> Row[tuple[object, ...]]:
    """The subject's row, held until the commit: whoever counts its failures counts alone."""
    tx.insert_once(code_brakes, {"subject": subject, "level": 0})
    return tx.execute(
        select(code_brakes).where(code_brakes.c.subject == subject).with_for_update()
    ).one()


def brake(tx: Tx, subject: str) -> Row[tuple[object, ...]] | None:
    return tx.one(code_brakes, subject=subject)


def set_brake(tx: Tx, subject: str, *, level: int, since: datetime, until: datetime) -> None:
    tx.change(code_brakes, {"subject": subject}, level=level, since=since, until=until)


def add_failure(tx: Tx, person_id: PersonId, account_id: AccountId, *, at: datetime) -> None:
    tx.insert(code_failures, {"person_id": person_id, "account_id": account_id, "at": at})


def failures_of_person(tx: Tx, person_id: PersonId, *, after: datetime) -> list[datetime]:
    """When, oldest first."""
    rows = tx.all(
        select(_FAILURES.at)
        .where(_FAILURES.person_id == person_id, _FAILURES.at > after)
        .order_by(_FAILURES.at)
    )
    return [row.at for row in rows]


def count_failures(tx: Tx, *, after: datetime, account_id: AccountId | None = None) -> int:
    """Of one account, or of all."""
    query = select(func.count()).where(_FAILURES.at > after)
    if account_id is not None:
        query = query.where(_FAILURES.account_id == account_id)
    return tx.scalar(query) or 0


def sweep_failures(tx: Tx, *, before: datetime) -> None:
    tx.execute(delete(code_failures).where(_FAILURES.at < before))


def forget_sealed(tx: Tx, *, before: datetime) -> None:
    """Plain codes wait sealed for a repeat of their request, and no longer than that."""
    tx.execute(
        update(code_batches)
        .where(_BATCHES.sealed_codes.is_not(None), _BATCHES.released_at < before)
        .values(sealed_codes=None)
    )

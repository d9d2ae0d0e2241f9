"""The life of a batch inside a transaction: drafted, released with its budget, ended."""

from collections.abc import Mapping
from datetime import datetime

from core.audit import store as audit
from core.codes import store, symbols
from core.codes.keys import CodeKeys
from core.codes.model import (
    Batch,
    BatchEvent,
    BatchState,
    BatchWish,
    CodeEvent,
    CodeState,
    step,
)
from core.errors import BatchExists, BatchNotFound, IllegalStep
from core.ids import BatchId, Ids, PersonId
from core.jobs import queue
from core.ledger import postings
from core.ledger import store as ledger
from core.storage.transaction import Tx

EXPIRE = "expire_code_batch"
CODE_ID_LENGTH = 10
NOBODY = "clock"
_ENDS: Mapping[BatchEvent, CodeEvent] = {
    BatchEvent.REVOKE: CodeEvent.REVOKE,
    BatchEvent.EXPIRE: CodeEvent.EXPIRE,
}


def draft(tx: Tx, wish: BatchWish, maker: PersonId | None, *, actor: str, at: datetime) -> Batch:
    """A batch without codes and money; raises `InvalidRequest` and `BatchExists`."""
    wish.check(at)
    if not store.add_batch(tx, wish, maker, at=at):
        raise BatchExists(wish.batch_id)
    queue.enqueue(tx, EXPIRE, {"batch": wish.batch_id}, at=wish.expires_at)
    facts = {
        "count": wish.count,
        "amount_fen": wish.amount_fen,
        "expires_at": wish.expires_at.isoformat(),
        "per_account": wish.per_account,
    }
    record(tx, wish.batch_id, "batch.drafted", actor, facts, at=at)
    return found(tx, wish.batch_id)


def found(tx: Tx, batch_id: BatchId, *, lock: bool = False) -> Batch:
    """The batch, or `BatchNotFound`."""
    batch = store.batch(tx, batch_id, lock=lock)
    if batch is None:
        raise BatchNotFound(batch_id)
    return batch


def release(
    tx: Tx,
    batch: Batch,
    releaser: PersonId | None,
    *,
    actor: str,
    keys: CodeKeys,
    ids: Ids,
    at: datetime,
) -> tuple[str, ...]:
    """Fund a locked draft and make its codes: the one time that they are seen."""
    state = step(batch.state, BatchEvent.RELEASE)
    wish = batch.wish
    if batch.is_overdue(at):
        raise IllegalStep(record="CodeBatch", state=BatchState.EXPIRED, event=BatchEvent.RELEASE)
    plain = tuple(symbols.fresh(ids) for _ in range(wish.count))
    store.set_batch(tx, wish.batch_id, state, releaser=releaser, released_at=at)
    store.add_codes(tx, _rows(wish.batch_id, plain, keys, ids))
    transfer = postings.batch_funded(
        batch_id=wish.batch_id, amount_fen=wish.budget_fen, occurred_at=at
    )
    ledger.append(tx, transfer, at=at)
    facts = {"count": wish.count, "budget_fen": wish.budget_fen}
    record(tx, wish.batch_id, "batch.released", actor, facts, at=at)
    return tuple(symbols.grouped(code) for code in plain)


def _rows(
    batch_id: BatchId, plain: tuple[str, ...], keys: CodeKeys, ids: Ids
) -> list[Mapping[str, object]]:
    key_id, key = keys.newest()
    return [
        {
            "id": ids.short(CODE_ID_LENGTH),
            "batch_id": batch_id,
            "under_key": key_id,
            "digest": key.digest(code),
            "last_four": code[-4:],
            "state": CodeState.ACTIVE,
        }
        for code in plain
    ]


def end(tx: Tx, batch: Batch, event: BatchEvent, *, actor: str, at: datetime) -> int:
    """End a locked batch: what nobody redeemed goes back; returns how many codes that were."""
    state, wish = step(batch.state, event), batch.wish
    ended = store.end_active(tx, wish.batch_id, _ENDS[event], at=at)
    store.set_batch(tx, wish.batch_id, state, ended_at=at)
    store.drop_sealed(tx, wish.batch_id)
    if ended:
        transfer = postings.batch_returned(
            batch_id=wish.batch_id, amount_fen=ended * wish.amount_fen, occurred_at=at
        )
        ledger.append(tx, transfer, at=at)
    facts = {"codes": ended, "returned_fen": ended * wish.amount_fen}
    record(tx, wish.batch_id, f"batch.{state}", actor, facts, at=at)
    return ended


def record(
    tx: Tx,
    batch_id: BatchId,
    action: str,
    actor: str,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor=actor,
        action=action,
        subject=f"batch:{batch_id}",
        account_id=None,
        facts=facts,
    )

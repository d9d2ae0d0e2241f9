"""SQL of the inbox: updates once each and in order per queue, places, cards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Executable,
    Integer,
    Row,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)

from core.inbox.model import Card, Claimed, Incoming, Place
from core.storage.tables import cards, dialogues, updates
from core.storage.transaction import Tx

TOPIC = "inbox"


def add(tx: Tx, incoming: Sequence[Incoming], *, at: datetime) -> int:
    """Store what is new of these; returns how many were."""
    added = 0
    for item in incoming:
        values = {
            "update_id": item.update_id,
            "queue": item.queue,
            "payload": item.payload,
            "state": "new",
            "received_at": at,
            "run_at": at,
            "attempts": 0,
            "lease_no": 0,
        }
        added += tx.insert_once(updates, values)
    if added:
        tx.signal(TOPIC)
    return added


def claim(tx: Tx, *, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
    """Take the oldest waiting update of each queue that has none in work."""
    rows = tx.execute(_CLAIM, {"now": now, "until": now + lease, "most": limit})
    return [Claimed(**row) for row in rows.mappings()]


def _claim_statement() -> Executable:
    """Made once: building it costs more than running it."""
    before = updates.alias("before")
    first_of_queue = ~(
        select(before.c.update_id)
        .where(
            before.c.queue == updates.c.queue,
            text("before.state = 'new'"),
            tuple_(before.c.received_at, before.c.update_id)
            < tuple_(updates.c.received_at, updates.c.update_id),
        )
        .exists()
    )
    now = bindparam("now", type_=updates.c.run_at.type)
    due = (
        select(updates.c.update_id)
        .where(
            text("updates.state = 'new'"),  # in words, or the partial indexes are not used
            updates.c.run_at <= now,
            updates.c.lease_until.is_(None) | (updates.c.lease_until < now),
            first_of_queue,
        )
        .order_by(updates.c.received_at, updates.c.update_id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    return (
        update(updates)
        .where(updates.c.update_id.in_(due.scalar_subquery()))
        .values(
            lease_until=bindparam("until", type_=updates.c.lease_until.type),
            lease_no=updates.c.lease_no + 1,
            attempts=updates.c.attempts + 1,
        )
        .returning(
            updates.c.update_id,
            updates.c.queue,
            updates.c.payload,
            updates.c.attempts,
            updates.c.lease_no,
        )
    )


_CLAIM = _claim_statement()


def done(tx: Tx, item: Claimed) -> None:
    """Handled: the row stays, without its text, so that a repeat is known."""
    key = {"update_id": item.update_id, "lease_no": item.lease_no}
    tx.change(updates, key, state="done", payload=None, lease_until=None)


def retry(tx: Tx, item: Claimed, *, until: datetime, error: str) -> None:
    key = {"update_id": item.update_id, "lease_no": item.lease_no}
    tx.change(updates, key, run_at=until, lease_until=None, last_error=error)


def bury(tx: Tx, item: Claimed, *, error: str) -> None:
    """Set a poisonous update aside; the chat goes on with the next."""
    key = {"update_id": item.update_id, "lease_no": item.lease_no}
    tx.change(updates, key, state="dead", lease_until=None, last_error=error)
    tx.signal(TOPIC)


def release_all(tx: Tx) -> None:
    """Forget every lease: right only when no other process can hold one."""
    tx.execute(update(updates).where(updates.c.lease_until.is_not(None)).values(lease_until=None))


def sweep(tx: Tx, *, before: datetime) -> None:
    """Forget handled updates so old that Telegram cannot repeat them."""
    tx.execute(delete(updates).where(updates.c.state == "done", updates.c.received_at < before))


def backlog(tx: Tx) -> tuple[int, int, datetime | None]:
    """How many wait, how many are dead, and since when the oldest waits."""
    new = tx.first(
        select(
            func.count().label("waiting"), func.min(updates.c.received_at).label("since")
        ).where(updates.c.state == "new")
    )
    dead = tx.scalar(select(func.count()).where(updates.c.state == "dead"))
    return (new.waiting, dead or 0, new.since) if new else (0, dead or 0, None)


def place(tx: Tx, chat_id: int) -> Place | None:
    row = tx.one(dialogues, chat_id=chat_id)
    if row is None:
        return None
    return Place(
        chat_id=row.chat_id,
        conversation=row.conversation,
        state=row.state,
        facts=row.facts,
        screen=row.screen,
        version=row.version,
        last_event=row.last_event,
        message_id=row.message_id,
    )


def save_place(tx: Tx, item: Place, *, at: datetime) -> None:
    values = {
        "conversation": item.conversation,
        "state": item.state,
        "facts": dict(item.facts),
        "screen": dict(item.screen),
        "version": item.version,
        "last_event": item.last_event,
        "message_id": item.message_id,
        "saved_at": at,
    }
    if not tx.change(dialogues, {"chat_id": item.chat_id}, **values):
        tx.insert_once(dialogues, {"chat_id": item.chat_id, **values})


def drop_place(tx: Tx, chat_id: int) -> None:
    tx.execute(delete(dialogues).where(dialogues.c.chat_id == chat_id))


def clear_place(tx: Tx, chat_id: int) -> None:
    """The chat stands nowhere, and no button it has is present; the version goes on growing."""
    tx.execute(
        update(dialogues)
        .where(dialogues.c.chat_id == chat_id)
        .values(conversation="", state="", facts={}, screen={}, version=dialogues.c.version + 1)
    )


def _card(row: Row[tuple[object, ...]]) -> Card:
    return Card(
        chat_id=row.chat_id,
        subject=row.subject,
        reference=row.reference,
        message_id=row.message_id,
        has_photo=row.has_photo,
        shown=row.shown,
    )


def card(tx: Tx, chat_id: int, subject: str) -> Card | None:
    row = tx.one(cards, chat_id=chat_id, subject=subject)
    return None if row is None else _card(row)


def card_by_reference(tx: Tx, reference: str) -> Card | None:
    row = tx.one(cards, reference=reference)
    return None if row is None else _card(row)


def cards_of(tx: Tx, subject: str) -> list[Card]:
    return [_card(row) for row in tx.rows(cards, subject=subject)]


def save_card(tx: Tx, item: Card, *, at: datetime) -> None:
    values = {
        "message_id": item.message_id,
        "has_photo": item.has_photo,
        "shown": item.shown,
        "saved_at": at,
    }
    keys = {"chat_id": item.chat_id, "subject": item.subject}
    if not tx.insert_once(cards, {**keys, "reference": item.reference, **values}):
        tx.change(cards, keys, **values)

"""SQL of the outbox: notices, each with the job that delivers it, written where it happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Row, func, select, update

from core.ids import AccountId, NoticeId, PersonId
from core.jobs import queue
from core.notices.model import Notice, NoticeKind, Recipient
from core.storage.tables import notices
from core.storage.transaction import Tx

DELIVER = "deliver_notice"
REFRESH = "refresh_card"
SHOW = "show_card"


def add(
    tx: Tx,
    recipients: Iterable[Recipient],
    kind: NoticeKind,
    *,
    key: str,
    facts: Mapping[str, object],
    at: datetime,
) -> None:
    """Tell each recipient once per `key`, in the order of their chat."""
    for recipient in recipients:
        dedupe_key = f"{kind}:{key}:{recipient.person_id}"
        values = {
            "person_id": recipient.person_id,
            "account_id": recipient.account_id,
            "kind": kind,
            "dedupe_key": dedupe_key,
            "facts": dict(facts),
            "state": "pending",
            "created_at": at,
        }
        notice_id = tx.insert_new(notices, values)
        if notice_id is None:
            continue
        queue.enqueue(
            tx,
            DELIVER,
            {"notice": notice_id},
            at=at,
            ordering_key=f"chat:{recipient.person_id}",
        )


def refresh_card(tx: Tx, subject: str, *, at: datetime) -> None:
    """Have the living cards of `subject` redrawn."""
    queue.enqueue(tx, REFRESH, {"subject": subject}, at=at, ordering_key=f"card:{subject}")


def show_card(tx: Tx, subject: str, chat_id: int, *, at: datetime, anew: bool = False) -> None:
    """Have the living card of `subject` brought to a chat that need not have it yet.

    What it shows, and whether that chat may see it, is asked when it is drawn. `anew` sends it as
    a new message, which notifies; the older one loses its buttons.
    """
    queue.enqueue(
        tx,
        SHOW,
        {"subject": subject, "chat": chat_id, "anew": anew},
        at=at,
        ordering_key=f"card:{subject}",
    )


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        notice_id=NoticeId(row.id),
        person_id=PersonId(row.person_id),
        account_id=AccountId(row.account_id) if row.account_id else None,
        kind=NoticeKind(row.kind),
        facts=row.facts,
        created_at=row.created_at,
    )


def pending(tx: Tx, notice_id: NoticeId) -> Notice | None:
    row = tx.one(notices, id=notice_id, state="pending")
    return None if row is None else _notice(row)


def end(tx: Tx, notice_id: NoticeId, state: str, *, at: datetime, reason: str = "") -> None:
    """Sent, undeliverable (with the reason), dropped, or read later."""
    tx.change(notices, {"id": notice_id}, state=state, ended_at=at, reason=reason[:200] or None)


def drop_all(tx: Tx, person_id: PersonId, account_id: AccountId, *, at: datetime) -> None:
    """What was not told yet of the account is no longer for this person."""
    tx.execute(
        update(notices)
        .where(
            notices.c.person_id == person_id,
            notices.c.account_id == account_id,
            notices.c.state.in_(("pending", "undeliverable")),
        )
        .values(state="dropped", ended_at=at, reason="removed")
    )


def missed(tx: Tx, person_id: PersonId) -> list[Notice]:
    """What could not be delivered and was not read since, oldest first."""
    rows = tx.all(
        select(notices)
        .where(notices.c.person_id == person_id, notices.c.state == "undeliverable")
        .order_by(notices.c.id)
        .limit(20)
    )
    return [_notice(row) for row in rows]


def undeliverable(tx: Tx) -> int:
    """How many notices wait to be read by people who could not be reached."""
    query = select(func.count()).select_from(notices).where(notices.c.state == "undeliverable")
    return int(tx.scalar(query) or 0)

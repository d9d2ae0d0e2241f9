"""SQL of the audit trail: rows in the acting transaction, seals over them a moment later."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Row, func, select

from core.errors import BooksBroken
from core.storage.tables import audit, audit_seals
from core.storage.transaction import Tx

GENESIS = "0" * 64


def append(
    tx: Tx,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    account_id: str | None,
    facts: Mapping[str, object],
) -> None:
    """Record a privileged or money action; `facts` hold no secrets and no full card or codes."""
    row = {
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "account_id": account_id,
        "facts": dict(facts),
    }
    tx.insert(audit, row)
    tx.signal("audit")


def seal(tx: Tx, *, limit: int = 500) -> int:
    """Chain the rows that have no seal yet, in id order; returns how many.

    Runs under the sealer's lease: the sequence is gapless because only one sealer counts.
    """
    head = tx.first(select(audit_seals).order_by(audit_seals.c.sequence.desc()).limit(1))
    sequence, previous = (head.sequence, head.hash) if head else (0, GENESIS)
    waiting = tx.all(
        select(audit)
        .outerjoin(audit_seals, audit_seals.c.audit_id == audit.c.id)
        .where(audit_seals.c.audit_id.is_(None))
        .order_by(audit.c.id)
        .limit(limit)
    )
    seals = []
    for row in waiting:
        sequence += 1
        previous = _hash(previous, sequence, row)
        seals.append({"sequence": sequence, "audit_id": row.id, "hash": previous})
    tx.insert_all(audit_seals, seals)
    return len(seals)


def verify(tx: Tx) -> tuple[int, str]:
    """Recompute the chain; returns its length and head, or raises `BooksBroken`."""
    rows = tx.all(
        select(audit_seals.c.sequence, audit_seals.c.hash, audit)
        .outerjoin(audit, audit.c.id == audit_seals.c.audit_id)
        .order_by(audit_seals.c.sequence)
    )
    previous = GENESIS
    for expected, row in enumerate(rows, start=1):
        if row.sequence != expected or row.id is None:
            raise BooksBroken(f"AUDIT-CHAIN: seal {expected} is missing or lost its row")
        previous = _hash(previous, expected, row)
        if previous != row.hash:
            raise BooksBroken(f"AUDIT-CHAIN: row {row.id} was changed")
    return len(rows), previous


def newest(tx: Tx) -> datetime | None:
    """When the last thing that is on record happened."""
    return tx.scalar(select(func.max(audit.c.at)))


def _hash(previous: str, sequence: int, row: Row[tuple[object, ...]]) -> str:
    content = {
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "account_id": row.account_id,
        "facts": row.facts,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{sequence}\n{canonical}".encode()).hexdigest()

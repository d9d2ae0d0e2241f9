"""SQL of the reviewers' desk: its queue, decisions, what warnings are made of, reversals."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from core.ids import AccountId, PersonId
from core.remittance.model import (
    WAITING,
    Remittance,
    RemittanceEvent,
    RemittanceId,
    RemittanceState,
)
from core.remittance.store import WHOLE, read
from core.reviews.model import PastRemittance, Reversal, ReviewDecision, Seat
from core.storage.remittance_tables import (
    remittance_decisions,
    remittance_files,
    remittance_reversals,
    remittances,
)
from core.storage.tables import members, people
from core.storage.transaction import Tx

FILES_COMPARED = 20_000  # the newest, for pictures that look alike


def waiting(tx: Tx, person_id: PersonId, *, skip: int, limit: int) -> list[Remittance]:
    """The reviewer's queue, oldest due first, without matters of their own."""
    own = select(members.c.account_id).where(
        members.c.person_id == person_id, members.c.removed_at.is_(None)
    )
    rows = tx.all(
        WHOLE.where(
            remittances.c.state.in_(sorted(WAITING)),
            remittances.c.account_id.not_in(own),
            remittances.c.person_id != person_id,
            or_(
                remittances.c.submitted_by.is_(None),
                remittances.c.submitted_by != person_id,
            ),
        )
        .order_by(remittances.c.due_at, remittances.c.submitted_at, remittances.c.id)
        .offset(skip)
        .limit(limit)
    )
    return [read(row) for row in rows]


def all_waiting(tx: Tx, *, limit: int) -> list[Remittance]:
    """Everybody's, oldest due first: what bank lines are held against."""
    rows = tx.all(
        WHOLE.where(remittances.c.state.in_(sorted(WAITING)))
        .order_by(remittances.c.due_at, remittances.c.submitted_at, remittances.c.id)
        .limit(limit)
    )
    return [read(row) for row in rows]


def add_decision(
    tx: Tx,
    found: Remittance,
    seat: Seat,
    person_id: PersonId,
    decision: RemittanceEvent,
    *,
    round_no: int,
    received_fen: int | None,
    reason: str | None,
    at: datetime,
) -> None:
    """Take a seat; the UNIQUE keys refuse a seat, or a person, twice in one round."""
    values = {
        "remittance_id": found.remittance_id,
        "round": round_no,
        "seat": seat,
        "person_id": person_id,
        "decision": decision,
        "received_fen": received_fen,
        "reason": reason,
        "is_final": decision is not RemittanceEvent.APPROVE_ONCE,
        "at": at,
    }
    tx.insert(remittance_decisions, values)


def undo_decisions(tx: Tx, found: Remittance, *, at: datetime) -> None:
    key = {"remittance_id": found.remittance_id, "round": found.round}
    tx.change(remittance_decisions, key, undone_at=at)


def decisions(tx: Tx, remittance_id: str) -> tuple[ReviewDecision, ...]:
    """Oldest first, those of earlier rounds too."""
    rows = tx.all(
        select(remittance_decisions, people.c.display_name)
        .outerjoin(people, people.c.id == remittance_decisions.c.person_id)
        .where(remittance_decisions.c.remittance_id == remittance_id)
        .order_by(remittance_decisions.c.id)
    )
    return tuple(
        ReviewDecision(
            seat=Seat(row.seat),
            round=row.round,
            person_id=PersonId(row.person_id),
            person_name=row.display_name or str(row.person_id),
            decision=RemittanceEvent(row.decision),
            received_fen=row.received_fen,
            reason=row.reason,
            at=row.at,
            is_undone=row.undone_at is not None,
        )
        for row in rows
    )


# --- what warnings are made of ------------------------------------------------------------------


def same_files(tx: Tx, found: Remittance) -> list[str]:
    """References of other remittances with one of these files."""
    own = select(remittance_files.c.sha256).where(
        remittance_files.c.remittance_id == found.remittance_id
    )
    rows = tx.all(
        select(remittances.c.reference)
        .distinct()
        .join(remittance_files, remittance_files.c.remittance_id == remittances.c.id)
        .where(remittance_files.c.sha256.in_(own), *_others(found))
        .order_by(remittances.c.reference)
        .limit(5)
    )
    return [row.reference for row in rows]


def other_looks(tx: Tx, found: Remittance) -> list[tuple[str, str, str]]:
    """Reference, hash and look of other remittances' pictures, newest first."""
    rows = tx.all(
        select(remittances.c.reference, remittance_files.c.sha256, remittance_files.c.look)
        .join(remittances, remittance_files.c.remittance_id == remittances.c.id)
        .where(remittance_files.c.look.is_not(None), *_others(found))
        .order_by(remittance_files.c.id.desc())
        .limit(FILES_COMPARED)
    )
    return [(row.reference, row.sha256, row.look) for row in rows]


def same_serial(tx: Tx, found: Remittance) -> list[str]:
    """References of other remittances with this bank serial number."""
    if found.declared.bank_serial is None:
        return []
    rows = tx.all(
        select(remittances.c.reference)
        .where(remittances.c.bank_serial == found.declared.bank_serial, *_others(found))
        .order_by(remittances.c.reference)
        .limit(5)
    )
    return [row.reference for row in rows]


def _others(found: Remittance) -> list[ColumnElement[bool]]:
    """Not this one nor the one it replaces, nor what was never submitted."""
    return [
        remittances.c.id.not_in((found.remittance_id, found.replaces or "")),
        remittances.c.submitted_at.is_not(None),
    ]


def past(
    tx: Tx, account_id: AccountId, *, besides: RemittanceId, limit: int
) -> tuple[PastRemittance, ...]:
    """The account's submitted remittances, newest first."""
    rows = tx.all(
        WHOLE.where(
            remittances.c.account_id == account_id,
            remittances.c.id != besides,
            remittances.c.submitted_at.is_not(None),
        )
        .order_by(remittances.c.submitted_at.desc(), remittances.c.id)
        .limit(limit)
    )
    return tuple(
        PastRemittance(
            reference=row.reference,
            state=RemittanceState(row.state),
            amount_fen=row.received_fen or row.declared_fen,
            submitted_at=row.submitted_at,
        )
        for row in rows
    )


# --- reversals ----------------------------------------------------------------------------------


def ask_reversal(
    tx: Tx, remittance_id: str, person_id: PersonId, reason: str, *, at: datetime
) -> bool:
    """False when one is asked for, or done, already."""
    values = {
        "remittance_id": remittance_id,
        "state": "asked",
        "asked_by": person_id,
        "asked_at": at,
        "reason": reason,
    }
    return tx.insert_once(remittance_reversals, values)


def reversal(tx: Tx, remittance_id: str) -> Reversal | None:
    """The newest."""
    row = tx.first(
        select(remittance_reversals, people.c.display_name)
        .outerjoin(people, people.c.id == remittance_reversals.c.asked_by)
        .where(remittance_reversals.c.remittance_id == remittance_id)
        .order_by(remittance_reversals.c.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    return Reversal(
        reversal_id=row.id,
        asked_by=PersonId(row.asked_by),
        asked_by_name=row.display_name or str(row.asked_by),
        reason=row.reason,
        state=row.state,
    )


def end_reversal(
    tx: Tx, reversal_id: int, state: str, person_id: PersonId, *, at: datetime
) -> None:
    key = {"id": reversal_id}
    tx.change(remittance_reversals, key, state=state, ended_by=person_id, ended_at=at)

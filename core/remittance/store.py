"""SQL of remittances: what was declared, its files, timeline, decisions, and the desk's order."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Row, Select, func, or_, select

from core.ids import AccountId, PersonId
from core.remittance.model import (
    WAITING,
    Declared,
    Evidence,
    Happened,
    RejectCode,
    Remittance,
    RemittanceId,
    RemittanceState,
    TimelineEntry,
    Way,
)
from core.storage.remittance_tables import (
    remittance_events,
    remittance_files,
    remittances,
)
from core.storage.tables import accounts, people
from core.storage.transaction import Tx

SAID = tuple(field.name for field in fields(Declared))
WHOLE: Select[tuple[object, ...]] = select(
    remittances, accounts.c.name.label("account_name")
).join(accounts, accounts.c.id == remittances.c.account_id)


def person(value: int | None) -> PersonId | None:
    return None if value is None else PersonId(value)


def read(row: Row[tuple[object, ...]]) -> Remittance:
    return Remittance(
        remittance_id=RemittanceId(row.id),
        reference=row.reference,
        account_id=AccountId(row.account_id),
        account_name=row.account_name,
        person_id=PersonId(row.person_id),
        submitted_by=person(row.submitted_by),
        way=Way(row.way) if row.way else None,
        state=RemittanceState(row.state),
        replaces=RemittanceId(row.replaces) if row.replaces else None,
        declared=_declared(row),
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        half_at=row.half_at,
        due_is_estimated=row.due_is_estimated,
        paused_at=row.paused_at,
        clock_stage=row.clock_stage,
        claimed_by=person(row.claimed_by),
        claimed_until=row.claimed_until,
        asked_by=person(row.asked_by),
        round=row.round,
        received_fen=row.received_fen,
        reject_code=RejectCode(row.reject_code) if row.reject_code else None,
        answer=row.answer,
        post_at=row.post_at,
        credited_at=row.credited_at,
        reversed_at=row.reversed_at,
    )


def _declared(row: Row[tuple[object, ...]]) -> Declared:
    return Declared(
        amount_fen=row.declared_fen,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        transfer_date=row.transfer_date,
        bank_serial=row.bank_serial,
        note=row.note,
    )


def _columns(declared: Declared) -> dict[str, object]:
    values = {name: getattr(declared, name) for name in SAID}
    return {"declared_fen": values.pop("amount_fen"), **values}


def remittance(tx: Tx, remittance_id: str, *, lock: bool = False) -> Remittance | None:
    """By its id; locked, nobody else changes it until the commit."""
    if lock:
        tx.one(remittances, lock=True, id=remittance_id)
    row = tx.first(WHOLE.where(remittances.c.id == remittance_id))
    return None if row is None else read(row)


def by_key(tx: Tx, request_key: str) -> Remittance | None:
    row = tx.first(WHOLE.where(remittances.c.request_key == request_key))
    return None if row is None else read(row)


def id_of_reference(tx: Tx, reference: str) -> RemittanceId | None:
    row = tx.one(remittances, reference=reference)
    return None if row is None else RemittanceId(row.id)


def add(
    tx: Tx,
    remittance_id: RemittanceId,
    *,
    reference: str,
    request_key: str,
    account_id: AccountId,
    person_id: PersonId,
    way: Way | None,
    declared: Declared,
    replaces: RemittanceId | None,
    at: datetime,
) -> None:
    """A new draft."""
    values = {
        "id": remittance_id,
        "reference": reference,
        "request_key": request_key,
        "account_id": account_id,
        "person_id": person_id,
        "way": way,
        "state": RemittanceState.DRAFT,
        "replaces": replaces,
        "created_at": at,
        "due_is_estimated": False,
        "clock_stage": 0,
        "round": 1,
        **_columns(declared),
    }
    tx.insert(remittances, values)


def change(tx: Tx, remittance_id: str, **values: object) -> None:
    tx.change(remittances, {"id": remittance_id}, **values)


def declare(tx: Tx, remittance_id: str, declared: Declared) -> None:
    change(tx, remittance_id, **_columns(declared))


def of_account(
    tx: Tx, account_id: AccountId, person_id: PersonId, *, skip: int, limit: int
) -> list[Remittance]:
    """Newest first; drafts are their writer's alone."""
    is_draft = remittances.c.state == RemittanceState.DRAFT
    rows = tx.all(
        WHOLE.where(
            remittances.c.account_id == account_id,
            or_(~is_draft, remittances.c.person_id == person_id),
        )
        .order_by(remittances.c.created_at.desc(), remittances.c.id)
        .offset(skip)
        .limit(limit)
    )
    return [read(row) for row in rows]


_TAKING = (
    RemittanceState.NEEDS_INFO,
    RemittanceState.DRAFT,
    RemittanceState.SUBMITTED,
    RemittanceState.IN_REVIEW,
    RemittanceState.APPROVED_ONCE,
)


def unfinished(tx: Tx, account_id: AccountId, person_id: PersonId) -> list[Remittance]:
    """What a further receipt may belong to: asked for first, then drafts, then what waits."""
    rows = tx.all(
        WHOLE.where(
            remittances.c.account_id == account_id,
            remittances.c.state.in_(_TAKING),
            or_(
                remittances.c.state != RemittanceState.DRAFT,
                remittances.c.person_id == person_id,
            ),
        ).order_by(remittances.c.created_at.desc(), remittances.c.id)
    )
    return sorted((read(row) for row in rows), key=lambda item: _TAKING.index(item.state))


def replacement_of(tx: Tx, remittance_id: str) -> Remittance | None:
    """What was made from a rejected one and not taken back."""
    row = tx.first(
        WHOLE.where(
            remittances.c.replaces == remittance_id,
            remittances.c.state != RemittanceState.WITHDRAWN,
        ).limit(1)
    )
    return None if row is None else read(row)


def ahead_of(tx: Tx, due_at: datetime) -> int:
    """How many on the desk are due before."""
    return (
        tx.scalar(
            select(func.count()).where(
                remittances.c.state.in_(sorted(WAITING)), remittances.c.due_at < due_at
            )
        )
        or 0
    )


# --- files --------------------------------------------------------------------------------------


def files(tx: Tx, remittance_id: str) -> tuple[Evidence, ...]:
    """Oldest first."""
    rows = tx.all(
        select(remittance_files)
        .where(remittance_files.c.remittance_id == remittance_id)
        .order_by(remittance_files.c.id)
    )
    return tuple(
        Evidence(
            sha256=row.sha256,
            media_type=row.media_type,
            size=row.size,
            look=row.look,
            name=row.name,
        )
        for row in rows
    )


def add_file(
    tx: Tx, remittance_id: str, file: Evidence, person_id: PersonId, *, at: datetime
) -> bool:
    """False when the remittance has this very file."""
    values = {
        "remittance_id": remittance_id,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "size": file.size,
        "look": file.look,
        "name": file.name[:128],
        "added_by": person_id,
        "added_at": at,
    }
    return tx.insert_once(remittance_files, values)


def remove_files(tx: Tx, remittance_id: str) -> None:
    tx.execute(remittance_files.delete().where(remittance_files.c.remittance_id == remittance_id))


def named_files(tx: Tx, hashes: Collection[str]) -> set[str]:
    """Which of these files some remittance names."""
    found = tx.all(
        select(remittance_files.c.sha256).where(remittance_files.c.sha256.in_(sorted(hashes)))
    )
    return {row.sha256 for row in found}


# --- timeline ---------------------------------------------------------------------------------


def note(
    tx: Tx,
    remittance_id: str,
    what: Happened,
    person_id: PersonId | None,
    text: str | None = None,
    *,
    at: datetime,
) -> None:
    """One more line of the timeline."""
    values = {
        "remittance_id": remittance_id,
        "at": at,
        "what": what,
        "person_id": person_id,
        "text": text,
    }
    tx.insert(remittance_events, values)


def timeline(tx: Tx, remittance_id: str) -> tuple[TimelineEntry, ...]:
    rows = tx.all(
        select(remittance_events, people.c.display_name)
        .outerjoin(people, people.c.id == remittance_events.c.person_id)
        .where(remittance_events.c.remittance_id == remittance_id)
        .order_by(remittance_events.c.id)
    )
    return tuple(
        TimelineEntry(
            at=row.at,
            what=Happened(row.what),
            person_id=person(row.person_id),
            person_name=row.display_name or "",
            text=row.text,
        )
        for row in rows
    )

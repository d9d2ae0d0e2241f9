"""SQL of the desk: cases, their claims and their ends."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Row, func, or_, select

from core.access.model import StaffRole
from core.cases.model import BY_REVIEWERS, CASE_STEPS, Case, CaseEvent, CaseState, Decision
from core.channels import Channel
from core.ids import AccountId, CaseId, PaymentId, PersonId
from core.storage.tables import cases, members, trades
from core.storage.transaction import Tx
from core.topup.model import step


def _case(row: Row[tuple[object, ...]]) -> Case:
    return Case(
        case_id=CaseId(row.id),
        kind=row.kind,
        dedupe_key=row.dedupe_key,
        state=CaseState(row.state),
        account_id=AccountId(row.account_id) if row.account_id else None,
        payment_id=PaymentId(row.payment_id) if row.payment_id else None,
        amount_fen=row.amount_fen,
        facts=row.facts,
        opened_at=row.opened_at,
        claimed_by=PersonId(row.claimed_by) if row.claimed_by else None,
        claimed_until=row.claimed_until,
        flag=row.flag,
        decision=Decision(row.decision) if row.decision else None,
        note=row.note,
        resolved_by=PersonId(row.resolved_by) if row.resolved_by else None,
        resolved_at=row.resolved_at,
    )


def case(tx: Tx, case_id: CaseId, *, lock: bool = False) -> Case | None:
    row = tx.one(cases, lock=lock, id=case_id)
    return None if row is None else _case(row)


def unresolved_of(tx: Tx, dedupe_keys: Collection[str]) -> list[Case]:
    """Cases of one matter that still wait, locked in order."""
    rows = tx.all(
        select(cases)
        .where(cases.c.dedupe_key.in_(dedupe_keys), cases.c.state != CaseState.RESOLVED)
        .order_by(cases.c.id)
        .with_for_update()
    )
    return [_case(row) for row in rows]


def payment_of_trade(tx: Tx, channel: Channel, merchant: str, trade_no: str) -> PaymentId | None:
    """Whose payment it was, where it is one of ours."""
    row = tx.one(trades, channel=channel, merchant=merchant, trade_no=trade_no)
    return None if row is None or row.payment_id is None else PaymentId(row.payment_id)


def waiting(
    tx: Tx, person_id: PersonId, roles: Collection[StaffRole], *, skip: int, limit: int
) -> list[Case]:
    """What waits on the desks of these roles, oldest first, without the person's own accounts."""
    own = select(members.c.account_id).where(
        members.c.person_id == person_id, members.c.removed_at.is_(None)
    )
    of_reviewers = cases.c.kind.in_(sorted(BY_REVIEWERS))
    desks = [
        desk
        for role, desk in (
            (StaffRole.REVIEWER, of_reviewers),
            (StaffRole.OPERATOR, ~of_reviewers),
        )
        if role in roles
    ]
    rows = tx.all(
        select(cases)
        .where(
            cases.c.state != CaseState.RESOLVED,
            or_(*desks),
            or_(cases.c.account_id.is_(None), cases.c.account_id.not_in(own)),
        )
        .order_by(cases.c.opened_at, cases.c.id)
        .offset(skip)
        .limit(limit)
    )
    return [_case(row) for row in rows]


def waiting_by_kind(tx: Tx) -> list[tuple[str, int, int, datetime]]:
    """Kind, number, fen and age of the oldest, of all cases that still wait."""
    rows = tx.all(
        select(
            cases.c.kind,
            func.count().label("number"),
            func.sum(func.coalesce(cases.c.amount_fen, 0)).label("fen"),
            func.min(cases.c.opened_at).label("since"),
        )
        .where(cases.c.state != CaseState.RESOLVED)
        .group_by(cases.c.kind)
    )
    return [(row.kind, row.number, int(row.fen), row.since) for row in rows]


def hold(tx: Tx, found: Case, person_id: PersonId, *, until: datetime) -> Case:
    """Claim a locked case, or make the claim last longer."""
    state = found.state
    if state is CaseState.CLAIMED:
        state = step(CASE_STEPS, state, CaseEvent.RELEASE)
    state = step(CASE_STEPS, state, CaseEvent.CLAIM)
    tx.change(cases, {"id": found.case_id}, state=state, claimed_by=person_id, claimed_until=until)
    return case(tx, found.case_id) or found


def release(tx: Tx, found: Case) -> None:
    state = step(CASE_STEPS, found.state, CaseEvent.RELEASE)
    tx.change(cases, {"id": found.case_id}, state=state, claimed_by=None, claimed_until=None)


def flag(tx: Tx, case_id: CaseId, what: str) -> None:
    """Note what stood in the way of a decision."""
    tx.change(cases, {"id": case_id}, flag=what)


def end(
    tx: Tx,
    found: Case,
    decision: Decision,
    *,
    person_id: PersonId | None,
    note: str | None,
    at: datetime,
    account_id: AccountId | None = None,
) -> None:
    """Resolve a locked case; `account_id` names whose it turned out to be."""
    event = CaseEvent.SETTLE if person_id is None else CaseEvent.RESOLVE
    values: dict[str, object] = {
        "state": step(CASE_STEPS, found.state, event),
        "claimed_by": None,
        "claimed_until": None,
        "decision": decision,
        "note": note,
        "resolved_by": person_id,
        "resolved_at": at,
    }
    if account_id is not None:
        values["account_id"] = account_id
    tx.change(cases, {"id": found.case_id}, **values)

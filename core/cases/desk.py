"""The rules of the desk inside an acting transaction: who sees a case, who may decide it now."""

from collections.abc import Mapping
from datetime import datetime

from core.access import store as access
from core.access.rights import staff_with
from core.audit import store as audit
from core.cases import store
from core.cases.model import (
    LEASE,
    LONGEST_NOTE,
    Case,
    CaseState,
    CaseView,
    Decision,
    Handled,
    Result,
    decided_by,
    decisions_of,
)
from core.errors import IllegalStep, InvalidRequest, NotAllowed, NotFound
from core.ids import AccountId, CaseId, Ids, PaymentId, PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.stepup import service as stepup
from core.storage.transaction import Tx
from core.topup import store as topup
from core.topup.model import TopUp

CASE_ID_LENGTH = 10


def open_case(
    tx: Tx,
    kind: str,
    *,
    dedupe_key: str,
    account_id: AccountId | None,
    payment_id: PaymentId | None,
    amount_fen: int,
    facts: Mapping[str, object],
    at: datetime,
    ids: Ids,
    is_told: bool = True,
) -> bool:
    """Put something on its desk, and tell those who may decide it; false when it lies there.

    Not `is_told`: the caller tells of many at once.
    """
    case_id = ids.short(CASE_ID_LENGTH)
    told = {**facts, "case": case_id, "kind": kind, "amount_fen": amount_fen, "currency": "CNY"}
    is_new = topup.open_case(
        tx,
        case_id,
        kind,
        dedupe_key=dedupe_key,
        account_id=account_id,
        payment_id=payment_id,
        amount_fen=amount_fen,
        facts=told,
        at=at,
    )
    if not is_new or not is_told:
        return is_new
    members = access.members_of(tx, account_id) if account_id else []
    concerned = {item.person_id for item in members} | {facts.get("asked_by")}
    desk = [
        Recipient(person_id=person)
        for person in staff_with(tx, decided_by(kind))
        if person not in concerned
    ]
    notices.add(tx, desk, NoticeKind.CASE_OPENED, key=case_id, facts=told, at=at)
    return True


def may_see(tx: Tx, found: Case, person_id: PersonId) -> bool:
    """Nobody handles a matter of their own, nor one of an account they are a member of."""
    if person_id == found.facts.get("asked_by"):
        return False
    top_up = top_up_of(tx, found)
    if top_up is not None and top_up.person_id == person_id:
        return False
    account_id = found.account_id
    return account_id is None or access.membership(tx, person_id, account_id) is None


def top_up_of(tx: Tx, found: Case) -> TopUp | None:
    payment = topup.payment(tx, found.payment_id) if found.payment_id else None
    return None if payment is None else topup.top_up(tx, payment.top_up_id)


def find(tx: Tx, case_id: CaseId, person_id: PersonId, *, lock: bool = False) -> Case:
    """The case for somebody whose desk it is on; else `NotAllowed` or `NotFound`."""
    roles = access.staff_roles(tx, person_id)
    if not roles:
        raise NotAllowed
    found = store.case(tx, case_id, lock=lock)
    if found is None or decided_by(found.kind) not in roles or not may_see(tx, found, person_id):
        raise NotFound
    return found


def take(
    tx: Tx, case_id: CaseId, person_id: PersonId, decision: Decision, *, at: datetime
) -> Case | Handled:
    """The locked case when this person may decide so now, else what stands in the way.

    The claim lasts longer by this. Raises `NotAllowed`, `NotFound`, `StepUpNeeded`, and
    `IllegalStep` for what is not decided about such a case.
    """
    found = find(tx, case_id, person_id, lock=True)
    stepup.require(tx, person_id)
    if decision not in decisions_of(found.kind):
        raise IllegalStep(record="Case", state=found.kind, event=decision)
    if found.state is CaseState.RESOLVED:
        return handled(tx, found, Result.DECIDED, at=at)
    holder = found.holder(at)
    if holder is None:
        return handled(tx, found, Result.NOT_CLAIMED, at=at)
    if holder != person_id:
        return handled(tx, found, Result.HELD, at=at)
    return store.hold(tx, found, person_id, until=at + LEASE)


def end(
    tx: Tx,
    found: Case,
    decision: Decision,
    *,
    person_id: PersonId | None,
    note: str | None,
    at: datetime,
    account_id: AccountId | None = None,
) -> Handled:
    """Resolve a locked case, with its audit line; without a person it ended by itself."""
    store.end(tx, found, decision, person_id=person_id, note=note, at=at, account_id=account_id)
    facts = {
        "kind": found.kind,
        "decision": decision.value,
        "note": note,
        "amount_fen": found.amount_fen,
        "account": account_id or found.account_id,
    }
    record(tx, found, f"case.{decision}", person_id, facts, at=at)
    return handled(tx, store.case(tx, found.case_id) or found, Result.DONE, at=at)


def record(
    tx: Tx,
    found: Case,
    action: str,
    person_id: PersonId | None,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor="clock" if person_id is None else f"person:{person_id}",
        action=action,
        subject=f"case:{found.case_id}",
        account_id=found.account_id,
        facts=facts,
    )


def handled(
    tx: Tx, found: Case, result: Result, *, at: datetime, shortfall_fen: int = 0
) -> Handled:
    return Handled(result=result, view=view(tx, found, at=at), shortfall_fen=shortfall_fen)


def view(tx: Tx, found: Case, *, at: datetime) -> CaseView:
    """The case with the names people read."""
    account = access.account(tx, found.account_id) if found.account_id else None
    holder = found.holder(at)
    return CaseView(
        case=found,
        account_name=None if account is None else account.name,
        holder=holder,
        holder_name=_name(tx, holder),
        resolver_name=_name(tx, found.resolved_by),
    )


def _name(tx: Tx, person_id: PersonId | None) -> str:
    person = None if person_id is None else access.person(tx, person_id)
    return str(person_id or "") if person is None else person.display_name


def checked_note(note: str) -> str:
    """A note people wrote, which has to say something."""
    note = note.strip()
    if not 1 <= len(note) <= LONGEST_NOTE:
        raise InvalidRequest(f"a note has 1 to {LONGEST_NOTE} characters")
    return note

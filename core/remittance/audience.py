"""Whom a remittance concerns: its payers, the reviewers who may handle it, and their cards."""

from collections.abc import Mapping
from datetime import datetime

from core.access import rights
from core.access import store as access
from core.access.model import Right, StaffRole
from core.access.rights import staff_with
from core.audit import store as audit
from core.ids import PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.remittance import store
from core.remittance.model import Happened, Remittance
from core.storage.transaction import Tx

CARD, REVIEW = "remit:", "review:"  # how the subjects of living cards begin


def is_own_matter(tx: Tx, found: Remittance, person_id: PersonId) -> bool:
    """Nobody reviews what they submitted, nor for an account they are a member of."""
    if person_id in {found.person_id, found.submitted_by}:
        return True
    return access.membership(tx, person_id, found.account_id) is not None


def reviewers_of(tx: Tx, found: Remittance) -> list[PersonId]:
    everybody = staff_with(tx, StaffRole.REVIEWER)
    return [person for person in everybody if not is_own_matter(tx, found, person)]


def chats_of(tx: Tx, found: Remittance, review_chat_id: int | None) -> list[int]:
    """Where its review card goes: the group, unless somebody there is a member of the account."""
    reviewers = reviewers_of(tx, found)
    if review_chat_id is None or len(reviewers) < len(staff_with(tx, StaffRole.REVIEWER)):
        return [int(person) for person in reviewers]
    return [access.present_chat(tx, review_chat_id)]


def show_to_reviewers(
    tx: Tx, found: Remittance, review_chat_id: int | None, *, at: datetime
) -> None:
    """Bring the review card to everybody who may take it, as a new message."""
    for chat_id in chats_of(tx, found, review_chat_id):
        show_review(tx, found, chat_id, at=at)


def show_review(tx: Tx, found: Remittance, chat_id: int, *, at: datetime) -> None:
    notices.show_card(tx, f"{REVIEW}{found.remittance_id}", chat_id, at=at, anew=True)


def redraw(tx: Tx, found: Remittance, *, at: datetime) -> None:
    """Every card of it, the payer's and the reviewers'."""
    for subject in (CARD, REVIEW):
        notices.refresh_card(tx, f"{subject}{found.remittance_id}", at=at)


def changed(
    tx: Tx, found: Remittance, what: Happened, person_id: PersonId, *, at: datetime
) -> None:
    """The payer changed something that reviewers see."""
    store.note(tx, found.remittance_id, what, person_id, at=at)
    record(tx, found, what.value, person_id, at=at)
    redraw(tx, found, at=at)


def payers_of(tx: Tx, found: Remittance) -> list[PersonId]:
    """Who submitted it; somebody of the account when that person left it."""
    people = [found.submitted_by or found.person_id]
    finance = [item.person_id for item in rights.who_may(tx, found.account_id, Right.MOVE_MONEY)]
    return [person for person in people if person in finance] or finance


def tell_payers(
    tx: Tx,
    found: Remittance,
    kind: NoticeKind,
    facts: Mapping[str, object],
    *,
    key: str,
    at: datetime,
) -> None:
    recipients = [
        Recipient(person_id=person, account_id=found.account_id) for person in payers_of(tx, found)
    ]
    told = {**facts_of(found), **facts}
    notices.add(tx, recipients, kind, key=f"{found.remittance_id}:{key}", facts=told, at=at)


def facts_of(found: Remittance) -> dict[str, object]:
    """What notices say of every remittance."""
    return {
        "remittance": found.remittance_id,
        "reference": found.reference,
        "account": found.account_name,
        "amount_fen": found.received_fen or found.declared.amount_fen or 0,
    }


def record(
    tx: Tx,
    found: Remittance,
    action: str,
    person_id: PersonId | None,
    facts: Mapping[str, object] | None = None,
    *,
    at: datetime,
) -> None:
    """One line of the audit trail."""
    audit.append(
        tx,
        at=at,
        actor="clock" if person_id is None else f"person:{person_id}",
        action=f"remittance.{action}",
        subject=f"remittance:{found.remittance_id}",
        account_id=found.account_id,
        facts={"reference": found.reference, **(facts or {})},
    )

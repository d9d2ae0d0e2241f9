"""The rules of the reviewers' desk inside an acting transaction."""

from datetime import datetime

from core.access import store as access
from core.access.model import StaffRole
from core.errors import NotAllowed, NotFound
from core.ids import PersonId
from core.jobs import queue
from core.remittance import audience
from core.remittance import store as remittances
from core.remittance.model import (
    WAITING,
    Happened,
    Remittance,
    RemittanceEvent,
    RemittanceState,
    step,
)
from core.reviews import lines, store
from core.reviews.model import LEASE, Outcome, Reviewed, ReviewView, Seat
from core.reviews.warnings import warnings_of
from core.storage.transaction import Tx

LAPSE = "lapse_review"
PAST = 20


def require_reviewer(tx: Tx, person_id: PersonId) -> None:
    if StaffRole.REVIEWER not in access.staff_roles(tx, person_id):
        raise NotAllowed


def find(tx: Tx, remittance_id: str, person_id: PersonId, *, lock: bool = False) -> Remittance:
    """The case for a reviewer whose own matter it is not; drafts are on nobody's desk."""
    require_reviewer(tx, person_id)
    found = remittances.remittance(tx, remittance_id, lock=lock)
    if found is None or found.submitted_at is None:
        raise NotFound
    if audience.is_own_matter(tx, found, person_id):
        raise NotFound
    return found


def standing(found: Remittance) -> Outcome | None:
    """Why nobody can decide it now, if so."""
    if found.state is RemittanceState.NEEDS_INFO:
        return Outcome.WITH_PAYER
    if found.state not in WAITING:
        return Outcome.DECIDED
    return None


def in_the_way(tx: Tx, found: Remittance, person_id: PersonId, *, at: datetime) -> Outcome | None:
    """Why this person cannot claim it now, if so."""
    if (outcome := standing(found)) is not None:
        return outcome
    if found.holder(at) not in {None, person_id}:
        return Outcome.HELD
    return Outcome.OWN_DECISION if gave_first_word(tx, found, person_id) else None


def claim(tx: Tx, found: Remittance, person_id: PersonId, *, at: datetime) -> Remittance:
    """Hold a locked case that nothing is in the way of; its timeline says so once."""
    held = hold(tx, found, person_id, at=at)
    if found.holder(at) is None:
        log(tx, held, Happened.CLAIMED, person_id, at=at)
    return held


def take(
    tx: Tx, remittance_id: str, person_id: PersonId, *, at: datetime
) -> Remittance | Reviewed:
    """The locked case when this person may decide it now, else what stands in the way.

    The claim lasts longer by this. Raises `NotAllowed` and `NotFound`.
    """
    found = find(tx, remittance_id, person_id, lock=True)
    outcome = standing(found)
    if outcome is None:
        holder = found.holder(at)
        if holder is None:
            outcome = Outcome.NOT_CLAIMED
        elif holder != person_id:
            outcome = Outcome.HELD
        elif gave_first_word(tx, found, person_id):
            outcome = Outcome.OWN_DECISION
    if outcome is not None:
        return reviewed(tx, found, outcome, at=at)
    return hold(tx, found, person_id, at=at)


def hold(tx: Tx, found: Remittance, person_id: PersonId, *, at: datetime) -> Remittance:
    """Claim a locked case, or make the claim last longer."""
    state, until = found.state, at + LEASE
    if state is RemittanceState.IN_REVIEW:
        state = step(state, RemittanceEvent.RELEASE)
    state = step(state, RemittanceEvent.CLAIM)
    remittances.change(
        tx, found.remittance_id, state=state, claimed_by=person_id, claimed_until=until
    )
    payload = {"remittance": found.remittance_id}
    key = f"lapse:{found.remittance_id}"
    queue.enqueue(tx, LAPSE, payload, at=until, dedupe_key=key)
    return again(tx, found)


def let_go(tx: Tx, found: Remittance) -> None:
    """A claim ended without a decision."""
    state = step(found.state, RemittanceEvent.RELEASE)
    remittances.change(tx, found.remittance_id, state=state, claimed_by=None, claimed_until=None)


def gave_first_word(tx: Tx, found: Remittance, person_id: PersonId) -> bool:
    """Whether this person is the first of the two reviewers it needs."""
    if found.state is not RemittanceState.APPROVED_ONCE:
        return False
    return any(
        item.person_id == person_id and item.seat is Seat.FIRST and not item.is_undone
        for item in store.decisions(tx, found.remittance_id)
        if item.round == found.round
    )


def again(tx: Tx, found: Remittance) -> Remittance:
    return remittances.remittance(tx, found.remittance_id) or found


def log(
    tx: Tx,
    found: Remittance,
    what: Happened,
    person_id: PersonId | None,
    text: str | None = None,
    *,
    at: datetime,
    **facts: object,
) -> None:
    """The timeline's line and the audit's; every card is drawn anew."""
    remittances.note(tx, found.remittance_id, what, person_id, text, at=at)
    told = {**facts, "text": text} if text else facts
    audience.record(tx, found, what.value, person_id, told, at=at)
    audience.redraw(tx, found, at=at)


def reviewed(tx: Tx, found: Remittance, outcome: Outcome, *, at: datetime) -> Reviewed:
    return Reviewed(outcome=outcome, view=view(tx, again(tx, found), at=at))


def view(tx: Tx, found: Remittance, *, at: datetime) -> ReviewView:
    """Everything a reviewer sees."""
    remittance_id = found.remittance_id
    history = store.past(tx, found.account_id, besides=remittance_id, limit=PAST)
    holder = found.holder(at)
    payer = access.person(tx, found.submitted_by or found.person_id)
    held_by = None if holder is None else access.person(tx, holder)
    return ReviewView(
        remittance=found,
        payer="" if payer is None else payer.display_name,
        files=remittances.files(tx, remittance_id),
        timeline=remittances.timeline(tx, remittance_id),
        decisions=store.decisions(tx, remittance_id),
        warnings=warnings_of(tx, found, history),
        history=history,
        holder=holder,
        holder_name=str(holder or "") if held_by is None else held_by.display_name,
        reversal=store.reversal(tx, remittance_id),
        now=at,
        line=lines.kept(tx, found),
        lines=lines.likely(tx, found),
    )

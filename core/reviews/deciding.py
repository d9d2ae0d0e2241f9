"""A reviewer's word: seats, four eyes, and what the payer and the platform hear of it."""

from datetime import datetime

from core.banklines import claiming
from core.errors import InvalidRequest
from core.ids import PersonId
from core.jobs import queue
from core.money import MAXIMUM_FEN
from core.notices.model import NoticeKind
from core.remittance import audience
from core.remittance import store as remittances
from core.remittance.model import (
    Happened,
    RejectCode,
    Remittance,
    RemittanceEvent,
    RemittanceState,
    step,
)
from core.reviews import crediting, desk, lines, store
from core.reviews.model import Outcome, ReviewDecision, Reviewed, ReviewRules, Seat
from core.storage.transaction import Tx

POST = "post_remittance"


def first_word(tx: Tx, found: Remittance) -> ReviewDecision | None:
    """The first reviewer's word that a second one has to confirm."""
    if found.state is not RemittanceState.APPROVED_ONCE:
        return None
    words = store.decisions(tx, found.remittance_id)
    return next((item for item in words if item.round == found.round), None)


def approve(
    tx: Tx,
    found: Remittance,
    person_id: PersonId,
    received_fen: int,
    reason: str | None,
    *,
    line_id: int | None = None,
    rules: ReviewRules,
    at: datetime,
) -> Reviewed:
    """The whole of it, or one of two words; another sum than the first reviewer's begins anew."""
    declared_fen = int(found.declared.amount_fen or 0)
    _check(received_fen, declared_fen, reason)
    if not lines.settle(tx, found, received_fen, line_id, person_id=person_id, at=at):
        return desk.reviewed(tx, found, Outcome.LINE_GONE, at=at)
    first = first_word(tx, found)
    if first is not None and first.received_fen == received_fen:
        text = reason or first.reason
        return _finish(tx, found, Seat.SECOND, person_id, received_fen, text, rules=rules, at=at)
    if first is not None or rules.needs_second(declared_fen, received_fen):
        return _half(
            tx,
            found,
            person_id,
            received_fen,
            reason,
            round_no=_next(found, first),
            rules=rules,
            at=at,
        )
    return _finish(tx, found, Seat.FIRST, person_id, received_fen, reason, rules=rules, at=at)


def _check(received_fen: int, declared_fen: int, reason: str | None) -> None:
    if not 1 <= received_fen <= MAXIMUM_FEN:
        raise InvalidRequest("a received amount is from 1 fen up")
    if received_fen != declared_fen and not reason:
        raise InvalidRequest("another amount than declared needs a reason")


def _next(found: Remittance, first: ReviewDecision | None) -> int:
    return found.round if first is None else found.round + 1


def _half(
    tx: Tx,
    found: Remittance,
    person_id: PersonId,
    received_fen: int,
    reason: str | None,
    *,
    round_no: int,
    rules: ReviewRules,
    at: datetime,
) -> Reviewed:
    """The first of two words: it goes back to the desk, for anybody else."""
    event = RemittanceEvent.APPROVE_ONCE
    store.add_decision(
        tx,
        found,
        Seat.FIRST,
        person_id,
        event,
        round_no=round_no,
        received_fen=received_fen,
        reason=reason,
        at=at,
    )
    remittances.change(
        tx,
        found.remittance_id,
        state=step(found.state, event),
        round=round_no,
        received_fen=received_fen,
        answer=reason,
        claimed_by=None,
        claimed_until=None,
    )
    what = Happened.APPROVED_ONCE
    desk.log(tx, found, what, person_id, reason, at=at, received_fen=received_fen)
    audience.show_to_reviewers(tx, desk.again(tx, found), rules.review_chat_id, at=at)
    return desk.reviewed(tx, found, Outcome.SECOND_NEEDED, at=at)


def _finish(
    tx: Tx,
    found: Remittance,
    seat: Seat,
    person_id: PersonId,
    received_fen: int,
    reason: str | None,
    *,
    rules: ReviewRules,
    at: datetime,
) -> Reviewed:
    """Approved: posted at once, or by a job when the time of grace is over."""
    event, post_at = RemittanceEvent.APPROVE, at + rules.undo
    store.add_decision(
        tx,
        found,
        seat,
        person_id,
        event,
        round_no=found.round,
        received_fen=received_fen,
        reason=reason,
        at=at,
    )
    remittances.change(
        tx,
        found.remittance_id,
        state=step(found.state, event),
        received_fen=received_fen,
        answer=reason,
        post_at=post_at,
        claimed_by=None,
        claimed_until=None,
    )
    desk.log(tx, found, Happened.APPROVED, person_id, reason, at=at, received_fen=received_fen)
    approved = desk.again(tx, found)
    if crediting.is_due(approved, at):
        crediting.post(tx, approved, at=at)
    else:
        payload, key = {"remittance": found.remittance_id}, f"post:{found.remittance_id}"
        queue.enqueue(tx, POST, payload, at=post_at, dedupe_key=key)
    return desk.reviewed(tx, found, Outcome.DONE, at=at)


def reject(
    tx: Tx, found: Remittance, person_id: PersonId, code: RejectCode, text: str, *, at: datetime
) -> Reviewed:
    """No, with a reason the payer reads."""
    event = RemittanceEvent.REJECT
    seat = Seat.FIRST if first_word(tx, found) is None else Seat.SECOND
    store.add_decision(
        tx,
        found,
        seat,
        person_id,
        event,
        round_no=found.round,
        received_fen=None,
        reason=text or code.value,
        at=at,
    )
    remittances.change(
        tx,
        found.remittance_id,
        state=step(found.state, event),
        received_fen=None,
        reject_code=code,
        answer=text or None,
        claimed_by=None,
        claimed_until=None,
    )
    desk.log(tx, found, Happened.REJECTED, person_id, text or None, at=at, code=code.value)
    claiming.release(tx, found.remittance_id, at=at)
    after = desk.again(tx, found)
    facts = {"code": code.value, "answer": text}
    kind = NoticeKind.REMITTANCE_REJECTED
    audience.tell_payers(tx, after, kind, facts, key="rejected", at=at)
    crediting.tell_platform(tx, after, "rejected", int(after.declared.amount_fen or 0), at=at)
    return desk.reviewed(tx, found, Outcome.DONE, at=at)


def ask(tx: Tx, found: Remittance, person_id: PersonId, text: str, *, at: datetime) -> Reviewed:
    """The payer has to send more: the clock stands still, earlier words no longer count."""
    event = RemittanceEvent.ASK
    is_half = found.state is RemittanceState.APPROVED_ONCE
    if is_half:
        store.undo_decisions(tx, found, at=at)
    remittances.change(
        tx,
        found.remittance_id,
        state=step(found.state, event),
        round=found.round + 1 if is_half else found.round,
        received_fen=None,
        asked_by=person_id,
        answer=text,
        paused_at=at,
        claimed_by=None,
        claimed_until=None,
    )
    return ask_again(tx, found, person_id, text, at=at)


def ask_again(
    tx: Tx, found: Remittance, person_id: PersonId, text: str, *, at: datetime
) -> Reviewed:
    """One more message to a payer who has been asked."""
    desk.log(tx, found, Happened.ASKED, person_id, text, at=at)
    after = desk.again(tx, found)
    key = f"asked:{at.isoformat()}"
    kind = NoticeKind.REMITTANCE_NEEDS_INFO
    audience.tell_payers(tx, after, kind, {"answer": text}, key=key, at=at)
    return desk.reviewed(tx, found, Outcome.DONE, at=at)


def undo(tx: Tx, found: Remittance, person_id: PersonId, *, at: datetime) -> None:
    """Back to the desk of who undid it; words of this round no longer count."""
    state = step(found.state, RemittanceEvent.UNDO)
    store.undo_decisions(tx, found, at=at)
    remittances.change(
        tx,
        found.remittance_id,
        state=state,
        round=found.round + 1,
        received_fen=None,
        answer=None,
        post_at=None,
        claimed_by=person_id,
        claimed_until=at,
    )
    desk.hold(tx, desk.again(tx, found), person_id, at=at)
    desk.log(tx, found, Happened.UNDONE, person_id, at=at)

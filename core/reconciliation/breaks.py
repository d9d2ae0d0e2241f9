"""Breaks on the operators' desk: opened once, ended when they vanish, and told of."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from core.access.model import StaffRole
from core.access.rights import staff_with
from core.cases import desk
from core.cases import store as cases
from core.cases.model import BREAK, Case, CaseState, Decision
from core.channels import Channel
from core.ids import CaseId, Ids
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.reconciliation import store
from core.reconciliation.model import Finding, Line, OpenBreak, Outcome, Reconciled, batches
from core.storage.transaction import Tx

TOLD_ONE_BY_ONE = 10  # more than that are told by their number alone
MOST_RETURNS = 50


def prefix_of(channel: Channel, day: date) -> str:
    return f"break:{channel}:{day.isoformat()}:"


def _keys(channel: Channel, day: date, found: Finding) -> Iterable[str]:
    """The key of its case, and those of its cases should it vanish and come back."""
    first = f"{prefix_of(channel, day)}{found.outcome}:{found.number[:100]}"
    yield first
    yield from (f"{first}#{number}" for number in range(2, MOST_RETURNS))


def place(
    tx: Tx,
    channel: Channel,
    day: date,
    found: Finding,
    *,
    at: datetime,
    ids: Ids,
    is_told: bool,
) -> tuple[CaseId, bool] | None:
    """The case the break waits in, and whether it is new; None when people have decided it."""
    if found.case_id is not None:
        return found.case_id, False
    for key in _keys(channel, day, found):
        case = store.case_by_key(tx, key)
        if case is None:
            _open(tx, channel, day, found, key, at=at, ids=ids, is_told=is_told)
            opened = store.case_by_key(tx, key)
            return None if opened is None else (opened.case_id, True)
        if case.state is not CaseState.RESOLVED:
            return case.case_id, False
        if case.decision is not Decision.SETTLED:
            return None
    return None


def _open(
    tx: Tx,
    channel: Channel,
    day: date,
    found: Finding,
    key: str,
    *,
    at: datetime,
    ids: Ids,
    is_told: bool,
) -> None:
    facts = {
        "channel": channel.value,
        "order_no": found.order_no,
        "reference": found.number,
        "expected_fen": found.expected_fen,
        "bill_day": day.isoformat(),
        **_said_there(found),
    }
    desk.open_case(
        tx,
        f"{BREAK}{found.outcome}",
        dedupe_key=key,
        account_id=found.account_id,
        payment_id=found.payment_id,
        amount_fen=found.amount_fen,
        facts=facts,
        at=at,
        ids=ids,
        is_told=is_told,
    )


def _said_there(found: Finding) -> dict[str, object]:
    """What else the line says, where that is the difference."""
    line, heard = found.line, found.heard
    facts: dict[str, object] = {} if heard is None else {"heard": "yes" if heard else "no"}
    match found.outcome, line:
        case Outcome.FEE, Line(fee_fen=fee_fen, due_fee_fen=due_fee_fen):
            facts |= {"fee_fen": fee_fen, "due_fee_fen": due_fee_fen}
        case Outcome.CURRENCY, Line(currency=currency):
            facts["billed_currency"] = currency
        case Outcome.MERCHANT, Line():
            facts["billed_merchant"] = found.detail
        case Outcome.REFUND_STATE, Line(state=state):
            facts["billed_state"] = state
    return facts


def end_vanished(
    tx: Tx, channel: Channel, day: date, standing: Collection[CaseId], *, at: datetime
) -> int:
    """Settle the cases of the day's breaks that are not there any more."""
    waiting = store.cases_waiting(tx, prefix_of(channel, day))
    gone = [key for key, case_id in waiting.items() if case_id not in standing]
    ended = [case for some in batches(gone) for case in cases.unresolved_of(tx, some)]
    for case in ended:
        desk.end(tx, case, Decision.SETTLED, person_id=None, note=None, at=at)
    return len(ended)


def still_open(
    tx: Tx, placed: Iterable[tuple[Finding, CaseId]], *, at: datetime
) -> tuple[OpenBreak, ...]:
    """Those whose case nobody has ended meanwhile, once per case."""
    by_case = {case_id: found for found, case_id in placed}
    found = ((item, cases.case(tx, case_id)) for case_id, item in by_case.items())
    return tuple(
        _open_break(item, case, at)
        for item, case in found
        if case is not None and case.state is not CaseState.RESOLVED
    )


def _open_break(found: Finding, case: Case, at: datetime) -> OpenBreak:
    return OpenBreak(
        finding=found,
        case_id=case.case_id,
        opened_at=case.opened_at,
        holder=case.holder(at),
    )


def tell_summary(tx: Tx, run: Reconciled, *, at: datetime) -> None:
    """One message per run to each operator; a clean run tells nobody."""
    missed = run.outcomes.get(Outcome.CREDITED, 0)
    if run.is_clean and not missed:
        return
    operators = [Recipient(person_id=person) for person in staff_with(tx, StaffRole.OPERATOR)]
    facts = {
        "channel": run.channel.value,
        "day": run.day.isoformat(),
        "breaks": len(run.breaks),
        "missed": missed,
        "amount_fen": run.credited_fen,
        "unexplained_fen": run.clearing.unexplained_fen,
    }
    key = f"{run.channel}:{run.day.isoformat()}:{at.isoformat()}"
    notices.add(tx, operators, NoticeKind.BOOKS_DIFFER, key=key, facts=facts, at=at)

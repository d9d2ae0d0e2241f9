"""What becomes of a refund inside an acting transaction: sent, done, failed, or a case for people.

The cases of a refund are locked before the refund itself, everywhere, so that no two wait for
each other.
"""

from collections.abc import Mapping
from datetime import datetime

from core.access import rights
from core.access import store as access
from core.access.model import Right
from core.audit import store as audit
from core.cases import desk
from core.cases import store as cases
from core.cases.model import REFUND_ABNORMAL, REFUND_BY_HAND, Decision
from core.errors import NotFound
from core.ids import Ids, PersonId
from core.ledger import postings
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.providers.base import RefundReport
from core.providers.base import RefundState as Told
from core.refunds import store
from core.refunds.model import (
    BY_HAND,
    OUT,
    REFUND_STEPS,
    Refund,
    RefundEvent,
    RefundState,
    Trade,
    case_key,
    case_keys,
)
from core.shortfalls import reckoning
from core.storage.transaction import Tx
from core.topup.model import step


def locked(tx: Tx, refund_id: str) -> tuple[Refund, Trade]:
    """As `known`, the refund locked after its cases."""
    cases.unresolved_of(tx, case_keys(refund_id))
    return known(tx, refund_id, lock=True)


def known(tx: Tx, refund_id: str, *, lock: bool = False) -> tuple[Refund, Trade]:
    """The refund and its trade; or `NotFound`."""
    found = store.refund(tx, refund_id, lock=lock)
    trade = None if found is None else store.trade(tx, found.trade_id)
    if found is None or trade is None:
        raise NotFound
    return found, trade


def land(tx: Tx, report: RefundReport, *, at: datetime, ids: Ids) -> Refund:
    """Move the refund as its provider says, once; returns it as it then stands."""
    refund, trade = locked(tx, report.refund_no)
    if report.channel is not trade.channel or refund.state in {
        RefundState.ASKED,
        RefundState.REFUSED,
    }:
        raise NotFound
    if report.provider_refund_no and refund.provider_refund_no is None:
        store.note_number(tx, refund.refund_id, report.provider_refund_no)
    if refund.state in OUT:
        _move(tx, refund, trade, report, at=at, ids=ids)
    elif _contradicts(refund.state, report.state):
        puzzle(tx, refund, trade, "contradiction", at=at, ids=ids)
    return store.refund(tx, refund.refund_id) or refund


def _contradicts(state: RefundState, told: Told) -> bool:
    if state is RefundState.DONE:
        return told in {Told.CLOSED, Told.ABNORMAL}
    return told is Told.DONE


def _move(
    tx: Tx, refund: Refund, trade: Trade, report: RefundReport, *, at: datetime, ids: Ids
) -> None:
    match report.state:
        case Told.PROCESSING:
            return
        case Told.ABNORMAL:
            puzzle(tx, refund, trade, "abnormal", at=at, ids=ids)
        case Told.CLOSED:
            fail(tx, refund, trade, "closed", at=at)
        case Told.DONE if report.refund_fen != refund.amount_fen:
            puzzle(tx, refund, trade, "amount", at=at, ids=ids)
        case Told.DONE:
            finish(tx, refund, trade, at=at)


def finish(
    tx: Tx, refund: Refund, trade: Trade, *, at: datetime, by: PersonId | None = None
) -> None:
    """The payer has the money again."""
    state = step(REFUND_STEPS, refund.state, RefundEvent.FINISH)
    store.end(tx, refund.refund_id, state, at=at)
    _ended(tx, refund, trade, state, at=at, by=by)


def fail(
    tx: Tx,
    refund: Refund,
    trade: Trade,
    why: str,
    *,
    at: datetime,
    by: PersonId | None = None,
) -> None:
    """It did not happen: the money is back on the balance."""
    state = step(REFUND_STEPS, refund.state, RefundEvent.FAIL)
    back = postings.refund_reversed(
        refund_id=refund.refund_id,
        account_id=refund.account_id,
        channel=trade.channel,
        amount_fen=refund.amount_fen,
        occurred_at=at,
    )
    ledger.append(tx, back, at=at)
    reckoning.reckon(tx, refund.account_id, at=at)
    store.end(tx, refund.refund_id, state, at=at, answer=why)
    _ended(tx, refund, trade, state, at=at, by=by, answer=why)


def _ended(
    tx: Tx,
    refund: Refund,
    trade: Trade,
    state: RefundState,
    *,
    at: datetime,
    by: PersonId | None,
    answer: str | None = None,
) -> None:
    if by is None:
        for waiting in cases.unresolved_of(tx, case_keys(refund.refund_id)):
            desk.end(tx, waiting, Decision.SETTLED, person_id=None, note=None, at=at)
    facts = {**facts_of(refund, trade), "outcome": state.value, "answer": answer}
    tell(tx, refund, trade, NoticeKind.REFUND_ENDED, facts, at=at)
    record(tx, refund, f"refund.{state}", by, facts, at=at)


def puzzle(tx: Tx, refund: Refund, trade: Trade, why: str, *, at: datetime, ids: Ids) -> None:
    """People have to find out what the provider did; the money stays out until then."""
    _open_case(tx, refund, trade, REFUND_ABNORMAL, why, at=at, ids=ids)


def by_hand(tx: Tx, refund: Refund, trade: Trade, *, at: datetime, ids: Ids) -> None:
    """The channel has no call for it: people send the money."""
    _open_case(tx, refund, trade, REFUND_BY_HAND, BY_HAND, at=at, ids=ids)


def _open_case(
    tx: Tx, refund: Refund, trade: Trade, kind: str, why: str, *, at: datetime, ids: Ids
) -> None:
    is_new = desk.open_case(
        tx,
        kind,
        dedupe_key=case_key(refund.refund_id, why),
        account_id=refund.account_id,
        payment_id=trade.payment_id,
        amount_fen=refund.amount_fen,
        facts={**case_facts(tx, refund, trade), "why": why},
        at=at,
        ids=ids,
    )
    if is_new:
        facts = {**facts_of(refund, trade), "why": why}
        record(tx, refund, f"case.opened.{kind}", None, facts, at=at)


def case_facts(tx: Tx, refund: Refund, trade: Trade) -> dict[str, object]:
    """What the desk reads of a refund."""
    asker = access.person(tx, refund.asked_by)
    return {
        "refund": refund.refund_id,
        "account": trade.account_name,
        "channel": trade.channel.value,
        "order_no": trade.order_no,
        "reference": trade.trade_no,
        "total_fen": trade.amount_fen,
        "reason": refund.reason,
        "asked_by": refund.asked_by,
        "asker": str(refund.asked_by) if asker is None else asker.display_name,
    }


def facts_of(refund: Refund, trade: Trade) -> dict[str, object]:
    return {
        "refund": refund.refund_id,
        "account": trade.account_name,
        "amount_fen": refund.amount_fen,
        "channel": trade.channel.value,
        "order_no": trade.order_no,
        "reference": trade.trade_no,
    }


def tell(
    tx: Tx,
    refund: Refund,
    trade: Trade,
    kind: NoticeKind,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    """Who asked, and all finance people of the account."""
    finance = rights.who_may(tx, refund.account_id, Right.MOVE_MONEY)
    people = {item.person_id for item in finance} | {refund.asked_by}
    told = [Recipient(person_id=person, account_id=refund.account_id) for person in sorted(people)]
    notices.add(tx, told, kind, key=refund.refund_id, facts=facts, at=at)
    notices.refresh_card(tx, f"topup:{trade.top_up_id}", at=at)


def record(
    tx: Tx,
    refund: Refund,
    action: str,
    person_id: PersonId | None,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor="provider" if person_id is None else f"person:{person_id}",
        action=action,
        subject=f"refund:{refund.refund_id}",
        account_id=refund.account_id,
        facts=facts,
    )

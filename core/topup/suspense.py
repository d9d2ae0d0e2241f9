"""Money that fits nothing: into suspense, with a case, and the right people told."""

from collections.abc import Mapping
from datetime import datetime

from core.access import store as access
from core.access.model import StaffRole
from core.access.rights import staff_with
from core.audit import store as audit
from core.ids import AccountId, Ids
from core.ledger import postings
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.providers.base import Report
from core.storage.transaction import Tx
from core.topup import store
from core.topup.model import CURRENCY, Landing, Mark, Payment, TopUp


def suspend(
    tx: Tx,
    report: Report,
    order: tuple[Payment, TopUp] | None,
    kind: str,
    *,
    mark: Mark | None,
    at: datetime,
    ids: Ids,
) -> Landing:
    """Put money that fits nothing into suspense, with a case; other currencies only get a case."""
    occurred_at = report.occurred_at or at
    transfer_id = None
    if report.currency == CURRENCY:
        transfer = postings.payment_unmatched(
            channel=report.channel,
            merchant=report.merchant,
            trade_no=str(report.trade_no),
            amount_fen=int(report.amount_fen or 0),
            occurred_at=occurred_at,
        )
        transfer_id = ledger.append(tx, transfer, at=at).transfer_id
    payment_id = order[0].payment_id if order else None
    store.add_trade(
        tx,
        report,
        payment_id=payment_id,
        transfer_id=transfer_id,
        mark=mark,
        occurred_at=occurred_at,
        at=at,
    )
    _open_case(tx, report, order, kind, at=at, ids=ids)
    return Landing.SUSPENDED


def _open_case(
    tx: Tx,
    report: Report,
    order: tuple[Payment, TopUp] | None,
    kind: str,
    *,
    at: datetime,
    ids: Ids,
) -> None:
    case_id = ids.short(10)
    account_id = order[1].account_id if order else None
    facts: dict[str, object] = {
        "case": case_id,
        "kind": kind,
        "channel": report.channel.value,
        "bank": order[0].bank if order else None,
        "order_no": report.order_no,
        "reference": report.trade_no,
        "amount_fen": report.amount_fen,
        "currency": report.currency,
        "expected_fen": order[0].amount_fen if order else None,
    }
    store.open_case(
        tx,
        case_id,
        kind,
        dedupe_key=store.trade_key(report),
        account_id=account_id,
        payment_id=order[0].payment_id if order else None,
        amount_fen=report.amount_fen,
        facts=facts,
        at=at,
    )
    _tell_case(tx, order[1] if order else None, facts, at=at)
    record_action(tx, f"case.opened.{kind}", report.order_no, account_id, facts, at=at)


def _tell_case(tx: Tx, top_up: TopUp | None, facts: Mapping[str, object], *, at: datetime) -> None:
    """Reviewers who are not of the account, and the payer."""
    concerned = set()
    if top_up is not None:
        concerned = {item.person_id for item in access.members_of(tx, top_up.account_id)}
        payer = [Recipient(person_id=top_up.person_id, account_id=top_up.account_id)]
        told = {**facts, "account": top_up.account_name}
        notices.add(
            tx, payer, NoticeKind.PAYMENT_IN_REVIEW, key=str(facts["case"]), facts=told, at=at
        )
    reviewers = [
        Recipient(person_id=person)
        for person in staff_with(tx, StaffRole.REVIEWER)
        if person not in concerned
    ]
    notices.add(tx, reviewers, NoticeKind.CASE_OPENED, key=str(facts["case"]), facts=facts, at=at)


def record_action(
    tx: Tx,
    action: str,
    order_no: str,
    account_id: AccountId | None,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    """One audit row about an order, in the provider's name."""
    audit.append(
        tx,
        at=at,
        actor="provider",
        action=action,
        subject=f"order:{order_no}",
        account_id=account_id,
        facts=facts,
    )

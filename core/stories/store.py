"""SQL that gathers what the books, the audit trail and the outbox know of one movement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from core.ids import AccountId, TransferId
from core.notices.model import NoticeKind
from core.statements import store as statements
from core.statements.model import Line
from core.storage.case_tables import refunds
from core.storage.tables import (
    audit,
    cases,
    holds,
    members,
    notices,
    payments,
    people,
    provider_events,
    top_ups,
    trades,
    transfers,
)
from core.storage.transaction import Tx
from core.stories.model import Part, Step, Story, Who

MOST_STEPS = 40
MOST_HEARD = 5
PROVIDER = Who(part=Part.PROVIDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payment:
    """The rows behind a movement that came by an online channel."""

    trade: Row[Any]
    payment: Row[Any] | None
    top_up: Row[Any] | None


def story(tx: Tx, account_id: AccountId, transfer_id: TransferId) -> Story | None:
    """None where the account has no such movement."""
    line = statements.line(tx, account_id, transfer_id)
    row = tx.one(transfers, id=transfer_id, account_id=account_id)
    if line is None or row is None:
        return None
    names = _Names(tx, account_id)
    paid = _payment_of(tx, row)
    steps = [
        *_of_payment(tx, paid, names),
        *_of_audit(tx, _subjects(tx, row, paid), names),
        *_of_notices(tx, row, names),
    ]
    if not any(step.at == line.at for step in steps):
        steps.append(Step(at=line.at, what="booked", who=Who(part=Part.CLOCK)))
    return Story(
        line=line,
        order_no=paid.trade.order_no if paid else None,
        trade_no=paid.trade.trade_no if paid else None,
        product=_product(tx, account_id, line),
        steps=tuple(sorted(steps, key=lambda step: step.at)[:MOST_STEPS]),
    )


class _Names:
    """Who is who on one account."""

    def __init__(self, tx: Tx, account_id: AccountId) -> None:
        rows = tx.all(
            select(people.c.id, people.c.display_name)
            .join(members, members.c.person_id == people.c.id)
            .where(members.c.account_id == account_id)
        )
        self.known: dict[int, str] = {row.id: row.display_name for row in rows}

    def person(self, person_id: int) -> Who:
        name = self.known.get(person_id)
        return Who(part=Part.STAFF) if name is None else Who(part=Part.PERSON, name=name)

    def actor(self, actor: str) -> Who:
        kind, _, number = actor.partition(":")
        if kind == "person" and number.lstrip("-").isdigit():
            return self.person(int(number))
        return Who(part=Part(kind)) if kind in set(Part) else Who(part=Part.PLATFORM)


def _payment_of(tx: Tx, row: Row[Any]) -> _Payment | None:
    """By the trade itself, by the case that let it out of suspense, or by its refund."""
    trade = tx.first(select(trades).where(trades.c.transfer_id == row.id))
    if trade is None and row.reference.startswith("refund:"):
        trade = tx.first(
            select(trades)
            .join(refunds, refunds.c.trade_id == trades.c.id)
            .where(refunds.c.id == row.shown_reference)
        )
    if trade is None and row.reference.startswith("suspense:"):
        trade = _trade_in_suspense(tx, row.reference.split(":")[1])
    if trade is None:
        return None
    payment = tx.one(payments, id=trade.payment_id) if trade.payment_id else None
    top_up = tx.one(top_ups, id=payment.top_up_id) if payment else None
    return _Payment(trade=trade, payment=payment, top_up=top_up)


def _trade_in_suspense(tx: Tx, case_id: str) -> Row[Any] | None:
    case = tx.one(cases, id=case_id)
    parts = [] if case is None else case.dedupe_key.split(":", 3)
    if len(parts) != 4:
        return None
    return tx.one(trades, channel=parts[1], merchant=parts[2], trade_no=parts[3])


def _subjects(tx: Tx, row: Row[Any], paid: _Payment | None) -> set[str]:
    """Under which names the audit trail may speak of this movement."""
    parts = row.reference.split(":")
    found = {row.reference, ":".join(parts[:2]), f"{parts[0]}:{row.shown_reference}"}
    if parts[0] == "suspense":
        found.add(f"case:{parts[1]}")
    if paid is not None:
        found.add(f"order:{paid.trade.order_no}")
        found |= _desk_subjects(tx, paid)
    return found


def _desk_subjects(tx: Tx, paid: _Payment) -> set[str]:
    """Cases and refunds of the payment."""
    trade = paid.trade
    key = f"trade:{trade.channel}:{trade.merchant}:{trade.trade_no}"
    case_ids = tx.all(select(cases.c.id).where(cases.c.dedupe_key == key))
    refund_ids = tx.all(select(refunds.c.id).where(refunds.c.trade_id == trade.id))
    return {f"case:{row.id}" for row in case_ids} | {f"refund:{row.id}" for row in refund_ids}


def _of_payment(tx: Tx, paid: _Payment | None, names: _Names) -> Iterator[Step]:
    if paid is None:
        return
    trade, top_up = paid.trade, paid.top_up
    if top_up is not None:
        facts = {"amount_fen": top_up.amount_fen}
        who = names.person(top_up.person_id)
        yield Step(at=top_up.created_at, what="opened", who=who, facts=facts)
    facts = {"reference": trade.trade_no, "amount_fen": trade.amount_fen}
    yield Step(at=trade.occurred_at, what="paid", who=PROVIDER, facts=facts)
    heard = tx.all(
        select(provider_events.c.received_at)
        .where(
            provider_events.c.order_no == trade.order_no,
            provider_events.c.channel == trade.channel,
        )
        .order_by(provider_events.c.id)
        .limit(MOST_HEARD)
    )
    for row in heard:
        yield Step(at=row.received_at, what="callback", who=PROVIDER)


def _of_audit(tx: Tx, subjects: Iterable[str], names: _Names) -> Iterator[Step]:
    rows = tx.all(
        select(audit)
        .where(audit.c.subject.in_(sorted(subjects)))
        .order_by(audit.c.id)
        .limit(MOST_STEPS)
    )
    for row in rows:
        yield Step(at=row.at, what=row.action, who=names.actor(row.actor), facts=row.facts)


def _of_notices(tx: Tx, row: Row[Any], names: _Names) -> Iterator[Step]:
    """Whom the arrival was told, and whom not."""
    keys = {row.reference, row.reference.removeprefix("credit:")}
    kind = NoticeKind.FUNDS_ARRIVED
    wanted = [f"{kind}:{key}:{person}" for key in keys for person in names.known]
    if not wanted:
        return
    found = tx.all(
        select(notices).where(notices.c.dedupe_key.in_(wanted), notices.c.ended_at.is_not(None))
    )
    for notice in found:
        what = "told" if notice.state in {"sent", "read"} else "not_told"
        yield Step(at=notice.ended_at, what=what, who=names.person(notice.person_id))


def _product(tx: Tx, account_id: AccountId, line: Line) -> str | None:
    if not line.kind.startswith("hold_"):
        return None
    row = tx.first(
        select(holds.c.product).where(
            holds.c.id == line.reference, holds.c.account_id == account_id
        )
    )
    return None if row is None else row.product

"""SQL of reconciliation: what a comparison reads, and what is kept of it."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import Row, Select, delete, or_, select, update

from core.cases.model import BREAK, Case, CaseState, Decision
from core.cases.store import case
from core.channels import Channel
from core.ids import AccountId, CaseId, PaymentId
from core.reconciliation.model import (
    SETTLES,
    Elsewhere,
    Finding,
    GivenBack,
    LineKind,
    OurRefund,
    OurTrade,
    Outcome,
    Owner,
    Reconciled,
    batches,
)
from core.refunds.model import RefundState
from core.storage.case_tables import refunds
from core.storage.reconciliation_tables import bill_lines, reconciliations
from core.storage.tables import cases, payments, provider_events, top_ups, trades
from core.storage.transaction import Tx

# --- what the books know ------------------------------------------------------------------------


def owners(tx: Tx, channel: Channel, order_nos: Collection[str]) -> dict[str, Owner]:
    """By order number."""
    query = select(payments, top_ups.c.account_id).join(
        top_ups, top_ups.c.id == payments.c.top_up_id
    )
    return {
        row.order_no: Owner(
            payment_id=PaymentId(row.id),
            account_id=AccountId(row.account_id),
            merchant=row.merchant,
            app=row.app,
        )
        for batch in batches(order_nos)
        for row in tx.all(
            query.where(payments.c.order_no.in_(batch), payments.c.channel == channel)
        )
    }


def _trade_key() -> object:
    return "trade:" + trades.c.channel + ":" + trades.c.merchant + ":" + trades.c.trade_no


def _trades(channel: Channel) -> Select[tuple[object, ...]]:
    doubts = cases.alias("doubts")
    return (
        select(
            trades,
            top_ups.c.account_id,
            doubts.c.id.label("doubt"),
            doubts.c.kind.label("doubt_kind"),
        )
        .outerjoin(payments, payments.c.id == trades.c.payment_id)
        .outerjoin(top_ups, top_ups.c.id == payments.c.top_up_id)
        .outerjoin(
            doubts,
            (doubts.c.dedupe_key == _trade_key()) & (doubts.c.state != CaseState.RESOLVED),
        )
        .where(trades.c.channel == channel)
    )


def _trade(row: Row[tuple[object, ...]]) -> OurTrade:
    return OurTrade(
        trade_id=row.id,
        trade_no=row.trade_no,
        order_no=row.order_no,
        merchant=row.merchant,
        amount_fen=row.amount_fen,
        currency=row.currency,
        occurred_at=row.occurred_at,
        is_posted=row.transfer_id is not None,
        account_id=AccountId(row.account_id) if row.account_id else None,
        payment_id=PaymentId(row.payment_id) if row.payment_id else None,
        doubt=CaseId(row.doubt) if row.doubt else None,
        doubt_kind=row.doubt_kind,
    )


def trades_by_number(tx: Tx, channel: Channel, numbers: Collection[str]) -> list[OurTrade]:
    return [
        _trade(row)
        for batch in batches(numbers)
        for row in tx.all(_trades(channel).where(trades.c.trade_no.in_(batch)))
    ]


def trades_between(tx: Tx, channel: Channel, start: datetime, end: datetime) -> list[OurTrade]:
    """By the provider's time of the payment; the end excluded."""
    query = _trades(channel).where(trades.c.occurred_at >= start, trades.c.occurred_at < end)
    return [_trade(row) for row in tx.all(query.order_by(trades.c.occurred_at, trades.c.id))]


def _refunds(channel: Channel) -> Select[tuple[object, ...]]:
    return (
        select(refunds, trades.c.trade_no, trades.c.order_no, trades.c.payment_id)
        .join(trades, trades.c.id == refunds.c.trade_id)
        .where(trades.c.channel == channel)
    )


def _refund(row: Row[tuple[object, ...]]) -> OurRefund:
    return OurRefund(
        refund_id=row.id,
        provider_refund_no=row.provider_refund_no,
        trade_no=row.trade_no,
        order_no=row.order_no,
        amount_fen=row.amount_fen,
        state=RefundState(row.state),
        by_hand=row.sent_at is None,
        account_id=AccountId(row.account_id),
        payment_id=PaymentId(row.payment_id) if row.payment_id else None,
    )


def refunds_named(
    tx: Tx, channel: Channel, numbers: Collection[str], trade_nos: Collection[str]
) -> list[OurRefund]:
    """Those with one of the numbers, ours or theirs, and all those of the payments."""
    found: dict[str, OurRefund] = {}
    for batch in batches(numbers):
        named = or_(refunds.c.id.in_(batch), refunds.c.provider_refund_no.in_(batch))
        found |= {row.id: _refund(row) for row in tx.all(_refunds(channel).where(named))}
    for batch in batches(trade_nos):
        query = _refunds(channel).where(trades.c.trade_no.in_(batch))
        found |= {row.id: _refund(row) for row in tx.all(query)}
    return [found[refund_id] for refund_id in sorted(found)]


def refunds_ended(
    tx: Tx, channel: Channel, start: datetime, end: datetime
) -> list[tuple[OurRefund, datetime]]:
    """Refunds that were done then, each with the time it was sent, or approved to be sent."""
    query = _refunds(channel).where(
        refunds.c.state == RefundState.DONE,
        refunds.c.ended_at >= start,
        refunds.c.ended_at < end,
    )
    return [(_refund(row), row.sent_at or row.decided_at) for row in tx.all(query)]


def given_back(tx: Tx, channel: Channel, trade_nos: Collection[str]) -> list[GivenBack]:
    query = (
        select(cases.c.id, trades.c.trade_no, cases.c.amount_fen)
        .join(trades, cases.c.dedupe_key == _trade_key())
        .where(cases.c.decision == Decision.RETURN, trades.c.channel == channel)
    )
    return [
        GivenBack(case_id=CaseId(row.id), trade_no=row.trade_no, amount_fen=row.amount_fen)
        for batch in batches(trade_nos)
        for row in tx.all(query.where(trades.c.trade_no.in_(batch)))
    ]


def told_by_callback(tx: Tx, channel: Channel, order_nos: Collection[str]) -> set[str]:
    """Which of these orders a callback told of."""
    query = select(provider_events.c.order_no).where(provider_events.c.channel == channel)
    return {
        row.order_no
        for batch in batches(order_nos)
        for row in tx.all(query.where(provider_events.c.order_no.in_(batch)))
    }


# --- the lines of bills -------------------------------------------------------------------------


def elsewhere(
    tx: Tx, channel: Channel, day: date, kind: LineKind, numbers: Collection[str]
) -> list[Elsewhere]:
    """Lines with these numbers in other days' bills, but repeats and what moved nothing."""
    query = select(bill_lines.c.number, bill_lines.c.state).where(
        bill_lines.c.channel == channel,
        bill_lines.c.kind == kind,
        bill_lines.c.day != day,
        bill_lines.c.outcome.not_in([Outcome.VOID, Outcome.DUPLICATE]),
    )
    return [
        Elsewhere(kind=kind, number=row.number, state=row.state)
        for batch in batches(numbers)
        for row in tx.all(query.where(bill_lines.c.number.in_(batch)))
    ]


def billed_refunds(tx: Tx, channel: Channel, day: date, refund_ids: Collection[str]) -> set[str]:
    """Which of these refunds of ours have a line in the bill of another day."""
    query = select(bill_lines.c.refund_id).where(
        bill_lines.c.channel == channel, bill_lines.c.day != day
    )
    return {
        str(row.refund_id)
        for batch in batches(refund_ids)
        for row in tx.all(query.where(bill_lines.c.refund_id.in_(batch)))
    }


def forget_lines(tx: Tx, channel: Channel, day: date) -> set[tuple[str, str]]:
    """Make room for the day's bill as it is now; what was settled stays, and is returned."""
    of_day = (bill_lines.c.channel == channel) & (bill_lines.c.day == day)
    tx.execute(delete(bill_lines).where(of_day, bill_lines.c.is_settled.is_(False)))
    kept = select(bill_lines.c.kind, bill_lines.c.number).where(of_day)
    return {(row.kind, row.number) for row in tx.all(kept)}


def keep_lines(tx: Tx, channel: Channel, day: date, found: Iterable[Finding]) -> None:
    tx.insert_all(bill_lines, [_line(channel, day, item) for item in found])


def _line(channel: Channel, day: date, found: Finding) -> dict[str, object]:
    line = found.line
    if line is None:
        raise ValueError("a finding without a line is not in the bill")
    return {
        "channel": channel,
        "day": day,
        "kind": line.kind,
        "number": line.number[:64],
        "order_no": line.order_no[:64],
        "trade_no": line.trade_no[:64] if line.trade_no else None,
        "amount_fen": line.amount_fen,
        "currency": line.currency[:3] if line.currency else None,
        "fee_fen": line.fee_fen,
        "state": line.state,
        "occurred_at": line.occurred_at,
        "outcome": found.outcome,
        "trade_id": found.trade_id,
        "refund_id": found.refund_id,
        "case_id": found.case_id,
        "is_settled": False,
    }


# --- settling a day -----------------------------------------------------------------------------


def settle_lines(tx: Tx, channel: Channel, day: date) -> tuple[int, int]:
    """Mark the day's lines that the ledger has too; returns payments less refunds, and fees."""
    rows = tx.all(
        update(bill_lines)
        .where(
            bill_lines.c.channel == channel,
            bill_lines.c.day == day,
            bill_lines.c.outcome.in_(sorted(SETTLES)),
            bill_lines.c.is_settled.is_(False),
        )
        .values(is_settled=True)
        .returning(bill_lines.c.kind, bill_lines.c.amount_fen, bill_lines.c.fee_fen)
    )
    gross_fen = sum(
        row.amount_fen if row.kind == LineKind.PAYMENT else -row.amount_fen for row in rows
    )
    return gross_fen, sum(row.fee_fen for row in rows)


def has_unsettled(tx: Tx, channel: Channel, day: date) -> bool:
    """Whether lines that the ledger has too were left out of the day's settlement."""
    query = select(bill_lines.c.id).where(
        bill_lines.c.channel == channel,
        bill_lines.c.day == day,
        bill_lines.c.outcome.in_(sorted(SETTLES)),
        bill_lines.c.is_settled.is_(False),
    )
    return tx.first(query.limit(1)) is not None


# --- runs ---------------------------------------------------------------------------------------


def add_run(tx: Tx, run: Reconciled, *, by: str, at: datetime) -> None:
    tx.insert(
        reconciliations,
        {
            "channel": run.channel,
            "day": run.day,
            "ran_at": at,
            "ran_by": by,
            "lines": run.lines,
            "outcomes": {kind.value: count for kind, count in run.outcomes.items()},
            "breaks_left": len(run.breaks),
            "paid_fen": run.paid_fen,
            "refunded_fen": run.refunded_fen,
            "fee_fen": run.fee_fen,
            "is_settled": run.is_settled,
        },
    )


def runs_since(tx: Tx, channel: Channel, day: date) -> dict[date, tuple[datetime, bool]]:
    """By day: when it was compared last, and whether it is settled."""
    rows = tx.all(
        select(
            reconciliations.c.day, reconciliations.c.ran_at, reconciliations.c.is_settled
        ).where(reconciliations.c.channel == channel, reconciliations.c.day >= day)
    )
    ordered = sorted(rows, key=lambda row: row.ran_at)
    return {row.day: (row.ran_at, row.is_settled) for row in ordered}


def clean_since(tx: Tx, moment: datetime) -> list[tuple[Channel, date]]:
    """Channels and days whose last comparison, made since then, left no break."""
    rows = tx.all(select(reconciliations).where(reconciliations.c.ran_at >= moment))
    last = {(Channel(row.channel), row.day): row for row in sorted(rows, key=lambda row: row.id)}
    return [item for item, row in last.items() if row.breaks_left == 0]


def had_orders(tx: Tx, channel: Channel, before: datetime) -> bool:
    """Whether the channel was in use by then: older bills are not about us."""
    query = select(payments.c.id).where(
        payments.c.channel == channel, payments.c.created_at < before
    )
    return tx.first(query.limit(1)) is not None


# --- cases of breaks ----------------------------------------------------------------------------


def cases_waiting(tx: Tx, prefix: str) -> dict[str, CaseId]:
    """Unresolved cases of breaks whose key begins so, by key."""
    rows = tx.all(
        select(cases.c.id, cases.c.dedupe_key).where(
            cases.c.state != CaseState.RESOLVED,
            cases.c.kind.startswith(BREAK, autoescape=True),
            cases.c.dedupe_key.startswith(prefix, autoescape=True),
        )
    )
    return {row.dedupe_key: CaseId(row.id) for row in rows}


def case_by_key(tx: Tx, key: str) -> Case | None:
    row = tx.one(cases, dedupe_key=key)
    return None if row is None else case(tx, CaseId(row.id))

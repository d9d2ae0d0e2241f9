"""Why a clearing account holds what it holds: one statement, so that it is of one moment."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from core.cases.model import Decision
from core.channels import Channel
from core.ledger import chart
from core.reconciliation.model import Clearing, Share
from core.refunds.model import OUT, RefundState
from core.storage.case_tables import refunds
from core.storage.reconciliation_tables import bill_lines
from core.storage.tables import cases, entries, ledger_accounts, trades
from core.storage.transaction import Tx

HELD = "held"


def explain(tx: Tx, channel: Channel, *, billed_until: datetime) -> Clearing:
    """What the channel's provider holds for us, by reason; bills are known until then."""
    parts = (
        _held(channel),
        _payments(channel, billed_until),
        _refunds(channel),
        _given_back(channel),
        _came_back(channel),
    )
    held_fen = 0
    shares: dict[Share, tuple[int, int]] = {}
    for row in tx.all(union_all(*parts)):
        count, fen = int(row.how_many or 0), int(row.fen or 0)
        if row.share == HELD:
            held_fen = fen
        elif count:
            before = shares.get(Share(row.share), (0, 0))
            shares[Share(row.share)] = (before[0] + count, before[1] + fen)
    return Clearing(held_fen=held_fen, shares=shares)


def _part(share: ColumnElement[str], fen: ColumnElement[int]) -> Select[str, int, int]:
    return select(share.label("share"), func.count().label("how_many"), func.sum(fen).label("fen"))


def _held(channel: Channel) -> Select[str, int, int]:
    """An account that holds our money at a provider has a negative sum."""
    return (
        _part(literal(HELD), -entries.c.amount_fen)
        .join(ledger_accounts, ledger_accounts.c.id == entries.c.ledger_account_id)
        .where(ledger_accounts.c.name == chart.clearing(channel).name)
    )


def _payments(channel: Channel, billed_until: datetime) -> Select[str, int, int]:
    lines = select(bill_lines.c.id).where(bill_lines.c.trade_id == trades.c.id)
    share = case(
        (lines.exists(), Share.BILLED.value),
        (trades.c.occurred_at < billed_until, Share.MISSING.value),
        else_=Share.WAITING.value,
    )
    return (
        _part(share, trades.c.amount_fen)
        .where(
            trades.c.channel == channel,
            trades.c.transfer_id.is_not(None),
            ~lines.where(bill_lines.c.is_settled).exists(),
        )
        .group_by(share)
    )


def _settled(column: ColumnElement[str], value: ColumnElement[str]) -> ColumnElement[bool]:
    return select(bill_lines.c.id).where(column == value, bill_lines.c.is_settled).exists()


def _refunds(channel: Channel) -> Select[str, int, int]:
    return (
        _part(literal(Share.REFUNDED.value), -refunds.c.amount_fen)
        .join(trades, trades.c.id == refunds.c.trade_id)
        .where(
            trades.c.channel == channel,
            refunds.c.state.in_(sorted({*OUT, RefundState.DONE})),
            ~_settled(bill_lines.c.refund_id, refunds.c.id),
        )
    )


def _given_back(channel: Channel) -> Select[str, int, int]:
    key = "trade:" + trades.c.channel + ":" + trades.c.merchant + ":" + trades.c.trade_no
    return (
        _part(literal(Share.REFUNDED.value), -cases.c.amount_fen)
        .join(trades, cases.c.dedupe_key == key)
        .where(
            trades.c.channel == channel,
            cases.c.decision == Decision.RETURN,
            ~_settled(bill_lines.c.case_id, cases.c.id),
        )
    )


def _came_back(channel: Channel) -> Select[str, int, int]:
    return (
        _part(literal(Share.CAME_BACK.value), refunds.c.amount_fen)
        .join(trades, trades.c.id == refunds.c.trade_id)
        .where(
            trades.c.channel == channel,
            refunds.c.state == RefundState.FAILED,
            _settled(bill_lines.c.refund_id, refunds.c.id),
        )
    )

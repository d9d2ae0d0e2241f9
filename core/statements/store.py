"""SQL of an account's history: pages by keyset, chunks for exports, sums of spans.

A page costs the same however long the history is: each sight has an index that ends in the order
of the books.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from core.channels import Channel
from core.ids import AccountId, TransferId
from core.ledger import chart
from core.ledger import store as ledger
from core.statements.model import Decision, Line, Mark, Moved, Page, Sight, Span, Spending, Sums
from core.storage.tables import audit, entries, holds, ledger_accounts, payments, trades, transfers
from core.storage.transaction import Tx
from core.storage.types import UtcTime

MOST_FOUND = 100
LOOKED_THROUGH = 2_000  # how far back a part of a reference is looked for
_T = transfers.c
_E = entries.c
# Entries are reached by their transfers; by their account would be the whole history.
_OF: ColumnElement[Any] = func.coalesce(_E.ledger_account_id, 0)
_RARE_FIRST = frozenset({"payment"})  # the kind of most rows: others lead to fewer


def _places(tx: Tx, account_id: AccountId) -> dict[int, str]:
    """The ledger accounts of the customer by what they hold."""
    names = {
        chart.available(account_id).name: "available",
        chart.frozen(account_id).name: "frozen",
    }
    found = tx.all(select(ledger_accounts).where(ledger_accounts.c.name.in_(names)))
    return {row.id: names[row.name] for row in found}


def _within(span: Span) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if span.since is not None:
        found.append(_T.recorded_at >= span.since)
    if span.until is not None:
        found.append(_T.recorded_at < span.until)
    return found


def _seen(account_id: AccountId, sight: Sight) -> list[ColumnElement[bool]]:
    """The conditions of a sight; with both a kind and a channel, the rarer one leads."""
    found: list[ColumnElement[bool]] = [_T.account_id == account_id, *_within(sight.span)]
    both = sight.kind is not None and sight.channel is not None
    by_channel = both and sight.kind in _RARE_FIRST
    if sight.kind is not None:
        column = func.coalesce(_T.kind, "") if by_channel else _T.kind
        found.append(column == sight.kind)
    if sight.channel is not None:
        column = func.coalesce(_T.channel, "") if both and not by_channel else _T.channel
        found.append(column == sight.channel)
    return found


def _place(mark: Mark) -> ColumnElement[Any]:
    return tuple_(literal(mark.at, UtcTime()), literal(mark.transfer_id, BigInteger()))


def page(tx: Tx, account_id: AccountId, sight: Sight, *, before: Mark | None, limit: int) -> Page:
    """The newest `limit` lines of the sight that are older than `before`."""
    query = (
        select(transfers)
        .where(*_seen(account_id, sight))
        .order_by(_T.recorded_at.desc(), _T.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(tuple_(_T.recorded_at, _T.id) < _place(before))
    rows = tx.all(query)
    lines = _lines(tx, account_id, rows[:limit])
    return Page(lines=tuple(lines), older=lines[-1].mark if len(rows) > limit else None)


def chunk(
    tx: Tx, account_id: AccountId, span: Span, *, after: Mark | None, last_id: int, limit: int
) -> list[Line]:
    """The next lines of a span in the order of the books, none newer than `last_id`."""
    query = (
        select(transfers)
        .where(_T.account_id == account_id, _T.id <= last_id, *_within(span))
        .order_by(_T.recorded_at, _T.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(_T.recorded_at, _T.id) > _place(after))
    return _lines(tx, account_id, tx.all(query))


def line(tx: Tx, account_id: AccountId, transfer_id: TransferId) -> Line | None:
    row = tx.one(transfers, id=transfer_id, account_id=account_id)
    return None if row is None else _lines(tx, account_id, [row])[0]


def find(tx: Tx, account_id: AccountId, typed: str, *, limit: int) -> list[Line]:
    """By reference or order number; failing that, by a part of a recent reference."""
    # Not sorted by the database, which would walk the whole history in that order.
    rows = tx.all(
        select(transfers)
        .where(_T.account_id == account_id, _T.shown_reference.in_(_spellings(typed)))
        .limit(MOST_FOUND)
    )
    found = {row.id: row for row in (*rows, *_of_order(tx, account_id, typed))}
    newest = sorted(found.values(), key=lambda row: (row.recorded_at, row.id), reverse=True)
    shown = newest[:limit] or _find_part(tx, account_id, typed, limit=limit)
    return _lines(tx, account_id, shown)


def _spellings(typed: str) -> list[str]:
    return sorted({typed, typed.upper(), typed.lower()})


def _of_order(tx: Tx, account_id: AccountId, typed: str) -> Sequence[Row[Any]]:
    """What came of an order of ours."""
    return tx.all(
        select(transfers)
        .join(trades, trades.c.transfer_id == _T.id)
        .join(payments, payments.c.id == trades.c.payment_id)
        .where(payments.c.order_no.in_(_spellings(typed)), _T.account_id == account_id)
        .limit(MOST_FOUND)
    )


def _find_part(tx: Tx, account_id: AccountId, typed: str, *, limit: int) -> Sequence[Row[Any]]:
    recent = (
        select(transfers)
        .where(_T.account_id == account_id)
        .order_by(_T.recorded_at.desc(), _T.id.desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    holds_part = func.lower(recent.c.shown_reference).contains(typed.lower(), autoescape=True)
    return tx.all(
        select(recent)
        .where(holds_part)
        .order_by(recent.c.recorded_at.desc(), recent.c.id.desc())
        .limit(limit)
    )


def _lines(tx: Tx, account_id: AccountId, rows: Sequence[Row[Any]]) -> list[Line]:
    if not rows:
        return []
    places = _places(tx, account_id)
    legs = tx.all(
        select(_E.transfer_id, _E.ledger_account_id, _E.amount_fen, _E.balance_after_fen).where(
            _E.transfer_id.in_([row.id for row in rows]), _OF.in_(places)
        )
    )
    told: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    for leg in legs:
        name = places[leg.ledger_account_id]
        told[leg.transfer_id][f"{name}_fen"] = leg.amount_fen
        told[leg.transfer_id][f"{name}_after_fen"] = leg.balance_after_fen
    banks = _banks(tx, [row.id for row in rows if row.channel == Channel.TENPAY])
    return [_line(row, told[row.id], banks.get(row.id)) for row in rows]


def _banks(tx: Tx, transfer_ids: list[int]) -> dict[int, str]:
    """Which of these came by online banking, and through which bank."""
    if not transfer_ids:
        return {}
    rows = tx.all(
        select(trades.c.transfer_id, payments.c.bank)
        .join(payments, payments.c.id == trades.c.payment_id)
        .where(trades.c.transfer_id.in_(transfer_ids), payments.c.bank.is_not(None))
    )
    return {row.transfer_id: row.bank for row in rows}


def _line(row: Row[Any], legs: dict[str, int], bank: str | None) -> Line:
    return Line(
        transfer_id=TransferId(row.id),
        at=row.recorded_at,
        occurred_at=row.occurred_at,
        kind=row.kind,
        channel=row.channel,
        reference=row.shown_reference,
        bank=bank,
        available_fen=legs.get("available_fen", 0),
        frozen_fen=legs.get("frozen_fen", 0),
        available_after_fen=legs.get("available_after_fen"),
        frozen_after_fen=legs.get("frozen_after_fen"),
    )


# --- sums ---------------------------------------------------------------------------------------


def sums(tx: Tx, account_id: AccountId, span: Span) -> Sums:
    """What a span began and ended with, and what moved in it.

    Counted backwards from the balances as they stand, so that a span near the end is cheap.
    """
    now = ledger.balance(tx, account_id)
    held = {"available": now.available_fen, "frozen": now.frozen_fen}
    later = moved(tx, account_id, Span(since=span.until)) if span.until is not None else []
    inside = moved(tx, account_id, span)
    closing = _less(held, later)
    newest = tx.scalar(select(func.max(_T.id)).where(_T.account_id == account_id))
    return Sums(
        opening=_less(closing, inside),
        closing=closing,
        moved=tuple(inside),
        last_id=newest or 0,
    )


def _less(held: dict[str, int], moves: Iterable[Moved]) -> dict[str, int]:
    moves = list(moves)
    return {
        "available": held["available"] - sum(item.available_fen for item in moves),
        "frozen": held["frozen"] - sum(item.frozen_fen for item in moves),
    }


def moved(tx: Tx, account_id: AccountId, span: Span) -> list[Moved]:
    """Sums of a span by kind and channel."""
    ids = {name: number for number, name in _places(tx, account_id).items()}
    rows = tx.all(_moved_query(account_id, span, ids.get("available", 0), ids.get("frozen", 0)))
    return [
        Moved(
            kind=row.kind,
            channel=row.channel,
            count=row.count_,
            available_fen=int(row.available),
            frozen_fen=int(row.frozen),
            in_fen=int(row.came),
            out_fen=int(row.went),
        )
        for row in rows
    ]


def _moved_query(
    account_id: AccountId, span: Span, available_id: int, frozen_id: int
) -> Select[Any]:
    of_available = _OF.in_([available_id])
    of_frozen = _OF.in_([frozen_id])

    def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, _E.amount_fen), else_=0)), 0)

    return (
        select(
            _T.kind,
            _T.channel,
            func.count(func.distinct(_T.id)).label("count_"),
            total(of_available).label("available"),
            total(of_frozen).label("frozen"),
            total(and_(of_available, _E.amount_fen > 0)).label("came"),
            total(and_(of_available, _E.amount_fen < 0)).label("went"),
        )
        .join(entries, _E.transfer_id == _T.id)
        .where(_T.account_id == account_id, or_(of_available, of_frozen), *_within(span))
        .group_by(_T.kind, _T.channel)
        .order_by(_T.kind, _T.channel)
    )


def spending(tx: Tx, account_id: AccountId, span: Span) -> list[Spending]:
    """What each product took, the largest first."""
    total = func.sum(holds.c.captured_fen)
    query = (
        select(holds.c.product, total.label("captured"), func.count().label("purchases"))
        .where(holds.c.account_id == account_id, holds.c.state == "captured")
        .group_by(holds.c.product)
        .order_by(total.desc(), holds.c.product)
    )
    if span.since is not None:
        query = query.where(holds.c.ended_at >= span.since)
    if span.until is not None:
        query = query.where(holds.c.ended_at < span.until)
    return [
        Spending(product=row.product, captured_fen=int(row.captured), purchases=row.purchases)
        for row in tx.all(query)
    ]


def first_capture(tx: Tx, account_id: AccountId, since: datetime) -> datetime | None:
    """When the first purchase was paid for since then."""
    return tx.scalar(
        select(_T.recorded_at)
        .where(_T.account_id == account_id, _T.kind == "hold_captured", _T.recorded_at >= since)
        .order_by(_T.recorded_at)
        .limit(1)
    )


def decisions(
    tx: Tx, account_id: AccountId, span: Span, *, after: int, limit: int
) -> list[Decision]:
    """The next lines of the audit trail about an account, oldest first."""
    query = (
        select(audit)
        .where(audit.c.account_id == account_id, audit.c.id > after)
        .order_by(audit.c.id)
        .limit(limit)
    )
    if span.since is not None:
        query = query.where(audit.c.at >= span.since)
    if span.until is not None:
        query = query.where(audit.c.at < span.until)
    return [
        Decision(
            audit_id=row.id,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            facts=row.facts,
        )
        for row in tx.all(query)
    ]

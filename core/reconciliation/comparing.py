"""The comparison itself: lines of a bill against our books, without a database and acts."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from core.providers.base import RefundState as Told
from core.reconciliation.model import (
    Books,
    Finding,
    Line,
    LineKind,
    OurRefund,
    OurTrade,
    Outcome,
    day_of,
)
from core.refunds.model import OUT, RefundState

ROUNDING_FEN = 1
# What a case that holds a payment's money says of it.
DOUBTS = {
    "unknown_order": Outcome.THEIRS_ONLY,
    "amount_differs": Outcome.AMOUNT_DIFFERS,
    "other_currency": Outcome.CURRENCY,
}
_MOVED = frozenset({Told.DONE, Told.PROCESSING})
_HERE = frozenset({*OUT, RefundState.DONE})  # the money left the balance


def compare(
    lines: Iterable[Line], books: Books, *, day: date, slack: timedelta = timedelta(0)
) -> list[Finding]:
    """An outcome for every line, then what the day ought to show and does not.

    `slack` is how much later than a payment's own time the bill may book it.
    """
    return list(_Comparison(books, day, slack).run(lines))


class _Comparison:
    def __init__(self, books: Books, day: date, slack: timedelta) -> None:
        self._books = books
        self._day = day
        self._slack = slack
        self._seen = {(item.kind, item.number): item.state for item in books.elsewhere}
        self._refunds = {item.refund_id: item for item in books.refunds}
        self._by_their_no = {
            item.provider_refund_no: item for item in books.refunds if item.provider_refund_no
        }
        self._taken: set[str] = set()  # refunds and returns that a line has

    def run(self, lines: Iterable[Line]) -> Iterator[Finding]:
        for line in lines:
            key = (line.kind, line.number)
            is_repeat, before = key in self._seen, self._seen.get(key)
            self._seen[key] = line.state
            match line.kind:
                case LineKind.PAYMENT:
                    yield self._payment(line, is_repeat=is_repeat)
                case LineKind.REFUND if is_repeat:
                    yield self._repeated_refund(line, before)
                case LineKind.REFUND:
                    yield self._refund(line)
        yield from self._ours_alone()

    # --- payments -----------------------------------------------------------------------------

    def _payment(self, line: Line, *, is_repeat: bool) -> Finding:
        found = _finding(line, Outcome.THEIRS_ONLY)
        if (owner := self._books.owners.get(line.order_no)) is not None:
            found = replace(found, account_id=owner.account_id, payment_id=owner.payment_id)
        if is_repeat:
            return replace(found, outcome=Outcome.DUPLICATE)
        if self.is_foreign(line):
            detail = f"{line.payment.merchant}/{line.payment.app}" if line.payment else None
            return replace(found, outcome=Outcome.MERCHANT, detail=detail)
        trade = self._books.trades.get(line.number)
        if trade is None:
            return found
        found = replace(found, trade_id=trade.trade_id, expected_fen=trade.amount_fen)
        if trade.payment_id is not None:
            found = replace(found, account_id=trade.account_id, payment_id=trade.payment_id)
        return self._against(line, trade, found)

    def is_foreign(self, line: Line) -> bool:
        """Of another merchant or app than the order's, or than ours where no order is known."""
        if line.payment is None:
            return False
        owner = self._books.owners.get(line.order_no)
        expected = self._books.ours if owner is None else (owner.merchant, owner.app)
        return (line.payment.merchant, line.payment.app) != expected

    def _against(self, line: Line, trade: OurTrade, found: Finding) -> Finding:
        if line.currency != trade.currency:
            return replace(found, outcome=Outcome.CURRENCY, detail=line.currency)
        if line.amount_fen != trade.amount_fen:
            return replace(found, outcome=Outcome.AMOUNT_DIFFERS)
        if trade.doubt is not None:
            outcome = DOUBTS.get(trade.doubt_kind or "", Outcome.THEIRS_ONLY)
            return replace(found, outcome=outcome, case_id=trade.doubt)
        if not trade.is_posted:  # of another currency, and decided by people
            return replace(found, outcome=Outcome.VOID)
        if not _is_fair(line):
            return replace(found, outcome=Outcome.FEE, detail=_fee_told(line))
        if line.number in self._books.credited:
            return replace(found, outcome=Outcome.CREDITED)
        in_time = {day_of(trade.occurred_at), day_of(trade.occurred_at + self._slack)}
        is_late = self._day not in in_time
        return replace(found, outcome=Outcome.LATE if is_late else Outcome.MATCHED)

    # --- refunds ------------------------------------------------------------------------------

    def _refund(self, line: Line) -> Finding:
        ours = self._our_refund(line)
        if ours is not None:
            return self._against_refund(line, ours)
        found = _finding(line, Outcome.REFUND_WITHOUT_ORDER)
        for item in self._books.given_back:
            is_its = item.trade_no == line.trade_no and item.case_id not in self._taken
            if is_its and item.amount_fen == line.amount_fen:
                self._taken.add(item.case_id)
                return replace(found, outcome=Outcome.MATCHED, case_id=item.case_id)
        if line.state in _MOVED:
            return self._of_trade(line, found)
        return replace(found, outcome=Outcome.VOID)

    def _of_trade(self, line: Line, found: Finding) -> Finding:
        trade = self._books.trades.get(line.trade_no or "")
        if trade is None:
            return found
        return replace(found, account_id=trade.account_id, payment_id=trade.payment_id)

    def _our_refund(self, line: Line) -> OurRefund | None:
        """By its number; else one that people sent by hand for the same payment."""
        for number in line.refund_nos:
            ours = self._refunds.get(number) or self._by_their_no.get(number)
            if ours is not None:
                return ours
        free = [item for item in self._books.refunds if self._may_be(item, line)]
        same = [item for item in free if item.amount_fen == line.amount_fen]
        return next(iter(same or free), None)

    def _may_be(self, item: OurRefund, line: Line) -> bool:
        is_free = item.by_hand and item.state in _HERE and item.refund_id not in self._taken
        return is_free and line.trade_no == item.trade_no

    def _against_refund(self, line: Line, ours: OurRefund) -> Finding:
        self._taken.add(ours.refund_id)
        found = replace(
            _finding(line, Outcome.MATCHED),
            refund_id=ours.refund_id,
            expected_fen=ours.amount_fen,
            account_id=ours.account_id,
            payment_id=ours.payment_id,
        )
        is_here, is_there = ours.state in _HERE, line.state in _MOVED
        if (ours.state is RefundState.DONE and not is_there) or (
            not is_here and line.state == Told.DONE
        ):
            detail = f"{ours.state} / {line.state}"
            return replace(found, outcome=Outcome.REFUND_STATE, detail=detail)
        if not is_here or not is_there:  # under way on one side: its provider is asked again
            return replace(found, outcome=Outcome.VOID)
        if line.amount_fen != ours.amount_fen:
            return replace(found, outcome=Outcome.REFUND_AMOUNT_DIFFERS)
        if not _is_fair(line):
            return replace(found, outcome=Outcome.FEE, detail=_fee_told(line))
        return replace(found, ends_refund=ours.state in OUT and line.state == Told.DONE)

    def _repeated_refund(self, line: Line, before: str | None) -> Finding:
        """One that was under way may come again when it is done; its money moved once."""
        is_progress = before == Told.PROCESSING and line.state != Told.PROCESSING
        return _finding(line, Outcome.VOID if is_progress else Outcome.DUPLICATE)

    # --- ours ---------------------------------------------------------------------------------

    def _ours_alone(self) -> Iterator[Finding]:
        for trade in self._books.due_trades:
            if (LineKind.PAYMENT, trade.trade_no) not in self._seen:
                yield Finding(
                    outcome=Outcome.OURS_ONLY,
                    number=trade.trade_no,
                    order_no=trade.order_no,
                    amount_fen=trade.amount_fen,
                    account_id=trade.account_id,
                    payment_id=trade.payment_id,
                    trade_id=trade.trade_id,
                )
        billed = self._taken | self._books.billed_refunds
        for ours in self._books.due_refunds:
            if ours.refund_id not in billed:
                yield Finding(
                    outcome=Outcome.REFUND_MISSING,
                    number=ours.refund_id,
                    order_no=ours.order_no,
                    amount_fen=ours.amount_fen,
                    account_id=ours.account_id,
                    payment_id=ours.payment_id,
                    refund_id=ours.refund_id,
                )


def _finding(line: Line, outcome: Outcome) -> Finding:
    return Finding(
        outcome=outcome,
        number=line.number,
        order_no=line.order_no,
        amount_fen=line.amount_fen,
        line=line,
    )


def _is_fair(line: Line) -> bool:
    """The fee is what the bill's rate makes; at the least it is within the sum it was taken of."""
    due = line.due_fee_fen
    if due is not None and abs(line.fee_fen - due) > ROUNDING_FEN:
        return False
    taken = line.fee_fen if line.kind is LineKind.PAYMENT else -line.fee_fen
    return 0 <= taken <= line.amount_fen


def _fee_told(line: Line) -> str:
    told = f"fee {line.fee_fen} fen"
    return told if line.due_fee_fen is None else f"{told}, due {line.due_fee_fen} fen"


def missed(lines: Iterable[Line], books: Books) -> Iterator[Line]:
    """Payments for us, by merchant and app, that are not in our books, once each."""
    comparison = _Comparison(books, date.min, timedelta(0))
    asked = set(books.trades)
    for line in lines:
        if line.kind is LineKind.PAYMENT and line.number not in asked:
            asked.add(line.number)
            if not comparison.is_foreign(line):
                yield line

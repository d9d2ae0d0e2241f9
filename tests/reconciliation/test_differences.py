"""Each kind of difference between a bill and the books is found, as what it is, and only then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.model import Decision
from core.ids import CaseId
from core.providers.base import BillRow, RefundState, Report
from core.reconciliation.model import Outcome, Share
from core.refunds.model import RefundRequest
from tests.desk import OPERATOR, REVIEWER, on_desk, settle
from tests.people import ACCOUNT, FINANCE
from tests.reconciliation.bills import Shop, fee, kinds, one


def other(row: BillRow, **changes: object) -> BillRow:
    assert isinstance(row.report, Report)
    return replace(row, report=replace(row.report, **changes))  # type: ignore[arg-type]


async def refunded(shop: Shop, trade_no: str, fen: int) -> str:
    """Asked for, approved, sent and done; returns the refund's number."""
    core = shop.core
    trade = next(
        item for item in await core.refunds.trades(FINANCE, ACCOUNT) if item.trade_no == trade_no
    )
    refund = await core.refunds.ask(
        RefundRequest(
            person_id=FINANCE,
            trade_id=trade.trade_id,
            amount_fen=fen,
            reason="wrong account",
            key=f"refund{trade_no}",
        )
    )
    case_id = (await on_desk(core, REVIEWER))[-1].case.case_id
    await core.cases.claim(case_id, REVIEWER)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    return refund.refund_id


async def test_a_day_without_differences_is_settled(shop: Shop) -> None:
    trades = [await shop.paid(100_00), await shop.paid(250_00)]
    await refunded(shop, trades[1], 50_00)
    shop.next_morning()

    run = await shop.reconcile()

    assert run.outcomes == {Outcome.MATCHED: 3}
    assert (run.breaks, run.is_settled, run.is_clean) == ((), True, True)
    assert (run.paid_fen, run.refunded_fen) == (350_00, 50_00)
    assert run.fee_fen == fee(100_00) + fee(250_00) - fee(50_00)
    assert (run.clearing.held_fen, dict(run.clearing.shares)) == (0, {})
    assert await on_desk(shop.core, OPERATOR) == []


async def test_a_payment_that_the_bill_lacks(shop: Shop) -> None:
    lacking, kept = await shop.paid(100_00), await shop.paid(30_00)
    shop.next_morning()
    shop.bill.omit(lacking)

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.OURS_ONLY]
    assert (one(run).finding.number, one(run).finding.amount_fen) == (lacking, 100_00)
    assert not run.is_settled
    assert dict(run.clearing.shares) == {
        Share.MISSING: (1, 100_00),
        Share.BILLED: (1, 30_00),
    }
    assert run.clearing.unexplained_fen == 0
    assert kept not in {item.finding.number for item in run.breaks}


async def test_a_missed_payment_of_an_order_is_credited(shop: Shop) -> None:
    await shop.missed(100_00)
    shop.next_morning()
    assert await shop.available() == 0

    run = await shop.reconcile()

    assert run.outcomes == {Outcome.CREDITED: 1}
    assert (run.credited_fen, run.is_clean, run.is_settled) == (100_00, True, True)
    assert await shop.available() == 100_00
    told = [n for n in (await settle(shop.core)).told if n.kind == "funds_arrived"]
    assert {n.facts["amount_fen"] for n in told} == {100_00}
    again = await shop.reconcile()
    assert again.outcomes == {Outcome.MATCHED: 1}
    assert await shop.available() == 100_00


async def test_a_payment_of_no_order_goes_to_suspense_and_stays_a_break(shop: Shop) -> None:
    await shop.missed(100_00)
    shop.next_morning()
    shop.bill.rows = [
        replace(other(row, order_no="NOTOURS1"), order_no="NOTOURS1") for row in shop.bill.rows
    ]

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.THEIRS_ONLY]
    assert one(run).finding.heard is False
    assert await shop.available() == 0
    (view,) = await on_desk(shop.core, REVIEWER)
    assert one(run).case_id == view.case.case_id
    assert await on_desk(shop.core, OPERATOR) == []  # it lies on one desk, not on two
    assert kinds(await shop.reconcile()) == [Outcome.THEIRS_ONLY]

    await shop.core.cases.claim(view.case.case_id, REVIEWER)
    await shop.core.cases.give_back(view.case.case_id, REVIEWER, "not ours")
    after = await shop.reconcile()
    assert (after.breaks, after.is_settled) == ((), True)
    assert dict(after.clearing.shares) == {Share.REFUNDED: (1, -100_00)}
    assert after.clearing.unexplained_fen == 0


async def test_another_amount_in_the_bill(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.change(trade_no, lambda row: other(row, amount_fen=100_01))

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.AMOUNT_DIFFERS]
    assert (one(run).finding.amount_fen, one(run).finding.expected_fen) == (100_01, 100_00)
    assert await shop.available() == 100_00


async def test_a_missed_payment_of_another_amount_than_ordered(shop: Shop) -> None:
    order_no = await shop.order(100_00)
    shop.provider.pay(order_no, amount_fen=99_00)
    shop.next_morning()

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.AMOUNT_DIFFERS]
    assert one(run).case_id == (await on_desk(shop.core, REVIEWER))[0].case.case_id
    assert await shop.available() == 0


async def test_a_payment_billed_twice(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.repeat(trade_no)

    run = await shop.reconcile()

    assert run.outcomes == {Outcome.MATCHED: 1, Outcome.DUPLICATE: 1}
    assert kinds(run) == [Outcome.DUPLICATE]
    assert await shop.available() == 100_00


async def test_a_payment_billed_on_two_days(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    first = shop.provider.day()
    shop.next_morning()
    await shop.reconcile()
    shop.provider.day().rows += first.rows
    shop.next_morning()

    run = await shop.reconcile()

    assert (kinds(run), one(run).finding.number) == ([Outcome.DUPLICATE], trade_no)
    earlier = await shop.reconcile(shop.yesterday - timedelta(days=1))
    assert earlier.outcomes == {Outcome.MATCHED: 1}


async def test_a_payment_in_the_bill_of_a_later_day_is_late_and_no_break(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    today = shop.provider.day()
    late, today.rows = today.rows, []
    shop.next_morning()
    assert kinds(await shop.reconcile()) == [Outcome.OURS_ONLY]
    shop.provider.day().rows += late
    shop.next_morning()

    run = await shop.reconcile()

    assert (run.outcomes, run.is_settled) == ({Outcome.LATE: 1}, True)
    earlier = await shop.reconcile(shop.yesterday - timedelta(days=1))
    assert (earlier.breaks, earlier.is_settled) == ((), True)
    assert await on_desk(shop.core, OPERATOR) == []
    assert run.clearing.held_fen == 0
    assert trade_no


async def test_a_refund_that_nobody_asked_for(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.provider.bill_refund("THEIRS1", trade_no, 40_00)
    shop.next_morning()

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.REFUND_WITHOUT_ORDER]
    assert (one(run).finding.number, one(run).finding.amount_fen) == ("THEIRS1", 40_00)
    assert await shop.available() == 100_00


async def test_a_refund_of_another_amount(shop: Shop) -> None:
    refund_no = await refunded(shop, await shop.paid(100_00), 40_00)
    shop.next_morning()
    shop.bill.rows = [_refund_of(row, refund_fen=41_00) for row in shop.bill.rows]

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.REFUND_AMOUNT_DIFFERS]
    found = one(run).finding
    assert (found.number, found.amount_fen, found.expected_fen) == (refund_no, 41_00, 40_00)


def _refund_of(row: BillRow, **changes: object) -> BillRow:
    if isinstance(row.report, Report):
        return row
    return replace(row, report=replace(row.report, **changes))  # type: ignore[arg-type]


async def test_a_refund_that_the_bill_lacks(shop: Shop) -> None:
    refund_no = await refunded(shop, await shop.paid(100_00), 40_00)
    shop.next_morning()
    shop.bill.rows = [row for row in shop.bill.rows if isinstance(row.report, Report)]

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.REFUND_MISSING]
    assert one(run).finding.number == refund_no
    assert run.clearing.shares[Share.REFUNDED] == (1, -40_00)


async def test_a_refund_that_did_not_happen_there(shop: Shop) -> None:
    await refunded(shop, await shop.paid(100_00), 40_00)
    shop.next_morning()
    shop.bill.rows = [_refund_of(row, state=RefundState.CLOSED) for row in shop.bill.rows]

    assert kinds(await shop.reconcile()) == [Outcome.REFUND_STATE]


async def test_another_currency_in_the_bill(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.change(trade_no, lambda row: other(row, currency="USD"))

    run = await shop.reconcile()

    assert (kinds(run), one(run).finding.detail) == ([Outcome.CURRENCY], "USD")
    (view,) = await on_desk(shop.core, OPERATOR)
    assert view.case.facts["billed_currency"] == "USD"


async def test_a_missed_payment_of_another_currency_is_not_posted(shop: Shop) -> None:
    shop.provider.pay(await shop.order(100_00), currency="USD")
    shop.next_morning()

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.CURRENCY]
    assert run.clearing.held_fen == 0
    case_id = one(run).case_id
    await shop.core.cases.claim(case_id, REVIEWER)
    await shop.core.cases.resolve(case_id, REVIEWER, "sent back")
    after = await shop.reconcile()
    assert (after.outcomes, after.is_settled) == ({Outcome.VOID: 1}, True)
    assert after.clearing.held_fen == 0


@pytest.mark.parametrize("change", [{"merchant": "1999999999"}, {"app": "wx0"}])
async def test_a_line_of_another_merchant_or_app(shop: Shop, change: dict[str, str]) -> None:
    trade_no = await shop.missed(100_00)
    shop.next_morning()
    shop.bill.change(trade_no, lambda row: other(row, **change))

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.MERCHANT]
    assert next(iter(change.values())) in str(one(run).finding.detail)
    assert await shop.available() == 0


@pytest.mark.parametrize(("taken", "due"), [(62, 60), (58, 60), (-1, None), (100_01, None)])
async def test_a_fee_that_is_not_due(shop: Shop, taken: int, due: int | None) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.change(trade_no, lambda row: replace(row, fee_fen=taken, due_fee_fen=due))

    run = await shop.reconcile()

    assert (kinds(run), one(run).finding.number) == ([Outcome.FEE], trade_no)
    (view,) = await on_desk(shop.core, OPERATOR)
    assert (view.case.facts["fee_fen"], view.case.facts["due_fee_fen"]) == (taken, due)


@pytest.mark.parametrize(("taken", "due"), [(61, 60), (59, 60), (0, None), (60, None)])
async def test_a_fee_that_was_rounded_otherwise_is_no_difference(
    shop: Shop, taken: int, due: int | None
) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.change(trade_no, lambda row: replace(row, fee_fen=taken, due_fee_fen=due))

    assert (await shop.reconcile()).is_settled


async def test_a_wrong_fee_that_was_accepted_is_settled_as_it_was_taken(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.change(trade_no, lambda row: replace(row, fee_fen=62))
    case_id: CaseId = one(await shop.reconcile()).case_id
    await shop.core.cases.claim(case_id, OPERATOR)
    handled = await shop.core.cases.resolve(case_id, OPERATOR, "agreed with the provider")
    assert handled.view.case.decision is Decision.RESOLVE

    run = await shop.reconcile()

    assert (run.breaks, run.is_settled, run.clearing.held_fen) == ((), True, 0)


async def test_a_refund_shown_as_done_ends_ours(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.provider.refund_states = _Always(RefundState.PROCESSING)
    refund_no = await refunded(shop, trade_no, 40_00)
    (before,) = await shop.core.refunds.of_trade(1, FINANCE)
    assert before.state == "sending"
    shop.next_morning()
    shop.bill.rows = [_refund_of(row, state=RefundState.DONE) for row in shop.bill.rows]

    run = await shop.reconcile()

    assert run.outcomes == {Outcome.MATCHED: 2}
    (after,) = await shop.core.refunds.of_trade(1, FINANCE)
    assert (after.refund_id, after.state) == (refund_no, "done")


class _Always(dict[str, RefundState]):
    def __init__(self, state: RefundState) -> None:
        super().__init__()
        self._state = state

    def get(self, _key: object, _default: object = None) -> RefundState:  # type: ignore[override]
        return self._state


async def test_a_refund_sent_by_hand_is_known_by_its_payment_and_amount(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.provider.can_refund = False
    await refunded(shop, trade_no, 40_00)
    shop.provider.bill_refund("CONSOLE7", trade_no, 40_00)
    shop.next_morning()

    run = await shop.reconcile()

    assert run.outcomes == {Outcome.MATCHED: 2}
    (after,) = await shop.core.refunds.of_trade(1, FINANCE)
    assert after.state == "done"
    assert await on_desk(shop.core, OPERATOR) == []  # the case to send it by hand is over


async def test_a_refund_under_way_at_midnight_is_told_of_twice_and_moves_once(
    shop: Shop,
) -> None:
    trade_no = await shop.paid(100_00)
    shop.provider.refund_states = _Always(RefundState.PROCESSING)
    refund_no = await refunded(shop, trade_no, 40_00)
    shop.next_morning()
    first = await shop.reconcile()
    assert (first.outcomes, first.is_settled) == ({Outcome.MATCHED: 2}, True)
    shop.provider.refund_states = {}
    shop.provider.bill_refund(refund_no, trade_no, 40_00)
    shop.next_morning()

    run = await shop.reconcile()

    assert (run.outcomes, run.is_settled) == ({Outcome.VOID: 1}, True)

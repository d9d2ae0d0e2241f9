"""Disputed card payments: one case each, in whatever order and however often Stripe tells."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest

from core.cases.model import CaseState, CaseView, Decision
from core.channels import Channel
from core.errors import NotFound
from core.notices.model import NoticeKind
from core.providers.base import DisputeReport, DisputeState
from tests.desk import OPERATOR, REVIEWER, add_staff, on_desk
from tests.people import ACCOUNT
from tests.talk.talk import Talk
from tests.ways import Ways

DUE = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.fixture
async def report(ways: Ways) -> DisputeReport:
    """The bank of somebody who paid by card asks about it."""
    await add_staff(ways.core)
    view = await ways.order(Channel.CARD, 60_00)
    paid = ways.card.pay(view.payment.order_no)
    await ways.core.topups.record_payment(paid)
    await ways.settle()
    return DisputeReport(
        channel=Channel.CARD,
        merchant=paid.merchant,
        dispute_no="dp_1",
        trade_no=str(paid.trade_no),
        state=DisputeState.OPEN,
        amount_fen=60_00,
        currency="CNY",
        reason="fraudulent",
        due_at=DUE,
    )


async def open_cases(ways: Ways) -> list[CaseView]:
    return await on_desk(ways.core, OPERATOR)


async def test_operators_have_one_case_with_sum_order_and_day(
    ways: Ways, report: DisputeReport
) -> None:
    for _ in range(3):
        await ways.core.disputes.record(report)

    (view,) = await open_cases(ways)
    assert (view.case.kind, view.case.amount_fen) == ("dispute", 60_00)
    assert view.case.account_id == ACCOUNT
    told = [item for item in (await ways.settle()).told if item.kind is NoticeKind.CASE_OPENED]
    assert [item.person_id for item in told] == [OPERATOR]
    assert await on_desk(ways.core, REVIEWER) == []
    talk = Talk(ways.core, OPERATOR)
    await talk.command("cases")
    await talk.press("持卡人争议")
    for part in ("¥60.00", str(view.case.facts["order_no"]), "dp_1", "最迟答复", "11-29"):
        assert part in talk.last


async def test_a_dispute_that_was_won_ends_its_case_by_itself(
    ways: Ways, report: DisputeReport
) -> None:
    await ways.core.disputes.record(report)
    (view,) = await open_cases(ways)
    await ways.core.disputes.record(replace(report, state=DisputeState.WON))

    ended = (await ways.core.cases.view(view.case.case_id, OPERATOR)).case
    assert (ended.state, ended.decision) == (CaseState.RESOLVED, Decision.SETTLED)
    assert await open_cases(ways) == []


async def test_a_lost_one_leaves_a_case_about_the_money_and_moves_none(
    ways: Ways, report: DisputeReport
) -> None:
    for state in (DisputeState.OPEN, DisputeState.LOST, DisputeState.LOST):
        await ways.core.disputes.record(replace(report, state=state))

    assert [view.case.kind for view in await open_cases(ways)] == ["dispute_lost"]
    assert await ways.balance() == 60_00


async def test_what_has_ended_stays_ended_in_whatever_order_it_is_told(
    ways: Ways, report: DisputeReport
) -> None:
    told = (DisputeState.OPEN, DisputeState.OPEN, DisputeState.LOST)
    for number, states in enumerate(sorted(set(permutations(told)))):
        for state in states:
            one = replace(report, dispute_no=f"dp_{number}", state=state)
            await ways.core.disputes.record(one)

    assert [view.case.kind for view in await open_cases(ways)] == ["dispute_lost"] * 3


async def test_a_trade_nobody_knows_is_a_case_all_the_same(
    ways: Ways, report: DisputeReport
) -> None:
    await ways.core.disputes.record(replace(report, trade_no="pi_unknown"))

    (view,) = await open_cases(ways)
    assert (view.case.account_id, view.case.facts["reference"]) == (None, "pi_unknown")


async def test_a_young_one_waits_for_its_payment_to_be_recorded(
    ways: Ways, report: DisputeReport
) -> None:
    early = replace(report, trade_no="pi_soon", opened_at=ways.clock.now())
    with pytest.raises(NotFound):
        await ways.core.disputes.record(early)
    assert await open_cases(ways) == []
    ways.clock.forward(hours=1)
    await ways.core.disputes.record(early)

    assert len(await open_cases(ways)) == 1

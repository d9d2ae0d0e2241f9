"""Runs: the same again changes nothing, a case lives as long as its break, clearing adds up."""

import asyncio
from datetime import timedelta

import pytest

from core.cases.model import CaseState, Decision
from core.channels import Channel
from core.errors import (
    ChannelOff,
    IllegalStep,
    InvalidRequest,
    MoneyPaused,
    ProviderRefused,
    ProviderUnavailable,
)
from core.providers.base import Outcome as Told
from core.reconciliation.model import Outcome, Reconciled, Share, day_of
from core.storage.database import Database
from tests.desk import OPERATOR, on_desk, settle
from tests.people import ACCOUNT, FINANCE
from tests.play import PlayClock
from tests.reconciliation.bills import Bill, PlayBiller, Shop, kinds, one
from tests.reconciliation.conftest import shop_of
from tests.ways import PlayShared


async def test_the_same_again_opens_nothing_twice(shop: Shop) -> None:
    trade_no = await shop.paid()
    shop.next_morning()
    shop.bill.omit(trade_no)
    first = await shop.reconcile()

    again = await shop.reconcile()

    assert one(again).case_id == one(first).case_id
    assert (first.new_breaks, again.new_breaks) == (1, 0)
    assert len(await on_desk(shop.core, OPERATOR)) == 1
    told = [n for n in (await settle(shop.core)).told if n.kind == "case_opened"]
    assert [n.person_id for n in told] == [OPERATOR]


async def test_a_break_waits_with_its_age_and_owner(shop: Shop) -> None:
    trade_no = await shop.paid()
    shop.next_morning()
    shop.bill.omit(trade_no)
    case_id = one(await shop.reconcile()).case_id
    await shop.core.cases.claim(case_id, OPERATOR)

    again = one(await shop.reconcile())

    assert (again.holder, again.opened_at) == (OPERATOR, shop.clock.now())
    (view,) = await on_desk(shop.core, OPERATOR)
    facts = view.case.facts
    assert (view.case.kind, view.case.account_id) == ("break_ours_only", ACCOUNT)
    assert (facts["reference"], facts["bill_day"]) == (trade_no, shop.yesterday.isoformat())
    assert facts["heard"] == "yes"


async def test_a_break_that_vanishes_ends_its_case_and_settles_the_day(shop: Shop) -> None:
    trade_no = await shop.paid()
    shop.next_morning()
    held = shop.bill.rows
    shop.bill.rows = []
    case_id = one(await shop.reconcile()).case_id
    shop.bill.rows = held

    run = await shop.reconcile()

    assert (run.breaks, run.is_settled, run.clearing.held_fen) == ((), True, 0)
    view = await shop.core.cases.view(case_id, OPERATOR)
    assert (view.case.state, view.case.decision) == (CaseState.RESOLVED, Decision.SETTLED)
    assert trade_no


async def test_a_break_that_comes_back_gets_another_case(shop: Shop) -> None:
    await shop.paid()
    shop.next_morning()
    held = shop.bill.rows
    shop.bill.rows = []
    first = one(await shop.reconcile()).case_id
    other = await shop.missed_yesterday(3_00)  # keeps the day from being settled
    shop.bill.rows = [*held, *other, *other]
    assert kinds(await shop.reconcile()) == [Outcome.DUPLICATE]
    shop.bill.rows = [*other, *other]

    run = await shop.reconcile()

    assert kinds(run) == [Outcome.DUPLICATE, Outcome.OURS_ONLY]
    assert first not in {item.case_id for item in run.breaks}


async def test_what_people_decided_is_no_break_any_more(shop: Shop) -> None:
    trade_no = await shop.paid()
    shop.next_morning()
    shop.bill.omit(trade_no)
    case_id = one(await shop.reconcile()).case_id
    await shop.core.cases.claim(case_id, OPERATOR)
    await shop.core.cases.resolve(case_id, OPERATOR, "the provider pays it next week")

    run = await shop.reconcile()

    assert (run.breaks, run.new_breaks, run.is_settled) == ((), 0, True)
    assert run.outcomes == {Outcome.OURS_ONLY: 1}
    assert dict(run.clearing.shares) == {Share.MISSING: (1, 100_00)}
    assert run.clearing.unexplained_fen == 0


async def test_a_settled_day_is_posted_once_whatever_comes_after(shop: Shop) -> None:
    await shop.paid(100_00)
    shop.next_morning()
    assert (await shop.reconcile()).is_settled
    unheard = await shop.missed_yesterday(7_00)
    shop.bill.rows += unheard

    run = await shop.reconcile()

    assert run.outcomes == {Outcome.MATCHED: 1, Outcome.CREDITED: 1}
    assert not run.is_settled
    assert dict(run.clearing.shares) == {Share.BILLED: (1, 7_00)}
    assert run.clearing.unexplained_fen == 0


async def test_money_that_went_out_as_it_came_in_settles_without_a_movement(shop: Shop) -> None:
    """Payments and refunds of the same sum, and fees that cancel out."""
    trade_no = await shop.paid(100_00)
    shop.provider.bill_refund("THEIRS1", trade_no, 100_00)
    shop.next_morning()
    case_id = one(await shop.reconcile()).case_id
    await shop.core.cases.claim(case_id, OPERATOR)
    await shop.core.cases.resolve(case_id, OPERATOR, "sent at the counter")

    assert (await shop.reconcile()).is_settled
    assert (await shop.reconcile()).is_settled


async def test_today_and_days_to_come_are_refused(shop: Shop) -> None:
    today = day_of(shop.clock.now())
    for day in (today, today + timedelta(days=1)):
        with pytest.raises(InvalidRequest):
            await shop.reconcile(day)
    assert "bill" not in shop.provider.calls


async def test_a_channel_that_is_off_is_refused(shop: Shop) -> None:
    with pytest.raises(ChannelOff):
        await shop.core.reconciliation.run(Channel.QQ, shop.yesterday, by="operator")


@pytest.mark.parametrize("error", [ProviderUnavailable("no bill yet"), ProviderRefused("NOAUTH")])
async def test_without_a_bill_nothing_is_found_and_nothing_kept(
    shop: Shop, error: ProviderUnavailable | ProviderRefused
) -> None:
    await shop.paid()
    shop.next_morning()
    shop.provider.fail["bill"] = error

    with pytest.raises(type(error)):
        await shop.reconcile()

    assert await on_desk(shop.core, OPERATOR) == []
    del shop.provider.fail["bill"]
    assert (await shop.reconcile()).is_clean  # and no lease was left behind


async def test_an_old_bill_that_is_gone_proves_nothing(shop: Shop) -> None:
    await shop.paid()
    day = day_of(shop.clock.now())
    shop.provider.bills[day] = Bill()
    shop.clock.forward(days=100)

    with pytest.raises(InvalidRequest, match="no bill of"):
        await shop.reconcile(day)
    assert await on_desk(shop.core, OPERATOR) == []


async def test_two_runs_at_once_are_one(shop: Shop) -> None:
    for _ in range(20):
        await shop.missed()
    shop.next_morning()

    results = await asyncio.gather(*(shop.reconcile() for _ in range(4)), return_exceptions=True)

    runs = [item for item in results if isinstance(item, Reconciled)]
    refused = [item for item in results if isinstance(item, IllegalStep)]
    assert len(runs) + len(refused) == 4
    assert runs
    assert await shop.available() == 2000_00
    assert sum(run.outcomes.get(Outcome.CREDITED, 0) for run in runs) == 20


async def test_many_breaks_are_told_of_by_their_number(shop: Shop) -> None:
    for _ in range(30):
        await shop.paid(1_00)
    shop.next_morning()
    shop.bill.rows = []

    run = await shop.reconcile(by="clock")

    assert len(run.breaks) == 30
    told = [n for n in (await settle(shop.core)).told if n.person_id == OPERATOR]
    assert [n.kind for n in told].count("case_opened") == 10
    (summary,) = [n for n in told if n.kind == "books_differ"]
    assert (summary.facts["breaks"], summary.facts["channel"]) == (30, "wechat")


async def test_a_clean_day_tells_nobody(shop: Shop) -> None:
    await shop.paid()
    shop.next_morning()

    await shop.reconcile(by="clock")

    told = [n for n in (await settle(shop.core)).told if n.person_id == OPERATOR]
    assert told == []


async def test_a_missed_payment_is_told_of(shop: Shop) -> None:
    await shop.missed(100_00)
    shop.next_morning()

    await shop.reconcile(by="clock")

    told = (await settle(shop.core)).told
    (summary,) = [n for n in told if n.kind == "books_differ"]
    assert (summary.facts["missed"], summary.facts["amount_fen"]) == (1, 100_00)


class SharedBiller(PlayBiller, PlayShared):
    """A shared-key channel: a payment it bills is asked for before it is credited."""

    channel = Channel.WECHAT
    confirms_later = False


async def test_a_shared_key_channel_is_asked_before_an_order_is_credited(
    database: Database, clock: PlayClock
) -> None:
    provider = SharedBiller(clock)
    async with shop_of(database, clock, provider) as shop:
        await shop.missed(100_00)
        doubtful = await shop.missed(7_00)
        shop.next_morning()
        order_no = next(row.order_no for row in shop.bill.rows if row.trade_no == doubtful)
        provider.orders[order_no].outcome = Told.UNPAID

        run = await shop.reconcile()

        assert provider.calls.count("confirm") == 2
        assert await shop.available() == 100_00
        assert (kinds(run), one(run).finding.number) == ([Outcome.THEIRS_ONLY], doubtful)
        (view,) = await on_desk(shop.core, OPERATOR)
        assert view.case.kind == "break_theirs_only"


async def test_clearing_is_explained_while_money_is_on_its_way(shop: Shop) -> None:
    await shop.paid(100_00)
    shop.next_morning()
    await shop.paid(30_00)  # in tomorrow's bill

    run = await shop.reconcile()

    assert run.is_settled
    assert dict(run.clearing.shares) == {Share.WAITING: (1, 30_00)}
    assert (run.clearing.held_fen, run.clearing.unexplained_fen) == (30_00, 0)
    assert (await shop.core.refunds.trades(FINANCE, ACCOUNT))[0].amount_fen == 30_00


async def test_after_a_restore_money_commands_wait_for_clean_days(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    await shop.core.audit.seal()
    await shop.core.recoveries.begin()
    shop.next_morning()
    with pytest.raises(MoneyPaused):
        await shop.order()
    held, shop.bill.rows = shop.bill.rows, []
    assert kinds(await shop.reconcile()) == [Outcome.OURS_ONLY]
    with pytest.raises(MoneyPaused):
        await shop.order()
    shop.bill.rows = held

    assert (await shop.reconcile()).is_clean

    assert await shop.core.recoveries.under_way() is None
    assert await shop.order() != trade_no

"""By itself: each morning once the bill is out, once per channel and day, and what was missed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from core.errors import ProviderRefused, ProviderUnavailable
from core.figures import Waiting
from core.reconciliation.model import day_of
from core.reconciliation.schedule import due_days, newest_bill
from core.storage.reconciliation_tables import reconciliations
from tests.desk import OPERATOR, settle
from tests.reconciliation.bills import Bill, Shop

TEN = time(10)
DAY = date(2026, 11, 22)


def beijing(text: str) -> datetime:
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)


def minutes_after_ten(shop: Shop, minutes: float) -> None:
    """A time of the next morning in Beijing."""
    shop.next_morning()
    shop.clock.forward(minutes=minutes - 60)


async def compared(shop: Shop) -> list[date]:
    """Days in the order in which they were compared."""
    rows = await shop.core.database.read(
        lambda tx: tx.all(select(reconciliations).order_by(reconciliations.c.id))
    )
    return [row.day for row in rows]


async def morning(shop: Shop) -> None:
    await shop.core.reconciliation.plan()
    await settle(shop.core)


def test_a_bill_is_out_from_its_hour_on_in_beijing() -> None:
    assert newest_bill(beijing("2026-11-23T09:59:59"), TEN) == date(2026, 11, 21)
    assert newest_bill(beijing("2026-11-23T10:00:00"), TEN) == DAY
    assert newest_bill(beijing("2026-11-23T23:59:59"), TEN) == DAY


def test_days_with_breaks_left_are_due_once_each_morning_after_the_new_bill() -> None:
    ran = beijing("2026-11-22T10:00:05")
    runs = {DAY - timedelta(days=back): (ran, back != 3) for back in range(1, 8)}

    before = due_days(runs, beijing("2026-11-23T09:00:00"), TEN)
    after = due_days(runs, beijing("2026-11-23T10:00:00"), TEN)

    assert before == []
    assert after == [DAY, DAY - timedelta(days=3)]


def test_days_too_old_are_left_to_people() -> None:
    ran = beijing("2026-11-22T10:00:05")
    runs = {DAY: (ran, True), DAY - timedelta(days=32): (ran, False)}

    due = due_days(runs, beijing("2026-11-23T10:00:00"), TEN)

    assert due == [DAY - timedelta(days=back) for back in range(6, 0, -1)]


async def test_yesterday_is_compared_when_its_bill_is_out(shop: Shop) -> None:
    await shop.missed(100_00)
    day = day_of(shop.clock.now())
    minutes_after_ten(shop, -1)
    await morning(shop)
    assert (await compared(shop), await shop.available()) == ([], 0)
    shop.clock.forward(minutes=1)

    await morning(shop)

    assert (await compared(shop), await shop.available()) == ([day], 100_00)


async def test_a_day_is_compared_once_however_often_it_is_planned(shop: Shop) -> None:
    await shop.paid()
    shop.next_morning()

    planned = [await shop.core.reconciliation.plan() for _ in range(3)]
    await settle(shop.core)
    planned.append(await shop.core.reconciliation.plan())

    assert planned == [1, 0, 0, 0]
    assert shop.provider.calls.count("bill") == 1


async def test_a_bill_that_is_not_ready_is_asked_for_again(shop: Shop) -> None:
    await shop.missed(100_00)
    shop.next_morning()
    shop.provider.fail["bill"] = ProviderUnavailable("the bill is being made")
    await morning(shop)
    shop.clock.forward(minutes=5)
    await morning(shop)
    assert shop.provider.calls.count("bill") == 1
    del shop.provider.fail["bill"]
    shop.clock.forward(minutes=5)

    await morning(shop)

    assert await shop.available() == 100_00


async def test_a_bill_that_does_not_come_is_an_alarm_once(shop: Shop) -> None:
    await shop.paid()
    shop.next_morning()
    shop.provider.fail["bill"] = ProviderUnavailable("the bill is being made")
    told = []
    for _ in range(40):
        await shop.core.reconciliation.plan()
        told += [n for n in (await settle(shop.core)).told if n.kind == "alarm"]
        shop.clock.forward(minutes=10)

    assert [(n.person_id, n.facts["what"]) for n in told] == [(OPERATOR, "bill_overdue")]


async def test_a_refused_bill_is_tried_again_and_planned_anew_the_next_morning(
    shop: Shop,
) -> None:
    await shop.paid()
    day = day_of(shop.clock.now())
    shop.next_morning()
    shop.provider.fail["bill"] = ProviderRefused("NOAUTH")
    await morning(shop)
    shop.clock.forward(minutes=1)
    await morning(shop)
    assert shop.provider.calls.count("bill") == 2
    del shop.provider.fail["bill"]
    shop.next_morning()

    await morning(shop)

    assert await compared(shop) == [day, day + timedelta(days=1)]


async def test_days_missed_while_nobody_ran_are_caught_up_oldest_first(shop: Shop) -> None:
    first = day_of(shop.clock.now())
    await shop.missed(100_00)
    for _ in range(4):
        shop.clock.forward(days=1)
        await shop.missed(100_00)
    shop.next_morning()

    await morning(shop)

    assert await compared(shop) == [first + timedelta(days=n) for n in range(5)]
    assert await shop.available() == 500_00


async def test_no_more_than_a_week_is_caught_up(shop: Shop) -> None:
    await shop.missed(100_00)
    shop.clock.forward(days=20)
    shop.next_morning()

    await morning(shop)

    assert await compared(shop) == [shop.yesterday - timedelta(days=n) for n in range(6, -1, -1)]


async def test_bills_from_before_the_first_order_are_not_asked_for(shop: Shop) -> None:
    shop.next_morning()
    await morning(shop)
    assert "bill" not in shop.provider.calls


async def test_a_day_with_breaks_is_looked_at_again_the_next_morning(shop: Shop) -> None:
    await shop.paid()
    day = day_of(shop.clock.now())
    held = shop.provider.bills[day]
    shop.provider.bills[day] = Bill()
    shop.next_morning()
    await morning(shop)
    shop.provider.bills[day] = held
    shop.next_morning()

    await morning(shop)
    await morning(shop)

    assert await compared(shop) == [day, day + timedelta(days=1), day]
    assert (await shop.core.figures()).cases == {}


async def test_the_figures_count_the_breaks_that_wait(shop: Shop) -> None:
    await shop.paid()
    shop.next_morning()
    shop.bill.rows = []
    await morning(shop)

    (waiting,) = (await shop.core.figures()).cases.items()
    assert waiting == (
        "break_ours_only",
        Waiting(count=1, amount_fen=100_00, since=shop.clock.now()),
    )


@pytest.mark.parametrize("hours", [0.5, 30])
async def test_a_plan_of_another_day_is_void(shop: Shop, hours: float) -> None:
    """The next morning makes its own: a job that slept does not run twice."""
    await shop.paid()
    shop.next_morning()
    day, asked = shop.yesterday, day_of(shop.clock.now())
    shop.clock.forward(hours=hours)

    again = await shop.core.reconciliation.compare(shop.provider.channel, day, asked)

    assert again is None
    assert len(await compared(shop)) == (1 if hours < 1 else 0)

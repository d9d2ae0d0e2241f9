"""How long the balance lasts: from thirty days of charges by weekday, or silence."""

from datetime import date, timedelta

import pytest

from core.app import Core
from core.ids import HoldId, PersonId
from core.statements.model import Day
from core.statements.runway import HORIZON, estimate
from tests.holds.purse import fund, purchase
from tests.people import FINANCE, VIEWER
from tests.play import PlayClock
from tests.talk.talk import Talk

TODAY = date(2026, 11, 23)  # a Monday


def past(*taken: int) -> list[Day]:
    """Days up to yesterday with what was charged on each."""
    first = TODAY - timedelta(days=len(taken))
    return [
        Day(
            on=(first + timedelta(days=number)).isoformat(),
            available_fen=0,
            frozen_fen=0,
            credited_fen=0,
            captured_fen=fen,
        )
        for number, fen in enumerate(taken)
    ]


def test_a_steady_rate_lasts_as_many_days_as_it_fits() -> None:
    found = estimate(past(*[100] * 30), 1_050, TODAY)

    assert found is not None
    assert (found.days, found.enough_until) == (10, TODAY + timedelta(days=10))
    assert (found.mean_fen, found.looked_at) == (100, 30)
    assert found.fill_fen == 30 * 100 - 1_050


def test_weekends_without_charges_cost_nothing() -> None:
    weeks = [100, 100, 100, 100, 100, 0, 0] * 4
    found = estimate(past(*weeks), 500, TODAY)

    assert found is not None
    assert found.enough_until == date(2026, 11, 30)  # a week: two days for nothing


def test_money_without_end_says_no_day() -> None:
    found = estimate(past(*[1] * 30), 10_000, TODAY)

    assert found is not None
    assert (found.enough_until, found.days, found.fill_fen) == (None, HORIZON, 0)


def test_too_little_for_today_says_so() -> None:
    found = estimate(past(*[100] * 30), 99, TODAY)

    assert found is not None
    assert found.days == 0


@pytest.mark.parametrize(
    "days",
    [
        past(),
        past(*[0] * 30),
        past(*[100] * 13),
        past(*[0] * 17, *[100] * 13),
        past(100, 100, 100, 100, *[0] * 26),
    ],
)
def test_too_little_history_is_silence(days: list[Day]) -> None:
    assert estimate(days, 1_000, TODAY) is None


async def charge_daily(core: Core, clock: PlayClock, days: int) -> None:
    await fund(core, 10_000_00)
    for number in range(days):
        hold_id = HoldId(f"D{number}")
        await core.holds.place(purchase(hold_id, 100_00))
        await core.holds.capture(hold_id)
        clock.forward(days=1)


async def test_the_balance_says_how_long_it_lasts_and_fills_up(
    core: Core, linked: dict[str, PersonId], clock: PlayClock
) -> None:
    await charge_daily(core, clock, 20)
    await core.holds.place(purchase("open", 6_000_00))
    talk = Talk(core, FINANCE)
    await talk.command("balance")

    assert "可用 ¥2,000.00" in talk.last or "¥2,000.00" in talk.last
    assert "预计可用到 2027年1月1日 前" in talk.last
    assert "日均 ¥100.00" in talk.last
    await talk.press("充到够用 30 天：¥1,000.00")
    assert "¥1,000.00" in talk.last
    assert any("微信支付" in label for label in talk.labels())


async def test_a_viewer_reads_it_and_has_no_button(
    core: Core, linked: dict[str, PersonId], clock: PlayClock
) -> None:
    await charge_daily(core, clock, 20)
    talk = Talk(core, VIEWER)
    await talk.command("balance")

    assert "估算" in talk.last
    assert not any("充到" in label for label in talk.labels())


async def test_with_a_short_history_the_balance_is_silent(
    core: Core, linked: dict[str, PersonId], clock: PlayClock
) -> None:
    await charge_daily(core, clock, 13)
    talk = Talk(core, FINANCE)
    await talk.command("balance")

    assert "估算" not in talk.last

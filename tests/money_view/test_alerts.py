"""Alerts: once a day per threshold, to those who want them, when they want them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.access.model import Role
from core.alerts.model import MOST_FEN, Choices, Digest, Topic
from core.app import Core
from core.errors import CannotSwitchOff, NotAllowed, NotFound, ThresholdRefused
from core.ids import HoldId
from tests.desk import settle
from tests.holds.purse import fund, purchase
from tests.money_view.books import top_up
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, VIEWER
from tests.play import PlayClock, PlayProvider

ZONE = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.usefixtures("linked")


async def told(core: Core) -> list[int]:
    """Who got an alert since the last look."""
    messenger = await settle(core)
    return sorted(chat for subject, chat, _ in messenger.shown if subject.startswith("alert:"))


async def spend(core: Core, name: str, fen: int) -> None:
    await core.holds.place(purchase(name, fen))


@pytest.fixture
async def watched(core: Core) -> str:
    """¥1,000 on the account, and a threshold of ¥500."""
    await fund(core, 1_000_00)
    await core.alerts.add(FINANCE, ACCOUNT, 500_00)
    assert await told(core) == []
    return (await core.alerts.thresholds(FINANCE, ACCOUNT))[0].threshold_id


async def test_going_below_is_told_once(core: Core, watched: str) -> None:
    await spend(core, "H1", 400_00)
    assert await told(core) == []

    await spend(core, "H2", 200_00)
    assert await told(core) == [CREATOR, FINANCE]

    await spend(core, "H3", 100_00)
    assert await told(core) == []


async def test_a_balance_just_at_the_threshold_is_enough(core: Core, watched: str) -> None:
    await spend(core, "H1", 500_00)

    assert await told(core) == []


async def test_it_is_told_on_five_days_and_then_no_more(
    core: Core, watched: str, clock: PlayClock
) -> None:
    await spend(core, "H1", 600_00)
    days = []
    for _ in range(8):
        days.append(len(await told(core)))
        clock.forward(days=1)

    assert days == [2, 2, 2, 2, 2, 0, 0, 0]


async def test_falling_twice_on_a_day_is_told_once_on_that_day(
    core: Core, watched: str, clock: PlayClock, provider: PlayProvider
) -> None:
    await spend(core, "H1", 600_00)
    assert len(await told(core)) == 2
    await core.holds.release(HoldId("H1"))
    await spend(core, "H2", 600_00)
    assert await told(core) == []

    clock.forward(days=1)
    assert len(await told(core)) == 2


async def test_money_that_comes_back_ends_it_and_arms_it_again(
    core: Core, watched: str, clock: PlayClock, provider: PlayProvider
) -> None:
    await spend(core, "H1", 600_00)
    assert len(await told(core)) == 2
    await top_up(core, provider, "W1", 500_00)
    view = await core.alerts.view(FINANCE, watched)
    assert view.threshold.below_since is None

    clock.forward(days=2)
    assert await told(core) == []
    await spend(core, "H2", 600_00)
    assert len(await told(core)) == 2


async def test_a_threshold_that_is_undercut_already_is_told_at_once(core: Core) -> None:
    await core.alerts.add(CREATOR, ACCOUNT, 1_00)

    assert await told(core) == [CREATOR, FINANCE]


@pytest.mark.parametrize("fen", [-1, -100_00, MOST_FEN + 1])
async def test_an_amount_out_of_range_is_refused(core: Core, fen: int) -> None:
    with pytest.raises(ThresholdRefused):
        await core.alerts.add(FINANCE, ACCOUNT, fen)


async def test_viewers_and_members_set_no_thresholds(core: Core, watched: str) -> None:
    for person in (VIEWER, MEMBER):
        with pytest.raises(NotAllowed):
            await core.alerts.add(person, ACCOUNT, 1_00)
        with pytest.raises(NotAllowed):
            await core.alerts.remove(person, ACCOUNT, watched)


async def test_a_removed_threshold_is_told_no_more(
    core: Core, watched: str, clock: PlayClock
) -> None:
    await spend(core, "H1", 600_00)
    await told(core)
    await core.alerts.remove(CREATOR, ACCOUNT, watched)
    clock.forward(days=1)

    assert await told(core) == []
    with pytest.raises(NotFound):
        await core.alerts.remove(CREATOR, ACCOUNT, watched)


async def test_who_takes_care_is_seen_and_the_others_are_left_in_peace(
    core: Core, watched: str, clock: PlayClock
) -> None:
    await spend(core, "H1", 600_00)
    await told(core)
    await core.alerts.take(FINANCE, watched)
    await core.alerts.take(CREATOR, watched)

    assert (await core.alerts.view(CREATOR, watched)).taker == f"person {FINANCE}"
    clock.forward(days=1)
    assert await told(core) == [FINANCE]


async def test_a_snooze_skips_one_persons_next_day(
    core: Core, watched: str, clock: PlayClock
) -> None:
    await spend(core, "H1", 600_00)
    await told(core)
    await core.alerts.snooze(CREATOR, watched)

    clock.forward(days=1)
    assert await told(core) == [FINANCE]
    clock.forward(days=1)
    assert await told(core) == [CREATOR, FINANCE]


async def test_in_quiet_hours_it_waits_and_is_dropped_when_there_is_enough_again(
    core: Core, watched: str, clock: PlayClock
) -> None:
    clock.time = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    await core.alerts.keep_quiet(CREATOR, ACCOUNT, (22 * 60, 8 * 60))
    await spend(core, "H1", 600_00)
    assert await told(core) == [FINANCE]

    clock.time = datetime(2026, 11, 23, 0, 1, tzinfo=UTC)  # 08:01
    assert await told(core) == [CREATOR]

    clock.time = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    await core.holds.release(HoldId("H1"))
    await spend(core, "H2", 600_00)
    await told(core)
    await core.holds.release(HoldId("H2"))
    clock.forward(days=2)
    assert await told(core) == []


# --- choices ------------------------------------------------------------------------------------


async def arrivals_told(core: Core, provider: PlayProvider, wish: str, fen: int) -> list[int]:
    view_before = await core.audit.verify()
    del view_before
    from core.channels import Channel
    from core.ids import TopUpId
    from core.topup.orders import StartRequest

    view = await core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=fen,
            channel=Channel.WECHAT,
            key=wish,
            top_up_id=TopUpId(wish),
        )
    )
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    messenger = await settle(core)
    return sorted(n.person_id for n in messenger.told if n.kind == "funds_arrived")


async def test_arrivals_are_each_persons_choice_but_the_creators(
    core: Core, provider: PlayProvider
) -> None:
    assert await arrivals_told(core, provider, "W1", 1_00) == [CREATOR, FINANCE]
    await core.alerts.switch(FINANCE, ACCOUNT, Topic.ARRIVALS)
    await core.alerts.switch(VIEWER, ACCOUNT, Topic.ARRIVALS)
    assert await arrivals_told(core, provider, "W2", 1_00) == [CREATOR, VIEWER]

    for topic in (Topic.ARRIVALS, Topic.BLOCKED):
        with pytest.raises(CannotSwitchOff):
            await core.alerts.switch(CREATOR, ACCOUNT, topic)
    with pytest.raises(NotAllowed):
        await core.alerts.switch(MEMBER, ACCOUNT, Topic.ARRIVALS)


async def test_small_arrivals_are_not_told_to_who_wants_only_large_ones(
    core: Core, provider: PlayProvider
) -> None:
    for person in (CREATOR, FINANCE):
        await core.alerts.tell_above(person, ACCOUNT, 100_00)

    assert await arrivals_told(core, provider, "W1", 99_00) == [CREATOR]
    assert await arrivals_told(core, provider, "W2", 100_00) == [CREATOR, FINANCE]


@pytest.mark.parametrize(
    ("hour", "ends"), [(21, None), (22, 8), (23, 8), (0, 8), (7, 8), (8, None)]
)
def test_quiet_hours_go_over_midnight(hour: int, ends: int | None) -> None:
    choices = Choices(quiet_from=22 * 60, quiet_until=8 * 60)
    at = datetime(2026, 11, 22, hour, 15, tzinfo=ZONE).astimezone(UTC)

    found = choices.quiet_end(at, ZONE)

    assert (None if found is None else found.astimezone(ZONE).hour) == ends
    assert found is None or timedelta(0) < found - at < timedelta(days=1)


def test_a_viewer_can_have_arrivals_and_low_balance_but_not_purchases() -> None:
    everything = Choices(arrivals=True, blocked=True, low_balance=True)

    wanted = {topic for topic in Topic if everything.wants(Role.VIEWER, topic)}
    assert wanted == {Topic.ARRIVALS, Topic.LOW_BALANCE}
    assert not any(everything.wants(Role.MEMBER, topic) for topic in Topic)


# --- digests ------------------------------------------------------------------------------------


async def test_a_daily_digest_sums_up_the_day_before_each_morning(
    core: Core, clock: PlayClock
) -> None:
    await fund(core, 1_000_00)
    await spend(core, "H1", 300_00)
    await core.alerts.digest(VIEWER, ACCOUNT, Digest.DAY)
    assert [n for n in (await settle(core)).told if n.kind == "digest"] == []

    clock.time = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00
    found = [n for n in (await settle(core)).told if n.kind == "digest"]
    assert [n.person_id for n in found] == [VIEWER]
    assert found[0].facts["in_fen"] == 1_000_00
    assert found[0].facts["out_fen"] == 300_00
    assert found[0].facts["closing_fen"] == 700_00

    await core.alerts.digest(VIEWER, ACCOUNT, Digest.OFF)
    clock.forward(days=1)
    assert [n for n in (await settle(core)).told if n.kind == "digest"] == []


async def test_a_weekly_digest_comes_on_mondays(core: Core, clock: PlayClock) -> None:
    clock.time = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday
    await core.alerts.digest(CREATOR, ACCOUNT, Digest.WEEK)
    mornings = []
    for _ in range(14):
        clock.forward(days=1)
        if [n for n in (await settle(core)).told if n.kind == "digest"]:
            mornings.append(clock.time.astimezone(ZONE).strftime("%a"))

    assert mornings == ["Mon", "Mon"]

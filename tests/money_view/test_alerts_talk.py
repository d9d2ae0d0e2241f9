"""Alerts in the chat: setting them, choosing what to be told, and the card that tells."""

import pytest

from bot.conversations.alert_card import AlertCards
from core.app import Core
from core.ids import PersonId
from tests.holds.purse import fund, purchase
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, VIEWER
from tests.talk.talk import CATALOGUE, Talk

pytestmark = pytest.mark.usefixtures("linked")


async def opened(core: Core, person: PersonId) -> Talk:
    talk = Talk(core, person)
    await talk.command("alerts")
    return talk


async def test_an_amount_is_typed_listed_and_removed(core: Core) -> None:
    talk = await opened(core, FINANCE)
    await talk.press("添加提醒金额")
    await talk.say("1万")
    assert "低于 ¥10,000.00 时提醒" in talk.last
    assert "• ¥10,000.00" in talk.last

    await talk.press("🗑 ¥10,000.00")
    assert "还没有设置" in talk.last


@pytest.mark.parametrize("typed", ["-5", "－5", "-0.01", "abc", "1,23", "1.005", "9999999999"])
async def test_what_is_no_amount_gets_the_range_and_leaves_the_step(
    core: Core, typed: str
) -> None:
    talk = await opened(core, FINANCE)
    await talk.press("添加提醒金额")
    await talk.say(typed)

    assert "0 到 999,999,999 之间" in talk.last
    assert "不能是负数" in talk.last
    assert await core.alerts.thresholds(FINANCE, ACCOUNT) == []


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("0", 0), ("￥0.00", 0), ("０", 0), ("99.95", 99_95), ("1.5万", 15_000_00)],
)
async def test_any_amount_that_is_not_negative_is_one(core: Core, typed: str, fen: int) -> None:
    talk = await opened(core, FINANCE)
    await talk.say(typed)

    assert [item.amount_fen for item in await core.alerts.thresholds(FINANCE, ACCOUNT)] == [fen]


async def test_the_creator_sees_no_switch_for_what_is_always_told(core: Core) -> None:
    talk = await opened(core, CREATOR)
    assert not any("到账通知" in label or "购买受阻" in label for label in talk.labels())

    await talk.press("余额不足提醒：开")
    assert any("余额不足提醒：关" in label for label in talk.labels())


async def test_a_viewer_switches_arrivals_on_and_sets_no_amount(core: Core) -> None:
    talk = await opened(core, VIEWER)
    assert not any("添加" in label or "购买受阻" in label for label in talk.labels())

    await talk.press("到账通知：关")
    assert any("到账通知：开" in label for label in talk.labels())


async def test_quiet_hours_are_typed_and_can_be_undone(core: Core) -> None:
    talk = await opened(core, FINANCE)
    await talk.press("免打扰时段")
    await talk.say("晚上")
    assert "看不懂这个时段" in talk.last
    await talk.say("22：30-8")
    assert "22:30 至 08:00" in talk.last

    await talk.press("取消免打扰")
    assert "免打扰：未设置" in talk.last


async def test_the_digest_goes_from_none_to_day_to_week(core: Core) -> None:
    talk = await opened(core, VIEWER)
    await talk.press("每日汇总")
    assert "汇总：每天早上" in talk.last
    await talk.press("每周汇总")
    assert "汇总：每周一早上" in talk.last


async def test_members_without_finance_rights_see_no_alerts(core: Core) -> None:
    talk = await opened(core, MEMBER)

    assert "提醒" not in talk.last


async def test_the_card_says_who_takes_care_and_when_it_is_over(core: Core) -> None:
    await fund(core, 100_00)
    await core.alerts.add(FINANCE, ACCOUNT, 50_00)
    threshold = (await core.alerts.thresholds(FINANCE, ACCOUNT))[0]
    await core.holds.place(purchase("H1", 60_00))
    cards, subject = AlertCards(core), f"alert:{threshold.threshold_id}"

    async def says(person: PersonId) -> str:
        screen = await cards.screen(subject, person)
        assert screen is not None
        return CATALOGUE.plain("zh_CN", screen.text)

    assert (await says(CREATOR)).startswith("⚠️ 可用余额低于 ¥50.00")
    await core.alerts.take(FINANCE, threshold.threshold_id)
    assert f"person {FINANCE} 正在处理" in await says(CREATOR)

    await fund(core, 100_00)
    await core.holds.release(purchase("H1").hold_id)
    assert (await says(CREATOR)).startswith("✅ 余额已恢复")

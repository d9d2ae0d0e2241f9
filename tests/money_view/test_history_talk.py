"""The history in the chat: pages, filters, typed dates, search and stories."""

import re

import pytest

from core.app import Core
from core.ids import PersonId
from tests.money_view.books import busy_month, credit
from tests.people import CREATOR, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock, PlayProvider
from tests.talk.talk import CATALOGUE, Talk


@pytest.fixture
async def talk(
    core: Core, linked: dict[str, PersonId], clock: PlayClock, provider: PlayProvider
) -> Talk:
    await busy_month(core, clock, provider)
    one = Talk(core, FINANCE)
    await one.command("history")
    return one


async def test_the_first_line_says_what_it_is_and_what_is_there(talk: Talk) -> None:
    lines = talk.last.splitlines()

    assert "星河科技" in lines[0]
    assert "¥5,688.00" in lines[1]
    assert "① +¥88.00 在线充值 · 微信支付" in talk.last


async def test_older_and_newer_turn_pages(talk: Talk) -> None:
    first = talk.last
    await talk.press("较早")
    second = talk.last
    assert "更正 · 🏛 线下汇款" in second
    assert not [label for label in talk.labels() if "较早" in label]

    await talk.press("较新")
    assert talk.last == first


async def test_a_kind_and_a_channel_filter_the_list(talk: Talk) -> None:
    await talk.press("类型")
    await talk.press("在线充值")
    assert re.findall(r"[①-⑧] \S+", talk.last) == ["① +¥88.00", "② +¥1,000.00"]

    await talk.press("渠道")
    await talk.press("财付通")
    assert "没有记录" in talk.last
    await talk.press("渠道")
    await talk.press("全部渠道")
    assert "② +¥1,000.00" in talk.last


async def test_the_kinds_are_those_an_account_can_have(talk: Talk) -> None:
    await talk.press("类型")

    assert len(talk.labels()) == 9 + 2  # and all of them, and the way back
    assert not [label for label in talk.labels() if "." in label]


async def test_typed_dates_filter_the_list(talk: Talk) -> None:
    await talk.press("时间")
    await talk.say("2026-11-23")
    assert "2026年11月23日 至 2026年11月23日" in talk.last
    assert re.findall(r"[①-⑧] \S+", talk.last) == ["① +¥88.00"]


async def test_dates_nobody_can_read_leave_the_step_and_say_what_is_read(talk: Talk) -> None:
    await talk.press("时间")
    await talk.say("礼拜八")

    assert "看不懂这个日期" in talk.last
    assert any("本月" in label for label in talk.labels())


async def test_a_typed_reference_opens_its_entry(talk: Talk) -> None:
    await talk.press("查找")
    await talk.say("SPRING")

    assert "更正 +¥50.00" in talk.last
    await talk.press("返回")
    assert "收支明细" in talk.last


async def test_several_finds_are_listed_and_opened(talk: Talk) -> None:
    await talk.say("H-part")
    assert "② " in talk.last

    await talk.press("② ")
    assert "云服务器 H-part" in talk.last
    await talk.press("返回")
    assert "单号 H-part 的记录" in talk.last


async def test_nothing_found_stays_where_it_was(talk: Talk) -> None:
    await talk.say("no such thing")

    assert "没有找到" in talk.last
    assert "① +¥88.00" in talk.last


async def test_a_story_folds_and_can_be_copied(talk: Talk) -> None:
    await talk.press("① ")

    said = CATALOGUE.say("zh_CN", talk.shown[-1].screen.text)
    assert said.splitlines()[0].startswith("在线充值 <b>+¥88.00</b> · 微信支付")
    assert said.count("<blockquote expandable>") == 1
    folded = said.partition("<blockquote expandable>")[2]
    for words in ("发起充值", "下单", "付款成功", "收到渠道通知", "入账", "已推送到账通知"):
        assert words in folded
    assert f"person {CREATOR}" in folded
    assert any("复制单号" in label for label in talk.labels())


async def test_the_same_in_english(talk: Talk, core: Core) -> None:
    english = Talk(core, VIEWER, language="en")
    await core.access.choose_language(VIEWER, "en")
    await english.command("history")
    await english.press("① ")

    assert "Top-up +¥88.00 · WeChat Pay" in english.last
    assert not re.search(r"[\u4e00-\u9fff]", english.last.replace("星河科技", ""))


async def test_a_channel_that_comes_later_is_shown_as_it_is(talk: Talk, core: Core) -> None:
    await credit(core, 7_00, channel="newpay", reference="N1", kind="payment")
    await talk.command("history")

    assert "① +¥7.00 在线充值 · newpay" in talk.last


async def test_who_may_not_see_money_gets_none(talk: Talk, core: Core) -> None:
    for person in (MEMBER, STRANGER):
        other = Talk(core, person)
        await other.command("history")
        assert "¥" not in other.all


async def test_a_story_is_gone_with_the_right_to_see_it(talk: Talk, core: Core) -> None:
    members = await core.access.members(
        (await core.access.memberships(FINANCE))[0].account.account_id
    )
    mine = next(item for item in members if item.person_id == FINANCE)
    await core.access.remove_member(mine.account.account_id, mine.member_id)

    await talk.press("① ")

    assert "¥" not in talk.last

"""The menu's order, and one place for language, account and notifications."""

import pytest

from core.access.model import Role
from core.app import Core
from core.ids import PersonId
from tests.people import (
    ACCOUNT,
    CREATOR,
    FINANCE,
    MEMBER,
    OTHER_ACCOUNT,
    STRANGER,
    VIEWER,
    link,
)
from tests.talk.talk import Talk
from tests.ways import Ways

ORDER = ["余额", "充值", "线下汇款", "汇款进度", "充值码", "收支明细", "银行卡", "成员", "提醒"]
SEEN = {
    CREATOR: ORDER,
    FINANCE: [name for name in ORDER if name != "成员"],
    VIEWER: ["余额", "汇款进度", "收支明细", "提醒"],
    MEMBER: [],
}


def words(talk: Talk) -> list[str]:
    """The labels without their emoji."""
    return [label.rpartition(" ")[2] for label in talk.labels()]


@pytest.mark.parametrize("person", SEEN)
async def test_the_menu_has_its_buttons_in_the_contracts_order(
    ways: Ways, person: PersonId
) -> None:
    talk = Talk(ways.core, person)
    await talk.command("menu")

    assert [name for name in words(talk) if name in ORDER] == SEEN[person]
    assert words(talk)[-2:] == ["帮助", "语言"]


async def preferences(core: Core, person: PersonId) -> Talk:
    talk = Talk(core, person)
    await talk.command("language")
    return talk


@pytest.mark.usefixtures("linked")
async def test_a_creator_sees_what_cannot_be_switched_off(core: Core) -> None:
    talk = await preferences(core, CREATOR)

    assert "语言：简体中文" in talk.last
    assert "当前账号：星河科技，您是创建者" in talk.last
    assert "到账通知：开（创建者一律通知，不能关闭）" in talk.last
    assert "购买受阻通知：开（创建者一律通知，不能关闭）" in talk.last
    assert "余额不足提醒：开\n" in talk.last


@pytest.mark.usefixtures("linked")
async def test_notifications_are_told_as_they_are_chosen_in_alerts(core: Core) -> None:
    talk = await preferences(core, FINANCE)
    assert "到账通知：开" in talk.last
    await talk.press("提醒")
    await talk.press("到账通知：开")
    await talk.press("每日汇总")
    await talk.press("免打扰时段")
    await talk.say("22:00-08:00")

    await talk.command("language")

    assert "到账通知：关" in talk.last
    assert "免打扰：22:00 至 08:00 · 汇总：每天早上" in talk.last
    assert "到账通知：开" in (await preferences(core, CREATOR)).last  # each person's own


@pytest.mark.usefixtures("linked")
async def test_a_viewer_is_told_what_they_switch_on_and_a_member_of_no_money(core: Core) -> None:
    viewer, member = await preferences(core, VIEWER), await preferences(core, MEMBER)

    assert "到账通知：关" in viewer.last
    assert "购买受阻" not in viewer.last
    assert "不接收余额类通知" in member.last
    assert "提醒" not in words(member)


@pytest.mark.usefixtures("linked")
async def test_the_account_is_changed_from_here_where_there_are_several(core: Core) -> None:
    alone = await preferences(core, FINANCE)
    assert "切换账号" not in words(alone)
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, FINANCE, Role.FINANCE, OTHER_ACCOUNT)
    await core.access.choose_account(FINANCE, ACCOUNT)

    talk = await preferences(core, FINANCE)
    assert "另外 1 个账号" in talk.last
    await talk.press("切换账号")
    await talk.press("海风数据")
    await talk.command("language")

    assert "当前账号：海风数据" in talk.last


@pytest.mark.usefixtures("linked")
async def test_a_language_is_chosen_and_shown(core: Core) -> None:
    talk = await preferences(core, VIEWER)
    await talk.press("English")
    talk.language = "en"
    await talk.command("language")

    assert "Language: English" in talk.last
    assert "Arrivals: off" in talk.last


@pytest.mark.usefixtures("linked")
async def test_a_stranger_chooses_a_language_and_learns_nothing(core: Core) -> None:
    talk = await preferences(core, STRANGER)

    assert talk.last.splitlines() == ["⚙️ 偏好设置", "语言：简体中文（点下面的按钮更换）"]
    assert words(talk) == ["简体中文", "English", "动态码验证", "菜单"]

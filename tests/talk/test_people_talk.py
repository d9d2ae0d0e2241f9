"""The talks about people: members, invitations, codes, accounts, requests, and codes of an app."""

import re
from dataclasses import replace

import pyotp
import pytest

from bot.conversations.model import Copy, Said, ShowCard
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
from tests.play import PlayClock, PlayMessenger, PlayProvider
from tests.talk.talk import USERNAME, Talk

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture
def creator(core: Core) -> Talk:
    return Talk(core, CREATOR)


def copied(talk: Talk) -> list[str]:
    """What the newest message's buttons copy."""
    buttons = [button for row in talk.shown[-1].screen.rows for button in row]
    return [button.action.value for button in buttons if isinstance(button.action, Copy)]


async def invited(creator: Talk, label: str = "邀请财务") -> tuple[str, str]:
    """The address and the code of a fresh invitation."""
    await creator.command("members")
    await creator.press(label)
    url, code = copied(creator)
    return url, code


# --- members ------------------------------------------------------------------------------------


async def test_the_creator_sees_who_is_linked_since_when_and_last_active(creator: Talk) -> None:
    await creator.command("menu")
    await creator.press("成员")

    for part in ("星河科技", "4 人", "person 12", "财务协作者", "只读财务", "2026-11-22 20:00"):
        assert part in creator.last
    labels = " ".join(creator.labels())
    for label in ("邀请财务", "邀请只读", "邀请其他协作者", "移除 person 12", "移除 person 14"):
        assert label in labels
    assert "移除 person 11" not in labels


@pytest.mark.parametrize("person", [FINANCE, VIEWER, MEMBER])
async def test_others_see_their_own_link_and_nobody_else(core: Core, person: PersonId) -> None:
    talk = Talk(core, person)
    await talk.command("members")

    assert "星河科技" in talk.last
    assert "2026-12-22" in talk.last
    assert "person" not in talk.last
    assert not any("邀请" in label or "移除" in label for label in talk.labels())
    await talk.press("续期")
    assert "已请创建者" in talk.last


async def test_an_invitation_has_an_image_an_address_and_a_code(creator: Talk) -> None:
    url, code = await invited(creator)

    image = creator.shown[-1].screen.image
    assert image is not None
    assert url == image.text  # type: ignore[union-attr]
    assert re.fullmatch(rf"https://t\.me/{USERNAME}\?start=link_[\w-]{{43}}", url)
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    for part in (url, code, "财务协作者", "星河科技", "2026-11-22 20:10"):
        assert part in creator.last
    place = await creator.core.inbox.place(CREATOR)
    assert url.rsplit("_", 1)[1] not in repr(place)
    assert code not in repr(place)


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("邀请财务", Role.FINANCE),
        ("邀请只读", Role.VIEWER),
        ("邀请其他协作者", Role.MEMBER),
    ],
)
async def test_a_colleague_types_the_code_sees_the_account_and_confirms(
    core: Core, creator: Talk, label: str, role: Role
) -> None:
    _, code = await invited(creator, label)
    newcomer = Talk(core, STRANGER)
    await newcomer.command("start")
    answer = await newcomer.say(f" {code.lower()} ")
    assert "星河科技" in newcomer.last
    assert ACCOUNT in newcomer.last
    assert await core.access.memberships(STRANGER) == []
    assert answer.place is not None

    await newcomer.press("确认绑定")
    assert [item.role for item in await core.access.memberships(STRANGER)] == [role]


async def test_the_message_with_a_code_goes_from_the_chat(core: Core, creator: Talk) -> None:
    _, code = await invited(creator)
    newcomer = Talk(core, STRANGER)
    await newcomer.command("start")

    event = replace(await newcomer.event(Said(text=code)), said_in=77)

    assert (await newcomer.repeat(event)).forget == 77


async def test_a_code_is_heard_in_the_middle_of_anything(core: Core, creator: Talk) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    issued = await core.access.issue_link(OTHER_ACCOUNT, Role.FINANCE)
    await creator.command("topup")
    await creator.say(issued.code)

    assert "海风数据" in creator.last
    assert "确认绑定" in " ".join(creator.labels())


async def test_a_wrong_code_of_a_stranger_is_refused_without_data(core: Core) -> None:
    talk = Talk(core, STRANGER)
    await talk.say("AAAA-BBBB-CCCC")

    assert "不能用" in talk.last
    assert "星河" not in talk.all


async def test_a_code_works_once(core: Core, creator: Talk) -> None:
    _, code = await invited(creator)
    first, second = Talk(core, STRANGER), Talk(core, PersonId(98))
    await first.say(code)
    await second.say(code)
    await first.press("确认绑定")

    await second.press("确认绑定")

    assert "不能用" in second.last
    assert await core.access.memberships(PersonId(98)) == []


async def test_removing_asks_first(core: Core, creator: Talk) -> None:
    await creator.command("members")
    await creator.press("移除 person 12")
    assert "person 12" in creator.last
    assert len(await core.access.memberships(FINANCE)) == 1
    await creator.press("取消")
    assert len(await core.access.memberships(FINANCE)) == 1

    await creator.press("移除 person 12")
    await creator.press("确认")
    assert "已移除 person 12" in creator.last
    assert await core.access.memberships(FINANCE) == []


async def test_what_somebody_else_removed_meanwhile_is_said(core: Core, creator: Talk) -> None:
    await creator.command("members")
    await creator.press("移除 person 12")
    held = await core.access.memberships(FINANCE)
    await core.access.remove_member(ACCOUNT, held[0].member_id)

    await creator.press("确认")

    assert "找不到" in creator.all


async def test_a_long_list_is_turned(core: Core, creator: Talk) -> None:
    for number in range(100, 110):
        await link(core, PersonId(number), Role.VIEWER)
    await creator.command("members")
    assert "14 人" in creator.last
    await creator.press("下一页")
    assert any("移除 person" in label for label in creator.labels())
    await creator.press("上一页")


async def test_a_removed_persons_old_buttons_are_dead_even_after_a_new_link(
    core: Core, provider: PlayProvider
) -> None:
    talk = Talk(core, FINANCE)
    await talk.command("topup")
    await talk.say("700")
    old = talk.find("微信支付")
    held = await core.access.memberships(FINANCE)
    await core.team.remove(CREATOR, ACCOUNT, held[0].member_id)
    await link(core, FINANCE, Role.FINANCE)

    await talk.hear(old)

    assert "已过期" in talk.toasts[-1]
    assert provider.orders == {}


# --- several accounts ---------------------------------------------------------------------------


@pytest.fixture
async def both(core: Core) -> Talk:
    """A finance person of one account who may only look at another one."""
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, FINANCE, Role.VIEWER, OTHER_ACCOUNT)
    await core.access.choose_account(FINANCE, ACCOUNT)
    return Talk(core, FINANCE)


async def test_who_has_one_account_sees_no_switch(creator: Talk) -> None:
    await creator.command("menu")
    assert not any("切换" in label for label in creator.labels())


async def test_switching_changes_what_is_offered(both: Talk) -> None:
    await both.command("menu")
    await both.press("切换账号")
    assert any("✓ 星河科技" in label for label in both.labels())
    await both.press("海风数据")
    assert "已切换到 海风数据" in both.last
    assert not any("充值" in label and "求" not in label for label in both.labels())

    await both.command("balance")
    assert "海风数据" in both.last
    await both.command("topup")
    assert "身份不能" in both.last


async def test_switching_in_mid_flow_moves_no_money_to_another_account(
    core: Core, both: Talk, provider: PlayProvider
) -> None:
    await both.command("topup")
    await both.say("100")
    await core.access.choose_account(FINANCE, OTHER_ACCOUNT)
    assert "星河科技" in both.last
    await both.press("微信支付")
    assert "星河科技" in both.last
    await core.topups.record_payment(provider.pay(next(iter(provider.orders))))

    assert (await core.ledger.balance(ACCOUNT)).available_fen == 100_00
    assert (await core.ledger.balance(OTHER_ACCOUNT)).available_fen == 0


async def test_an_account_one_left_cannot_be_chosen(core: Core, both: Talk) -> None:
    await both.command("accounts")
    pick = both.find("海风数据")
    held = await core.access.memberships(FINANCE)
    await core.access.remove_member(OTHER_ACCOUNT, held[1].member_id)

    await both.hear(pick)

    assert "已过期" in both.toasts[-1]
    assert "海风" not in both.last


# --- asking for a top-up ------------------------------------------------------------------------


async def ask(core: Core) -> Talk:
    talk = Talk(core, MEMBER)
    await talk.command("menu")
    await talk.press("求充值")
    await talk.say("500")
    await talk.say("买服务器")
    assert "¥500.00" in talk.last
    await talk.press("确认")
    return talk


async def card_of(core: Core, person: PersonId) -> Talk:
    """The person's chat with the request's card in it."""
    messenger = PlayMessenger()
    await core.drain(messenger).settle()
    subject = next(subject for subject, chat, _ in messenger.shown if chat == person)
    talk = Talk(core, person)
    await talk.command("menu")
    screen = await talk.dialogue._cards.screen(subject, person)
    assert screen is not None
    await talk._take(ShowCard(subject=subject, screen=screen))
    return talk


async def test_a_colleague_asks_and_finance_pays_in_one_tap(
    core: Core, provider: PlayProvider
) -> None:
    asker = await ask(core)
    assert "2 位财务" in asker.last
    finance = await card_of(core, FINANCE)
    for part in ("person 14", "星河科技", "¥500.00", "买服务器"):
        assert part in finance.last
    await finance.press("去充值")
    assert "¥500.00" in finance.last
    await finance.press("微信支付")
    await core.topups.record_payment(provider.pay(next(iter(provider.orders))))

    messenger = PlayMessenger()
    await core.drain(messenger).settle()
    assert (MEMBER, "request_ended") in [(n.person_id, n.kind) for n in messenger.told]


async def test_finance_declines_in_one_tap_and_once(core: Core) -> None:
    await ask(core)
    finance, creator = await card_of(core, FINANCE), Talk(core, CREATOR)
    await creator.command("menu")
    pay = finance.find("去充值")
    await finance.press("拒绝")
    assert "person 12 已拒绝" in finance.last
    assert finance.labels() == []

    await finance.hear(pay)
    assert "结束" in finance.toasts[-1]


async def test_who_lost_the_right_neither_pays_nor_declines(core: Core) -> None:
    await ask(core)
    finance = await card_of(core, FINANCE)
    await link(core, FINANCE, Role.VIEWER)
    for label in ("去充值", "拒绝"):
        await finance.hear(finance.find(label))
        assert "不能使用" in finance.toasts[-1]
    assert (await core.requests.view(_request(finance), CREATOR)).state == "open"


def _request(talk: Talk) -> str:
    return next(item.subject for item in talk.shown if item.subject).removeprefix("request:")


async def test_another_chats_request_card_is_not_ours(core: Core) -> None:
    await ask(core)
    finance = await card_of(core, FINANCE)
    creator = Talk(core, CREATOR)
    await creator.command("menu")
    await creator.hear(finance.find("拒绝"))
    assert "不能使用" in creator.toasts[-1]


@pytest.mark.parametrize("text", ["0", "abc", "-5"])
async def test_a_refused_amount_leaves_the_step(core: Core, text: str) -> None:
    talk = Talk(core, MEMBER)
    await talk.command("ask")
    await talk.say(text)
    assert "1 到 9,999,999" in talk.last
    await talk.say("500")
    await talk.say("x" * 201)
    assert "1 到 200" in talk.last


async def test_the_fourth_open_request_is_refused(core: Core) -> None:
    for _ in range(3):
        await ask(core)
    fourth = await ask(core)
    assert "3 个未处理" in fourth.last


# --- codes of an authenticator app --------------------------------------------------------------


async def enrol(talk: Talk, clock: PlayClock) -> pyotp.TOTP:
    await talk.command("security")
    await talk.press("开启")
    (secret,) = copied(talk)
    image = talk.shown[-1].screen.image
    assert image is not None
    assert image.text.startswith("otpauth://totp/")  # type: ignore[union-attr]
    totp = pyotp.TOTP(secret)
    await talk.say(totp.at(clock.now()))
    assert "已开启" in talk.last
    assert secret not in repr(await talk.core.inbox.place(talk.person_id))
    return totp


async def test_a_large_top_up_asks_for_a_code_and_goes_on_where_it_was(
    core: Core, clock: PlayClock, provider: PlayProvider
) -> None:
    talk = Talk(core, FINANCE)
    totp = await enrol(talk, clock)
    await talk.press("设置充值限额")
    await talk.say("1000")
    assert "¥1,000.00" in talk.last
    clock.forward(minutes=6)
    await talk.command("topup")
    await talk.say("1001")
    await talk.press("微信支付")
    assert "动态码" in talk.last
    assert provider.orders == {}
    await talk.say("000000")
    assert "还可以试 4 次" in talk.last

    await talk.say(totp.at(clock.now()))
    assert "验证通过" in talk.last
    assert "¥1,001.00" in talk.last
    await talk.press("微信支付")
    assert len(provider.orders) == 1


async def test_giving_up_the_code_gives_up_the_act(
    core: Core, clock: PlayClock, provider: PlayProvider
) -> None:
    talk = Talk(core, FINANCE)
    await enrol(talk, clock)
    await talk.press("设置充值限额")
    await talk.press("不设限额")
    clock.forward(minutes=6)
    await talk.press("关闭")
    assert "动态码" in talk.last
    await talk.press("取消")

    assert (await core.step_up.view(FINANCE)).is_on


async def test_five_wrong_codes_are_answered_with_when_to_come_back(
    core: Core, clock: PlayClock
) -> None:
    talk = Talk(core, FINANCE)
    await enrol(talk, clock)
    clock.forward(minutes=6)
    await talk.press("关闭")
    for _ in range(5):
        await talk.say("nonsense")
    assert "错误次数太多" in talk.last
    assert "20:21" in talk.last


async def test_a_stranger_has_nothing_to_secure(core: Core) -> None:
    talk = Talk(core, STRANGER)
    await talk.command("security")
    assert "还没有绑定" in talk.last

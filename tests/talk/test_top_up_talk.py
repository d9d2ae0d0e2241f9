"""The talk of a first top-up, and everything that can be said at the wrong moment."""

import pytest

from core.access.model import Role
from core.app import Core
from core.errors import ProviderRefused, ProviderUnavailable
from core.ids import PersonId, TopUpId
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, OTHER_ACCOUNT, STRANGER, VIEWER
from tests.play import PlayClock, PlayProvider
from tests.talk.talk import Talk

pytestmark = pytest.mark.usefixtures("linked")
REFUSED = ["0", "-5", "1,23", "100.5", "1e3", "abc", "10000000", "一百", "100块"]


@pytest.fixture
def finance(core: Core) -> Talk:
    return Talk(core, FINANCE)


async def reach_card(talk: Talk, amount: str = "100") -> None:
    await talk.command("topup")
    await talk.say(amount)
    await talk.press("微信支付")


async def test_a_first_top_up_from_menu_to_card(finance: Talk, provider: PlayProvider) -> None:
    await finance.command("menu")
    await finance.press("充值")
    assert "星河科技" in finance.last
    assert not [label for label in finance.labels() if "上次金额" in label]

    await finance.say("1.5万")
    assert "¥15,000.00" in finance.last
    await finance.press("微信支付")

    card = finance.shown[-1]
    order_no = next(iter(provider.orders))
    assert card.screen.image is not None
    assert card.screen.image.text == f"weixin://{order_no}"
    for part in ("¥15,000.00", "微信支付", order_no, "2026-11-22 20:30"):
        assert part in finance.last
    assert [label.split(" ")[-1] for label in finance.labels()] == [
        "去支付",
        "我已支付",
        "换支付方式",
        "取消",
    ]


@pytest.mark.parametrize("text", REFUSED)
async def test_a_refused_amount_names_the_range_and_leaves_the_step(
    finance: Talk, text: str
) -> None:
    await finance.command("topup")
    await finance.say(text)
    assert "1 到 9,999,999" in finance.last
    assert "充值多少" in finance.last

    await finance.say("100")
    assert "¥100.00" in finance.last


async def test_the_last_amount_is_offered_from_the_second_top_up_on(finance: Talk) -> None:
    await reach_card(finance, "1,234")
    await finance.command("topup")
    await finance.press("上次金额 ¥1,234.00")

    assert "¥1,234.00" in finance.last
    assert "请选择支付方式" in finance.last


async def test_i_have_paid_finds_the_payment(finance: Talk, provider: PlayProvider) -> None:
    await reach_card(finance)
    await finance.press("我已支付")
    assert "还没有收到" in finance.toasts[-1]

    provider.pay(next(iter(provider.orders)))
    await finance.press("我已支付")
    assert "已支付 ¥100.00" in finance.last
    assert "去支付" not in " ".join(finance.labels())


async def test_a_cancelled_card_says_so_and_pressing_again_does_nothing(
    finance: Talk, core: Core
) -> None:
    await reach_card(finance)
    cancel = finance.find("取消")
    await finance.hear(cancel)
    assert "已取消" in finance.last

    await finance.hear(cancel)
    assert "结束" in finance.toasts[-1]
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 0


async def test_changing_the_channel_keeps_the_wish(finance: Talk, provider: PlayProvider) -> None:
    await reach_card(finance, "300")
    await finance.press("换支付方式")
    assert "¥300.00" in finance.last
    await finance.press("微信支付")

    assert len(provider.orders) == 1
    assert "¥300.00" in finance.last


@pytest.mark.parametrize("error", [ProviderUnavailable("down"), ProviderRefused("X", "no")])
async def test_a_provider_that_fails_is_said_with_a_way_on(
    finance: Talk, provider: PlayProvider, error: ProviderUnavailable
) -> None:
    provider.fail["create"] = error
    await reach_card(finance)
    assert "没有扣款" in finance.last
    assert any("换支付方式" in label for label in finance.labels())

    provider.fail.clear()
    await finance.press("重试")
    assert "待支付 ¥100.00" in finance.last


@pytest.mark.parametrize("person", [VIEWER, MEMBER])
async def test_who_may_not_top_up_is_refused_without_data(core: Core, person: PersonId) -> None:
    talk = Talk(core, person)
    await talk.command("topup")

    assert "身份不能" in talk.last
    assert not any(sign.isdigit() for sign in talk.all)


@pytest.mark.parametrize("command", ["start", "menu", "balance", "topup", "help", "cancel"])
async def test_a_stranger_hears_how_to_link_and_nothing_else(core: Core, command: str) -> None:
    talk = Talk(core, STRANGER)
    await talk.command(command)

    assert "还没有绑定" in talk.last
    assert "星河" not in talk.all
    assert "¥" not in talk.all


async def test_a_viewer_sees_the_balance_and_no_way_to_top_up(core: Core) -> None:
    talk = Talk(core, VIEWER)
    await talk.command("balance")

    assert "¥0.00" in talk.last
    assert not any("充值" in label for label in talk.labels())


async def test_a_removed_person_is_refused_at_the_very_next_step(core: Core) -> None:
    """At every step of the conversation, by every button that was shown."""
    steps = ["topup", "100", "微信支付"]
    for number in range(len(steps) + 1):
        person = PersonId(500 + number)
        await core.access.meet(person, "P", "zh_CN")
        issued = await core.access.issue_link(ACCOUNT, Role.FINANCE)
        talk = Talk(core, person)
        await talk.command("start", f"link_{issued.token}")
        await talk.press("确认绑定")
        for step in steps[:number]:
            await (talk.command(step) if step == "topup" else advance(talk, step))
        member = (await core.access.memberships(person))[0]
        await core.access.remove_member(ACCOUNT, member.member_id)
        shown = [item for screen in talk.shown for item in talk.buttons(screen)]
        start = len(talk.shown)
        for label, heard in shown:
            if heard is not None and "帮助" not in label and "语言" not in label:
                await talk.hear(heard)
                assert "¥" not in talk.last, (number, label)
        await talk.say("200")
        new = "".join(talk.text(item.screen.text) for item in talk.shown[start:])
        assert "星河" not in new
        assert "还没有绑定" in talk.last


async def advance(talk: Talk, step: str) -> None:
    await (talk.say(step) if step.isdigit() else talk.press(step))


async def test_the_same_event_twice_acts_once(finance: Talk, provider: PlayProvider) -> None:
    await finance.command("topup")
    await finance.say("100")
    event = await finance.event(finance.find("微信支付"))
    await finance.repeat(event)

    again = await finance.repeat(event)

    assert again.shows == ()
    assert len(provider.orders) == 1


async def test_an_event_that_was_not_settled_acts_as_the_same(
    finance: Talk, provider: PlayProvider
) -> None:
    """As after a crash between showing and saving: the same order, the same card."""
    await finance.command("topup")
    await finance.say("100")
    event = await finance.event(finance.find("微信支付"))
    first = await finance.dialogue.handle(event)

    second = await finance.repeat(event)

    assert len(provider.orders) == 1
    assert [type(show) for show in first.shows] == [type(show) for show in second.shows]


async def test_an_old_button_redraws_and_does_nothing(
    finance: Talk, provider: PlayProvider
) -> None:
    await finance.command("topup")
    old = finance.find("¥100")
    await finance.say("700")
    await finance.hear(old)

    assert "已过期" in finance.toasts[-1]
    assert "¥700.00" in finance.last


async def test_a_card_of_another_chat_is_not_ours(
    core: Core, finance: Talk, provider: PlayProvider
) -> None:
    await reach_card(finance)
    cancel = finance.find("取消")
    creator = Talk(core, CREATOR)
    await creator.command("menu")

    await creator.hear(cancel)

    assert "不能使用" in creator.toasts[-1]
    assert provider.orders[next(iter(provider.orders))].outcome == "unpaid"


@pytest.mark.parametrize("what", ["photo", "sticker", "document", "button"])
async def test_anything_else_is_answered_and_leaves_the_step(finance: Talk, what: str) -> None:
    await finance.command("topup")
    await finance.send(what)
    assert "充值多少" in finance.last

    await finance.say("100")
    assert "¥100.00" in finance.last


async def test_start_in_mid_flow_keeps_the_order(finance: Talk, provider: PlayProvider) -> None:
    await reach_card(finance)
    await finance.command("start")
    provider.pay(next(iter(provider.orders)))

    await finance.press("我已支付")

    assert "已支付 ¥100.00" in finance.last


async def test_english_is_spoken_to_who_chose_it(core: Core) -> None:
    talk = Talk(core, FINANCE)
    await talk.command("language")
    await talk.press("English")
    talk.language = "en"
    await talk.command("topup")
    await talk.say("1000")
    await talk.press("WeChat Pay")

    assert "To pay: ¥1,000.00" in talk.last
    assert [label.split(" ", 1)[-1] for label in talk.labels()] == [
        "Pay",
        "I have paid",
        "Change channel",
        "Cancel",
    ]


async def test_an_expired_card_offers_a_new_start(
    finance: Talk, core: Core, clock: PlayClock
) -> None:
    await reach_card(finance)
    clock.forward(minutes=31)
    await core.topups.watch((await core.topups.view(_wish(finance), FINANCE)).payment.payment_id)
    await finance.press("我已支付")

    assert "已过期" in finance.last
    assert any("再充一笔" in label for label in finance.labels())


def _wish(talk: Talk) -> TopUpId:
    for item in reversed(talk.shown):
        if item.subject:
            return TopUpId(item.subject.removeprefix("topup:"))
    raise AssertionError


async def test_money_of_another_account_stays_there(core: Core, finance: Talk) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    outsider = PersonId(600)
    await core.access.meet(outsider, "O", "zh_CN")
    issued = await core.access.issue_link(OTHER_ACCOUNT, Role.CREATOR)
    other = Talk(core, outsider)
    await other.command("start", f"link_{issued.token}")
    await other.press("确认绑定")
    await reach_card(finance)

    for _, heard in [item for shown in finance.shown for item in finance.buttons(shown)]:
        if heard is not None:
            await other.hear(heard)

    assert "星河" not in other.all


async def test_a_text_while_an_order_waits_points_at_its_card_and_later_at_the_menu(
    finance: Talk, provider: PlayProvider
) -> None:
    await reach_card(finance)
    await finance.say("hello")
    assert "付款卡片" in finance.last

    provider.pay(next(iter(provider.orders)))
    await finance.press("我已支付")
    paid = finance.shown[-1].screen.image
    assert paid is not None
    assert paid.paid
    await finance.say("hello")
    assert "要做什么" in finance.last


async def test_a_card_whose_channel_was_switched_off_says_so(
    finance: Talk, core: Core, provider: PlayProvider
) -> None:
    await reach_card(finance)
    del core.providers[provider.channel]  # type: ignore[attr-defined]

    await finance.press("我已支付")

    assert "没有开通" in finance.toasts[-1]

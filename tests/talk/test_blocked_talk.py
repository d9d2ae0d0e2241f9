"""Talking about blocked purchases: the card, the sum that is missing, the balance."""

from datetime import timedelta

import pytest

from bot.conversations.model import Screen, ShowCard
from bot.telegram_edge import build_desks
from core.access.model import Role
from core.app import Core
from core.errors import InsufficientBalance, Refusal
from core.ids import HoldId, PersonId
from tests.holds.purse import fund, purchase
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, VIEWER, link
from tests.play import START, PlayClock, PlayProvider
from tests.talk.talk import Shown, Talk

pytestmark = pytest.mark.usefixtures("linked")
CARD = f"blocked:{ACCOUNT}"


@pytest.fixture
def finance(core: Core) -> Talk:
    return Talk(core, FINANCE)


async def block(core: Core, name: str, fen: int, product: str = "云服务器") -> None:
    with pytest.raises(InsufficientBalance):
        await core.holds.place(purchase(name, fen, product=product, requested_by="赵开发"))


async def drawn(core: Core, person: PersonId) -> Screen | None:
    return await build_desks(core).screen(CARD, person)


async def card(talk: Talk) -> str:
    """The card as the core brings it to this chat."""
    screen = await drawn(talk.core, talk.person_id)
    assert screen is not None
    await talk._take(ShowCard(subject=CARD, screen=screen))
    return talk.last


async def test_the_card_says_who_bought_what_and_tops_up_what_is_missing(
    core: Core, finance: Talk, provider: PlayProvider
) -> None:
    await fund(core, 1000_00)
    await block(core, "A", 1500_00)

    text = await card(finance)
    for part in ("星河科技", "云服务器", "赵开发", "¥1,500.00", "¥1,000.00", "¥500.00"):
        assert part in text
    assert finance.labels() == ["充值 ¥500.00", "💰 余额", "不再等待…"]

    await finance.press("充值 ¥500.00")
    assert "正好 ¥500.00" in finance.last
    await finance.press("微信支付")

    order = next(iter(provider.orders.values())).order
    assert order.amount_fen == 500_00


async def test_a_missing_sum_is_raised_to_whole_yuan_and_says_so(
    core: Core, finance: Talk
) -> None:
    await block(core, "A", 12_34)

    assert "整元" in await card(finance)
    await finance.press("充值 ¥13.00")

    assert "还差 ¥12.34" in finance.last
    assert "充值 ¥13.00" in finance.last


async def test_a_missing_sum_below_every_channel_is_raised_to_the_least(
    core: Core, finance: Talk, provider: PlayProvider
) -> None:
    provider.limits = type(provider.limits)(minimum_fen=20_00, maximum_fen=50_000_00)
    await block(core, "A", 5_00)

    await card(finance)
    await finance.press("充值 ¥20.00")

    assert "¥5.00" in finance.last
    assert "请选择支付方式" in finance.last


async def test_more_than_one_top_up_can_carry_is_said(core: Core, finance: Talk) -> None:
    await block(core, "A", 12_000_000_00)

    await card(finance)
    await finance.press("充值 ¥9,999,999.00")

    assert "一次最多" in finance.last


async def test_several_are_topped_up_alone_or_all_at_once(
    core: Core, clock: PlayClock, finance: Talk
) -> None:
    await fund(core, 50_00)
    for number in range(8):
        await block(core, f"H{number}", 100_00, product=f"产品{number}")
        clock.forward(seconds=1)

    text = await card(finance)
    assert text.index("产品0") < text.index("产品5")
    assert "产品6" not in text
    assert "另有 2 笔" in text
    assert finance.labels()[:2] == ["补足最早一笔 ¥50.00", "全部补足 ¥750.00"]

    await finance.press("全部补足")
    assert "¥750.00" in finance.last
    await card(finance)
    await finance.press("补足最早一笔")
    assert "正好 ¥50.00" in finance.last


async def test_when_funds_come_the_card_turns(core: Core, finance: Talk) -> None:
    await block(core, "A", 500_00)
    assert "⛔" in await card(finance)
    stale = finance.shown[-1]
    await fund(core, 500_00)

    assert "可以继续" in await card(finance)
    assert finance.labels() == ["💰 余额", "不再等待…"]

    finance.shown.append(Shown(stale.screen, card=finance.shown[-1].card, subject=CARD))
    await finance.press("充值 ¥500.00")
    assert "不缺" in finance.toasts[-1]
    assert "可以继续" in finance.last

    await core.holds.place(purchase("A", 500_00, requested_by="赵开发"))
    assert "没有等待充值" in await card(finance)
    assert finance.labels() == ["💰 余额"]


async def test_a_purchase_can_be_taken_off_the_list(core: Core, finance: Talk) -> None:
    await block(core, "A", 100_00, product="甲")
    await block(core, "B", 300_00, product="乙")
    await card(finance)

    await finance.press("不再等待")
    assert finance.labels() == ["甲 ¥100.00", "乙 ¥300.00", "⬅️ 返回"]
    await finance.press("甲")

    assert "移除" in finance.last
    assert "甲" not in await card(finance)


@pytest.mark.parametrize("person", [VIEWER, MEMBER])
async def test_who_may_not_move_money_sees_no_card(core: Core, person: PersonId) -> None:
    await block(core, "A", 100_00)

    with pytest.raises(Refusal):
        await drawn(core, person)


async def test_a_card_is_dead_for_who_lost_the_right(core: Core, finance: Talk) -> None:
    await block(core, "A", 100_00)
    await card(finance)
    await link(core, FINANCE, Role.VIEWER)

    await finance.press("充值 ¥100.00")

    assert "¥100.00" not in finance.last


async def test_the_amount_needed_is_offered_while_a_hold_waits(
    core: Core, finance: Talk, provider: PlayProvider
) -> None:
    await finance.command("topup")
    assert not [label for label in finance.labels() if "所需金额" in label]

    await block(core, "A", 100_50)
    await block(core, "B", 200_00)
    await finance.command("topup")
    await finance.press("所需金额 ¥301.00")
    assert "¥300.50" in finance.last
    await finance.press("微信支付")
    assert next(iter(provider.orders.values())).order.amount_fen == 301_00

    await finance.command("topup")
    await fund(core, 301_00)
    await finance.press("所需金额")
    assert "不缺" in finance.last
    assert not [label for label in finance.labels() if "所需金额" in label]


async def test_the_balance_says_what_is_frozen_for_what_and_what_waits(
    core: Core, finance: Talk, clock: PlayClock
) -> None:
    await fund(core, 1000_00)
    for number in range(5):
        ends = START + timedelta(days=1) if number == 4 else None
        asked = purchase(f"H{number}", 100_00, product=f"冻结{number}", expires_at=ends)
        await core.holds.place(asked)
        clock.forward(seconds=1)
    await block(core, "A", 600_00, product="数据库")

    await finance.command("balance")

    for part in ("¥500.00", "冻结4", "至 2026-11-23 20:00", "冻结3", "冻结2", "另有 2 笔冻结"):
        assert part in finance.last
    assert "冻结1" not in finance.last
    for part in ("1 笔购买等待充值", "数据库", "赵开发", "还差 ¥100.00"):
        assert part in finance.last
    for number in range(5):
        await core.holds.release(HoldId(f"H{number}"))
    await finance.command("balance")
    assert "冻结4" not in finance.last
    assert "可以继续" in finance.last


async def test_a_viewer_sees_the_split_balance_and_no_top_up(core: Core) -> None:
    await block(core, "A", 600_00, product="数据库")
    viewer = Talk(core, VIEWER, language="en")

    await viewer.command("balance")

    assert "Purchases that wait for funds: 1" in viewer.last
    assert not [label for label in viewer.labels() if "Top up" in label]


async def test_the_texts_are_there_in_english(core: Core) -> None:
    await block(core, "A", 600_50, product="db")
    talk = Talk(core, CREATOR, language="en")

    text = await card(talk)

    assert "missing ¥600.50" in text
    await talk.press("Top up ¥601.00")
    assert "this one is ¥601.00" in talk.last

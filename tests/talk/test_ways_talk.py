"""Choosing how to pay: limits, failing channels, banks, cards, and bank transfer as a last way."""

import pytest

from bot.conversations.model import CARD_NUMBER, Copy, Other, ShowPlace
from bot.conversations.notices import screen_of
from core.channels import Channel, SavedCard
from core.errors import ProviderUnavailable
from core.notices.model import NoticeKind
from core.providers.base import Outcome
from tests.people import FINANCE, MEMBER, VIEWER
from tests.talk.talk import Talk
from tests.ways import Ways


@pytest.fixture
def finance(ways: Ways) -> Talk:
    return Talk(ways.core, FINANCE)


async def choose(talk: Talk, amount: str = "100") -> None:
    await talk.command("topup")
    await talk.say(amount)


# --- the choice ---------------------------------------------------------------------------------


async def test_every_channel_is_offered_with_its_limits(finance: Talk) -> None:
    await choose(finance)

    names = [label.split(" ")[-1] for label in finance.labels()]
    assert names == [
        "微信支付",
        "QQ钱包",
        "财付通",
        "网银支付",
        "国际信用卡",
        "线下汇款",
        "改金额",
        "取消",
    ]
    assert "单笔 ¥10.00–¥999,999.99" in finance.last


async def test_an_amount_no_channel_takes_leads_to_bank_transfer_with_the_amount(
    finance: Talk,
) -> None:
    await choose(finance, "9999999")

    assert "改用线下汇款" in finance.last
    await finance.press("线下汇款")
    await finance.press("电汇")
    for part in ("¥9,999,999.00", "110907316810601", "招商银行", "云服务费+"):
        assert part in finance.last
    copied = [
        button.action.value
        for row in finance.shown[-1].screen.rows
        for button in row
        if isinstance(button.action, Copy)
    ]
    assert "110907316810601" in copied


async def test_a_channel_that_does_not_fit_is_told_and_another_proposed(finance: Talk) -> None:
    await choose(finance, "5")

    assert "国际信用卡 单笔 ¥10.00–¥999,999.99，这个金额不能用" in finance.last.replace("💳 ", "")
    assert "建议用" in finance.last
    assert not [label for label in finance.labels() if "国际信用卡" in label]


async def test_a_failing_channel_comes_last_and_says_so(ways: Ways, finance: Talk) -> None:
    ways.code.fail["create"] = ProviderUnavailable("away")
    for _ in range(3):
        await choose(finance)
        await finance.press("微信支付")
    await choose(finance)

    assert "暂时连不上" in finance.last
    wechat = next(label for label in finance.labels() if "微信支付" in label)
    assert finance.labels().index(wechat) == 4
    assert "⚠️" in wechat


# --- online banking -----------------------------------------------------------------------------


async def test_a_bank_is_chosen_in_the_chat(ways: Ways, finance: Talk) -> None:
    await choose(finance)
    await finance.press("网银支付")
    await finance.press("个人网银")
    await finance.press("下一页")
    await finance.press("上一页")
    await finance.press("招商银行")

    assert "网银支付 · 招商银行" in finance.last
    assert finance.shown[-1].screen.image is None
    order = await ways.core.topups.last_bank(FINANCE)
    assert order == "CMB"


async def test_a_bank_is_named_from_the_card_to_the_history(ways: Ways, finance: Talk) -> None:
    """One word per thing: what was chosen, not the provider it went through."""
    await ways.paid_online("CMB")
    (notice,) = [
        item
        for item in (await ways.settle()).told
        if item.kind is NoticeKind.FUNDS_ARRIVED and item.person_id == FINANCE
    ]
    shown = [finance.text(screen_of(notice).text)]
    await finance.command("history")
    shown.append(finance.last)
    await finance.press("①")
    shown.append(finance.last)

    for text in shown:
        assert "网银支付 · 招商银行" in text
        assert "财付通" not in text


@pytest.mark.parametrize("query", ["招商", "merchants", "CMB"])
async def test_a_part_of_a_banks_name_finds_it(finance: Talk, query: str) -> None:
    await choose(finance)
    await finance.press("网银支付")
    await finance.say(query)

    assert any("招商银行" in label for label in finance.labels())


async def test_an_unknown_bank_leaves_the_step(finance: Talk) -> None:
    await choose(finance)
    await finance.press("网银支付")
    await finance.say("月球银行")

    assert "没有找到" in finance.last
    await finance.press("企业网银")
    assert any("工商银行" in label for label in finance.labels())


async def test_the_last_bank_comes_first_the_next_time(finance: Talk) -> None:
    await choose(finance)
    await finance.press("网银支付")
    await finance.press("企业网银")
    await finance.press("招商银行")
    await choose(finance, "200")
    await finance.press("网银支付")

    assert "招商银行" in finance.labels()[0]
    await finance.press("招商银行")
    assert "网银支付 · 招商银行" in finance.last


async def test_in_english_banks_have_english_names(ways: Ways) -> None:
    finance = Talk(ways.core, FINANCE)
    await finance.command("language")
    await finance.press("English")
    finance.language = "en"
    await choose(finance)
    await finance.press("Online banking")
    await finance.press("Personal")

    assert any("China Merchants Bank" in label for label in finance.labels())


# --- cards --------------------------------------------------------------------------------------


async def test_before_the_card_page_stands_what_is_accepted_and_where_data_goes(
    finance: Talk,
) -> None:
    await choose(finance)
    await finance.press("国际信用卡")

    for part in ("VISA、MasterCard、JCB", "加密页面", "保存", "中国大陆以外"):
        assert part in finance.last
    assert "去支付" in finance.labels()[0]


async def test_a_card_from_the_mainland_is_refused_with_another_way_on(
    ways: Ways, finance: Talk
) -> None:
    await choose(finance)
    await finance.press("国际信用卡")
    order_no = next(iter(ways.card.orders))
    ways.card.orders[order_no].outcome = Outcome.AUTHORISED
    ways.card.refuse = "card_country"
    await finance.press("我已支付")
    assert "正在核对卡片" in finance.last
    await ways.settle()

    await finance.command("menu")
    screen = await finance.dialogue._cards.screen(finance.shown[-2].subject, FINANCE)
    assert screen is not None
    said = finance.text(screen.text)
    assert "不支持中国大陆发行的卡" in said
    assert "没有扣款" in said


async def test_saved_cards_are_listed_and_unbound_after_a_question(
    ways: Ways, finance: Talk
) -> None:
    await finance.command("cards")
    assert "没有已保存的银行卡" in finance.last
    await choose(finance)
    await finance.press("国际信用卡")

    await finance.command("menu")
    await finance.press("银行卡")
    assert "VISA •••• 4242，有效期 12/26 ⚠️ 即将到期" in finance.last
    await finance.press("解绑")
    assert "不能恢复" in finance.last
    await finance.press("取消")
    assert ways.card.saved["cus_1"]
    await finance.press("解绑")
    await finance.press("确认")
    assert "已解绑" in finance.last
    assert ways.card.saved["cus_1"] == []


@pytest.mark.parametrize(
    ("year", "month", "mark"),
    [(2026, 10, "已过期"), (2026, 11, "即将到期"), (2026, 12, "即将到期"), (2027, 1, "")],
)
async def test_a_cards_expiry_is_marked_in_time(
    ways: Ways, finance: Talk, year: int, month: int, mark: str
) -> None:
    await choose(finance)
    await finance.press("国际信用卡")
    card = SavedCard(
        card_id="pm_2", brand="jcb", last_four="0505", expiry_month=month, expiry_year=year
    )
    ways.card.saved["cus_1"] = [card]
    await finance.command("cards")

    line = finance.last.splitlines()[-1]
    assert line.startswith("· JCB •••• 0505")
    assert line.endswith(mark or f"{month:02d}/{year % 100}")


@pytest.mark.parametrize("person", [VIEWER, MEMBER])
async def test_who_moves_no_money_has_no_cards(ways: Ways, person: int) -> None:
    talk = Talk(ways.core, person)  # type: ignore[arg-type]
    await talk.command("cards")

    assert "••••" not in talk.all
    assert not [label for label in talk.labels() if "解绑" in label]


async def test_a_typed_card_number_is_forgotten_with_a_warning(finance: Talk) -> None:
    await finance.command("topup")
    event = await finance.event(Other(what=CARD_NUMBER))
    from dataclasses import replace

    response = await finance.repeat(replace(event, said_in=77))

    assert response.forget == 77
    assert "银行卡号" in finance.last
    assert isinstance(response.shows[0], ShowPlace)
    await finance.say("100")
    assert "请选择支付方式" in finance.last


async def test_a_channel_without_settings_is_nowhere(ways: Ways, finance: Talk) -> None:
    for channel in (Channel.CARD, Channel.TENPAY, Channel.QQ):
        del ways.core.providers[channel]  # type: ignore[attr-defined]
    await finance.command("menu")
    assert not [label for label in finance.labels() if "银行卡" in label]
    await choose(finance)

    names = [label.split(" ")[-1] for label in finance.labels()]
    assert names == ["微信支付", "线下汇款", "改金额", "取消"]

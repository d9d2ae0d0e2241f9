"""Every way to pay over HTTP, from the chat to the provider: paid, refused, refunded."""

from dataclasses import replace

import pytest
import pytest_asyncio

from core.access.model import StaffRole
from sandbox.cards.errors import StripeError
from sandbox.telegram.person import Person, text_of
from tests.e2e.company import (
    PATIENCE_S,
    ZH,
    Company,
    buttons_of,
    count_told,
    has_button,
    read_card,
    told,
    url_of,
)
from tests.e2e.installation import Installation
from tests.e2e.ways import (
    BANKING,
    CARD,
    QQ,
    TENPAY,
    WAYS,
    Way,
    order_by,
    pay,
    press_when_shown,
    side_of,
    staff,
    visit,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
CARDS = {
    "4000001560000002": "不支持中国大陆发行的卡",
    "6200000000000005": "只支持 VISA、MasterCard 和 JCB",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reviewer(shared: Installation) -> Person:
    return await staff(shared, StaffRole.REVIEWER, "审核员")


@every_way
async def test_a_payment_arrives_once_with_all_that_has_to_be_said(
    company: Company, way: Way
) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, way, "120")
    for part in ("¥120.00", way.label, bought.order_no, "有效期至"):
        assert part in bought.caption
    labels = [button["text"] for button in buttons_of(bought.card)]
    assert [any(word in label for label in labels) for word in ("去支付", "我已支付")] == [
        True
    ] * 2
    assert bool(bought.card.get("photo")) is (way.name in {"wechat", "qq"})

    await pay(company, way, bought, times=3)
    arrival = await told(payer, ZH.arrived, "¥120.00", ZH.available)
    assert way.label in text_of(arrival)
    await payer.wait("已支付", timeout_s=PATIENCE_S)
    assert await company.available_fen() == 12_000
    assert await count_told(payer, ZH.arrived) == 1


@every_way
async def test_i_have_paid_finds_what_nobody_told(company: Company, way: Way) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, way, "130")
    early = await payer.press_on(bought.card["message_id"], ZH.paid_already)
    assert early is not None
    assert "还没有收到" in early["text"]
    await pay(company, way, bought, announce=False)
    await payer.press_on(bought.card["message_id"], ZH.paid_already)
    await told(payer, ZH.arrived, "¥130.00")
    assert await company.available_fen() == 13_000


@every_way
async def test_a_channel_that_is_down_says_so_and_leaves_other_ways(
    company: Company, way: Way
) -> None:
    if way.needs_browser:  # its order is made by the payer's browser: nothing is asked yet
        payer = await company.join("finance")
        bought = await order_by(payer, way, "140")
        side = side_of(company.installation, way)
        side.faults = replace(side.faults, down=True)
        answer = await payer.press_on(bought.card["message_id"], ZH.paid_already)
        assert answer is not None
        assert ZH.provider_down in answer["text"]
        return
    side = side_of(company.installation, way)
    side.faults = replace(side.faults, down=True)
    payer = await company.join("finance")
    await payer.say("/topup")
    await payer.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    await payer.say("140")
    await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    await payer.press(way.label)
    failed = await payer.wait(ZH.provider_down, timeout_s=PATIENCE_S)
    assert has_button(failed, "重试")
    assert has_button(failed, ZH.change_channel)
    side.faults = type(side.faults)()
    await payer.press("重试")
    await payer.wait(lambda message: has_button(message, ZH.paid_already), timeout_s=PATIENCE_S)


# --- each channel's own --------------------------------------------------------------------------


async def test_the_chosen_bank_is_the_one_whose_page_opens(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, BANKING, "150")
    goal = await visit(company, bought)
    order = side_of(company.installation, TENPAY).orders.get(bought.order_no)
    assert order.request.bank_type == "CMB"
    assert "bank_type=CMB" in goal
    assert "招商银行" in bought.caption


@pytest.mark.parametrize("way", [QQ, TENPAY, BANKING], ids=["qq", "tenpay", "banking"])
async def test_a_payment_declined_at_the_channel_leaves_the_order_to_be_paid(
    company: Company, way: Way
) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, way, "160")
    if way.needs_browser:
        await visit(company, bought)
    side_of(company.installation, way).orders.decline(bought.order_no, "declined")
    answer = await payer.press_on(bought.card["message_id"], ZH.paid_already)
    assert answer is not None
    assert "还没有收到" in answer["text"]
    await pay(company, way, bought)
    await told(payer, ZH.arrived, "¥160.00")


@pytest.mark.parametrize("number", CARDS)
async def test_a_card_that_is_not_taken_is_not_charged_and_said_why(
    company: Company, number: str
) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, CARD, "170")
    for part in ("加密页面", "中国大陆以外", "VISA、MasterCard、JCB", "保存"):
        assert part in bought.caption
    await pay(company, CARD, bought, card=number)
    refused = await told(payer, CARDS[number], "没有扣款", bought.order_no)
    assert buttons_of(refused), "another way on"
    await payer.wait(
        lambda card: (
            card["message_id"] == bought.card["message_id"]
            and CARDS[number] in text_of(card)
            and has_button(card, ZH.change_channel)
        ),
        timeout_s=PATIENCE_S,
        since=-1,
    )
    assert await company.available_fen() == 0


async def test_a_disputed_card_payment_is_a_case_for_operators(company: Company) -> None:
    operator = await staff(company.installation, StaffRole.OPERATOR, "平台运营")
    payer = await company.join("finance")
    bought = await order_by(payer, CARD, "175")
    await pay(company, CARD, bought, card="4000000000000259")
    await told(payer, ZH.arrived, "¥175.00")
    case = await told(operator, "持卡人争议", "¥175.00")
    assert bought.order_no in text_of(case)
    assert await company.available_fen() == 17_500


async def test_a_declined_card_may_be_tried_again_on_the_page(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, CARD, "180")
    with pytest.raises(StripeError):
        await pay(company, CARD, bought, card="4000000000000002")
    await pay(company, CARD, bought, card="5555555555554444")
    await told(payer, ZH.arrived, "¥180.00", "国际信用卡")
    assert await company.available_fen() == 18_000


async def test_a_saved_card_is_listed_used_again_and_unbound(company: Company) -> None:
    payer = await company.join("finance")
    await payer.say("/cards")
    await payer.wait("没有已保存的银行卡", timeout_s=PATIENCE_S)
    bought = await order_by(payer, CARD, "190")
    await pay(company, CARD, bought, card="visa", save=True)
    await told(payer, ZH.arrived, "¥190.00")

    await payer.say("/cards")
    shown = await payer.wait("VISA •••• 4242", timeout_s=PATIENCE_S)
    assert "有效期" in text_of(shown)
    stripe = side_of(company.installation, CARD)
    again = await order_by(payer, CARD, "191")
    (method,) = stripe.wallet.cards_of(str(stripe.session_of(again.order_no).offer.customer))
    await pay(company, CARD, again, card=method.id)
    await told(payer, ZH.arrived, "¥191.00")

    await payer.say("/cards")
    await payer.wait("VISA •••• 4242", timeout_s=PATIENCE_S)
    await payer.press("解绑")
    await payer.wait("不能恢复", timeout_s=PATIENCE_S)
    await payer.press("确认")
    await payer.wait("已解绑", timeout_s=PATIENCE_S)
    assert method.customer is None
    colleague = await company.join("finance")
    await colleague.say("/cards")
    await colleague.wait("没有已保存的银行卡", timeout_s=PATIENCE_S)


async def test_a_card_number_typed_in_the_chat_is_taken_away(company: Company) -> None:
    payer = await company.join("finance")
    said = await payer.say("4242 4242 4242 4242")
    await payer.wait("卡号", timeout_s=PATIENCE_S)
    assert all("4242 4242" not in text for text in await payer.read())
    assert all(message["message_id"] != said["message_id"] for message in await payer.messages())
    assert not any("4242 4242" in line for line in company.installation.log_lines())


# --- the life of an order ------------------------------------------------------------------------


async def test_another_channel_serves_the_same_wish_and_the_link_is_used_again(
    company: Company,
) -> None:
    payer = await company.join("finance")
    first = await order_by(payer, QQ, "200")
    again = await order_by(payer, QQ, "200")
    assert again.order_no == first.order_no
    await payer.press_on(again.card["message_id"], ZH.change_channel)
    await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    await payer.press(CARD.label)
    other = await payer.wait(
        lambda message: CARD.label in text_of(message) and has_button(message, ZH.pay),
        timeout_s=PATIENCE_S,
    )
    assert first.order_no not in text_of(other)
    # The old code was scanned before, and wins the race: credited, and the card says paid.
    await pay(company, QQ, first)
    await told(payer, ZH.arrived, "¥200.00", "QQ钱包")
    assert await company.available_fen() == 20_000


async def test_two_payments_for_one_wish_are_both_credited_and_a_refund_offered(
    company: Company,
) -> None:
    payer = await company.join("finance")
    first = await order_by(payer, QQ, "210")
    await payer.press_on(first.card["message_id"], ZH.change_channel)
    await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    await payer.press(WAYS["wechat"].label)
    second = await payer.wait(
        lambda message: has_button(message, ZH.pay) and WAYS["wechat"].label in text_of(message),
        timeout_s=PATIENCE_S,
    )
    await pay(company, WAYS["wechat"], read_card(second))
    await told(payer, ZH.arrived, "¥210.00", "微信支付")
    await pay(company, QQ, first)
    extra = await told(payer, ZH.arrived, "¥210.00", "QQ钱包", "又一次付款")
    assert has_button(extra, "退款")
    assert await company.available_fen() == 42_000


async def test_an_amount_no_channel_takes_leads_to_bank_transfer(company: Company) -> None:
    payer = await company.join("finance")
    await payer.say("/topup")
    await payer.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    await payer.say("5")
    shown = await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    assert "国际信用卡 单笔 ¥10.00" in text_of(shown).replace("💳 ", "")
    assert not has_button(shown, CARD.label)


# --- money back, and money that does not fit -----------------------------------------------------


@every_way
async def test_a_refund_is_asked_approved_sent_and_done(
    company: Company, reviewer: Person, way: Way
) -> None:
    payer = await company.join("finance")
    amount = 300 + list(WAYS.values()).index(way)
    bought = await order_by(payer, way, str(amount))
    await pay(company, way, bought)
    await told(payer, ZH.arrived, f"¥{amount}.00")

    await payer.say("/refund")
    await payer.wait("的哪一笔付款", timeout_s=PATIENCE_S)
    for label in (f"¥{amount}.00", "全部", "不再需要", "确认"):
        await press_when_shown(payer, label)
    await payer.wait("已提交退款申请", timeout_s=PATIENCE_S)
    assert await company.available_fen() == amount * 100

    await reviewer.say("/cases")
    for label in (f"¥{amount}.00", "领取", "同意", "确认"):
        await press_when_shown(reviewer, label)
    await told(payer, "退款已同意", f"¥{amount}.00")
    await told(payer, "退款已完成", f"¥{amount}.00", timeout_s=90)
    assert await company.available_fen() == 0


@pytest.mark.parametrize("way", [QQ, TENPAY], ids=["qq", "tenpay"])
async def test_another_amount_goes_to_a_reviewer_who_credits_it(
    company: Company, reviewer: Person, way: Way
) -> None:
    payer = await company.join("finance")
    paid_fen = 41_099 if way is QQ else 42_099
    bought = await order_by(payer, way, "500")
    await pay(company, way, bought, amount_fen=paid_fen)
    await told(payer, "还没有入账", "到账金额与订单不符")
    assert await company.available_fen() == 0

    shown = f"¥{paid_fen / 100:.2f}"
    await told(reviewer, "待处理", shown)
    await reviewer.say("/cases")
    for label in (shown, "领取", "入账", "确认"):
        await press_when_shown(reviewer, label)
    await told(payer, ZH.arrived, shown)
    assert await company.available_fen() == paid_fen


async def test_the_bridge_page_of_a_card_leads_to_the_hosted_page_only(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order_by(payer, CARD, "230")
    goal = await visit(company, bought)
    assert goal.startswith(f"{company.installation.sandbox_url}/stripe/")
    assert url_of(bought.card, ZH.pay).startswith(f"{company.installation.bot_url}/pay/")

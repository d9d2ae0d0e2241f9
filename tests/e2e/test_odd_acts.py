"""What people do besides the plan: old, double, forged and foreign presses, and other messages."""

import asyncio

import pytest

from sandbox.telegram.person import text_of
from tests.e2e.company import (
    PATIENCE_S,
    ZH,
    Company,
    Message,
    choose_amount,
    has_button,
    order,
    payable,
    told,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORGED = (
    " ",
    "p:",
    "p:0:0",
    "p:1:0",
    "p:zzzzzzzz:0",
    "p:1:999",
    "p:-1:0",
    "p:1:0:extra",
    "P:1:0",
    "c:0000000000:check",
    "c:ZZZZZZZZZZ:cancel",
    "c:ZZZZZZZZZZ:refund",
    "c::check",
    "c:' OR 1=1--:check",
    "n:nothing",
    "n:start link_x",
    "n:../../etc",
    "topup:100000",
    "pay:1:1000000",
    '{"action":"credit","amount":999999}',
    "\x00\x01\x02",
    "充值",
    "💸" * 16,
    "a" * 64,
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d4944415478da63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


def orders_of(company: Company) -> int:
    return len(list(company.installation.wechat.orders.all()))


def data_of(message: Message, label: str) -> str:
    rows = message["reply_markup"]["inline_keyboard"]
    found = [button for row in rows for button in row if label in button["text"]]
    return str(found[0]["callback_data"])


async def test_forged_buttons_are_answered_and_do_nothing(company: Company) -> None:
    """Without an answer the client would show progress for ever."""
    payer = await company.join("finance")
    bought = await order(payer, "51")
    before = orders_of(company)
    unanswered = [data for data in FORGED if await payer.forge(data) is None]
    assert not unanswered
    assert orders_of(company) == before
    assert await company.available_fen() == 0
    payment = await company.installation.wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)


async def test_an_old_button_shows_where_one_is_and_does_nothing(company: Company) -> None:
    payer = await company.join("finance")
    old = await choose_amount(payer, "52")
    await payer.say("53")
    await payer.wait("¥53.00", timeout_s=PATIENCE_S)
    before = orders_of(company)
    answer = await payer.forge(data_of(old, ZH.wechat), message_id=old["message_id"])
    assert answer is not None
    assert ZH.stale in answer["text"]
    assert orders_of(company) == before
    again = await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    assert "¥53.00" in text_of(again)
    await payer.press(ZH.wechat)
    assert "¥53.00" in (await payable(payer)).caption


async def test_a_double_press_makes_one_order(company: Company) -> None:
    payer = await company.join("finance")
    asked = await choose_amount(payer, "54")
    before = orders_of(company)
    data, message_id = data_of(asked, ZH.wechat), asked["message_id"]
    answers = await asyncio.gather(
        *(payer.forge(data, message_id=message_id, answer_within_s=PATIENCE_S) for _ in range(4))
    )
    assert None not in answers
    await payable(payer)
    assert orders_of(company) == before + 1


async def test_a_double_cancel_and_a_press_on_what_was_cancelled_are_answered(
    company: Company,
) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "55")
    message_id = bought.card["message_id"]
    press = {name: data_of(bought.card, name) for name in (ZH.cancel, ZH.change_channel)}
    first = await payer.forge(press[ZH.cancel], message_id=message_id)
    second = await payer.forge(press[ZH.cancel], message_id=message_id)
    third = await payer.forge(press[ZH.change_channel], message_id=message_id)
    assert first is not None
    assert "已取消" in first["text"]
    assert second is not None
    assert "已经结束" in second["text"]
    assert third is not None
    assert not has_button(await payer.message(message_id), ZH.pay)


async def test_another_person_cannot_use_a_card(company: Company) -> None:
    payer, colleague = await company.join("finance"), await company.join("finance")
    bought = await order(payer, "56")
    stranger = company.installation.person("stranger")
    await stranger.start()
    await stranger.wait(ZH.not_linked, timeout_s=PATIENCE_S)
    for label in (ZH.cancel, ZH.paid_already, ZH.change_channel):
        data = data_of(bought.card, label)
        for other in (colleague, stranger):
            answer = await other.forge(data)
            assert answer is not None
            assert "不能使用" in answer["text"]
    assert has_button(await payer.message(bought.card["message_id"]), ZH.pay)
    for text in await stranger.read():
        assert "56" not in text


async def test_changing_the_channel_leads_back_to_the_question(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "57")
    await payer.press_on(bought.card["message_id"], ZH.change_channel)
    asked = await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    assert "¥57.00" in text_of(asked)
    await payer.press(ZH.wechat)
    again = await payable(payer)
    assert again.order_no == bought.order_no
    payment = await company.installation.wechat.pay(again.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)
    assert await company.available_fen() == 5_700


@pytest.mark.parametrize("step", ["amount", "channel", "paying"])
async def test_what_fits_no_step_keeps_the_step(company: Company, step: str) -> None:
    """Pictures, files and edits in mid-flow; the flow goes on from where it was."""
    payer = await company.join("finance")
    await payer.say("/topup")
    asked = await payer.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    if step != "amount":
        typed = await payer.say("58")
        asked = await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
        await payer.edit(typed["message_id"], "5800")
    if step == "paying":
        await payer.press(ZH.wechat)
        await payable(payer)
        asked = await payer.last()
    for act in (
        payer.photo(PNG, name="photo.png"),
        payer.document(b"%PDF-1.4 nothing", name="slip.pdf"),
    ):
        await act
        await payer.wait(lambda message: bool(message.get("reply_markup")), timeout_s=PATIENCE_S)
    if step == "channel":
        await payer.press("继续刚才的操作")
        asked = await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    if step == "amount":
        await payer.say("58")
        asked = await payer.wait("¥58.00", timeout_s=PATIENCE_S)
    if step != "paying":
        assert "5,800" not in text_of(asked)
        await payer.press(ZH.wechat)
        assert "¥58.00" in (await payable(payer)).caption


async def test_an_unknown_command_leads_home(company: Company) -> None:
    payer = await company.join("finance")
    for text in ("/nonsense", "/TOPUP_NOW", "/"):
        await payer.say(text)
        await payer.wait(lambda message: bool(message.get("reply_markup")), timeout_s=PATIENCE_S)


@pytest.mark.parametrize("command", ["/start", "/cancel", "/menu"])
async def test_a_command_in_mid_flow_leads_home_and_the_flow_starts_anew(
    company: Company, command: str
) -> None:
    payer = await company.join("finance")
    await choose_amount(payer, "59")
    before = orders_of(company)
    await payer.say(command)
    await payer.wait("要做什么", timeout_s=PATIENCE_S)
    await payer.say("12")
    await payer.wait("没看懂", timeout_s=PATIENCE_S)
    assert orders_of(company) == before
    bought = await order(payer, "13")
    assert "¥13.00" in bought.caption


async def test_leaving_a_payment_keeps_its_card_alive(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "14")
    await payer.say("/cancel")
    await payer.wait("要做什么", timeout_s=PATIENCE_S)
    payment = await company.installation.wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)


async def test_words_that_look_like_markup_are_only_words(company: Company) -> None:
    payer = await company.join("finance", name="<b>&lt;&amp;</b>")
    await payer.say("<b>100</b>&amp;")
    await payer.wait("没看懂", timeout_s=PATIENCE_S)
    await company.installation.platform.put_account(company.account_id, "<i>星&河</i>")
    await payer.say("/menu")
    await payer.wait("<i>星&河</i>", timeout_s=PATIENCE_S)


async def test_a_person_who_blocked_the_bot_hears_of_the_money_when_back(
    company: Company,
) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "15")
    await payer.block()
    payment = await company.installation.wechat.pay(bought.order_no)
    await asyncio.sleep(1)
    assert await company.available_fen() == 1_500
    await payer.start()
    await told(payer, ZH.arrived, payment.transaction_id)


async def test_the_language_can_be_changed_in_mid_flow(company: Company) -> None:
    payer = await company.join("finance")
    await payer.say("/language")
    await payer.wait("偏好设置", timeout_s=PATIENCE_S)
    await payer.press("English")
    await payer.wait("What would you like to do", timeout_s=PATIENCE_S)
    await payer.say("/topup")
    await payer.wait("How much", timeout_s=PATIENCE_S)

"""From the console's link to the money on the account, in both languages."""

import re

import pytest

from sandbox.telegram.person import text_of
from tests.e2e.company import (
    EN,
    PATIENCE_S,
    ZH,
    Company,
    Words,
    choose_amount,
    count_told,
    has_button,
    order,
    payable,
    told,
    url_of,
)
from tests.e2e.conftest import in_both_languages

pytestmark = pytest.mark.asyncio(loop_scope="session")

READ = {
    "100": "¥100.00",
    "１００": "¥100.00",
    "1,234": "¥1,234.00",
    "￥300": "¥300.00",
    "500元": "¥500.00",
    "RMB 600": "¥600.00",
    "100.00": "¥100.00",
    "1.5万": "¥15,000.00",
    "9999999": "¥9,999,999.00",
}
REFUSED = ("0", "-5", "1,23", "0.5", "10.50", "10000000", "abc", "一百", "1e3", "100.000")


@in_both_languages()
async def test_the_first_top_up_from_link_to_arrival(company: Company, words: Words) -> None:
    creator = await company.join("creator", ZH if words is EN else EN)
    payer = await company.join("finance", words)
    viewer, member = await company.join("viewer"), await company.join("member")

    bought = await order(payer, "1,234", words)
    assert "¥1,234.00" in bought.caption
    assert words.channel_line in bought.caption
    assert re.search(r"2\d{3}-\d\d-\d\d \d\d:\d\d", bought.caption)
    shown = company.installation.wechat.orders.get(bought.order_no)
    assert await payer.decode_qr(bought.card) == shown.link
    labels = await payer.buttons(bought.card)
    for label in (words.pay, words.paid_already, words.change_channel, words.cancel):
        assert any(label in known for known in labels), labels

    payment = await company.installation.wechat.pay(bought.order_no)
    arrival = await told(payer, words.arrived, payment.transaction_id)
    for fact in ("¥1,234.00", words.channel_line, f"{words.available}¥1,234.00"):
        assert fact in text_of(arrival)
    assert arrival["message_id"] > bought.card["message_id"]
    await told(creator, (ZH if words is EN else EN).arrived, payment.transaction_id)
    card = await payer.wait(
        lambda message: (
            message["message_id"] == bought.card["message_id"] and words.paid in text_of(message)
        ),
        since=bought.card["revision"],
        timeout_s=PATIENCE_S,
    )
    assert not has_button(card, words.pay)
    for other in (viewer, member):
        assert await count_told(other, payment.transaction_id) == 0
    assert await company.available_fen() == 123_400
    assert [entry["reference"] for entry in await company.entries()] == [payment.transaction_id]


@in_both_languages()
async def test_the_last_amount_is_offered_from_the_second_time_on(
    company: Company, words: Words
) -> None:
    payer = await company.join("finance", words)
    await payer.say("/topup")
    first = await payer.wait(words.ask_amount, timeout_s=PATIENCE_S)
    assert not has_button(first, words.last_amount)
    await payer.say("250")
    await payer.wait(words.ask_channel, timeout_s=PATIENCE_S)
    await payer.press(words.wechat)
    await company.installation.wechat.pay((await payable(payer, words)).order_no)

    await payer.say("/topup")
    second = await payer.wait(words.ask_amount, timeout_s=PATIENCE_S)
    assert has_button(second, words.last_amount)
    assert has_button(second, "¥250.00")
    await payer.press(words.last_amount)
    question = await payer.wait(words.ask_channel, timeout_s=PATIENCE_S)
    assert "¥250.00" in text_of(question)


async def test_a_preset_amount_needs_no_typing(company: Company) -> None:
    payer = await company.join("creator")
    await payer.press(ZH.top_up)
    await payer.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    await payer.press("¥500")
    assert "¥500.00" in text_of(await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S))


@in_both_languages()
async def test_amounts_are_read_as_people_type_them(company: Company, words: Words) -> None:
    payer = await company.join("finance", words)
    await choose_amount(payer, "7", words)
    for typed, echoed in READ.items():
        await payer.say(typed)
        asked = await payer.wait(f" {echoed} ", timeout_s=PATIENCE_S)
        assert words.ask_channel in text_of(asked), typed


@in_both_languages()
async def test_a_refused_amount_names_the_range_and_leaves_the_step(
    company: Company, words: Words
) -> None:
    payer = await company.join("finance", words)
    await payer.say("/topup")
    await payer.wait(words.ask_amount, timeout_s=PATIENCE_S)
    for typed in REFUSED:
        await payer.say(typed)
        refusal = await payer.wait(
            lambda message: words.range_ in text_of(message) and has_button(message, "¥500"),
            timeout_s=PATIENCE_S,
        )
        assert words.ask_amount in text_of(refusal), typed
    await payer.say("88")
    assert "¥88.00" in text_of(await payer.wait(words.ask_channel, timeout_s=PATIENCE_S))


async def test_the_balance_is_told_in_the_chat(company: Company) -> None:
    payer = await company.join("creator")
    bought = await order(payer, "42")
    payment = await company.installation.wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)
    await payer.say("/balance")
    assert "¥42.00" in text_of(await payer.wait(ZH.balance, timeout_s=PATIENCE_S))


async def test_two_orders_of_one_person_are_paid_each_on_its_own(company: Company) -> None:
    payer = await company.join("finance")
    first, second = await order(payer, "10"), await order(payer, "20")
    assert first.order_no != second.order_no
    for bought in (second, first):
        payment = await company.installation.wechat.pay(bought.order_no)
        await told(payer, ZH.arrived, payment.transaction_id)
    assert await company.available_fen() == 3_000


async def test_the_pay_button_leads_to_our_own_page(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer)
    address = url_of(bought.card, ZH.pay)
    assert address.startswith(f"{company.installation.bot_url}/pay/")

"""Telegram and WeChat Pay on their bad days: nothing is lost, nobody else waits, all is told."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.pay.wechat import Paying
from sandbox.telegram.person import Person, text_of
from tests.e2e.bots import Launcher
from tests.e2e.company import (
    EN,
    PATIENCE_S,
    ZH,
    Company,
    Words,
    choose_amount,
    count_told,
    found,
    has_button,
    order,
    payable,
    read_card,
    told,
    url_of,
)
from tests.e2e.conftest import NO_TROUBLE, in_both_languages
from tests.e2e.installation import Installation, installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

BAD_DAY = {
    "rate_429": 0.08,
    "rate_5xx": 0.08,
    "drop_before": 0.07,
    "drop_after": 0.07,
    "delay_s": 0.02,
    "retry_after": 1,
    "seed": 22,
}
LONG_S = 150.0
EVERYBODY_S = 4.0
HALF_AN_HOUR_S = 31 * 60


@pytest_asyncio.fixture(loop_scope="session")
async def own(launcher: Launcher, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path, start=launcher.start) as one:
        yield one


async def press_without_waiting(person: Person, label: str) -> None:
    """The answer to a press may be among what Telegram loses."""
    await person.press(label, answer_within_s=0)


async def top_up_on_a_bad_day(company: Company, person: Person, words: Words, yuan: int) -> str:
    """Each thing is said once; gives the trade's number."""
    amount = f"¥{yuan}.00"
    await person.say("/topup")
    await person.wait(words.ask_amount, timeout_s=LONG_S)
    await person.say(str(yuan))
    await person.wait(
        lambda message: amount in text_of(message) and has_button(message, words.wechat),
        timeout_s=LONG_S,
    )
    await press_without_waiting(person, words.wechat)
    card = await person.wait(
        lambda message: bool(message.get("photo")) and amount in text_of(message),
        timeout_s=LONG_S,
    )
    number = read_card(card).order_no
    payment = await company.installation.wechat.pay(number)
    await told(person, words.arrived, payment.transaction_id, timeout_s=LONG_S)
    return payment.transaction_id


@pytest.mark.timeout(600)
async def test_nothing_is_lost_while_telegram_fails_three_calls_of_ten(
    own: Installation,
) -> None:
    """Five people, ten top-ups; a lost answer may show something twice, never not at all."""
    company = await found(own)
    languages = (ZH, EN, ZH, EN, ZH)
    people = [await company.join("finance", words) for words in languages]
    own.world.faults.change(BAD_DAY)

    async def two(number: int) -> list[str]:
        person, words = people[number], languages[number]
        return [
            await top_up_on_a_bad_day(company, person, words, 101 + 10 * number + turn)
            for turn in range(2)
        ]

    pairs = await asyncio.gather(*(two(number) for number in range(5)))
    trades = [trade for pair in pairs for trade in pair]
    own.world.faults.change(NO_TROUBLE)
    entries = [entry["reference"] for entry in await company.entries()]
    assert sorted(entries) == sorted(trades)
    for person, words in zip(people, languages, strict=True):
        for trade in trades:
            await told(person, words.arrived, trade, timeout_s=LONG_S)
    copies = [await count_told(people[0], ZH.arrived, trade) for trade in trades]
    assert max(copies) <= 3


@in_both_languages()
async def test_an_outage_of_wechat_is_told_with_a_way_on(company: Company, words: Words) -> None:
    payer = await company.join("finance", words)
    await choose_amount(payer, "41", words)
    wechat = company.installation.wechat
    wechat.faults = wechat.faults.changed({"down": True})
    await payer.press(words.wechat)
    sorry = await payer.wait(words.provider_down, timeout_s=PATIENCE_S)
    assert has_button(sorry, words.change_channel)
    assert "¥41.00" in text_of(sorry)
    wechat.faults = wechat.faults.changed({"down": False})
    await payer.press(words.try_again)
    bought = await payable(payer, words)
    payment = await wechat.pay(bought.order_no)
    await told(payer, words.arrived, payment.transaction_id)
    assert await company.available_fen() == 4_100


async def test_while_wechat_is_slow_others_are_served(company: Company) -> None:
    payer, other = await company.join("finance"), await company.join("finance")
    await choose_amount(payer, "43")
    wechat = company.installation.wechat
    wechat.faults = wechat.faults.changed({"slow_s": 8})
    await payer.press(ZH.wechat, answer_within_s=0)
    started = time.monotonic()
    await other.say("/balance")
    await other.wait("¥0.00", timeout_s=PATIENCE_S)
    served_s = time.monotonic() - started
    assert not any(ZH.provider_down in text for text in await payer.read())
    assert served_s < EVERYBODY_S
    sorry = await payer.wait(ZH.provider_down, timeout_s=PATIENCE_S)
    assert has_button(sorry, ZH.change_channel)
    assert time.monotonic() - started > 4
    wechat.faults = wechat.faults.changed({"slow_s": 0})
    await payer.press(ZH.change_channel)
    await payer.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    await payer.press(ZH.wechat)
    await company.installation.wechat.pay((await payable(payer)).order_no)
    await until_credited(company, 4_300)


@pytest.mark.parametrize("fault", ["lose_answers", "wrong_signature", "unsigned", "system_error"])
async def test_an_order_whose_answer_was_lost_is_taken_up_again(
    company: Company, fault: str
) -> None:
    payer = await company.join("finance")
    await choose_amount(payer, "44")
    wechat = company.installation.wechat
    wechat.faults = wechat.faults.changed({fault: True})
    await payer.press(ZH.wechat)
    await payer.wait(ZH.provider_down, timeout_s=PATIENCE_S)
    wechat.faults = wechat.faults.changed({fault: False})
    before = {item.out_trade_no for item in wechat.orders.all()}
    await payer.press(ZH.try_again)
    bought = await payable(payer)
    if fault != "system_error":
        assert bought.order_no in before
    await wechat.pay(bought.order_no)
    await until_credited(company, 4_400)


async def test_an_unanswered_question_for_the_payment_says_so(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "45")
    wechat = company.installation.wechat
    wechat.faults = wechat.faults.changed({"down": True})
    answer = await payer.press_on(bought.card["message_id"], ZH.paid_already)
    assert answer is not None
    assert ZH.provider_down in answer["text"]
    page = await company.installation.http.get(
        url_of(bought.card, ZH.pay),
        headers={"User-Agent": "Mozilla/5.0 (iPhone) Mobile"},
    )
    assert page.status_code == 503
    assert "没有扣款" in page.text


async def until_credited(company: Company, fen: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await company.available_fen() != fen:
            await asyncio.sleep(0.1)


async def test_an_order_that_expires_while_the_bot_is_down_is_told_and_still_credited(
    own: Installation,
) -> None:
    """Half an hour passes between a stop and the next start, for the bot and for WeChat Pay."""
    company = await found(own)
    payer = await company.join("creator")
    bought = await order(payer, "46")
    assert await own.stop() == 0
    own.wechat.clock.offset_s = own.wechat.wire_clock.offset_s = HALF_AN_HOUR_S
    own.world.skipped_s = HALF_AN_HOUR_S
    await own.start(shift_s=HALF_AN_HOUR_S)
    expired = await payer.wait("已过期", timeout_s=PATIENCE_S, since=bought.card["revision"])
    assert expired["message_id"] == bought.card["message_id"]
    assert not has_button(expired, ZH.pay)
    page = await own.http.get(url_of(bought.card, ZH.pay))
    assert "已过期" in page.text
    payment = await own.wechat.pay(bought.order_no, Paying(late=True))
    arrival = await told(payer, ZH.arrived, payment.transaction_id)
    assert "订单结束后才到" in text_of(arrival)
    assert await company.available_fen() == 4_600


async def test_a_payment_made_while_the_bot_was_down_is_found_at_its_start(
    own: Installation,
) -> None:
    company = await found(own)
    payer = await company.join("creator")
    bought = await order(payer, "47")
    await own.kill()
    await payer.say("/balance")
    payment = await own.wechat.pay(bought.order_no, Paying(announce=False))
    await own.start()
    await told(payer, ZH.arrived, payment.transaction_id)
    await payer.wait("¥47.00", timeout_s=PATIENCE_S)


async def test_a_stop_in_order_ends_in_time_with_success(own: Installation) -> None:
    company = await found(own)
    payer = await company.join("creator")
    await payer.say("/topup")
    assert await own.stop() == 0
    await own.start()
    await payer.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    assert not [line for line in own.log_lines() if "worker.cancelled" in line]

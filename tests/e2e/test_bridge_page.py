"""The page behind 去支付: a code for a desktop, a link for a phone, gone once it is paid."""

import html
import re

import httpx
import pytest

from core.ids import RandomIds
from tests.e2e.company import ZH, Company, order, told, url_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESKTOP = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140", "Accept-Language": "zh-CN"}
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148"}
ENGLISH_PHONE = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 16; Pixel 10) Mobile",
    "Accept-Language": "en",
}


async def page(company: Company, address: str, headers: dict[str, str]) -> httpx.Response:
    return await company.installation.http.get(address, headers=headers)


def leads_to(text: str) -> str:
    """Where the page's link and its refresh both go."""
    link = re.search(r'<a class="button" href="([^"]+)"', text)
    refresh = re.search(r'http-equiv="refresh" content="\d+;url=([^"]+)"', text)
    assert link, text
    assert refresh, text
    assert link[1] == refresh[1]
    return html.unescape(link[1])


async def test_a_desktop_shows_the_code_and_keeps_the_order(company: Company) -> None:
    bought = await order(await company.join("finance"), "321")
    shown = await page(company, url_of(bought.card, ZH.pay), DESKTOP)
    assert shown.status_code == 200
    assert "<svg" in shown.text
    assert "¥321.00" in shown.text
    assert bought.order_no in shown.text
    assert "星河科技" not in shown.text
    assert company.account_id not in shown.text


async def test_a_phone_is_led_to_wechat_from_our_own_page(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "55")
    address = url_of(bought.card, ZH.pay)
    shown = await page(company, address, PHONE)
    assert shown.status_code == 200
    assert "<script" not in shown.text
    goal = leads_to(shown.text)
    assert goal.startswith(f"{company.installation.sandbox_url}/wechat/h5?")
    opened = await page(company, goal, {**PHONE, "Referer": f"{company.installation.bot_url}/"})
    assert opened.status_code == 200
    stranger = await page(company, goal, {**PHONE, "Referer": "http://elsewhere.example/"})
    assert stranger.status_code == 403
    assert shown.headers["Referrer-Policy"] != "no-referrer"

    orders = company.installation.wechat.orders
    number = next(item.out_trade_no for item in orders.all() if item.link in goal)
    assert number != bought.order_no
    payment = await company.installation.wechat.pay(number)
    await told(payer, ZH.arrived, payment.transaction_id, "¥55.00")
    assert await company.available_fen() == 5_500


async def test_the_page_dies_with_the_payment(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "66")
    address = url_of(bought.card, ZH.pay)
    waiting = await page(company, f"{address}/return", DESKTOP)
    assert "等待付款" in waiting.text
    payment = await company.installation.wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)
    for headers in (DESKTOP, PHONE):
        dead = await page(company, address, headers)
        assert "<svg" not in dead.text
        assert "/wechat/" not in dead.text
        assert "¥66.00" not in dead.text
    assert "已支付" in (await page(company, f"{address}/return", DESKTOP)).text
    back = await page(company, f"{address}/return", ENGLISH_PHONE)
    assert "You can go back to the chat" in back.text
    assert "t.me/cloud_topup_bot" in back.text
    assert "¥66.00" not in back.text


async def test_a_cancelled_order_leaves_a_page_without_a_way_to_pay(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "77")
    await payer.press_on(bought.card["message_id"], ZH.cancel)
    dead = await page(company, url_of(bought.card, ZH.pay), DESKTOP)
    assert "<svg" not in dead.text
    assert "已取消" in dead.text


async def test_a_guessed_address_tells_nothing(company: Company) -> None:
    base = f"{company.installation.bot_url}/pay"
    for guess in (RandomIds().token(), "x", "a" * 200, "..%2f..%2fetc%2fpasswd"):
        for end in ("", "/return"):
            answer = await page(company, f"{base}/{guess}{end}", DESKTOP)
            assert answer.status_code == 404, guess
            assert "¥" not in answer.text


async def test_phone_and_desktop_may_take_turns(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "88")
    address = url_of(bought.card, ZH.pay)
    for headers in (PHONE, DESKTOP, PHONE, DESKTOP):
        assert (await page(company, address, headers)).status_code == 200
    orders = company.installation.wechat.orders.all()
    mine = [item for item in orders if item.request.total_fen == 8_800]
    now = company.installation.wechat.clock.now()
    open_ones = [item for item in mine if item.state(now).value == "NOTPAY"]
    assert len(open_ones) == 1
    payment = await company.installation.wechat.pay(open_ones[0].out_trade_no)
    await told(payer, ZH.arrived, payment.transaction_id)
    assert await company.available_fen() == 8_800

"""A newcomer's first top-up, by clicking alone: console, chat, payer's phone, chat again."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import FINANCE, FINANCE_ENGLISH, demo_world
from tests.browser.conftest import browser
from tests.e2e.bots import Launcher
from tests.e2e.company import EN, ZH
from tests.e2e.installation import Installation, installation
from tests.e2e.visits import Visit, button, link, newest, visit

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("demo")
    async with installation(folder, start=launcher.start, world=demo_world()) as one:
        yield one


async def order(one: Visit, chat: Page, amount: str, shown: str) -> Locator:
    """From the menu to the payment card."""
    await button(chat, re.compile(f"{one.words.top_up}$")).click()
    await expect(newest(chat, one.words.ask_amount)).to_be_visible()
    await one.picture(chat, "3-amount")
    await chat.get_by_test_id("composer").fill(amount)
    await chat.get_by_test_id("composer").press("Enter")
    await expect(newest(chat, one.words.ask_channel)).to_contain_text(shown)
    await one.picture(chat, "4-channel")
    await button(chat, one.words.wechat).click()
    card = newest(chat, one.words.to_pay)
    await expect(card.get_by_test_id("photo")).to_be_visible()
    await expect(card).to_contain_text(shown)
    await one.picture(chat, "5-card")
    return card


async def the_money_is_there(one: Visit, chat: Page, account: str, shown: str) -> None:
    arrival = newest(chat, one.words.arrived)
    await expect(arrival).to_contain_text(shown)
    await expect(arrival).to_contain_text(one.words.available)
    await expect(
        newest(chat, re.compile(f"{one.words.paid}.{{0,2}}{re.escape(shown)}"))
    ).to_be_visible()
    await one.picture(chat, "8-arrived")
    console = await one.page("/console")
    await expect(console.get_by_test_id(f"available-{account}")).to_contain_text(
        shown.removeprefix("¥")
    )


async def test_at_a_desk_in_chinese(browser: Browser, demo: Installation) -> None:
    one, account = await visit(browser, demo, ZH), DEMO_ACCOUNTS[0].account_id
    chat = await link(one, account, FINANCE)
    card = await order(one, chat, "1万", "¥10,000.00")
    bridge = await one.opened_by(card.get_by_test_id("button").filter(has_text=ZH.pay).first)
    await expect(bridge.locator("svg")).to_be_visible()
    await expect(bridge.locator("main")).to_contain_text("¥10,000.00")
    await one.picture(bridge, "6-bridge")
    phone = await one.page("/wechat/phone")
    await phone.locator('[data-testid^="open-"]').first.click()
    await phone.get_by_test_id("pay").click()
    await expect(phone.get_by_test_id("pay-state")).to_be_visible()
    await one.picture(phone, "7-paid")
    await the_money_is_there(one, chat, account, "¥10,000.00")
    await expect(bridge.locator("main")).to_contain_text("已支付")
    await one.context.close()


async def test_on_a_phone_in_english(browser: Browser, demo: Installation) -> None:
    one, account = await visit(browser, demo, EN), DEMO_ACCOUNTS[1].account_id
    chat = await link(one, account, FINANCE_ENGLISH)
    card = await order(one, chat, "88", "¥88.00")
    pay = card.get_by_test_id("button").filter(has_text=EN.pay).first
    wechat = await one.opened_by(pay)
    await wechat.wait_for_url("**/wechat/h5**")
    await expect(wechat.get_by_test_id("asked")).to_contain_text("88.00")
    await one.picture(wechat, "6-wechat")
    await wechat.get_by_test_id("pay").click()
    await expect(wechat.get_by_test_id("pay-state")).to_be_visible()
    await wechat.get_by_test_id("back").click()
    await wechat.wait_for_url("**/return")
    await expect(wechat.locator("main")).to_contain_text("You can go back to the chat")
    await one.picture(wechat, "7-return")
    await the_money_is_there(one, chat, account, "¥88.00")
    await one.context.close()

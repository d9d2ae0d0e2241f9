"""A purchase is blocked, somebody tops up what is missing, and it goes on: by clicking alone."""

import re

import pytest
from playwright.async_api import Browser, expect

from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import FINANCE
from tests.browser.conftest import browser
from tests.e2e.company import ZH
from tests.e2e.installation import Installation
from tests.e2e.test_first_top_up_in_the_browser import button, demo, link, newest, visit

__all__ = ["browser", "demo"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ACCOUNT = DEMO_ACCOUNTS[0].account_id


async def test_a_blocked_purchase_goes_on_after_the_top_up(
    browser: Browser, demo: Installation
) -> None:
    one = await visit(browser, demo, ZH)
    chat = await link(one, ACCOUNT, FINANCE)

    console = await one.page("/console")
    await console.get_by_test_id(f"buy-server-{ACCOUNT}").click()
    purchases = console.get_by_test_id(f"purchases-{ACCOUNT}")
    await expect(purchases.get_by_test_id("shortfall")).to_contain_text("360.00")
    await one.picture(console, "b1-blocked")

    card = newest(chat, "等待充值")
    await expect(card).to_contain_text("云服务器")
    await expect(card).to_contain_text("还差")
    await one.picture(chat, "b2-card")
    await button(chat, "充值 ¥360.00").click()
    await expect(newest(chat, "请选择支付方式")).to_contain_text("正好 ¥360.00")
    await button(chat, ZH.wechat).click()
    payment = newest(chat, ZH.to_pay)
    await expect(payment.get_by_test_id("photo")).to_be_visible()

    phone = await one.page("/wechat/phone")
    await phone.locator('[data-testid^="open-"]').first.click()
    await phone.get_by_test_id("pay").click()
    await expect(phone.get_by_test_id("pay-state")).to_be_visible()

    await expect(newest(chat, ZH.arrived)).to_contain_text("¥360.00")
    await expect(newest(chat, "余额已够，1 笔购买可以继续")).to_be_visible()
    hold = purchases.locator('[data-testid^="hold-"]')
    await expect(hold).to_contain_text("充值后已自动继续")
    await expect(console.get_by_test_id(f"frozen-{ACCOUNT}")).to_contain_text("360.00")
    await expect(newest(chat, "没有等待充值的购买")).to_be_visible()
    await one.picture(console, "b3-went-on")
    await one.picture(chat, "b4-went-on")

    await hold.get_by_test_id("bill-amount").fill("300")
    await hold.get_by_test_id("bill").click()
    available = console.get_by_test_id(f"available-{ACCOUNT}")
    await expect(available).to_contain_text(re.compile(r"60\.00"))
    await one.context.close()

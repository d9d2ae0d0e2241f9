"""Redeeming by clicking alone: a code that is good, and five that are not."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from core.codes import symbols
from core.ids import RandomIds
from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import FINANCE, FINANCE_ENGLISH
from tests.browser.conftest import browser
from tests.e2e.company import EN, ZH
from tests.e2e.installation import Installation
from tests.e2e.test_codes import issue
from tests.e2e.test_first_top_up_in_the_browser import demo
from tests.e2e.visits import button, link, newest, visit

__all__ = ["browser", "demo"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def say(chat: Page, text: str) -> None:
    await chat.get_by_test_id("composer").fill(text)
    await chat.get_by_test_id("composer").press("Enter")


async def is_gone(chat: Page, text: str) -> None:
    await expect(chat.get_by_test_id("message").filter(has_text=text)).to_have_count(0)


async def test_a_typing_error_is_told_and_the_right_code_is_redeemed_in_chinese(
    browser: Browser, demo: Installation
) -> None:
    one, account = await visit(browser, demo, ZH), DEMO_ACCOUNTS[0].account_id
    _, (code,) = await issue(demo, amount_fen=1234_00)
    chat = await link(one, account, FINANCE)
    await button(chat, "充值码").click()
    await expect(newest(chat, "25 位充值码")).to_be_visible()
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "2")
    await say(chat, mistyped)
    await expect(newest(chat, "输错了")).to_be_visible()
    await is_gone(chat, mistyped)
    await say(chat, code)
    asked = newest(chat, code[-4:])
    await expect(asked).to_contain_text(account)
    await is_gone(chat, code)
    await one.picture(chat, "code-1-confirm")
    await button(chat, "确认").click()

    done = newest(chat, "流水号")
    await expect(done).to_contain_text("¥1,234.00")
    await expect(newest(chat, re.compile("可用余额：.{0,2}¥1,234.00"))).to_be_visible()
    await one.picture(chat, "code-2-done")
    console = await one.page("/console")
    await expect(console.get_by_test_id(f"available-{account}")).to_contain_text("1,234.00")
    await one.context.close()


async def test_five_wrong_codes_make_a_pause_on_a_phone_in_english(
    browser: Browser, demo: Installation
) -> None:
    one, account = await visit(browser, demo, EN), DEMO_ACCOUNTS[1].account_id
    _, (good,) = await issue(demo)
    chat = await link(one, account, FINANCE_ENGLISH)
    for _ in range(5):
        wrong = symbols.grouped(symbols.fresh(RandomIds()))
        await say(chat, wrong)
        await expect(newest(chat, wrong[-4:])).to_contain_text(account)
        await is_gone(chat, wrong)
        await button(chat, "Confirm").click()
        await expect(newest(chat, "Redeem a top-up code")).to_contain_text("cannot be used")
    await one.picture(chat, "code-3-wrong")
    await say(chat, good)
    await expect(newest(chat, "too many wrong codes")).to_be_visible()
    await expect(button(chat, "Confirm")).to_have_count(0)
    await is_gone(chat, good)
    await one.picture(chat, "code-4-pause")
    console = await one.page("/console")
    await expect(console.get_by_test_id(f"available-{account}")).to_contain_text("0.00")
    await one.context.close()

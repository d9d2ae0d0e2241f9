"""A person's browser at the demo: at a desk in Chinese, or on a phone in English."""

import re
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, take_screenshot
from tests.e2e.company import ZH, Words
from tests.e2e.installation import Installation

WITHIN_MS = 30_000
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Mobile/15E148"
expect.set_options(timeout=WITHIN_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One person's browser, and the words they read."""

    context: BrowserContext
    words: Words
    name: str

    async def page(self, path: str) -> Page:
        page = await self.context.new_page()
        await page.goto(path)
        return page

    async def opened_by(self, link: Locator) -> Page:
        async with self.context.expect_page() as opening:
            await link.click()
        page = await opening.value
        await page.wait_for_load_state()
        return page

    async def picture(self, page: Page, what: str) -> None:
        await take_screenshot(page, f"top-up-{self.name}-{what}")


async def visit(browser: Browser, demo: Installation, words: Words) -> Visit:
    is_chinese = words is ZH
    width, height = DESKTOP if is_chinese else PHONE
    context = await browser.new_context(
        base_url=demo.sandbox_url,
        viewport={"width": width, "height": height},
        user_agent=None if is_chinese else IPHONE,
        locale="zh-CN" if is_chinese else "en-GB",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WITHIN_MS)
    language = "zh" if is_chinese else "en"
    await context.add_init_script(f"localStorage.setItem('sandbox.language', '{language}')")
    return Visit(context=context, words=words, name="desktop-zh" if is_chinese else "phone-en")


def button(page: Page, label: str | re.Pattern[str]) -> Locator:
    return page.get_by_test_id("button").filter(has_text=label).last


def newest(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.get_by_test_id("message").filter(has_text=text).last


async def link(one: Visit, account: str, person: int) -> Page:
    """From the console to the menu of the chat."""
    console = await one.page("/console")
    card = console.get_by_test_id(f"account-{account}")
    await card.get_by_role("button").click()
    await expect(console.get_by_test_id(f"link-{account}-{person}")).to_be_visible()
    await one.picture(console, "1-console")
    chat = await one.opened_by(console.get_by_test_id(f"link-{account}-{person}"))
    await chat.get_by_test_id("start").click()
    await button(chat, one.words.link).click()
    await expect(button(chat, one.words.top_up)).to_be_visible()
    await one.picture(chat, "2-linked")
    return chat

"""The hosted card page in a real Chromium, on a phone and on a desktop."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import Error as BrowserError

from tests.browser.conftest import (
    CHROMIUM_ARGUMENTS,
    CHROMIUM_NAMES,
    DESKTOP,
    PHONE,
    no_browser,
    take_screenshot,
)
from tests.sandbox_cards.conftest import Merchant

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture
async def chromium() -> AsyncIterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=found, args=CHROMIUM_ARGUMENTS
            )
        except BrowserError as missing:
            no_browser(missing)
        yield browser
        await browser.close()


BOTH = pytest.mark.parametrize("page", [PHONE, DESKTOP], ids=["phone", "desktop"], indirect=True)


@pytest_asyncio.fixture
async def page(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """An error in the page's own code fails the test."""
    errors: list[str] = []
    width, height = getattr(request, "param", PHONE)
    context = await chromium.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert not errors


async def fill(page: Page, number: str, cvc: str = "123") -> None:
    await page.get_by_test_id("number").fill("")
    await page.get_by_test_id("number").press_sequentially(number)
    await page.get_by_test_id("expiry").fill("")
    await page.get_by_test_id("expiry").press_sequentially("1234")
    await page.get_by_test_id("cvc").fill(cvc)
    await page.get_by_test_id("name").fill("Zhang San")
    await page.get_by_test_id("country").select_option("HK")
    if await page.get_by_test_id("email").count():
        await page.get_by_test_id("email").fill("zhangsan@example.com")


async def is_too_wide(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth > innerWidth")


@BOTH
async def test_a_card_pays_and_leads_back(page: Page, merchant: Merchant) -> None:
    session = await merchant.open()
    await page.goto(session.url)
    await expect(page.get_by_test_id("asked")).to_have_text("¥100.00")
    await expect(page.get_by_test_id("pay")).to_have_text("支付 ¥100.00")
    await expect(page.get_by_text("云费用充值", exact=True)).to_be_visible()
    await fill(page, "4242424242424242")
    await expect(page.get_by_test_id("number")).to_have_value("4242 4242 4242 4242")
    await expect(page.get_by_test_id("expiry")).to_have_value("12/34")
    assert not await is_too_wide(page)
    await take_screenshot(page, f"checkout-{page.viewport_size['width']}")
    await page.get_by_test_id("pay").click()
    await page.wait_for_url(f"{merchant.address}/done?session={session.id}")
    assert (await merchant.intent(session.id)).status == "requires_capture"
    await page.goto(session.url)
    await expect(page.get_by_test_id("pay-state")).to_have_text("付款已授权")


async def test_a_refused_card_stays_on_the_page(page: Page, merchant: Merchant) -> None:
    await page.goto((await merchant.open(merchant.order(locale="en"))).url)
    problem = page.get_by_test_id("problem")
    await page.get_by_test_id("pay").click()
    await expect(problem).to_have_text("The name on the card is missing.")
    await fill(page, "4242424242424241")
    await page.get_by_test_id("pay").click()
    await expect(problem).to_have_text("The card number is incorrect.")
    await expect(page.get_by_test_id("number")).to_have_attribute("aria-invalid", "true")
    await fill(page, "4000000000009995")
    await page.get_by_test_id("pay").click()
    await expect(problem).to_contain_text("insufficient funds")
    await fill(page, "378282246310005", "1234")
    await page.get_by_test_id("pay").click()
    await expect(problem).to_have_text("Cards of this brand are not accepted here.")
    await page.get_by_test_id("page-language").click()
    await expect(problem).to_have_text("不支持这个卡组织的卡。")
    await fill(page, "5555555555554444")
    await page.get_by_test_id("pay").click()
    await page.wait_for_url("**/done?*")


async def test_the_bank_may_ask_its_holder(page: Page, merchant: Merchant) -> None:
    await page.goto((await merchant.open()).url)
    await fill(page, "4000002760003184")
    await page.get_by_test_id("pay").click()
    await expect(page.get_by_test_id("ask-holder")).to_be_visible()
    await page.get_by_test_id("refuse").click()
    await expect(page.get_by_test_id("problem")).to_contain_text("银行未能确认")
    await page.get_by_test_id("pay").click()
    await page.get_by_test_id("agree").click()
    await page.wait_for_url("**/done?*")


@BOTH
async def test_a_saved_card_is_offered_and_can_be_removed(page: Page, merchant: Merchant) -> None:
    customer = await merchant.customer()
    await page.goto((await merchant.open(merchant.saving_order("TOPUP1", customer))).url)
    await fill(page, "3566002020360505")
    await page.get_by_test_id("save").check()
    await page.get_by_test_id("pay").click()
    await page.wait_for_url("**/done?*")

    await page.goto((await merchant.open(merchant.saving_order("TOPUP2", customer))).url)
    await expect(page.get_by_test_id("saved-cards")).to_contain_text("JCB •••• 0505")
    await expect(page.get_by_test_id("number")).to_have_count(0)
    assert not await is_too_wide(page)
    await take_screenshot(page, f"checkout-saved-{page.viewport_size['width']}")
    await page.get_by_test_id("pay").click()
    await page.wait_for_url("**/done?*")

    await page.goto((await merchant.open(merchant.saving_order("TOPUP3", customer))).url)
    await page.get_by_test_id("remove").click()
    await expect(page.get_by_test_id("saved-cards")).to_have_count(0)
    await expect(page.get_by_test_id("number")).to_be_visible()
    cards = await merchant.sdk.v1.customers.payment_methods.list_async(customer)
    assert cards.data == []


async def test_a_test_card_fills_the_form(page: Page, merchant: Merchant) -> None:
    await page.goto((await merchant.open()).url)
    await page.get_by_test_id("test-cards").locator("summary").click()
    await page.locator("[data-card=unionpay]").click()
    await page.get_by_test_id("pay").click()
    await page.wait_for_url("**/done?*")


async def test_a_payer_may_leave_without_paying(page: Page, merchant: Merchant) -> None:
    session = await merchant.open()
    await page.goto(session.url)
    await page.get_by_test_id("cancel").click()
    await page.wait_for_url("**/left")
    assert (await merchant.sdk.v1.checkout.sessions.retrieve_async(session.id)).status == "open"


async def test_an_ended_session_says_so(page: Page, merchant: Merchant) -> None:
    session = await merchant.open()
    await merchant.control("POST", "/orders/TOPUP1/expire")
    await page.goto(session.url)
    await expect(page.get_by_test_id("pay-state")).to_have_text("付款页面已过期")
    answer = await page.goto(f"{merchant.root}/pay/nobodys")
    assert answer is not None
    assert answer.status == 404

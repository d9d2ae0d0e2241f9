"""QQ Wallet's and Tenpay's pay pages in a real Chromium."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import Error as BrowserError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.app import running
from sandbox.qq.wallet import QqWallet, qq_routes
from sandbox.telegram.demo import demo_world
from sandbox.tenpay.gateway import Tenpay, tenpay_routes
from tests.browser.conftest import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, DESKTOP, PHONE, no_browser
from tests.sandbox_qq import merchant as qq_side
from tests.sandbox_tenpay import merchant as tenpay_side

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
OpenPage = Callable[..., Awaitable[Page]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Both stand-ins, both sides of their merchant, and its bridge page, on one port."""

    url: str
    qq: qq_side.Merchant
    tenpay: tenpay_side.Merchant

    async def tenpay_order(self, bank_type: str) -> None:
        asked = tenpay_side.signed(self.tenpay.order(bank_type=bank_type))
        reply = await self.tenpay.browse(asked, Referer=f"{self.url}/bridge")
        assert reply.status_code == 303


@pytest_asyncio.fixture(scope="module", loop_scope="session")
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


async def bridge(request: Request) -> Response:
    target = f"/tenpay/gateway/pay.htm?{request.scope['query_string'].decode()}"
    return HTMLResponse(f'<a id="go" href="{target.replace("&", "&amp;")}">去支付</a>')


async def returned(request: Request) -> Response:
    return HTMLResponse(f"<p id='state'>trade_state {request.query_params['trade_state']}</p>")


@pytest_asyncio.fixture(loop_scope="session")
async def place() -> AsyncIterator[Place]:
    qq = QqWallet(credentials=qq_side.CREDENTIALS, retry_delays_s=())
    tenpay = Tenpay(credentials=tenpay_side.CREDENTIALS, retry_delays_s=())
    listener = qq_side.Listener(usual=b"success")
    routes = [
        *qq_routes(qq),
        *tenpay_routes(tenpay),
        Route("/bridge", bridge),
        Route("/bridge/return", returned),
        Route("/notify", listener.take, methods=["POST", "GET"]),
    ]
    async with (
        running(demo_world(), extra_routes=routes) as url,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        yield Place(
            url=url,
            qq=qq_side.Merchant(
                client=client, root=f"{url}/qq", notify_url=f"{url}/notify", clock=qq.clock
            ),
            tenpay=tenpay_side.Merchant(
                client=client, root=f"{url}/tenpay", notify_url=f"{url}/notify", clock=tenpay.clock
            ),
        )
    await qq.aclose()
    await tenpay.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, place: Place) -> AsyncIterator[OpenPage]:
    """Opens a page; an error in the page's own code fails the test."""
    errors: list[str] = []
    contexts = []

    async def open_at(path: str, *, size: tuple[int, int] = DESKTOP, language: str = "zh") -> Page:
        context = await chromium.new_context(
            base_url=place.url, viewport={"width": size[0], "height": size[1]}
        )
        contexts.append(context)
        await context.add_init_script(f"localStorage['sandbox.language'] = '{language}'")
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(path)
        return page

    yield open_at
    for context in contexts:
        await context.close()
    assert not errors


async def fits(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_scanned_code_is_paid_in_qq(open_page: OpenPage, place: Place) -> None:
    code = (await place.qq.create())["code_url"]
    page = await open_page("/qq/phone", size=PHONE)

    await page.get_by_test_id("code").fill(code)
    await page.get_by_test_id("scan").click()
    await expect(page.get_by_test_id("asked")).to_have_text("¥100.00")
    await page.get_by_role("button", name="立即支付").click()

    await expect(page.get_by_test_id("pay-state")).to_have_text("已支付")
    await expect(page.get_by_test_id("back")).to_have_text("返回聊天")
    assert (await place.qq.query())["trade_state"] == "SUCCESS"


async def test_a_declined_qq_payment_stays_open(open_page: OpenPage, place: Place) -> None:
    await place.qq.create()
    page = await open_page(f"/qq/pay?order={qq_side.NUMBER}", language="en")

    await page.get_by_test_id("switches").locator("summary").click()
    await page.get_by_test_id("decline").click()

    await expect(page.get_by_test_id("result")).to_contain_text("stays open")
    await expect(page.get_by_test_id("pay")).to_be_enabled()


async def test_a_payer_comes_from_the_bridge_picks_a_bank_and_goes_back(
    open_page: OpenPage, place: Place
) -> None:
    asked = place.tenpay.order(return_url=f"{place.url}/bridge/return")
    page = await open_page(f"/bridge?{tenpay_side.signed(asked)}")

    await page.locator("#go").click()
    await page.get_by_test_id("bank-choice").select_option("CMB")
    await page.get_by_test_id("pay").click()

    await expect(page.locator("#state")).to_have_text("trade_state 0")
    assert (await place.tenpay.query())["bank_type"] == "CMB"


async def test_a_banks_page_shows_its_name_in_both_languages(
    open_page: OpenPage, place: Place
) -> None:
    await place.tenpay_order("CMBB2B")
    page = await open_page(f"/tenpay/pay?order={tenpay_side.NUMBER}", size=PHONE)

    await expect(page.get_by_test_id("bank")).to_have_text("招商银行（企业）")
    await expect(page.locator(".bar-title")).to_contain_text("招商银行（企业）")
    await page.get_by_test_id("page-language").click()
    await expect(page.get_by_test_id("bank")).to_have_text("China Merchants Bank (company)")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_pages_fit_their_window(
    open_page: OpenPage, place: Place, size: tuple[int, int], language: str
) -> None:
    await place.qq.create()
    await place.tenpay_order("DEFAULT")
    paths = (
        "/qq/phone",
        f"/qq/pay?order={qq_side.NUMBER}",
        "/tenpay/phone",
        f"/tenpay/pay?order={tenpay_side.NUMBER}",
    )

    for path in paths:
        page = await open_page(path, size=size, language=language)
        if "/pay" in path:
            await expect(page.get_by_test_id("asked")).to_have_text("¥100.00")
            await page.get_by_test_id("switches").locator("summary").click()
        assert await fits(page), path


async def test_every_kind_of_callback_has_a_name(open_page: OpenPage, place: Place) -> None:
    await place.qq.create()
    await place.tenpay_order("DEFAULT")

    for path in (f"/qq/pay?order={qq_side.NUMBER}", f"/tenpay/pay?order={tenpay_side.NUMBER}"):
        page = await open_page(path)
        await page.get_by_test_id("switches").locator("summary").click()
        names = await page.get_by_test_id("kind").locator("option").all_inner_texts()
        assert len(names) > 15
        assert not any(name.isascii() for name in names)

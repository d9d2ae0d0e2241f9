"""Console, pay pages and switchboard in a real Chromium."""

import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import Error as BrowserError
from starlette.routing import Route

from sandbox.app import running
from sandbox.pay.wechat import WechatPay, wechat_routes
from sandbox.platform.client import PlatformClient
from sandbox.platform.console import console_routes
from sandbox.telegram.demo import FINANCE, demo_world
from tests.browser.conftest import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, DESKTOP, PHONE, no_browser
from tests.sandbox_pay.conftest import CREDENTIALS, Listener, Merchant
from tests.sandbox_pay.fake_platform import KEY, FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
GALAXY = "100001234567"
NUMBER = "TOPUP202611220001"
OpenPage = Callable[..., Awaitable[Page]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A sandbox with a platform API and a merchant on the same port."""

    url: str
    platform: FakePlatform
    merchant: Merchant
    listener: Listener
    wechat: WechatPay


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


@pytest_asyncio.fixture(loop_scope="session")
async def place() -> AsyncIterator[Place]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    world = demo_world()
    wechat = WechatPay(credentials=CREDENTIALS, recorder=world.trace, retry_delays_s=())
    platform, listener = FakePlatform(accounts={GALAXY: "星河科技"}), Listener()
    url = f"http://127.0.0.1:{port}"
    client = PlatformClient(base_url=url, api_key=KEY, trace=world.trace)
    routes = [
        Route("/notify/wechat", listener.take, methods=["POST"]),
        *platform.routes(),
        *wechat_routes(wechat),
        *console_routes(client),
    ]
    async with (
        running(world, extra_routes=routes, port=port),
        httpx.AsyncClient(trust_env=False) as http,
    ):
        notify_url = f"{url}/notify/wechat"
        merchant = Merchant(client=http, root=f"{url}/wechat", notify_url=notify_url)
        yield Place(
            url=url, platform=platform, merchant=merchant, listener=listener, wechat=wechat
        )
    await client.aclose()
    await wechat.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, place: Place) -> AsyncIterator[OpenPage]:
    """Opens a page; an error in the page's own code fails the test."""
    errors: list[str] = []
    contexts = []

    async def open_at(
        path: str, *, size: tuple[int, int] = DESKTOP, language: str = "zh", dark: bool = False
    ) -> Page:
        context = await chromium.new_context(
            base_url=place.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
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


async def test_a_link_button_opens_the_chat_as_that_person(
    open_page: OpenPage, place: Place
) -> None:
    page = await open_page("/console")

    async with page.context.expect_page() as opened:
        await page.get_by_test_id(f"link-{GALAXY}-{FINANCE}").click()
    chat = await opened.value
    await chat.wait_for_url("**/?person=*")

    assert place.platform.links == [(GALAXY, "finance")]
    await expect(page.get_by_test_id("note")).to_contain_text("链接已打开")


async def test_the_chosen_role_is_the_role_of_the_link(open_page: OpenPage, place: Place) -> None:
    page = await open_page("/console", language="en")

    await page.get_by_test_id(f"role-{GALAXY}-{FINANCE}").select_option("viewer")
    async with page.context.expect_page():
        await page.get_by_test_id(f"link-{GALAXY}-{FINANCE}").click()
    await expect(page.get_by_test_id("note")).to_be_visible()

    assert place.platform.links == [(GALAXY, "viewer")]


async def test_the_console_follows_balance_and_members(open_page: OpenPage, place: Place) -> None:
    place.platform.add_member(GALAXY, "李会计", "finance")
    page = await open_page("/console")
    await expect(page.get_by_test_id(f"available-{GALAXY}")).to_have_text("¥0.00")

    place.platform.add_entry(GALAXY, 123_450, "payment", "wechat")
    await expect(page.get_by_test_id(f"available-{GALAXY}")).to_have_text("¥1,234.50")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="移除 李会计").click()

    await expect(page.get_by_text("还没有成员")).to_be_visible()
    assert place.platform.members[GALAXY] == []


async def test_a_missing_account_can_be_opened(open_page: OpenPage, place: Place) -> None:
    page = await open_page("/console")

    await page.get_by_role("button", name="开通账户").click()

    await expect(page.get_by_test_id("available-100007654321")).to_have_text("¥0.00")
    assert place.platform.accounts["100007654321"] == "海风数据"


async def test_the_console_says_when_the_bot_is_down(open_page: OpenPage) -> None:
    page = await open_page("/console", language="en")
    await page.route(
        "**/console/api/accounts",
        lambda route: route.fulfill(status=503, json={"code": "api_unreachable"}),
    )

    await expect(page.get_by_test_id("problem")).to_contain_text("cannot be reached")


async def test_a_blocked_purchase_says_what_is_missing_and_can_be_tried_again(
    open_page: OpenPage, place: Place
) -> None:
    place.platform.add_member(GALAXY, "王老板", "creator")
    place.platform.add_member(GALAXY, "赵开发", "member")
    place.platform.add_entry(GALAXY, 30_000, "payment", "wechat")
    page = await open_page("/console")

    await page.get_by_test_id(f"buy-server-{GALAXY}").click()
    await expect(page.get_by_test_id("shortfall")).to_contain_text("还差 ¥60.00")
    await expect(page.get_by_test_id("problem")).to_have_count(0)
    place.platform.add_entry(GALAXY, 6_000, "payment", "wechat")
    await page.get_by_test_id("again").click()

    await expect(page.get_by_test_id(f"frozen-{GALAXY}")).to_have_text("¥360.00")
    await expect(page.get_by_test_id("shortfall")).to_have_count(0)
    await expect(page.get_by_test_id(f"purchases-{GALAXY}")).to_contain_text("赵开发 购买")
    buyer = place.platform.members[GALAXY][1]["member_id"]
    assert [asked["requested_by"] for asked in place.platform.asked] == [buyer] * 2
    assert len(place.platform.holds) == 1


@pytest.mark.parametrize(("typed", "captured"), [(None, 5_000), ("12.34", 1_234)])
async def test_an_open_hold_is_billed_in_whole_or_in_part(
    open_page: OpenPage, place: Place, typed: str | None, captured: int
) -> None:
    place.platform.add_entry(GALAXY, 10_000, "payment", "wechat")
    page = await open_page("/console", language="en")
    await page.get_by_test_id(f"buy-storage-{GALAXY}").click()

    if typed is not None:
        await page.get_by_test_id("bill-amount").fill("50.01")
        await page.get_by_test_id("bill").click()
        assert await page.get_by_test_id("bill-amount").evaluate("each => !each.validity.valid")
        await page.get_by_test_id("bill-amount").fill(typed)
    await page.get_by_test_id("bill").click()
    await expect(page.get_by_test_id("bill")).to_have_count(0)

    (hold,) = place.platform.holds.values()
    assert (hold["state"], hold["captured_fen"]) == ("captured", captured)


async def test_a_hold_is_released_and_a_blocked_purchase_given_up(
    open_page: OpenPage, place: Place
) -> None:
    place.platform.add_entry(GALAXY, 10_000, "payment", "wechat")
    page = await open_page("/console")
    await page.get_by_test_id(f"buyer-{GALAXY}").select_option("")
    await page.get_by_test_id(f"buy-storage-{GALAXY}").click()
    await page.get_by_test_id(f"buy-gpu-{GALAXY}").click()

    await page.get_by_test_id("release").click()
    await page.get_by_test_id("drop").click()

    await expect(page.get_by_text("还没有冻结中的购买")).to_be_visible()
    assert [hold["state"] for hold in place.platform.holds.values()] == ["released"]
    assert {asked["requested_by"] for asked in place.platform.asked} == {None}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_the_shop_fits_every_page(
    open_page: OpenPage, place: Place, size: tuple[int, int], language: str
) -> None:
    place.platform.add_member(GALAXY, "赵开发", "member")
    place.platform.add_entry(GALAXY, 30_000, "payment", "wechat")
    page = await open_page("/console", size=size, language=language)
    await page.get_by_test_id(f"buy-storage-{GALAXY}").click()
    await page.get_by_test_id(f"buy-gpu-{GALAXY}").click()
    await expect(page.get_by_test_id("shortfall")).to_be_visible()

    width = await page.evaluate("document.documentElement.scrollWidth")

    assert width <= size[0]


async def test_paying_tells_the_merchant(open_page: OpenPage, place: Place) -> None:
    code = await place.merchant.create(NUMBER)
    page = await open_page("/wechat/phone")

    await page.get_by_test_id("code").fill(code)
    await page.get_by_test_id("scan").click()
    await page.get_by_test_id("pay").click()

    await expect(page.get_by_test_id("pay-state")).to_have_text("已支付")
    await expect(page.get_by_test_id("result")).to_contain_text("204")
    assert place.listener.content()["out_trade_no"] == NUMBER


async def test_the_pay_pages_switches_do_what_they_say(open_page: OpenPage, place: Place) -> None:
    await place.merchant.create(NUMBER)
    page = await open_page(f"/wechat/pay?order={NUMBER}", size=PHONE, language="en")
    await page.get_by_test_id("switches").locator("summary").click()

    await page.get_by_test_id("decline").click()
    await expect(page.get_by_test_id("result")).to_contain_text("stays open")
    await page.get_by_test_id("kind").select_option("stale")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("result")).to_contain_text("Callback to")
    await page.get_by_test_id("amount").fill("0")
    await page.get_by_test_id("pay_amount").click()
    await expect(page.get_by_test_id("problem")).to_contain_text("above 0")
    await page.get_by_test_id("amount").fill("99.5")
    await page.get_by_test_id("pay_amount").click()
    await expect(page.get_by_test_id("pay-state")).to_have_text("paid")
    await page.get_by_test_id("again").click()
    await expect(page.get_by_test_id("result")).to_contain_text("Paid")

    amounts = [payment.total_fen for payment in place.wechat.orders.get(NUMBER).payments]
    assert amounts == [9_950, 10_000]
    assert place.wechat.orders.get(NUMBER).declines == ("declined",)


async def test_an_h5_link_leads_from_the_merchants_page_to_paying_and_back(
    open_page: OpenPage, place: Place
) -> None:
    order = place.merchant.h5_order(NUMBER)
    reply = await place.merchant.call("POST", "/v3/pay/transactions/h5", order)
    back = f"{place.url}/console"
    link = f"{reply.json()['h5_url']}&redirect_url={httpx.URL(back)}"
    page = await open_page("/console")

    await page.evaluate("link => location.assign(link)", link)
    await page.get_by_test_id("pay").click()
    await page.get_by_test_id("back").click()

    await page.wait_for_url(back)
    assert place.listener.content()["trade_type"] == "MWEB"


async def test_a_link_opened_from_nowhere_is_refused(open_page: OpenPage, place: Place) -> None:
    order = place.merchant.h5_order(NUMBER)
    reply = await place.merchant.call("POST", "/v3/pay/transactions/h5", order)

    page = await open_page(reply.json()["h5_url"])

    await expect(page.get_by_role("heading")).to_have_text("商家参数格式有误，请联系商家解决")


async def test_the_switchboard_sets_and_resets_faults(open_page: OpenPage, place: Place) -> None:
    page = await open_page("/switchboard")

    await page.get_by_test_id("wechat-down").check()
    await page.get_by_test_id("wechat-apply").click()
    await expect(page.get_by_test_id("banner")).to_have_text("已应用。")
    reply = await place.merchant.call("GET", "/v3/certificates")
    await page.get_by_test_id("wechat-reset").click()
    await expect(page.get_by_test_id("wechat-down")).not_to_be_checked()

    assert reply.status_code == 503
    assert place.wechat.faults.view() == type(place.wechat.faults)().view()


async def test_a_wrong_switch_is_refused_with_the_servers_words(
    open_page: OpenPage, place: Place
) -> None:
    page = await open_page("/switchboard", language="en")

    await page.get_by_test_id("telegram-rate_429").fill("2")
    await page.get_by_test_id("telegram-apply").click()

    await expect(page.get_by_test_id("banner")).to_contain_text("rate_429")


async def test_the_trace_can_be_filtered_and_unfolded(open_page: OpenPage, place: Place) -> None:
    await place.merchant.create(NUMBER)
    page = await open_page("/switchboard")
    rows = page.get_by_test_id("trace").locator("details")
    await expect(rows).to_have_count(1)
    await page.get_by_test_id(f"pay-{NUMBER}").click()
    await expect(rows).to_have_count(2)

    await page.get_by_test_id("trace-filter").fill("callback")
    await expect(rows).to_have_count(1)
    await rows.first.locator("summary").click()
    await expect(rows.first.locator("pre").first).to_contain_text(NUMBER)
    await page.get_by_test_id("side-telegram").click()
    await expect(rows).to_have_count(0)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESKTOP, True)])
async def test_nothing_runs_over_the_edge(
    open_page: OpenPage, place: Place, language: str, size: tuple[int, int], *, dark: bool
) -> None:
    await place.merchant.create(NUMBER)
    place.platform.add_member(GALAXY, "很长名字的一位财务协作者" * 3, "finance")
    place.platform.add_entry(GALAXY, 999_999_900, "payment", "wechat")
    page = await open_page("/console", size=size, language=language, dark=dark)

    for path in ("/console", "/switchboard", "/wechat/phone", f"/wechat/pay?order={NUMBER}"):
        await page.goto(path)
        await page.wait_for_selector(".card .row, .card .facts")
        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, path

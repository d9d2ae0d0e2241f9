"""The chat page at both widths, light and dark, in both languages, by keyboard alone."""

import httpx
import pytest
from playwright.async_api import Page, expect

from sandbox.telegram.demo import CREATOR, FINANCE_ENGLISH, REVIEWER_A
from sandbox.telegram.world import World
from tests.browser.conftest import DESKTOP, PHONE, Bot, OpenPage, buttons, take_screenshot
from tests.browser.test_chat_media import chosen, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PAGE = f"/?person={CREATOR}"
DAY_S = 86_400
LOOKS = [(PHONE, False), (PHONE, True), (DESKTOP, False), (DESKTOP, True)]
MENU = buttons(
    [{"text": "余额", "callback_data": "1"}, {"text": "充值", "callback_data": "2"}],
    [{"text": "线下汇款", "callback_data": "3"}, {"text": "汇款进度", "callback_data": "4"}],
    [
        {"text": "充值码", "callback_data": "5"},
        {"text": "收支明细", "callback_data": "6"},
        {"text": "成员", "callback_data": "7"},
    ],
)
PAYMENT = buttons(
    [{"text": "去支付", "url": "https://example.com/pay", "style": "primary"}],
    [
        {"text": "我已支付", "callback_data": "1", "style": "success"},
        {"text": "换支付方式", "callback_data": "2"},
    ],
    [
        {"text": "复制订单号", "copy_text": {"text": "2026112200001"}},
        {"text": "取消", "callback_data": "3", "style": "danger"},
    ],
)


async def a_full_chat(bot: Bot, sandbox: httpx.AsyncClient) -> None:
    me = {"person": CREATOR, "chat": CREATOR}
    await bot.say(
        CREATOR,
        "<b>欢迎使用云费用账户</b>\n示例科技（100086）",
        parse_mode="HTML",
        reply_markup=MENU,
    )
    await sandbox.post("/sandbox/clock", json={"advance_s": DAY_S})
    await sandbox.post("/sandbox/say", json={**me, "text": "充值 5000"})
    await sandbox.post("/sandbox/say", json={**me, "text": "用微信"})
    card = await bot.call(
        "sendPhoto",
        files={"photo": ("qr.png", picture(600, 600, "white"))},
        chat_id=CREATOR,
        caption="微信支付 ¥5,000.00\n订单 2026112200001，30 分钟内有效",
    )
    place = {"chat_id": CREATOR, "message_id": card["message_id"]}
    await bot.call("editMessageReplyMarkup", **place, reply_markup=PAYMENT)
    await bot.say(
        CREATOR,
        "<b>到账 ¥5,000.00</b>\n可用余额 ¥6,234.50\n参考号 <code>WX20261122001</code>",
        parse_mode="HTML",
        reply_parameters={"message_id": card["message_id"]},
    )
    files = [
        ("files", (f"{n}.png", picture(500, 400 + 60 * n, c)))
        for n, c in enumerate(("teal", "gray", "olive"))
    ]
    await sandbox.post(
        "/sandbox/upload", data={**me, "kind": "photo", "caption": "回单"}, files=files
    )
    bill = [
        (
            "files",
            (
                "银行电子回单-2026-11-22-示例科技有限公司.pdf",
                b"%PDF-1.4" * 40_000,
                "application/pdf",
            ),
        )
    ]
    await sandbox.post("/sandbox/upload", data={**me, "kind": "document"}, files=bill)


async def overflow(page: Page) -> int:
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    wide: int = await page.evaluate(script)
    return wide


@pytest.mark.parametrize(("size", "dark"), LOOKS)
async def test_a_full_chat_fits(
    bot: Bot,
    sandbox: httpx.AsyncClient,
    open_page: OpenPage,
    size: tuple[int, int],
    dark: bool,
) -> None:
    await a_full_chat(bot, sandbox)
    page = await open_page(PAGE, size=size, dark=dark)
    await expect(page.get_by_test_id("day")).to_have_text(["昨天", "今天"])
    await expect(page.get_by_test_id("unread-divider")).to_be_visible()
    name = f"chat-{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    await take_screenshot(page, f"{name}-1")
    scroller = page.get_by_test_id("scroller")
    await scroller.evaluate("node => node.scrollTo(0, node.scrollHeight)")
    await expect(page.get_by_test_id("document")).to_be_in_viewport()
    await take_screenshot(page, f"{name}-2")
    assert await overflow(page) == 0
    heights = await page.get_by_test_id("button").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 40


@pytest.mark.parametrize("dark", [False, True])
async def test_what_opens_above_the_chat_fits(
    bot: Bot,
    open_page: OpenPage,
    dark: bool,
) -> None:
    names = ("balance", "topup", "remit", "status")
    commands = [{"command": name, "description": f"说明 {name}"} for name in names]
    await bot.call("setMyCommands", commands=commands)
    await bot.say(CREATOR, "请上传回单")
    page = await open_page(PAGE, size=PHONE, dark=dark)
    shade = "dark" if dark else "light"
    await page.get_by_test_id("commands-menu").click()
    await expect(page.get_by_test_id("command-option")).to_have_count(4)
    await take_screenshot(page, f"commands-{shade}")
    await page.keyboard.press("Escape")
    files = [chosen("回单一.png", picture()), chosen("回单二.png", picture(400, 600))]
    await page.get_by_test_id("file-input").set_input_files(files)
    await expect(page.get_by_test_id("caption")).to_be_focused()
    await take_screenshot(page, f"upload-{shade}")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("person-switch").click()
    await expect(page.get_by_test_id("menu")).to_be_in_viewport(ratio=1)
    await take_screenshot(page, f"people-{shade}")
    assert await overflow(page) == 0


async def test_two_panes_fit(bot: Bot, sandbox: httpx.AsyncClient, open_page: OpenPage) -> None:
    await a_full_chat(bot, sandbox)
    await bot.say(REVIEWER_A, "新汇款待审核：¥20,000.00", reply_markup=MENU)
    page = await open_page(f"/?left={CREATOR}&right={REVIEWER_A}", size=(1440, 860))
    await expect(page.get_by_test_id("button")).to_have_count(19)
    await take_screenshot(page, "two-panes")
    assert await overflow(page) == 0
    panes = page.get_by_test_id("pane")
    widths = await panes.evaluate_all("nodes => nodes.map((node) => node.offsetWidth)")
    assert widths == [720, 720]


async def test_a_phone_shows_the_list_or_the_chat(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(CREATOR, "你好")
    page = await open_page(PAGE, size=PHONE)
    await expect(page.get_by_test_id("chat-list")).to_be_hidden()
    await page.get_by_test_id("composer").fill("写到一半")
    await page.get_by_test_id("back").click()
    await expect(page.get_by_test_id("conversation")).to_be_hidden()
    await expect(page.get_by_test_id("chat")).to_contain_text("草稿：写到一半")
    await bot.say(CREATOR, "看不见时来的")
    await expect(page.get_by_test_id("unread").first).to_have_text("1")
    await take_screenshot(page, "list-phone-light")
    await page.get_by_test_id("chat").click()
    await expect(page.get_by_test_id("composer")).to_have_value("写到一半")
    await expect(page.get_by_test_id("unread-divider")).to_be_visible()
    await page.reload()
    await expect(page.get_by_test_id("composer")).to_have_value("写到一半")


async def test_a_story_by_keyboard_alone(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(CREATOR, "菜单", reply_markup=MENU)
    page = await open_page(PAGE)
    keyboard = page.keyboard
    await page.get_by_test_id("composer").focus()
    await keyboard.type("你好")
    await keyboard.press("Enter")
    assert (await bot.next_update())["text"] == "你好"
    await page.get_by_test_id("scroller").focus()
    await keyboard.press("ArrowUp")
    await keyboard.press("ArrowUp")
    await keyboard.press("Tab")
    await expect(page.locator("[data-label=余额]")).to_be_focused()
    await keyboard.press("ArrowRight")
    await expect(page.locator("[data-label=充值]")).to_be_focused()
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await keyboard.press("Enter")
    query = await bot.next_update("callback_query")
    assert query["data"] == "2"
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="好")
    await expect(page.get_by_test_id("toast")).to_have_text("好")
    await page.get_by_test_id("chat-menu").focus()
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("menu-block")).to_be_focused()
    await keyboard.press("Escape")
    await expect(page.get_by_test_id("chat-menu")).to_be_focused()


async def test_the_page_speaks_both_languages(world: World, bot: Bot, open_page: OpenPage) -> None:
    await bot.say(CREATOR, "你好")
    page = await open_page(PAGE)
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "输入消息")
    await page.get_by_test_id("page-language").click()
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "Message")
    await expect(page.get_by_test_id("person-role")).to_have_text("Creator")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert world.person(CREATOR).language_code == "zh-hans"
    await page.get_by_test_id("person-switch").click()
    await page.locator("[data-testid=telegram-language][data-code=en]").click()
    await page.get_by_test_id("composer").fill("hello")
    await page.get_by_test_id("send").click()
    assert (await bot.next_update())["from"]["language_code"] == "en"


async def test_every_label_has_both_languages(open_page: OpenPage) -> None:
    page = await open_page(PAGE)
    differences = await page.evaluate(
        """async () => {
          const { ZH } = await import("/static/chat/labels_zh.js");
          const { EN } = await import("/static/chat/labels_en.js");
          const fields = (text = "") => (text.match(/\\{\\w+\\}/g) ?? []).sort().join();
          const keys = new Set([...Object.keys(ZH), ...Object.keys(EN)]);
          const differs = (key) => fields(ZH[key]) !== fields(EN[key]);
          return [...keys].filter((key) => !ZH[key] || !EN[key] || differs(key));
        }"""
    )
    assert differences == []


async def test_the_theme_is_the_systems_until_chosen(open_page: OpenPage) -> None:
    page = await open_page(f"/?person={FINANCE_ENGLISH}", dark=True)
    surface = "getComputedStyle(document.querySelector('.top-bar')).backgroundColor"
    await page.get_by_test_id("theme").wait_for()
    dark = await page.evaluate(surface)
    await page.get_by_test_id("theme").click()
    light = await page.evaluate(surface)
    assert (dark, light) == ("rgb(24, 32, 38)", "rgb(255, 255, 255)")
    await page.reload()
    await page.get_by_test_id("theme").wait_for()
    assert await page.evaluate(surface) == light

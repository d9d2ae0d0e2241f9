"""The chat page: writing, pressing, commands, unread marks, and being one or two people."""

import httpx
import pytest
from playwright.async_api import Route, expect

from sandbox.telegram.demo import CREATOR, FINANCE, REVIEWER_A, VIEWER
from sandbox.telegram.world import World
from tests.browser.conftest import Bot, OpenPage, buttons

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PAGE = f"/?person={CREATOR}"
INCOMING = "[data-testid=message][data-out=false]"


async def test_a_person_begins_with_start(bot: Bot, open_page: OpenPage) -> None:
    page = await open_page(f"/?person={VIEWER}")
    await expect(page.get_by_test_id("composer")).to_be_hidden()
    await page.get_by_test_id("start").click()
    assert (await bot.next_update())["text"] == "/start"
    await expect(page.get_by_test_id("text")).to_contain_text("/start")
    await expect(page.get_by_test_id("composer")).to_be_focused()


async def test_a_deep_link_waits_for_start(bot: Bot, open_page: OpenPage) -> None:
    page = await open_page(f"{PAGE}&start=link_abc-1")
    await expect(page.get_by_test_id("message")).to_have_count(1)
    await page.get_by_test_id("start").click()
    assert (await bot.next_update())["text"] == "/start link_abc-1"
    await expect(page.get_by_test_id("composer")).to_be_visible()
    assert "link_abc" not in page.url


async def test_a_link_to_the_bot_opens_in_place(bot: Bot, open_page: OpenPage) -> None:
    name = (await bot.call("getMe"))["username"]
    await bot.say(CREATOR, f"https://t.me/{name}?start=again")
    page = await open_page(PAGE)
    await page.get_by_test_id("link").click()
    await page.get_by_test_id("start").click()
    assert (await bot.next_update())["text"] == "/start again"
    assert len(page.context.pages) == 1


async def test_what_is_written_reaches_the_bot_once(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(CREATOR, "请输入金额")
    page = await open_page(PAGE)
    composer = page.get_by_test_id("composer")
    await composer.fill("第一行")
    await composer.press("Shift+Enter")
    await composer.press_sequentially("second")
    await composer.press("Enter")
    assert (await bot.next_update())["text"] == "第一行\nsecond"
    await expect(page.locator("[data-out=true]", has_text="second")).to_have_count(1)
    await expect(page.get_by_test_id("pending")).to_have_count(0)
    await expect(composer).to_have_value("")


async def test_what_was_deleted_before_the_answer_came_stays_deleted(
    bot: Bot, open_page: OpenPage
) -> None:
    """The page may hear that a bot deleted a secret before its own call is answered."""
    await bot.say(CREATOR, "请输入充值码")
    page = await open_page(PAGE)

    async def answered_late(route: Route) -> None:
        answer = await route.fetch()
        said = await bot.next_update()
        await bot.call("deleteMessage", chat_id=CREATOR, message_id=said["message_id"])
        await bot.say(CREATOR, "已删除")
        await expect(page.locator(INCOMING, has_text="已删除")).to_be_visible()
        await route.fulfill(response=answer)

    await page.route("**/sandbox/say", answered_late)
    async with page.expect_response("**/sandbox/say"):
        await page.get_by_test_id("composer").fill("SECRET-CODE")
        await page.get_by_test_id("composer").press("Enter")

    await expect(page.get_by_test_id("pending")).to_have_count(0)
    await page.get_by_test_id("composer").fill("drawn again")
    await expect(page.get_by_test_id("message").filter(has_text="SECRET-CODE")).to_have_count(0)


async def test_enter_while_choosing_characters_sends_nothing(
    bot: Bot, open_page: OpenPage
) -> None:
    await bot.say(CREATOR, "请输入金额")
    page = await open_page(PAGE)
    composer = page.get_by_test_id("composer")
    await composer.fill("chongzhi")
    await composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(composer).to_have_value("chongzhi")
    await expect(page.locator("[data-out=true]", has_text="chongzhi")).to_have_count(0)


async def test_words_are_never_markup(bot: Bot, open_page: OpenPage) -> None:
    attack = "<img src=x onerror='document.title=1'><b>不是粗体</b>"
    markup = buttons([{"text": "<i>按钮</i>", "callback_data": "a"}])
    await bot.say(CREATOR, attack, reply_markup=markup)
    page = await open_page(PAGE)
    await expect(page.locator(INCOMING)).to_contain_text(attack)
    await expect(page.get_by_test_id("button")).to_have_text("<i>按钮</i>")
    await expect(page.locator(".bubble img, .bubble b")).to_have_count(0)


async def test_entities_are_drawn(bot: Bot, open_page: OpenPage) -> None:
    text = (
        "<b>粗<i>斜</i></b> <code>WX1</code> <pre>x = 1</pre> <tg-spoiler>暗语</tg-spoiler> "
        "<blockquote>引文</blockquote> <a href='https://example.com/a'>文档</a> "
        "/balance 😀 <u>线</u>"
    )
    await bot.say(CREATOR, text, parse_mode="HTML")
    page = await open_page(PAGE)
    body = page.locator(INCOMING)
    await expect(body.locator("strong em")).to_have_text("斜")
    await expect(body.locator("blockquote")).to_have_text("引文")
    await expect(body.locator("u")).to_have_text("线")
    await expect(body.locator("pre")).to_have_text("x = 1")
    await expect(page.get_by_test_id("link")).to_have_attribute("rel", "noopener noreferrer")
    await page.get_by_test_id("spoiler").click()
    await expect(body.get_by_text("暗语")).to_be_visible()
    await expect(page.get_by_test_id("chat")).not_to_contain_text("暗语")
    await body.get_by_test_id("command").click()
    assert (await bot.next_update())["text"] == "/balance"


async def test_a_link_that_would_run_code_is_no_link(
    bot: Bot, sandbox: httpx.AsyncClient, open_page: OpenPage
) -> None:
    page = await open_page(PAGE)
    unsafe = await page.evaluate(
        """async () => {
          const { safeUrl } = await import("/static/chat/entities.js");
          const addresses = ["javascript:alert(1)", "data:text/html,x", " JaVaScript:alert(1)"];
          return addresses.map(safeUrl).filter((url) => url && !url.startsWith("https://"));
        }"""
    )
    assert unsafe == []


async def test_a_press_shows_progress_until_the_toast(bot: Bot, open_page: OpenPage) -> None:
    markup = buttons([{"text": "余额", "callback_data": "balance"}])
    await bot.say(CREATOR, "菜单", reply_markup=markup)
    page = await open_page(PAGE)
    button = page.get_by_role("button", name="余额", exact=True)
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    query = await bot.next_update("callback_query")
    assert query["data"] == "balance"
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="¥1,234.50")
    await expect(page.get_by_test_id("toast")).to_have_text("¥1,234.50")
    await expect(page.get_by_test_id("toast")).to_have_count(1)
    assert await button.get_attribute("aria-busy") is None


async def test_an_alert_stays_until_it_is_read(bot: Bot, open_page: OpenPage) -> None:
    markup = buttons([{"text": "支付", "callback_data": "pay"}])
    await bot.say(CREATOR, "确认", reply_markup=markup)
    page = await open_page(PAGE)
    await page.get_by_test_id("button").click()
    query = await bot.next_update("callback_query")
    answer = {"callback_query_id": query["id"], "text": "余额不足", "show_alert": True}
    await bot.call("answerCallbackQuery", **answer)
    await expect(page.get_by_role("alertdialog")).to_contain_text("余额不足")
    await expect(page.get_by_test_id("alert-ok")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("alert")).to_have_count(0)
    await expect(page.get_by_test_id("button")).to_be_focused()


async def test_buttons_copy_and_open(bot: Bot, open_page: OpenPage, sandbox_url: str) -> None:
    markup = buttons(
        [{"text": "复制账号", "copy_text": {"text": "6222 0000"}}],
        [{"text": "去支付", "url": f"{sandbox_url}/sandbox/state", "style": "success"}],
    )
    await bot.say(CREATOR, "收款信息", reply_markup=markup)
    page = await open_page(PAGE)
    await page.locator("[data-label=复制账号]").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("6222 0000")
    assert await page.evaluate("navigator.clipboard.readText()") == "6222 0000"
    pay = page.locator("[data-label=去支付]")
    await expect(pay).to_have_class("key key-success")
    async with page.context.expect_page() as opened:
        await pay.click()
    assert (await opened.value).url.endswith("/sandbox/state")


async def test_an_edit_keeps_place_and_focus(bot: Bot, open_page: OpenPage) -> None:
    markup = buttons([{"text": "甲", "callback_data": "a"}, {"text": "乙", "callback_data": "b"}])
    sent = await bot.say(CREATOR, "等待支付", reply_markup=markup)
    page = await open_page(PAGE)
    await page.locator("[data-label=乙]").focus()
    place = {"chat_id": CREATOR, "message_id": sent["message_id"]}
    await bot.call("editMessageText", **place, text="已到账", reply_markup=markup)
    await expect(page.locator(INCOMING)).to_contain_text("已到账")
    await expect(page.get_by_test_id("edited")).to_be_visible()
    await expect(page.locator("[data-label=乙]")).to_be_focused()
    await bot.call("deleteMessage", **place)
    await expect(page.locator(INCOMING)).to_have_count(0)


async def test_commands_come_from_the_button_and_from_a_slash(
    bot: Bot, open_page: OpenPage
) -> None:
    commands = [{"command": name, "description": name} for name in ("balance", "topup", "remit")]
    await bot.call("setMyCommands", commands=commands)
    await bot.say(CREATOR, "你好")
    page = await open_page(PAGE)
    await page.get_by_test_id("commands-menu").click()
    await expect(page.get_by_test_id("command-option")).to_have_count(3)
    await page.locator("[data-command=topup]").click()
    assert (await bot.next_update())["text"] == "/topup"
    composer = page.get_by_test_id("composer")
    await composer.press_sequentially("/r")
    await expect(page.get_by_role("option")).to_have_count(1)
    await composer.press("Enter")
    assert (await bot.next_update())["text"] == "/remit"
    await composer.press_sequentially("/")
    await composer.press("Escape")
    await expect(page.get_by_test_id("commands")).to_be_hidden()


async def test_unread_messages_are_marked_where_they_begin(
    bot: Bot, sandbox: httpx.AsyncClient, open_page: OpenPage
) -> None:
    await bot.say(CREATOR, "旧消息")
    await sandbox.post("/sandbox/read", json={"person": CREATOR, "chat": CREATOR})
    for number in range(40):
        await bot.say(CREATOR, f"新消息 {number}")
    page = await open_page(PAGE)
    await expect(page.get_by_test_id("unread-divider")).to_be_in_viewport()
    first_new = page.locator("[data-testid=unread-divider] + .message")
    await expect(first_new).to_contain_text("新消息 0")
    await expect(page.get_by_test_id("unread")).to_have_text("40")
    await page.get_by_test_id("jump").click()
    await expect(page.locator(INCOMING, has_text="新消息 39")).to_be_in_viewport()
    await expect(page.get_by_test_id("unread")).to_have_count(0)
    await expect(page.get_by_test_id("jump")).to_be_hidden()


async def test_a_reader_further_up_is_left_alone(bot: Bot, open_page: OpenPage) -> None:
    for number in range(40):
        await bot.say(CREATOR, f"消息 {number}")
    page = await open_page(PAGE)
    await page.get_by_test_id("jump").click()
    await expect(page.get_by_test_id("jump")).to_be_hidden()
    await bot.say(CREATOR, "看得见")
    await expect(page.locator(INCOMING, has_text="看得见")).to_be_in_viewport()
    scroller = page.get_by_test_id("scroller")
    await scroller.hover()
    await page.mouse.wheel(0, -1500)
    await expect(page.get_by_test_id("jump")).to_be_visible()
    before = await scroller.evaluate("node => node.scrollTop")
    await bot.say(CREATOR, "在下面")
    await expect(page.get_by_test_id("unread").first).to_have_text("1")
    assert await scroller.evaluate("node => node.scrollTop") == before


async def test_typing_is_shown_until_the_message_comes(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(CREATOR, "你好")
    page = await open_page(PAGE)
    await expect(page.locator(INCOMING)).to_have_count(1)
    await bot.call("sendChatAction", chat_id=CREATOR, action="typing")
    await expect(page.get_by_test_id("chat-status")).to_have_text("正在输入…")
    await bot.say(CREATOR, "好了")
    await expect(page.get_by_test_id("chat-status")).to_have_text("机器人")
    await expect(page.get_by_test_id("live")).to_contain_text("好了")


async def test_two_people_act_side_by_side(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(FINANCE, "给财务")
    await bot.say(REVIEWER_A, "给审核员")
    page = await open_page(f"/?left={FINANCE}&right={REVIEWER_A}", size=(1440, 860))
    left, right = (page.locator(f"[data-side={side}]") for side in ("left", "right"))
    await expect(left.get_by_test_id("person-role")).to_have_text("财务协作者")
    await expect(right.get_by_test_id("person-role")).to_have_text("审核员")
    await left.get_by_test_id("composer").fill("左边说")
    await left.get_by_test_id("send").click()
    assert (await bot.next_update())["from"]["id"] == FINANCE
    await right.get_by_test_id("composer").fill("右边说")
    await right.get_by_test_id("send").click()
    assert (await bot.next_update())["from"]["id"] == REVIEWER_A
    await expect(left.get_by_text("右边说")).to_have_count(0)
    await page.get_by_test_id("side-by-side").click()
    await expect(page.get_by_test_id("pane")).to_have_count(1)


async def test_the_person_is_changed_in_the_menu(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(FINANCE, "给财务")
    page = await open_page(PAGE)
    await expect(page.get_by_test_id("others-unread")).to_be_visible()
    await page.get_by_test_id("person-switch").click()
    await page.locator(f"[data-testid=person][data-person-id='{FINANCE}']").click()
    await expect(page.get_by_test_id("person-name")).to_have_text("李会计")
    await expect(page.locator(INCOMING)).to_contain_text("给财务")
    assert page.url.endswith(f"/?person={FINANCE}")


async def test_a_blocked_bot_can_be_let_in_again(bot: Bot, open_page: OpenPage) -> None:
    await bot.say(CREATOR, "你好")
    page = await open_page(PAGE)
    await page.get_by_test_id("chat-menu").click()
    await page.get_by_test_id("menu-block").click()
    await page.get_by_test_id("unblock").click()
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await bot.say(CREATOR, "又见面了")
    await expect(page.locator(INCOMING, has_text="又见面了")).to_be_visible()


async def test_after_a_lost_connection_everything_is_read_anew(
    bot: Bot, world: World, open_page: OpenPage
) -> None:
    await bot.say(CREATOR, "之前")
    page = await open_page(PAGE)
    await expect(page.locator(INCOMING)).to_have_count(1)
    await page.context.set_offline(offline=True)
    world.events.close()
    await expect(page.get_by_test_id("chat-status")).to_contain_text("重连")
    await bot.say(CREATOR, "期间")
    await page.get_by_test_id("composer").fill("没网")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("retry")).to_be_visible()
    await page.context.set_offline(offline=False)
    await expect(page.locator(INCOMING, has_text="期间")).to_be_visible()
    await page.get_by_test_id("retry").click()
    assert (await bot.next_update())["text"] == "没网"
    await expect(page.get_by_test_id("pending")).to_have_count(0)

"""The chat page: pictures, files, albums, replies, groups, keyboards."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from sandbox.telegram.demo import CREATOR, REVIEWER_A, REVIEWER_B
from tests.browser.conftest import PHONE, Bot, OpenPage, buttons

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PAGE = f"/?person={CREATOR}"
INCOMING = "[data-testid=message][data-out=false]"
DROP = """(node, { type, names, content }) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File([bytes], name, { type: "image/png" }));
  const fields = { bubbles: true, cancelable: true };
  if (type === "paste") {
    node.dispatchEvent(new ClipboardEvent("paste", { ...fields, clipboardData: transfer }));
  } else {
    for (const step of type === "drop" ? ["dragenter", "dragover", "drop"] : ["dragenter"])
      node.dispatchEvent(new DragEvent(step, { ...fields, dataTransfer: transfer }));
  }
}"""


def picture(width: int = 600, height: int = 400, colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def chosen(name: str, content: bytes, media_type: str = "image/png") -> Any:
    return {"name": name, "mimeType": media_type, "buffer": content}


async def hand_over(node: Locator, kind: str, *names: str) -> None:
    content = base64.b64encode(picture()).decode()
    await node.evaluate(DROP, {"type": kind, "names": names, "content": content})


async def ready(open_page: OpenPage, bot: Bot, **options: Any) -> Page:
    await bot.say(CREATOR, "请上传回单")
    page = await open_page(PAGE, **options)
    await expect(page.locator(INCOMING)).to_have_count(1)
    return page


async def test_a_photo_opens_in_full_size(bot: Bot, open_page: OpenPage) -> None:
    photo = {"photo": ("qr.png", picture(1200, 900))}
    await bot.call("sendPhoto", files=photo, chat_id=CREATOR, caption="微信支付 ¥5,000.00")
    page = await open_page(PAGE)
    await page.get_by_test_id("photo").click()
    image = page.get_by_test_id("viewer-image")
    await expect(image).to_be_visible()
    assert await image.evaluate("node => node.decode().then(() => node.naturalWidth)") == 1200
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("viewer")).to_have_count(0)
    await expect(page.get_by_test_id("photo")).to_be_focused()


async def test_a_document_shows_its_size_and_downloads(bot: Bot, open_page: OpenPage) -> None:
    document = {"document": ("对账单.csv", b"a,b\n" * 600)}
    await bot.call("sendDocument", files=document, chat_id=CREATOR)
    page = await open_page(PAGE)
    file = page.get_by_test_id("document")
    await expect(file).to_contain_text("对账单.csv")
    await expect(file).to_contain_text("2.3 KB")
    async with page.expect_download() as download:
        await file.click()
    assert (await download.value).suggested_filename == "对账单.csv"


async def test_a_photo_is_sent_with_a_caption(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    await page.get_by_test_id("composer").fill("十一月电汇")
    await page.get_by_test_id("file-input").set_input_files([chosen("回单.png", picture())])
    await expect(page.get_by_test_id("caption")).to_have_value("十一月电汇")
    await page.get_by_test_id("upload-send").click()
    message = await bot.next_update()
    assert message["photo"]
    assert message["caption"] == "十一月电汇"
    await expect(page.get_by_test_id("upload-dialog")).to_have_count(0)
    await expect(page.get_by_test_id("photo")).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_have_value("")


async def test_a_photo_can_go_as_a_file(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    await page.get_by_test_id("file-input").set_input_files([chosen("回单.png", picture())])
    await page.get_by_test_id("as-file").check()
    await page.get_by_test_id("caption").press("Enter")
    assert (await bot.next_update())["document"]["file_name"] == "回单.png"


async def test_a_pdf_can_only_go_as_a_file(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    files = [chosen("回单.png", picture()), chosen("单据.pdf", b"%PDF-1.4", "application/pdf")]
    await page.get_by_test_id("file-input").set_input_files(files)
    await expect(page.get_by_test_id("as-file")).to_be_disabled()
    await expect(page.get_by_test_id("as-file")).to_be_checked()
    await page.get_by_role("button", name="移除 回单.png").click()
    await page.get_by_test_id("upload-send").click()
    assert (await bot.next_update())["document"]["file_name"] == "单据.pdf"


async def test_several_photos_make_an_album(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    files = [chosen(f"{number}.png", picture()) for number in range(3)]
    await page.get_by_test_id("file-input").set_input_files(files)
    await page.get_by_test_id("upload-send").click()
    groups = {(await bot.next_update())["media_group_id"] for _ in files}
    assert len(groups) == 1
    album = page.get_by_test_id("album")
    await expect(album.get_by_test_id("photo")).to_have_count(3)
    await album.get_by_test_id("photo").first.click()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_test_id("viewer")).to_contain_text("2 / 3")


async def test_files_can_be_dropped_and_pasted(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    chat = page.get_by_test_id("conversation")
    await hand_over(chat, "dragenter", "a.png")
    await expect(page.get_by_test_id("drop-zone")).to_be_visible()
    await hand_over(chat, "drop", "a.png", "b.png")
    await expect(page.get_by_test_id("drop-zone")).to_be_hidden()
    await expect(page.get_by_test_id("preview")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("upload-dialog")).to_have_count(0)
    await hand_over(page.get_by_test_id("composer"), "paste", "clip.png")
    await expect(page.get_by_test_id("preview")).to_have_count(1)
    await page.get_by_test_id("upload-send").click()
    assert (await bot.next_update())["photo"]


async def test_a_refused_upload_says_why_and_keeps_the_dialog(
    bot: Bot, open_page: OpenPage
) -> None:
    page = await ready(open_page, bot)
    broken = chosen("broken.png", b"not a picture")
    await page.get_by_test_id("file-input").set_input_files([broken])
    await page.get_by_test_id("upload-send").click()
    await expect(page.get_by_test_id("upload-dialog")).to_contain_text("未发出")
    await expect(page.get_by_test_id("upload-send")).to_be_enabled()


async def test_a_reply_quotes_what_it_answers(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    await page.locator(INCOMING).get_by_test_id("bubble").click(button="right")
    await page.get_by_test_id("menu-reply").click()
    await expect(page.get_by_test_id("context-bar")).to_contain_text("请上传回单")
    await page.get_by_test_id("composer").fill("好的")
    await page.get_by_test_id("composer").press("Enter")
    assert (await bot.next_update())["reply_to_message"]["text"] == "请上传回单"
    await expect(page.get_by_test_id("quote")).to_contain_text("请上传回单")


async def test_own_words_can_be_changed_and_taken_back(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    own = page.locator("[data-out=true]").last
    composer = page.get_by_test_id("composer")
    await composer.fill("10000")
    await composer.press("Enter")
    assert (await bot.next_update())["text"] == "10000"
    await own.get_by_test_id("bubble").click(button="right")
    await page.get_by_test_id("menu-edit").click()
    await composer.fill("20000")
    await composer.press("Enter")
    assert (await bot.next_update("edited_message"))["text"] == "20000"
    await expect(own.get_by_test_id("edited")).to_be_visible()
    await own.get_by_test_id("bubble").click(button="right")
    await page.get_by_test_id("menu-delete").click()
    await expect(page.locator("[data-out=true]", has_text="20000")).to_have_count(0)


async def test_a_forced_reply_waits_in_the_composer(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot)
    markup = {"force_reply": True, "input_field_placeholder": "驳回理由"}
    await bot.say(CREATOR, "为什么？", reply_markup=markup)
    composer = page.get_by_test_id("composer")
    await expect(composer).to_have_attribute("placeholder", "驳回理由")
    await composer.fill("金额不符")
    await composer.press("Enter")
    assert (await bot.next_update())["reply_to_message"]["text"] == "为什么？"


async def test_a_reply_keyboard_stands_below_the_composer(bot: Bot, open_page: OpenPage) -> None:
    page = await ready(open_page, bot, size=PHONE)
    keyboard = {"keyboard": [["余额", "充值"], ["帮助"]], "resize_keyboard": True}
    await bot.say(CREATOR, "选一个", reply_markup=keyboard)
    await page.locator("[data-testid=reply-key][data-label=充值]").click()
    assert (await bot.next_update())["text"] == "充值"
    await page.get_by_test_id("keyboard-toggle").click()
    await expect(page.get_by_test_id("reply-keyboard")).to_be_hidden()
    await bot.say(CREATOR, "好", reply_markup={"remove_keyboard": True})
    await expect(page.get_by_test_id("keyboard-toggle")).to_be_hidden()


async def test_a_group_names_its_senders(
    bot: Bot, sandbox: httpx.AsyncClient, open_page: OpenPage
) -> None:
    state = (await sandbox.get("/sandbox/state")).json()
    group = state["groups"][0]["id"]
    page = await open_page(f"/?person={REVIEWER_A}")
    card = buttons([{"text": "领取", "callback_data": "claim", "style": "primary"}])
    await bot.say(group, "新汇款待审核", reply_markup=card)
    chat = page.locator(f"[data-testid=chat][data-chat-id='{group}']")
    await expect(chat.get_by_test_id("unread")).to_have_text("1")
    await chat.click()
    words = {"person": REVIEWER_B, "chat": group, "text": "我来看"}
    await sandbox.post("/sandbox/say", json=words)
    await expect(page.get_by_test_id("sender").last).to_have_text("审核员乙")
    await expect(page.get_by_test_id("chat-status")).to_contain_text("3")
    await expect(chat.get_by_test_id("unread")).to_have_count(0)
    await page.get_by_test_id("button").click()
    query = await bot.next_update("callback_query")
    assert (query["message"]["chat"]["id"], query["from"]["id"]) == (group, REVIEWER_A)
    await bot.call("answerCallbackQuery", callback_query_id=query["id"])


async def test_a_group_is_made_on_the_page(bot: Bot, open_page: OpenPage) -> None:
    page = await open_page(f"/?person={REVIEWER_A}")
    await page.get_by_test_id("person-switch").click()
    await page.get_by_test_id("new-group").click()
    await page.get_by_test_id("group-title").fill("第二审核群")
    await page.get_by_test_id("group-create").click()
    chat = page.get_by_test_id("chat").filter(has_text="第二审核群")
    await expect(chat).to_be_visible()
    joined = await bot.next_update("my_chat_member")
    assert joined["chat"]["title"] == "第二审核群"
    await chat.click()
    await expect(page.get_by_test_id("chat-title")).to_have_text("第二审核群")
    await page.get_by_test_id("chat-menu").click()
    await page.get_by_test_id("menu-migrate").click()
    await page.locator("[data-testid=conversation][data-chat-id^='-100']").wait_for()
    await expect(page.get_by_test_id("service").last).to_be_visible()

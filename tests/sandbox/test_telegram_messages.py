"""What a bot sends arrives as meant, and what people send reaches the bot whole."""

import hashlib
import io
import json
from typing import Any

import pytest
import qrcode
import telegram
from aiogram.types import Message as AiogramMessage
from PIL import Image

from sandbox.telegram.demo import FINANCE
from sandbox.telegram.person import Person
from sandbox.telegram.world import World
from tests.sandbox.conftest import TOKEN, Api, picture


def shapes(message: dict[str, Any], key: str = "entities") -> list[tuple[str, int, int]]:
    return [(entity["type"], entity["offset"], entity["length"]) for entity in message[key]]


async def newest(api: Api) -> dict[str, Any]:
    return (await api.updates())[-1]


async def test_html_becomes_entities_in_utf16_units(api: Api, finance: Person) -> None:
    text = (
        "😀<b>到账</b> &lt;¥1&gt; <code>A&amp;B</code> "
        '<a href="https://pay.example.com/?a=1">去支付</a>'
    )

    sent = await api.ok("sendMessage", chat_id=FINANCE, text=text, parse_mode="HTML")

    assert sent["text"] == "😀到账 <¥1> A&B 去支付"
    assert shapes(sent) == [("bold", 2, 2), ("code", 10, 3), ("text_link", 14, 3)]
    assert sent["entities"][2]["url"] == "https://pay.example.com/?a=1"


async def test_nested_html_keeps_the_outer_first(api: Api, finance: Person) -> None:
    text = (
        "<blockquote expandable><b>a<i>b</i></b></blockquote>"
        "<pre><code class='language-py'>1</code></pre>"
    )

    sent = await api.ok("sendMessage", chat_id=FINANCE, text=text, parse_mode="HTML")

    assert shapes(sent) == [
        ("expandable_blockquote", 0, 2),
        ("bold", 0, 2),
        ("italic", 1, 1),
        ("pre", 2, 1),
    ]
    assert sent["entities"][3]["language"] == "py"


async def test_markdown_becomes_entities(api: Api, finance: Person) -> None:
    text = r"*到账* __a__ ||x|| `1.5` [去](https://a.cn/\)b) 1\.00"

    sent = await api.ok("sendMessage", chat_id=FINANCE, text=text, parse_mode="MarkdownV2")

    assert sent["text"] == "到账 a x 1.5 去 1.00"
    assert [kind for kind, _, _ in shapes(sent)] == [
        "bold",
        "underline",
        "spoiler",
        "code",
        "text_link",
    ]
    assert sent["entities"][4]["url"] == "https://a.cn/)b"


async def test_given_entities_are_kept_and_move_with_the_text(api: Api, finance: Person) -> None:
    entities = [{"type": "bold", "offset": 2, "length": 2}]

    sent = await api.ok("sendMessage", chat_id=FINANCE, text="  到账 ", entities=entities)

    assert sent["text"] == "到账"
    assert shapes(sent) == [("bold", 0, 2)]


async def test_the_limit_counts_the_text_without_markup(api: Api, finance: Person) -> None:
    text = f"<b>{'字' * 4096}</b>"

    sent = await api.ok("sendMessage", chat_id=FINANCE, text=text, parse_mode="HTML")

    assert len(sent["text"]) == 4096


async def test_commands_and_links_are_found_in_what_people_write(
    api: Api, finance: Person
) -> None:
    await finance.say("/topup@cloud_topup_bot 见 https://a.cn/x?y=1。 #充值 @li_kuaiji")

    message = (await newest(api))["message"]

    assert shapes(message) == [
        ("bot_command", 0, 22),
        ("url", 25, 18),
        ("hashtag", 45, 3),
        ("mention", 49, 10),
    ]


async def test_every_kind_of_button_comes_back_as_sent(api: Api, finance: Person) -> None:
    rows = [
        [{"text": "通过", "callback_data": "d" * 64, "style": "success"}],
        [{"text": "复制", "copy_text": {"text": "6222 0000"}}],
        [{"text": "去支付", "url": "http://127.0.0.1:8080/pay/x"}, {"text": "t", "url": "t.me/x"}],
    ]

    sent = await api.ok(
        "sendMessage", chat_id=FINANCE, text="x", reply_markup={"inline_keyboard": rows}
    )

    assert sent["reply_markup"] == {"inline_keyboard": rows}
    assert await finance.buttons() == ["通过", "复制", "去支付", "t"]


async def test_a_hundred_buttons_pass(api: Api, finance: Person) -> None:
    rows = [[{"text": "1", "callback_data": "d"}] * 5] * 20

    sent = await api.ok(
        "sendMessage", chat_id=FINANCE, text="x", reply_markup={"inline_keyboard": rows}
    )

    assert len(sent["reply_markup"]["inline_keyboard"]) == 20


@pytest.mark.parametrize(
    "markup",
    [
        {"keyboard": [[{"text": "余额"}], [{"text": "充值"}]], "is_persistent": True},
        {"remove_keyboard": True},
        {"force_reply": True, "selective": True},
    ],
)
async def test_reply_keyboards_are_for_people_only(
    api: Api, finance: Person, markup: dict[str, Any]
) -> None:
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="x", reply_markup=markup)

    assert "reply_markup" not in sent
    assert (await finance.last())["reply_markup"] == markup


async def test_an_edit_keeps_place_and_date(api: Api, finance: Person) -> None:
    keys = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="1", reply_markup=keys)

    edited = await api.ok(
        "editMessageText", chat_id=FINANCE, message_id=sent["message_id"], text="2"
    )

    assert edited["message_id"] == sent["message_id"]
    assert edited["date"] == sent["date"]
    assert "edit_date" in edited
    assert "reply_markup" not in edited


async def test_a_photo_comes_in_several_sizes(api: Api, finance: Person) -> None:
    sent = await api.ok(
        "sendPhoto",
        {"photo": ("q.png", picture(2000, 1000))},
        chat_id=str(FINANCE),
        caption="<b>扫码</b>",
        parse_mode="HTML",
    )

    assert [(size["width"], size["height"]) for size in sent["photo"]] == [
        (90, 45),
        (320, 160),
        (800, 400),
        (1280, 640),
    ]
    assert len({size["file_unique_id"] for size in sent["photo"]}) == 4
    assert (sent["caption"], shapes(sent, "caption_entities")) == ("扫码", [("bold", 0, 2)])


async def test_a_qr_code_can_be_read_from_the_chat(api: Api, finance: Person) -> None:
    written = io.BytesIO()
    qrcode.make("weixin://wxpay/bizpayurl?pr=abc").save(written)

    await api.ok("sendPhoto", {"photo": ("q.png", written.getvalue())}, chat_id=str(FINANCE))

    assert await finance.decode_qr(await finance.last()) == "weixin://wxpay/bizpayurl?pr=abc"


async def test_a_document_is_downloaded_byte_for_byte(api: Api, finance: Person) -> None:
    content = bytes(range(256)) * 1000
    await finance.document(content, name="回单 1.pdf", caption="电汇")

    message = (await newest(api))["message"]
    file = await api.ok("getFile", file_id=message["document"]["file_id"])
    url = f"{api.base_url}/file/bot{TOKEN}/{file['file_path']}"
    downloaded = await api.client.get(url)

    assert message["document"]["file_name"] == "回单 1.pdf"
    assert message["document"]["mime_type"] == "application/pdf"
    assert message["caption"] == "电汇"
    assert file["file_size"] == len(content)
    assert hashlib.sha256(downloaded.content).digest() == hashlib.sha256(content).digest()


async def test_a_file_that_is_not_there_is_not_found(api: Api, finance: Person) -> None:
    missing = await api.client.get(f"{api.base_url}/file/bot{TOKEN}/photos/file_99.jpg")

    assert (missing.status_code, missing.json()["description"]) == (404, "Not Found")


async def test_a_persons_photo_is_a_real_picture(api: Api, finance: Person) -> None:
    await finance.photo(picture(640, 480, "red"), caption="回单")

    photo = (await newest(api))["message"]["photo"]
    content = await finance.file(photo[-1]["file_id"])

    assert Image.open(io.BytesIO(content)).size == (640, 480)
    assert photo[-1]["file_size"] == len(content)


async def test_a_file_id_sends_the_same_again(api: Api, finance: Person) -> None:
    said = await finance.photo(picture())

    sent = await api.ok("sendPhoto", chat_id=FINANCE, photo=said["photo"][0]["file_id"])

    assert sent["photo"] == said["photo"]


async def test_an_album_is_several_messages_with_one_id(api: Api, finance: Person) -> None:
    said = await finance.album([picture(color=c) for c in ("red", "blue", "green")], caption="三")

    messages = [update["message"] for update in await api.updates()]

    assert len(said) == len(messages) == 3
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["三", None, None]


async def test_a_bot_sends_an_album(api: Api, finance: Person) -> None:
    media = [
        {"type": "document", "media": "attach://a", "caption": "一"},
        {"type": "document", "media": "attach://b"},
    ]
    files = {"a": ("a.pdf", b"1"), "b": ("b.pdf", b"2")}

    sent = await api.ok("sendMediaGroup", files, chat_id=str(FINANCE), media=json.dumps(media))

    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]
    assert await finance.file(sent[1]["document"]["file_id"]) == b"2"


async def test_a_text_can_become_a_picture(api: Api, finance: Person) -> None:
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="请稍候")

    edited = await api.ok(
        "editMessageMedia",
        {"qr": ("q.png", picture())},
        chat_id=str(FINANCE),
        message_id=str(sent["message_id"]),
        media=json.dumps({"type": "photo", "media": "attach://qr", "caption": "扫码"}),
    )

    assert "text" not in edited
    assert edited["caption"] == "扫码"


async def test_a_caption_can_be_edited(api: Api, finance: Person) -> None:
    sent = await api.ok("sendPhoto", {"photo": ("q.png", picture())}, chat_id=str(FINANCE))

    edited = await api.ok(
        "editMessageCaption", chat_id=FINANCE, message_id=sent["message_id"], caption="已到账"
    )

    assert (edited["caption"], edited["photo"]) == ("已到账", sent["photo"])


async def test_a_copy_has_no_trace_of_its_source_and_a_forward_has(
    api: Api, finance: Person
) -> None:
    said = await finance.photo(picture(), caption="回单")
    source = {"chat_id": FINANCE, "from_chat_id": FINANCE, "message_id": said["message_id"]}

    copied = await api.ok("copyMessage", **source, caption="新的")
    forwarded = await api.ok("forwardMessage", **source)
    copy = await finance.message(copied["message_id"])

    assert copy["caption"] == "新的"
    assert "forward_origin" not in copy
    assert forwarded["forward_origin"]["sender_user"]["id"] == FINANCE


async def test_an_answer_carries_the_message_it_answers(api: Api, finance: Person) -> None:
    said = await finance.say("多少")

    sent = await api.ok(
        "sendMessage",
        chat_id=FINANCE,
        text="¥1",
        reply_parameters={"message_id": said["message_id"]},
    )
    unanswered = await api.ok(
        "sendMessage",
        chat_id=FINANCE,
        text="¥2",
        reply_parameters={"message_id": 999, "allow_sending_without_reply": True},
    )

    assert sent["reply_to_message"]["text"] == "多少"
    assert "reply_to_message" not in unanswered


async def test_people_edit_and_the_bot_is_told(api: Api, finance: Person) -> None:
    said = await finance.say("100")
    await finance.edit(said["message_id"], "200")

    edited = (await newest(api))["edited_message"]

    assert (edited["message_id"], edited["text"]) == (said["message_id"], "200")


async def test_a_bot_removes_a_code_typed_in_private(api: Api, finance: Person) -> None:
    said = await finance.say("CODE-1234")

    await api.ok("deleteMessage", chat_id=FINANCE, message_id=said["message_id"])
    await api.ok("deleteMessages", chat_id=FINANCE, message_ids=[said["message_id"], 1])

    assert await finance.messages() == []


async def test_an_ill_formed_deep_link_arrives_as_a_bare_start(api: Api, finance: Person) -> None:
    await finance.start("link_abc-1")
    await finance.start("link.abc")
    await finance.start("x" * 65)

    texts = [update["message"]["text"] for update in await api.updates()]

    assert texts == ["/start link_abc-1", "/start", "/start"]


async def test_everything_sent_out_is_what_both_libraries_understand(
    api: Api, finance: Person, world: World
) -> None:
    keys = {"inline_keyboard": [[{"text": "a", "callback_data": "a", "style": "danger"}]]}
    await api.ok("sendMessage", chat_id=FINANCE, text="/a #b", reply_markup=keys)
    await api.ok("sendPhoto", {"photo": ("q.png", picture())}, chat_id=str(FINANCE))
    await finance.say("回", reply_to=2)
    await finance.album([b"1", b"2"], kind="document")
    await finance.press("a", answer_within_s=0)
    await finance.block()

    for update in await api.updates():
        read = telegram.Update.de_json(update)
        assert read.api_kwargs == {}
        assert telegram.Update.de_json(read.to_dict()) == read
    for sent in world.bot.private[FINANCE].rendered.values():
        assert not AiogramMessage.model_validate(sent).model_extra
        assert telegram.Message.de_json(sent).api_kwargs == {}

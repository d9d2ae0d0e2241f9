"""What Telegram refuses is refused here, in the same words."""

import json
import struct
import zlib
from typing import Any

import pytest

from sandbox.telegram.demo import CREATOR, FINANCE, REVIEWER_A
from sandbox.telegram.person import Person
from sandbox.telegram.world import World
from tests.sandbox.conftest import Api, picture

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def button(**fields: Any) -> dict[str, Any]:
    return {"text": "余额", **fields}


def png_header(width: int, height: int) -> bytes:
    """The beginning of a picture that would unpack to hundreds of megabytes."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    length, checksum = struct.pack(">I", 13), struct.pack(">I", zlib.crc32(chunk))
    nothing = b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + length + chunk + checksum + nothing


SEND_REFUSALS = [
    ({"text": ""}, "Bad Request: message text is empty"),
    ({"text": "  \n "}, "Bad Request: message text is empty"),
    ({"text": "字" * 4097}, "Bad Request: message is too long"),
    ({"text": "😀" * 2049}, "Bad Request: message is too long"),
    ({"text": "x", "parse_mode": "BBCode"}, "Bad Request: unsupported parse_mode"),
    (
        {"text": "<b>1", "parse_mode": "HTML"},
        "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        {"text": "钱<客户>", "parse_mode": "HTML"},
        'Bad Request: can\'t parse entities: Unsupported start tag "客户" at byte offset 3',
    ),
    (
        {"text": "<b>1</i>", "parse_mode": "HTML"},
        (
            "Bad Request: can't parse entities: Unmatched end tag at byte offset 4, "
            'expected "</b>", found "</i>"'
        ),
    ),
    (
        {"text": "1 < 2", "parse_mode": "HTML"},
        "Bad Request: can't parse entities: Unclosed start tag at byte offset 2",
    ),
    (
        {"text": "1.50", "parse_mode": "MarkdownV2"},
        (
            "Bad Request: can't parse entities: Character '.' is reserved and must be escaped "
            "with the preceding '\\'"
        ),
    ),
    (
        {"text": "*1", "parse_mode": "MarkdownV2"},
        "Bad Request: can't parse entities: Can't find end of Bold entity at byte offset 0",
    ),
    (
        {"text": "ab", "entities": [{"type": "bold", "offset": 1, "length": 2}]},
        "Bad Request: can't parse entities: entity beyond the end of the text",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(callback_data="d" * 65))},
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(callback_data="额" * 22))},
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(callback_data=""))},
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(copy_text={"text": "1" * 257}))},
        "Bad Request: BUTTON_COPY_TEXT_INVALID",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(url="https://pay .example.com"))},
        "Bad Request: BUTTON_URL_INVALID",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(url="weixin://wxpay/bizpayurl?pr=1"))},
        (
            "Bad Request: inline keyboard button URL 'weixin://wxpay/bizpayurl?pr=1' is invalid: "
            "Unsupported URL protocol"
        ),
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(url="https://intranet/pay"))},
        (
            "Bad Request: inline keyboard button URL 'https://intranet/pay' is invalid: "
            "Wrong HTTP URL"
        ),
    ),
    (
        {"text": "x", "reply_markup": keyboard(button())},
        "Bad Request: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(callback_data="a", url="https://a.cn"))},
        (
            "Bad Request: can't parse inline keyboard button: exactly one of the optional fields "
            "must be used"
        ),
    ),
    (
        {"text": "x", "reply_markup": keyboard(button(callback_data="a", style="golden"))},
        "Bad Request: can't parse inline keyboard button: invalid button style specified",
    ),
    (
        {"text": "x", "reply_markup": keyboard(*[button(callback_data="a")] * 9)},
        "Bad Request: reply markup is too long",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[button(callback_data="a")]] * 101}},
        "Bad Request: reply markup is too long",
    ),
    (
        {"text": "x", "reply_markup": "{"},
        "Bad Request: can't parse reply keyboard markup JSON object",
    ),
    (
        {"text": "x", "reply_parameters": {"message_id": 999}},
        "Bad Request: message to be replied not found",
    ),
]


@pytest.mark.parametrize(("fields", "description"), SEND_REFUSALS)
async def test_a_wrong_message_is_refused(
    api: Api, finance: Person, fields: dict[str, Any], description: str
) -> None:
    refusal = await api.refused("sendMessage", chat_id=FINANCE, **fields)

    assert (refusal.code, refusal.description) == (400, description)
    assert len(await finance.messages()) == 1


async def test_an_unknown_chat_is_refused(api: Api) -> None:
    refusal = await api.refused("sendMessage", chat_id=1, text="x")

    assert refusal.description == "Bad Request: chat not found"


async def test_a_call_without_a_chat_is_refused(api: Api) -> None:
    refusal = await api.refused("sendMessage", text="x")

    assert refusal.description == "Bad Request: chat_id is empty"


async def test_a_bot_cannot_write_first_to_a_member_of_its_group(api: Api) -> None:
    refusal = await api.refused("sendMessage", chat_id=REVIEWER_A, text="x")

    assert refusal.code == 403
    assert refusal.description == "Forbidden: bot can't initiate conversation with a user"


async def test_a_person_unknown_to_the_bot_is_no_chat(api: Api) -> None:
    refusal = await api.refused("sendMessage", chat_id=CREATOR, text="x")

    assert refusal.description == "Bad Request: chat not found"


async def test_a_blocked_bot_is_told_so(api: Api, finance: Person) -> None:
    await finance.block()

    refusal = await api.refused("sendMessage", chat_id=FINANCE, text="x")

    assert refusal.code == 403
    assert refusal.description == "Forbidden: bot was blocked by the user"


async def test_a_deactivated_person_gets_nothing(api: Api, finance: Person, world: World) -> None:
    world.person(FINANCE).deactivated = True

    refusal = await api.refused("sendMessage", chat_id=FINANCE, text="x")

    assert refusal.description == "Forbidden: user is deactivated"


async def test_an_edit_that_changes_nothing_is_refused(api: Api, finance: Person) -> None:
    markup = keyboard(button(callback_data="a"))
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="x", reply_markup=markup)
    place = {"chat_id": FINANCE, "message_id": sent["message_id"], "reply_markup": markup}

    text = await api.refused("editMessageText", **place, text="x")
    keys = await api.refused("editMessageReplyMarkup", **place)

    assert text.description == keys.description == NOT_MODIFIED


async def test_a_missing_message_cannot_be_edited(api: Api, finance: Person) -> None:
    refusal = await api.refused("editMessageText", chat_id=FINANCE, message_id=99, text="x")

    assert refusal.description == "Bad Request: message to edit not found"


async def test_a_persons_message_cannot_be_edited(api: Api, finance: Person) -> None:
    said = await finance.say("你好")

    refusal = await api.refused(
        "editMessageText", chat_id=FINANCE, message_id=said["message_id"], text="x"
    )

    assert refusal.description == "Bad Request: message can't be edited"


async def test_text_and_caption_are_not_the_same(api: Api, finance: Person) -> None:
    photo = await api.ok("sendPhoto", {"photo": ("q.png", picture())}, chat_id=str(FINANCE))
    text = await api.ok("sendMessage", chat_id=FINANCE, text="x")

    of_photo = await api.refused(
        "editMessageText", chat_id=FINANCE, message_id=photo["message_id"], text="x"
    )
    of_text = await api.refused(
        "editMessageCaption", chat_id=FINANCE, message_id=text["message_id"], caption="x"
    )

    assert of_photo.description == "Bad Request: there is no text in the message to edit"
    assert of_text.description == "Bad Request: there is no caption in the message to edit"


async def test_a_long_caption_is_refused(api: Api, finance: Person) -> None:
    refusal = await api.refused(
        "sendPhoto", {"photo": ("q.png", picture())}, chat_id=str(FINANCE), caption="字" * 1025
    )

    assert refusal.description == "Bad Request: message caption is too long"


@pytest.mark.parametrize(
    ("content", "description"),
    [
        (b"%PDF-1.7 no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (picture()[:200], "Bad Request: IMAGE_PROCESS_FAILED"),
        (picture(2100, 100), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (png_header(20_000, 20_000), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (picture(6000, 4001), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (b"", "Bad Request: file must be non-empty"),
        (
            b"0" * (10 * 2**20 + 1),
            (
                "Bad Request: file of size 10485761 bytes is too big for a photo; "
                "the maximum size is 10485760 bytes"
            ),
        ),
    ],
)
async def test_a_bad_photo_is_refused(
    api: Api, finance: Person, content: bytes, description: str
) -> None:
    refusal = await api.refused("sendPhoto", {"photo": ("q.png", content)}, chat_id=str(FINANCE))

    assert refusal.description == description


async def test_a_file_must_be_there(api: Api, finance: Person) -> None:
    nothing = await api.refused("sendPhoto", chat_id=FINANCE)
    no_id = await api.refused("sendDocument", chat_id=FINANCE, document="nonsense")
    unknown = await api.refused(
        "sendDocument", chat_id=FINANCE, document="BQACAgIAAxkBAAIBa2Y" * 2
    )

    assert nothing.description == "Bad Request: there is no photo in the request"
    assert no_id.description == "Bad Request: wrong file identifier/HTTP URL specified"
    assert unknown.description.startswith("Bad Request: wrong remote file identifier specified")


async def test_a_document_is_no_photo(api: Api, finance: Person) -> None:
    sent = await finance.document(b"%PDF")

    refusal = await api.refused("sendPhoto", chat_id=FINANCE, photo=sent["document"]["file_id"])

    assert refusal.description == "Bad Request: can't use file of type Document as Photo"


async def test_files_over_20_mb_cannot_be_fetched(api: Api, finance: Person) -> None:
    sent = await finance.document(b"0" * (20 * 2**20 + 1))

    refusal = await api.refused("getFile", file_id=sent["document"]["file_id"])

    assert refusal.description == "Bad Request: file is too big"


@pytest.mark.parametrize(
    ("kinds", "description"),
    [
        (
            ["photo"],
            "Bad Request: wrong number of items in the media group; it must be 2-10 items",
        ),
        (["photo", "document"], "Bad Request: document can't be mixed with other media types"),
    ],
)
async def test_a_wrong_album_is_refused(
    api: Api, finance: Person, kinds: list[str], description: str
) -> None:
    media = [{"type": kind, "media": f"attach://f{i}"} for i, kind in enumerate(kinds)]
    files = {f"f{i}": (f"{i}.png", picture()) for i in range(len(kinds))}

    refusal = await api.refused(
        "sendMediaGroup", files, chat_id=str(FINANCE), media=json.dumps(media)
    )

    assert refusal.description == description


async def test_a_press_is_answered_once(api: Api, finance: Person) -> None:
    await finance.forge("d", message_id=1, answer_within_s=0)
    query_id = (await api.updates())[-1]["callback_query"]["id"]

    await api.ok("answerCallbackQuery", callback_query_id=query_id)
    again = await api.refused("answerCallbackQuery", callback_query_id=query_id)

    assert again.description == QUERY_TOO_OLD


async def test_a_press_can_be_answered_for_150_seconds(
    api: Api, finance: Person, world: World
) -> None:
    await finance.forge("d", message_id=1, answer_within_s=0)
    query_id = (await api.updates())[-1]["callback_query"]["id"]
    world.skipped_s += 151

    late = await api.refused("answerCallbackQuery", callback_query_id=query_id)

    assert late.description == QUERY_TOO_OLD


async def test_a_long_answer_is_refused(api: Api, finance: Person) -> None:
    await finance.forge("d", message_id=1, answer_within_s=0)
    query_id = (await api.updates())[-1]["callback_query"]["id"]

    refusal = await api.refused("answerCallbackQuery", callback_query_id=query_id, text="字" * 201)

    assert refusal.description == "Bad Request: MESSAGE_TOO_LONG"


async def test_a_message_older_than_48_hours_stays(
    api: Api, finance: Person, world: World
) -> None:
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="x")
    world.skipped_s += 48 * 3600 + 60
    place = {"chat_id": FINANCE, "message_id": sent["message_id"]}

    refusal = await api.refused("deleteMessage", **place)
    edited = await api.ok("editMessageText", **place, text="still editable")

    assert refusal.description == "Bad Request: message can't be deleted for everyone"
    assert edited["text"] == "still editable"


async def test_a_missing_message_cannot_be_deleted_copied_or_forwarded(
    api: Api, finance: Person
) -> None:
    place = {"chat_id": FINANCE, "from_chat_id": FINANCE, "message_id": 99}

    refusals = [
        await api.refused(method, **place)
        for method in ("deleteMessage", "copyMessage", "forwardMessage")
    ]

    assert [refusal.description for refusal in refusals] == [
        "Bad Request: message to delete not found",
        "Bad Request: message to copy not found",
        "Bad Request: message to forward not found",
    ]


async def test_a_protected_message_cannot_be_forwarded(api: Api, finance: Person) -> None:
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="x", protect_content=True)
    place = {"chat_id": FINANCE, "from_chat_id": FINANCE, "message_id": sent["message_id"]}

    refusal = await api.refused("forwardMessage", **place)

    assert refusal.description == "Bad Request: message can't be forwarded"


@pytest.mark.parametrize(
    ("commands", "description"),
    [
        ([{"command": "Top Up", "description": "x"}], "Bad Request: BOT_COMMAND_INVALID"),
        ([{"command": "t" * 33, "description": "x"}], "Bad Request: BOT_COMMAND_INVALID"),
        (
            [{"command": "topup", "description": ""}],
            "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            [{"command": f"c{i}", "description": "x"} for i in range(101)],
            "Bad Request: BOT_COMMANDS_TOO_MUCH",
        ),
    ],
)
async def test_a_wrong_command_is_refused(
    api: Api, commands: list[dict[str, str]], description: str
) -> None:
    refusal = await api.refused("setMyCommands", commands=commands)

    assert refusal.description == description


async def test_an_ill_formed_language_is_refused(api: Api) -> None:
    refusal = await api.refused(
        "setMyCommands",
        commands=[{"command": "topup", "description": "充值"}],
        language_code="zh_CN",
    )

    assert refusal.description == "Bad Request: invalid language code specified"


async def test_an_unknown_method_is_not_found(api: Api) -> None:
    refusal = await api.refused("sendMoney", chat_id=FINANCE)

    assert (refusal.code, refusal.description) == (404, "Not Found: method not found")


async def test_something_that_is_no_token_is_not_found(base_url: str, api: Api) -> None:
    stranger = Api(base_url, token="nonsense")

    refusal = await stranger.refused("getMe")
    await stranger.client.aclose()

    assert (refusal.code, refusal.description) == (404, "Not Found")


async def test_an_unknown_token_is_unauthorized() -> None:
    from sandbox.app import running

    async with running(World(tokens=["1:a"])) as base_url:
        known, unknown = Api(base_url, token="1:a"), Api(base_url, token="1:b")

        assert (await known.ok("getMe"))["id"] == 1
        refusal = await unknown.refused("getMe")
        await known.client.aclose()
        await unknown.client.aclose()

    assert (refusal.code, refusal.description) == (401, "Unauthorized")


async def test_an_upload_over_50_mb_is_refused(api: Api, finance: Person) -> None:
    refusal = await api.refused(
        "sendDocument", {"document": ("big.bin", b"0" * (50 * 2**20 + 1))}, chat_id=str(FINANCE)
    )

    assert (refusal.code, refusal.description) == (413, "Request Entity Too Large")


async def test_an_unknown_chat_action_is_refused(api: Api, finance: Person) -> None:
    refusal = await api.refused("sendChatAction", chat_id=FINANCE, action="dancing")

    assert refusal.description == "Bad Request: wrong parameter action in request"

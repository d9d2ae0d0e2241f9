"""What people do, as the conversations hear it."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Message

from bot.conversations.model import Attachment, CardPress, Command, Event, Other, Press, Said
from bot.telegram.events import Events, language_of
from core.app import Core
from core.ids import PersonId

USER = {"id": 5, "is_bot": False, "first_name": "王", "last_name": "老板", "language_code": "en"}
CHAT = {"id": 5, "type": "private"}
BASE = {"message_id": 9, "date": 1_790_000_000, "chat": CHAT, "from": USER}
BOT_MESSAGE = {**BASE, "from": {**USER, "id": 1, "is_bot": True}, "text": "menu"}


@pytest.fixture
def events(core: Core) -> Events:
    return Events(core.access, default_language="zh_CN", username="Play_Bot")


async def heard(events: Events, **fields: Any) -> Event | None:
    return await events.of_message(Message.model_validate({**BASE, **fields}), 77)


async def pressed(events: Events, data: str, message: Mapping[str, Any]) -> Event | None:
    query = {"id": "1", "from": USER, "chat_instance": "x", "data": data, "message": message}
    return await events.of_press(CallbackQuery.model_validate(query), 78)


async def test_a_text_is_said_by_a_person_the_core_now_knows(events: Events, core: Core) -> None:
    event = await heard(events, text=" 1万 ")

    assert event is not None
    assert event.heard == Said(text=" 1万 ")
    assert (event.key, event.chat_id, event.message_id) == ("update:77", 5, None)
    assert (event.person.display_name, event.person.language) == ("王 老板", "en")


async def test_the_language_a_person_chose_counts_more_than_the_clients(
    events: Events, core: Core
) -> None:
    await heard(events, text="hello")
    await core.access.choose_language(PersonId(5), "zh_CN")

    event = await heard(events, text="hello")

    assert event is not None
    assert event.person.language == "zh_CN"


async def test_a_new_name_is_known_from_the_next_text_on(events: Events, core: Core) -> None:
    await heard(events, text="hello")
    renamed = {**USER, "first_name": "李", "last_name": ""}

    event = await heard(events, text="hello", **{"from": renamed})
    again = await heard(events, text="hello", **{"from": renamed})

    assert event is not None
    assert again is not None
    assert event.person == again.person
    assert again.person.display_name == "李"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/balance", Command(name="balance")),
        ("/Balance@play_bot", Command(name="balance")),
        ("/start link_abc-DEF_1", Command(name="start", argument="link_abc-DEF_1")),
        ("/start\n two words ", Command(name="start", argument="two words")),
        ("/balance@other_bot", Other(what="command")),
        ("/", Said(text="/")),
        ("/1/2", Said(text="/1/2")),
        ("not /balance", Said(text="not /balance")),
    ],
)
async def test_commands_are_told_from_texts(events: Events, text: str, expected: object) -> None:
    event = await heard(events, text=text)

    assert event is not None
    assert event.heard == expected


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, "location"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "dice"),
    ],
)
async def test_other_things_are_heard_by_their_kind(
    events: Events, fields: dict[str, Any], what: str
) -> None:
    event = await heard(events, **fields)

    assert event is not None
    assert event.heard == Other(what=what)


async def test_a_picture_is_heard_in_its_largest_size_with_its_caption(events: Events) -> None:
    sizes = [
        {"file_id": f"f{side}", "file_unique_id": f"u{side}", "width": side, "height": side}
        for side in (90, 1280, 320)
    ]

    event = await heard(events, photo=sizes, caption="回单", media_group_id="a1")

    assert event is not None
    assert event.heard == Attachment(
        file_id="f1280", unique_id="u1280", is_picture=True, album="a1", caption="回单"
    )


async def test_a_file_is_heard_as_its_sender_names_it(events: Events) -> None:
    document = {
        "file_id": "f",
        "file_unique_id": "u",
        "file_name": "回单.pdf",
        "mime_type": "application/pdf",
        "file_size": 1234,
    }

    event = await heard(events, document=document)

    assert event is not None
    assert event.heard == Attachment(
        file_id="f",
        unique_id="u",
        is_picture=False,
        name="回单.pdf",
        media_type="application/pdf",
        size=1234,
    )


async def test_service_messages_and_bots_are_not_heard(events: Events) -> None:
    assert await heard(events, pinned_message=BOT_MESSAGE) is None
    assert await heard(events, text="hi", **{"from": {**USER, "is_bot": True}}) is None


async def test_a_press_tells_which_message_it_came_from(events: Events) -> None:
    event = await pressed(events, "p:a:3", BOT_MESSAGE)

    assert event is not None
    assert event.heard == Press(version=10, reference="3")
    assert (event.key, event.message_id) == ("update:78", 9)


async def test_a_press_on_a_card_carries_the_cards_reference(events: Events) -> None:
    event = await pressed(events, "c:0123456789:check", BOT_MESSAGE)

    assert event is not None
    assert event.heard == CardPress(reference="0123456789", move="check")


async def test_a_press_on_a_message_too_old_to_be_read_still_counts(events: Events) -> None:
    event = await pressed(events, "n:menu", {"message_id": 3, "date": 0, "chat": CHAT})

    assert event is not None
    assert event.heard == Command(name="menu")
    assert event.message_id == 3


async def test_a_forged_press_is_a_button_nobody_made(events: Events) -> None:
    event = await pressed(events, "pay:999999900", BOT_MESSAGE)

    assert event is not None
    assert event.heard == Other(what="button")


async def test_a_press_in_a_group_is_no_event(events: Events) -> None:
    group = {"id": -5, "type": "supergroup", "title": "x"}

    assert await pressed(events, "n:menu", {**BOT_MESSAGE, "chat": group}) is None


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh-hans", "zh_CN"), ("zh-TW", "zh_CN"), ("en", "en"), ("de", "en"), (None, "zh_CN")],
)
def test_the_clients_language_chooses_the_catalogue(code: str | None, language: str) -> None:
    assert language_of(code, "zh_CN") == language

"""Bots on foreign client libraries live a whole conversation against the sandbox."""

from collections.abc import AsyncIterator

import pytest

from sandbox.telegram.demo import FINANCE
from sandbox.telegram.person import Person
from tests.sandbox.conftest import picture
from tests.sandbox.small_bots import BOTS, PDF, digest


@pytest.fixture(params=BOTS)
async def person(request: pytest.FixtureRequest, base_url: str) -> AsyncIterator[Person]:
    async with BOTS[request.param](base_url), Person(base_url, FINANCE) as person:
        await person.start()
        await person.wait("菜单")
        yield person


async def test_text_keyboard_press_and_edit(person: Person) -> None:
    menu = await person.last()

    answer = await person.press("余额")
    await person.press("改字")
    edited = await person.wait("改了")

    assert menu["entities"][0]["type"] == "bold"
    assert answer == {"text": "¥1.00", "show_alert": True, "url": None}
    assert edited["message_id"] == menu["message_id"]
    assert await person.buttons(edited) == ["余额", "改字"]


async def test_a_photo_is_downloaded_and_sent_back_by_its_id(person: Person) -> None:
    said = await person.photo(picture(700, 500))

    answer = await person.wait(lambda message: "photo" in message)

    assert answer["caption"] == digest(await person.file(said["photo"][-1]["file_id"]))
    assert answer["photo"] == said["photo"]


async def test_a_document_is_downloaded_byte_for_byte(person: Person) -> None:
    content = bytes(range(256)) * 300
    await person.document(content, name="回单.pdf")

    answer = await person.wait(digest(content))

    assert answer["document"]["file_name"] == "回单.pdf"
    assert await person.file(answer["document"]["file_id"]) == PDF


async def test_albums_go_both_ways(person: Person) -> None:
    said = await person.album([picture(color="red"), picture(color="blue")])
    for message in said:
        content = await person.file(message["photo"][-1]["file_id"])
        await person.wait(digest(content))

    await person.say("相册")
    first = await person.wait("两张")

    album = [m for m in await person.messages() if m.get("media_group_id")]
    assert said[0]["media_group_id"] == said[1]["media_group_id"]
    assert [m["media_group_id"] for m in album[2:]] == [first["media_group_id"]] * 2


async def test_a_blocked_bot_goes_on_when_it_is_started_again(person: Person) -> None:
    await person.block()
    await person.start()

    await person.wait("菜单")

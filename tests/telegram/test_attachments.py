"""What people attach, on its way in and back out, over the sandbox's Bot API."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.conversations.model import Attachment, Response, ShowFile
from core.errors import FileTooBig, FileUnavailable
from sandbox.telegram.demo import FINANCE
from sandbox.telegram.person import Person, text_of
from tests.telegram.conftest import Edge
from tests.telegram.play_conversation import CARD, LARGEST


def picture(side: int = 40) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), "orange").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
async def person(base_url: str, edge: Edge) -> AsyncIterator[Person]:
    stop = asyncio.Event()
    works = [edge.poller.run(stop), edge.worker.run(stop)]
    running = [asyncio.create_task(work) for work in works]
    async with Person(base_url, FINANCE) as someone:
        await someone.start()
        await someone.wait("一共 0 次")
        yield someone
    stop.set()
    await asyncio.wait_for(asyncio.gather(*running), 30)


async def test_a_file_comes_back_byte_for_byte(person: Person) -> None:
    content = bytes(range(256)) * 40
    await person.document(content, name="回单.pdf", caption="十月")

    message = await person.wait(lambda item: "document" in item and item["from"]["is_bot"])
    assert text_of(message) == "顺便说一句 十月"
    assert await person.file(message["document"]["file_id"]) == content


async def test_a_picture_is_shown_to_look_at(person: Person) -> None:
    await person.photo(picture(), caption="看")

    message = await person.wait(lambda item: "photo" in item and item["from"]["is_bot"])
    shown = Image.open(io.BytesIO(await person.file(message["photo"][-1]["file_id"])))
    assert shown.size == (40, 40)
    assert text_of(message) == "顺便说一句 看"


async def test_each_picture_of_an_album_is_heard(person: Person) -> None:
    await person.album([picture(41), picture(42), picture(43)])

    await person.wait(lambda item: "photo" in item and item["photo"][-1]["width"] == 43)
    messages = await person.messages()
    shown = [item for item in messages if "photo" in item and item["from"]["is_bot"]]
    assert [item["photo"][-1]["width"] for item in shown] == [41, 42, 43]


async def test_a_file_that_is_too_big_is_refused_before_it_is_fetched(person: Person) -> None:
    await person.document(b"x" * (LARGEST + 1), name="big.pdf")

    message = await person.wait("太大")
    assert "你说了" in text_of(message)


@pytest.mark.parametrize("file_id", ["", "nonsense"])
async def test_a_file_nobody_knows_is_unavailable(edge: Edge, file_id: str) -> None:
    files = edge.conversation.files
    unknown = Attachment(file_id=file_id, unique_id="u", is_picture=False)

    with pytest.raises(FileUnavailable):
        await files.fetch(unknown, at_most=LARGEST)


async def test_a_size_that_was_not_said_is_found_out_while_downloading(
    edge: Edge, person: Person
) -> None:
    sent = await person.document(b"x" * 2_000, name="a.pdf")
    unsaid = Attachment(
        file_id=sent["document"]["file_id"], unique_id="u", is_picture=False, size=None
    )

    with pytest.raises(FileTooBig):
        await edge.conversation.files.fetch(unsaid, at_most=1_999)


async def test_a_file_from_disk_is_removed_once_it_was_sent(
    edge: Edge, person: Person, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"a,b")
    show = ShowFile(name="明细.csv", content=path)

    await edge.presenter.present(FINANCE, Response(language="zh_CN", shows=(show,)))

    message = await person.last()
    assert message["document"]["file_name"] == "明细.csv"
    assert await person.file(message["document"]["file_id"]) == b"a,b"
    assert not path.exists()


async def test_a_card_appears_where_it_was_not_and_is_edited_where_it_was(
    edge: Edge, person: Person
) -> None:
    await edge.messenger.show(CARD, FINANCE, anew=False)
    first = await person.last()
    await edge.messenger.show(CARD, FINANCE, anew=False)
    again = await person.last()
    await edge.messenger.show(CARD, FINANCE, anew=True)
    anew = await person.last()

    assert text_of(first) == "卡片 9"
    assert first["message_id"] == again["message_id"]
    assert anew["message_id"] > first["message_id"]
    assert await person.buttons(await person.message(first["message_id"])) == []


async def test_a_card_for_somebody_who_blocked_the_bot_is_given_up(
    edge: Edge, person: Person
) -> None:
    await person.block()

    await edge.messenger.show(CARD, FINANCE, anew=False)

    card = await edge.core.inbox.card(FINANCE, CARD)
    assert card is not None
    assert card.message_id is None

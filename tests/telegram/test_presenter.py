"""Responses as people see them, in the sandbox's Telegram."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import zxingcpp
from PIL import Image

from bot.conversations.model import Picture, Response, Say, Screen, ShowCard, ShowPlace, Text
from core.errors import RetryLater, Undeliverable
from core.ids import NoticeId, PersonId
from core.notices.model import Notice, NoticeKind
from sandbox.telegram.demo import FINANCE, VIEWER
from sandbox.telegram.person import Person, text_of
from sandbox.telegram.world import World
from tests.telegram.conftest import Edge
from tests.telegram.play_conversation import CARD, card, home


@pytest.fixture
async def person(base_url: str) -> object:
    async with Person(base_url, FINANCE) as someone:
        await someone.start()
        yield someone


def place(said: str, version: int = 1, message_id: int | None = None) -> Response:
    show = ShowPlace(
        screen=home(1, said),
        version=version,
        message_id=message_id,
        replace=message_id is not None,
    )
    return Response(language="zh_CN", shows=(show,))


def show_card(screen: Screen, *, anew: bool = False) -> Response:
    return Response(language="zh_CN", shows=(ShowCard(subject=CARD, screen=screen, anew=anew),))


async def test_a_screen_is_sent_and_then_edited_in_place(edge: Edge, person: Person) -> None:
    first = await edge.presenter.present(FINANCE, place("一"))
    second = await edge.presenter.present(FINANCE, place("二", 2, first))

    assert first == second
    message = await person.last()
    assert text_of(message) == "你说了二，一共 1 次"
    assert await person.buttons(message) == ["加一", "菜单"]


def pictured(said: str, version: int, message_id: int | None) -> Response:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(file, "PNG")
    screen = replace(home(1, said), image=Picture(content=file.getvalue()))
    show = ShowPlace(screen=screen, version=version, message_id=message_id, replace=True)
    return Response(language="zh_CN", shows=(show,))


async def test_a_text_becomes_a_picture_in_place_and_pictures_follow_in_it(
    edge: Edge, person: Person
) -> None:
    first = await edge.presenter.present(FINANCE, place("一"))
    second = await edge.presenter.present(FINANCE, pictured("二", 2, first))
    third = await edge.presenter.present(FINANCE, pictured("三", 3, second))

    assert first == second == third
    message = await person.last()
    assert message["photo"]
    assert text_of(message) == "你说了三，一共 1 次"


async def test_a_text_after_a_picture_is_sent_anew(edge: Edge, person: Person) -> None:
    first = await edge.presenter.present(FINANCE, place("一"))
    await edge.presenter.present(FINANCE, pictured("二", 2, first))
    third = await edge.presenter.present(FINANCE, place("三", 3, first))

    assert third != first
    assert first is not None
    assert await person.buttons(await person.message(first)) == []
    assert text_of(await person.last()) == "你说了三，一共 1 次"


async def test_the_same_screen_again_is_no_error(edge: Edge, person: Person) -> None:
    first = await edge.presenter.present(FINANCE, place("一"))

    assert await edge.presenter.present(FINANCE, place("一", 1, first)) == first


async def test_a_screen_whose_message_was_deleted_is_sent_anew(edge: Edge, person: Person) -> None:
    first = await edge.presenter.present(FINANCE, place("一"))
    assert first is not None
    await person.delete(first)

    second = await edge.presenter.present(FINANCE, place("二", 2, first))

    assert second != first
    assert text_of(await person.last()) == "你说了二，一共 1 次"


async def test_an_older_screen_loses_its_buttons(edge: Edge, person: Person) -> None:
    first = await edge.presenter.present(FINANCE, place("一"))
    assert first is not None
    below = ShowPlace(screen=home(1, "二"), version=2, message_id=first)

    await edge.presenter.present(FINANCE, Response(language="zh_CN", shows=(below,)))

    assert await person.buttons(await person.message(first)) == []
    assert await person.buttons(await person.last()) == ["加一", "菜单"]


async def test_messages_come_in_the_order_of_the_response(edge: Edge, person: Person) -> None:
    said = tuple(
        Say(screen=Screen(text=Text("play.said", {"said": str(number)}))) for number in range(3)
    )

    await edge.presenter.present(FINANCE, Response(language="en", shows=said))

    assert (await person.read())[-3:] == [f"By the way {number}" for number in range(3)]


async def test_what_people_type_cannot_format_or_hide(edge: Edge, person: Person) -> None:
    await edge.presenter.present(FINANCE, place('<a href="x">\u202e&lt;'))

    message = await person.last()
    assert text_of(message) == '你说了<a href="x">[U+202E]&lt;，一共 1 次'
    assert [entity["type"] for entity in message["entities"]] == ["bold"]


async def test_a_card_is_a_photo_that_is_edited_in_place(edge: Edge, person: Person) -> None:
    await edge.presenter.present(FINANCE, show_card(card(1)))
    sent = await person.last()
    await edge.presenter.present(FINANCE, show_card(card(2)))
    edited = await person.last()
    await edge.presenter.present(FINANCE, show_card(card(2, void=True)))
    voided = await person.last()

    assert sent["message_id"] == edited["message_id"] == voided["message_id"]
    assert [text_of(shown) for shown in (sent, edited, voided)] == ["卡片 1", "卡片 2", "卡片 2"]
    assert await person.decode_qr(edited) == "https://pay.example.com/1"
    picture = Image.open(io.BytesIO(await person.file(voided["photo"][-1]["file_id"])))
    assert not zxingcpp.read_barcodes(picture)


async def test_a_card_that_did_not_change_is_not_edited(
    edge: Edge, person: Person, world: World
) -> None:
    await edge.presenter.present(FINANCE, show_card(card(1)))
    before = world.trace.after(0)["last"]

    await edge.presenter.present(FINANCE, show_card(card(1)))

    assert world.trace.after(0)["last"] == before


async def test_a_card_sent_anew_retires_the_older_one(edge: Edge, person: Person) -> None:
    await edge.presenter.present(FINANCE, show_card(card(1)))
    older = await person.last()
    await edge.presenter.present(FINANCE, show_card(card(1), anew=True))

    newer = await person.last()
    assert newer["message_id"] != older["message_id"]
    assert await person.buttons(await person.message(older["message_id"])) == []
    assert await person.buttons(newer) == ["加一"]


async def test_a_photo_card_that_becomes_a_text_is_sent_anew(edge: Edge, person: Person) -> None:
    await edge.presenter.present(FINANCE, show_card(card(1)))
    photo = await person.last()
    await edge.presenter.present(FINANCE, show_card(card(2, image=False)))

    text = await person.last()
    assert text["message_id"] != photo["message_id"]
    assert "photo" not in text
    assert await person.buttons(await person.message(photo["message_id"])) == []


async def test_a_card_somebody_deleted_is_sent_anew(edge: Edge, person: Person) -> None:
    await edge.presenter.present(FINANCE, show_card(card(1)))
    await person.delete((await person.last())["message_id"])

    await edge.presenter.present(FINANCE, show_card(card(2)))

    assert text_of(await person.last()) == "卡片 2"


async def test_refreshing_a_subject_redraws_its_cards(edge: Edge, person: Person) -> None:
    await edge.presenter.present(FINANCE, show_card(card(1)))

    await edge.messenger.refresh(CARD)

    assert text_of(await person.last()) == "卡片 9"


async def test_one_card_that_cannot_be_reached_does_not_stop_the_others(
    edge: Edge, base_url: str, person: Person
) -> None:
    async with Person(base_url, VIEWER) as viewer:
        await viewer.start()
        await edge.presenter.present(VIEWER, show_card(card(1)))
        await edge.presenter.present(FINANCE, show_card(card(1)))
        await viewer.block()

        await edge.messenger.refresh(CARD)

    assert text_of(await person.last()) == "卡片 9"


async def test_refreshing_a_subject_nobody_has_a_card_of_does_nothing(edge: Edge) -> None:
    await edge.messenger.refresh("topup:none")

    assert await edge.core.inbox.cards_of("topup:none") == []


def notice(person_id: int) -> Notice:
    return Notice(
        notice_id=NoticeId(1),
        person_id=PersonId(person_id),
        account_id=None,
        kind=NoticeKind.ALARM,
        facts={},
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


async def test_a_notice_is_a_new_message_in_the_persons_language(
    edge: Edge, person: Person
) -> None:
    await edge.messenger.tell(notice(FINANCE), "en")

    assert text_of(await person.last()) == "By the way 到账"


async def test_a_notice_for_who_blocked_the_bot_is_undeliverable(
    edge: Edge, person: Person
) -> None:
    await person.block()

    with pytest.raises(Undeliverable):
        await edge.messenger.tell(notice(FINANCE), "en")


async def test_a_notice_that_must_wait_says_how_long(
    edge: Edge, person: Person, world: World
) -> None:
    world.faults.change({"rate_429": 1, "retry_after": 60})

    with pytest.raises(RetryLater) as caught:
        await edge.messenger.tell(notice(FINANCE), "en")

    assert caught.value.after_s == pytest.approx(60, abs=1)

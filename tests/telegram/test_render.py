"""Screens as messages: texts, keyboards and callback data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.buttons import references
from bot.conversations.model import (
    Button,
    CardMove,
    CardPress,
    Command,
    Copy,
    Move,
    Open,
    Other,
    Press,
    Screen,
    Style,
    Text,
    Toast,
)
from bot.telegram import callback_data
from bot.telegram.cutting import cut, shown_length
from bot.telegram.digest import Digest
from bot.telegram.render import Renderer
from tests.telegram.play_conversation import card, home
from tests.telegram.texts import catalogue

LABEL = Text("play.add")
RENDERER = Renderer(catalogue())


def test_buttons_of_a_screen_carry_its_version_and_their_place() -> None:
    shown = RENDERER.place(home(1, "x"), 36, "zh_CN")

    assert shown.keyboard is not None
    add, menu = shown.keyboard.inline_keyboard[0]
    assert (add.callback_data, menu.callback_data) == ("p:10:0", "n:menu")
    assert (add.text, menu.text) == ("加一", "菜单")


def test_the_references_saved_are_those_the_buttons_carry() -> None:
    rows = tuple(
        (Button(label=LABEL, action=Copy(value="x")), Button(label=LABEL, action=Move(name=name)))
        for name in ("one", "two")
    )
    screen = Screen(text=LABEL, rows=rows)

    shown = RENDERER.place(screen, 1, "en")

    assert shown.keyboard is not None
    carried = [
        button.callback_data.split(":")[2]
        for row in shown.keyboard.inline_keyboard
        for button in row
        if button.callback_data
    ]
    assert references(screen) == {"1": Move(name="one"), "3": Move(name="two")}
    assert carried == ["1", "3"]


def test_buttons_of_a_card_carry_its_reference() -> None:
    shown = RENDERER.card(card(1), "0123456789", "en")

    assert shown.keyboard is not None
    assert shown.keyboard.inline_keyboard[0][0].callback_data == "c:0123456789:more"


def test_links_copies_and_styles_reach_the_button() -> None:
    buttons = (
        Button(label=LABEL, action=Open(url="https://pay.example.com/1"), style=Style.PRIMARY),
        Button(label=LABEL, action=Copy(value="6222 0000")),
    )

    shown = RENDERER.message(Screen(text=LABEL, rows=(buttons,)), "en")

    assert shown.keyboard is not None
    pay, number = shown.keyboard.inline_keyboard[0]
    assert (pay.url, pay.style) == ("https://pay.example.com/1", "primary")
    assert number.copy_text is not None
    assert number.copy_text.text == "6222 0000"


def test_a_message_without_a_place_takes_no_move() -> None:
    row = (Button(label=LABEL, action=CardMove(name="more")),)

    with pytest.raises(ValueError, match="takes no such button"):
        RENDERER.place(Screen(text=LABEL, rows=(row,)), 1, "en")


def test_a_toast_is_plain_and_short() -> None:
    said = Toast(text=Text("play.home", {"said": "ha" * 150, "count": 1}))

    shown = RENDERER.toast(said, "en")

    assert len(shown) == 200
    assert shown.startswith("You said hahaha")


def test_a_caption_that_is_too_long_is_cut_to_what_telegram_takes() -> None:
    screen = Screen(text=Text("play.home", {"said": "<" * 2000, "count": 1}), image=card(1).image)

    shown = RENDERER.message(screen, "en")

    assert shown_length(shown.text) == 1024
    assert shown.text.endswith("…</b>")


@given(st.text(alphabet="ab<&>é中😀", max_size=60), st.integers(1, 50))
def test_a_cut_text_never_breaks_a_tag_or_a_sign(raw: str, longest: int) -> None:
    escaped = raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    html = f"<b>{escaped}<i>{escaped}</i></b>"

    short = cut(html, longest)

    assert shown_length(short) <= longest
    assert short.count("<b>") == short.count("</b>")
    assert short.count("<i>") == short.count("</i>")
    assert short.count("&") == short.count(";")


@given(st.integers(0, 2**31), st.integers(0, 99))
def test_a_press_means_what_the_button_said(version: int, place: int) -> None:
    data = callback_data.for_place(version, str(place))

    assert callback_data.read(data) == Press(version=version, reference=str(place))
    assert len(data.encode()) <= callback_data.LONGEST_BYTES


def test_the_longest_card_button_fits() -> None:
    data = callback_data.for_card("ABCDEFGHJK", "a" * 40)

    assert callback_data.read(data) == CardPress(reference="ABCDEFGHJK", move="a" * 40)
    assert len(data.encode()) <= callback_data.LONGEST_BYTES


def test_a_navigation_button_is_its_command() -> None:
    assert callback_data.read("n:balance") == Command(name="balance")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "p:",
        "p:1:",
        "p:-1:0",
        "p:１:0",
        "p:1:0\n",
        "p:1:0:0",
        "p:1_0:0",
        "c:abc:more",
        "c:0123456789:",
        "c:OOOOOOOOOO:more",
        "n:Balance",
        "n:balance topup",
        "confirm:100000000",
        "x" * 64,
        "\x00",
    ],
)
def test_forged_data_means_nothing(data: str) -> None:
    assert callback_data.read(data) == Other(what="button")


@given(st.text(max_size=64))
def test_any_data_at_all_can_be_read(data: str) -> None:
    assert callback_data.read(data) is not None


def test_a_digest_tells_what_changed() -> None:
    before = Digest.of(RENDERER.card(card(1), "0123456789", "en"))
    same = Digest.of(RENDERER.card(card(1), "0123456789", "en"))
    voided = Digest.of(RENDERER.card(card(1, void=True), "0123456789", "en"))

    assert before == same
    assert before.text == voided.text
    assert before.image != voided.image
    assert Digest.read(str(before)) == before
    assert Digest.read(None) is None

"""Screens as Telegram shows them: HTML, inline keyboards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import structlog
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.conversations.buttons import numbered
from bot.conversations.model import (
    Button,
    CardMove,
    Copy,
    Move,
    Navigate,
    Open,
    Picture,
    Qr,
    Screen,
    Text,
    Toast,
)
from bot.locales.catalogue import Catalogue
from bot.telegram import callback_data
from bot.telegram.cutting import cut

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_TOAST = 200
LONGEST_COPY = 256
BUTTONS_PER_ROW = 8
BUTTONS_PER_MESSAGE = 100
log = structlog.get_logger()

DataOf = Callable[[str, Button], str]  # callback data of a button, given its reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message ready to be sent: `text` is HTML, the caption where there is an image."""

    text: str
    keyboard: InlineKeyboardMarkup | None
    image: Qr | Picture | None


class Renderer:
    """Turns screens into messages, in the language asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def place(self, screen: Screen, version: int, language: str) -> Rendered:
        """The present screen of a chat, whose buttons carry its version."""

        def data(reference: str, button: Button) -> str:
            if isinstance(button.action, Move):
                return callback_data.for_place(version, reference)
            return _navigation(button)

        return self._render(screen, language, data)

    def card(self, screen: Screen, card_reference: str, language: str) -> Rendered:
        """A living card, whose buttons carry its reference."""

        def data(_reference: str, button: Button) -> str:
            if isinstance(button.action, CardMove):
                return callback_data.for_card(card_reference, button.action.name)
            return _navigation(button)

        return self._render(screen, language, data)

    def message(self, screen: Screen, language: str) -> Rendered:
        """A message no state hangs on: its buttons can only navigate, open and copy."""
        return self._render(screen, language, lambda _reference, button: _navigation(button))

    def caption(self, text: Text, language: str) -> str:
        """A text as HTML, no longer than a caption may be."""
        return cut(self._catalogue.say(language, text), LONGEST_CAPTION)

    def toast(self, toast: Toast, language: str) -> str:
        return _short(self._catalogue.plain(language, toast.text), LONGEST_TOAST, toast.text)

    def _render(self, screen: Screen, language: str, data: DataOf) -> Rendered:
        longest = LONGEST_CAPTION if screen.image else LONGEST_TEXT
        whole = self._catalogue.say(language, screen.text)
        text = cut(whole, longest)
        if text != whole:
            log.error("text.too_long", key=screen.text.key, language=language, limit=longest)
        return Rendered(
            text=text, keyboard=self._keyboard(screen, language, data), image=screen.image
        )

    def _keyboard(
        self, screen: Screen, language: str, data: DataOf
    ) -> InlineKeyboardMarkup | None:
        if not screen.rows:
            return None
        _check_size(screen)
        buttons = iter(
            [self._button(one, language, data(ref, one)) for ref, one in numbered(screen)]
        )
        return InlineKeyboardMarkup(
            inline_keyboard=[[next(buttons) for _ in row] for row in screen.rows]
        )

    def _button(self, button: Button, language: str, data: str) -> InlineKeyboardButton:
        label = self._catalogue.plain(language, button.label)
        style = button.style.value or None
        match button.action:
            case Open(url=url):
                return InlineKeyboardButton(text=label, style=style, url=url)
            case Copy(value=value):
                copied = CopyTextButton(text=_short(value, LONGEST_COPY, button.label))
                return InlineKeyboardButton(text=label, style=style, copy_text=copied)
            case Move() | CardMove() | Navigate():
                return InlineKeyboardButton(text=label, style=style, callback_data=data)
        assert_never(button.action)


def _navigation(button: Button) -> str:
    match button.action:
        case Navigate(command=command):
            return callback_data.for_command(command)
        case Open() | Copy():
            return ""
        case Move() | CardMove():
            raise ValueError(f"{button.label.key}: this kind of message takes no such button")
    assert_never(button.action)


def _check_size(screen: Screen) -> None:
    widest = max(len(row) for row in screen.rows)
    whole = sum(len(row) for row in screen.rows)
    if widest > BUTTONS_PER_ROW or whole > BUTTONS_PER_MESSAGE:
        raise ValueError(f"{screen.text.key}: up to 8 buttons in a row and 100 in a message")


def _short(value: str, longest: int, text: Text) -> str:
    if len(value) <= longest:
        return value
    log.error("text.too_long", key=text.key, limit=longest)
    return f"{value[: longest - 1]}…"

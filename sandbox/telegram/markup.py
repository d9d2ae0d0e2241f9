"""Buttons: what Telegram takes, and in which words it refuses the rest."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import telegram

from sandbox.telegram.call import Call
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.limits import (
    BUTTONS,
    BUTTONS_IN_ROW,
    CALLBACK_DATA_BYTES,
    COPY_TEXT_LENGTH,
    PLACEHOLDER_LENGTH,
)
from sandbox.telegram.model import Json, Markup

ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
STYLES = frozenset({"danger", "success", "primary"})
_WEB = frozenset({"http", "https"})
_OTHER_SCHEMES = frozenset({"tg", "ton", "tonsite"})


def read_markup(call: Call) -> Markup:
    markup = call.json("reply_markup", "reply keyboard markup")
    if markup is None:
        return Markup()
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return Markup(inline=_inline(markup["inline_keyboard"]))
    if "keyboard" in markup:
        return Markup(keyboard=_reply_keyboard(markup))
    if "force_reply" in markup or "remove_keyboard" in markup:
        _check_placeholder(markup)
        return Markup(keyboard=markup)
    return Markup()


def read_inline_markup(call: Call) -> Markup:
    """Edits take inline keyboards only; any other is passed over."""
    return Markup(inline=read_markup(call).inline)


def is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _rows(rows: object, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(
            f'field "{what}" of the {what.replace("_", " ")} must be an Array of Arrays'
        )
    kept = [row for row in rows if row]
    if sum(map(len, kept)) > BUTTONS or any(len(row) > BUTTONS_IN_ROW for row in kept):
        raise bad_request("reply markup is too long")
    return kept


def _inline(rows: object) -> telegram.InlineKeyboardMarkup | None:
    kept = _rows(rows, "inline_keyboard")
    if not kept:
        return None
    return telegram.InlineKeyboardMarkup(
        [[_inline_button(button) for button in row] for row in kept]
    )


def _inline_button(button: object) -> telegram.InlineKeyboardButton:
    if not isinstance(button, dict):
        raise _unparsable_button("expected an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _unparsable_button('field "text" must be a non-empty String')
    actions = [action for action in ACTIONS if button.get(action) is not None]
    if not actions:
        raise bad_request("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _unparsable_button("exactly one of the optional fields must be used")
    if button.get("style") not in {None, *STYLES}:
        raise _unparsable_button("invalid button style specified")
    check = _CHECKS.get(actions[0])
    if check:
        check(button[actions[0]])
    return telegram.InlineKeyboardButton.de_json(button)


def _unparsable_button(detail: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {detail}")


def _check_data(data: object) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_copy_text(copied: object) -> None:
    text = copied.get("text") if isinstance(copied, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= COPY_TEXT_LENGTH:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _check_url(url: object) -> None:
    """Telegram refuses addresses that lead to the reader's own machine.

    Here http to a loopback address passes, because that is where a product tried out on one
    machine has its pay pages.
    """
    if not isinstance(url, str) or any(character.isspace() for character in url):
        raise bad_request("BUTTON_URL_INVALID")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as broken:
        raise bad_request("BUTTON_URL_INVALID") from broken
    if parts.scheme in _OTHER_SCHEMES or (parts.scheme in _WEB and is_loopback(host)):
        return
    if parts.scheme not in {"", *_WEB}:
        raise _wrong_url(url, "Unsupported URL protocol")
    if parts.scheme and not host:
        raise bad_request("BUTTON_URL_INVALID")
    if "." not in (host or url):
        raise _wrong_url(url, "Wrong HTTP URL")


def _wrong_url(url: str, reason: str) -> ApiError:
    return bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")


_CHECKS: dict[str, Callable[[object], None]] = {
    "callback_data": _check_data,
    "copy_text": _check_copy_text,
    "url": _check_url,
}


def _reply_keyboard(markup: Json) -> Json:
    rows = _rows(markup["keyboard"], "keyboard")
    _check_placeholder(markup)
    buttons = [[_reply_button(button) for button in row] for row in rows]
    return {**markup, "keyboard": buttons}


def _reply_button(button: object) -> Json:
    data = {"text": button} if isinstance(button, str) else button
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or not data["text"]:
        raise bad_request('can\'t parse keyboard button: field "text" must be of type String')
    return telegram.KeyboardButton.de_json(data).to_dict()


def _check_placeholder(markup: Json) -> None:
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= len(placeholder) <= PLACEHOLDER_LENGTH:
        raise bad_request("INPUT_FIELD_PLACEHOLDER_INVALID")

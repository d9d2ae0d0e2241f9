"""How values from people and from the books look inside a text: escaped, visible, formatted."""

import html
from datetime import date, datetime, tzinfo

from babel.dates import format_date, format_skeleton

from core import money

_KEPT = frozenset("\u00a0\u2009\u3000\ufe0f")  # spaces, and what makes a symbol an emoji
_JOINER = "\u200d"  # between two symbols it makes one emoji of them
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters nobody sees


def visible(value: str) -> str:
    """The value on one line, with signs that could hide, reorder or fake text shown as codes."""
    if value.isprintable() and _BLANK.isdisjoint(value):
        return value
    return "".join(
        sign if _harmless(value, place, sign) else f"[U+{ord(sign):04X}]"
        for place, sign in enumerate(value)
    )


def _harmless(value: str, place: int, sign: str) -> bool:
    if sign == _JOINER:
        around = value[place - 1 : place] + value[place + 1 : place + 2]
        return len(around) == 2 and all(_is_pictorial(one) for one in around)
    return sign in _KEPT or (sign.isprintable() and sign not in _BLANK)


def _is_pictorial(sign: str) -> bool:
    return sign == "\ufe0f" or (ord(sign) >= 0x2600 and not sign.isalnum())


def as_html(value: str) -> str:
    """The one way by which a value from outside enters a message."""
    return html.escape(visible(value), quote=False)


def formatted(name: str, value: str | int, zone: tzinfo, language: str) -> tuple[str, str]:
    """The field as a text names it: `amount_fen=100` is `amount`, `¥1.00`.

    A whole number named `…_fen` is money, an ISO time named `…_at` is told in the zone, an ISO
    date named `…_on` as the language writes dates.
    """
    if name.endswith("_fen") and isinstance(value, int):
        return name.removesuffix("_fen"), money.show(value)
    if name.endswith("_at") and isinstance(value, str):
        moment = datetime.fromisoformat(value).astimezone(zone)
        return name.removesuffix("_at"), moment.strftime("%Y-%m-%d %H:%M")
    if name.endswith("_on") and isinstance(value, str):
        told = format_date(date.fromisoformat(value), "medium", locale=language)
        return name.removesuffix("_on"), told
    return name, str(value)


def short_day(day: date, language: str) -> str:
    """Month and day as the language writes them: `11月3日`, `Nov 3`."""
    return format_skeleton("MMMd", day, locale=language)

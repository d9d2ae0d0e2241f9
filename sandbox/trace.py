"""A readable record of what the bot was asked and answered, for people who look on."""

import json
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEPT = 2000
LONGEST_TEXT = 4000
MASK = "•••"

_SECRET_NAME = re.compile(
    r"token|secret|passw|authorization|api.?key|private.?key|card.?number|cvc|^key$|^pan$",
    re.IGNORECASE,
)
_TOKEN_IN_TEXT = re.compile(r"\d{5,}:[A-Za-z0-9_-]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceItem:
    number: int
    at: float
    side: str
    title: str
    request: object
    response: object
    status: int

    def shown(self) -> dict[str, Any]:
        return {
            "n": self.number,
            "at": self.at,
            "side": self.side,
            "title": self.title,
            "request": masked(self.request),
            "response": masked(self.response),
            "status": self.status,
        }


class Trace:
    """Keeps the newest items as they came; secrets are masked when somebody reads them."""

    def __init__(self) -> None:
        self._items: deque[TraceItem] = deque(maxlen=KEPT)
        self._last = 0

    def record(
        self, side: str, title: str, request: object, response: object, status: int
    ) -> None:
        """`side` is telegram, updates, wechat or platform; bodies may be text, bytes or JSON."""
        self._last += 1
        item = TraceItem(
            number=self._last,
            at=time.time(),
            side=side,
            title=title,
            request=request,
            response=response,
            status=status,
        )
        self._items.append(item)

    def after(self, number: int) -> dict[str, Any]:
        items = [item.shown() for item in self._items if item.number > number]
        return {"items": items, "last": self._last}


def masked(value: object, name: str = "") -> Any:
    """A copy fit for a page: without secrets, without bytes, and of bearable length."""
    if isinstance(value, Mapping):
        return {str(key): masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [masked(inner, name) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if value and _SECRET_NAME.search(name):
        return MASK
    return _text_shown(_as_text(value))


def _as_text(value: object) -> str:
    if not isinstance(value, bytes | bytearray):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"<{len(value)} bytes>"


def _text_shown(value: str) -> Any:
    if value[:1] in {"{", "["}:
        try:
            return masked(json.loads(value))
        except ValueError:
            pass
    text = _TOKEN_IN_TEXT.sub(MASK, value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"

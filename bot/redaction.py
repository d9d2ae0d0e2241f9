"""Takes secrets out of everything that is about to be logged."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

HIDDEN = "***"
SHORTEST_SECRET = 4  # a shorter one would blank out ordinary words
SHORTEST_FORM = 10  # nothing below is as short, and most fields are
_FORMS = (
    # A bot's token, as such and inside addresses, its colon escaped or not.
    (re.compile(r"\d{5,20}(?::|%3[Aa])[A-Za-z0-9_-]{30,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{4,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|$)"), HIDDEN),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]+"), HIDDEN),
    (re.compile(r"\b[rs]k_(?:live|test)_\w+"), HIDDEN),
    # Whoever has one of these may link a chat, or see a payment.
    (re.compile(r"\blink_[A-Za-z0-9_-]{16,}"), f"link_{HIDDEN}"),
    (re.compile(r"/pay/[A-Za-z0-9_-]{16,}"), f"/pay/{HIDDEN}"),
)
_SECRET_NAME = re.compile(
    r"(?i)(^|_|-)(token|secret|passwd|password|authorization|api_?key|private_?key|cookie)$"
)
# 13 to 19 digits as cards have them: cards in use begin with 2 to 6.
_DIGITS = re.compile(r"(?<![\d.])[2-6](?:[ -]?\d){12,18}(?!\d)")


class Redaction:
    """Hides known secrets by their text, and unknown ones by their form or their field's name."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        written = {form for secret in secrets for form in _written(secret)}
        longest_first = sorted(written, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if written else None

    def text(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        if len(text) < SHORTEST_FORM:
            return text
        for form, shown in _FORMS:
            text = form.sub(shown, text)
        return _DIGITS.sub(_without_card, text)

    def fields(self, fields: Mapping[str, object]) -> dict[str, object]:
        return {
            self.text(str(name)): HIDDEN if _names_a_secret(str(name)) else self._value(value)
            for name, value in fields.items()
        }

    def _value(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return self.fields(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(item) for item in value]
        return self.text(value if isinstance(value, str) else repr(value))


@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _written(secret: str) -> set[str]:
    """The ways a secret may stand in a text: as it is, in an address, in JSON, in a repr."""
    ways: tuple[Callable[[str], str], ...] = (
        str,
        lambda text: quote(text, safe=""),
        lambda text: json.dumps(text)[1:-1],
        lambda text: repr(text)[1:-1],
    )
    return {way(secret) for way in ways} if len(secret) >= SHORTEST_SECRET else set()


def _without_card(match: re.Match[str]) -> str:
    digits = [int(symbol) for symbol in match[0] if symbol.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return HIDDEN if is_card else match[0]

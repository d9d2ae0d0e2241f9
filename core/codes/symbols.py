"""What a top-up code looks like: 25 symbols of Crockford's base 32, the last one a check symbol.

The check is a sum over GF(32) in which the n-th symbol from the end weighs 2 to the n-th power: no
one symbol that is mistyped, and no two that change places, leave it as it was.
"""

import re
from collections.abc import Iterable

from core.ids import ALPHABET, Ids

LENGTH, GROUP = 25, 5
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_FIELD = 0b100101  # x⁵ + x² + 1: the powers of 2 run through all of GF(32) but zero
_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
_FORGIVEN = str.maketrans("OIL", "011")
_HYPHENS = r"\-\u2010-\u2015\u2212\ufe63"
_BETWEEN = re.compile(rf"[\s\u200b\u00b7{_HYPHENS}]+")
_WRITTEN = re.compile(
    rf"(?<![0-9A-Z])(?:CODE_)?([0-9A-TV-Z]{{5}}(?:[ \u3000{_HYPHENS}]?[0-9A-TV-Z]{{5}}){{4}})"
    r"(?![0-9A-Z])"
)


def fresh(ids: Ids) -> str:
    """A new code, without hyphens: 120 bits of the system's chance."""
    body = ids.short(LENGTH - 1)
    return body + ALPHABET[_double(_sum(body))]


def grouped(code: str) -> str:
    """As it is printed: `8F3KQ-…`, five groups of five."""
    return "-".join(code[place : place + GROUP] for place in range(0, LENGTH, GROUP))


def read(text: str) -> str | None:
    """The code somebody typed, if it is one without a typing error; nothing else in the text.

    Any case, full-width letters, hyphens and blanks are forgiven, and O for 0, I and L for 1.
    """
    return _checked(_BETWEEN.sub("", _folded(text)))


def found_in(text: str) -> str | None:
    """A code that stands somewhere in a text: in one piece, or in five groups of five.

    A number alone is never one: other papers have numbers of 25 digits too.
    """
    for match in _WRITTEN.finditer(_folded(text)):
        code = read(match[1])
        if code is not None and not _BETWEEN.sub("", match[1]).isdecimal():
            return code
    return None


def is_near(text: str) -> bool:
    """Whether a text looks like an attempt at a code, right or wrong."""
    return LENGTH - 3 <= len(_BETWEEN.sub("", _folded(text))) <= LENGTH + 3


def _folded(text: str) -> str:
    return text.translate(_FULL_WIDTH).upper()


def _checked(folded: str) -> str | None:
    code = folded.translate(_FORGIVEN)
    if len(code) != LENGTH or not _VALUES.keys() >= set(code):
        return None
    return code if _sum(code) == 0 else None


def _sum(symbols: Iterable[str]) -> int:
    total = 0
    for symbol in symbols:
        total = _double(total) ^ _VALUES[symbol]
    return total


def _double(value: int) -> int:
    doubled = value << 1
    return doubled ^ _FIELD if doubled > 31 else doubled

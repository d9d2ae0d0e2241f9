"""The short reference of a remittance: made, checked, and found in what a bank writes.

`R7K3M9QZ2F` is an R, eight symbols of Crockford's base 32 and one that checks them. It fits any
bank's remark. The check is a sum over the field of 32 elements, each place with a weight of its
own: one wrong symbol, and any two that changed places, are always noticed.
"""

import re
import unicodedata

from core.ids import ALPHABET, Ids

PREFIX = "R"
BODY = 8
LENGTH = len(PREFIX) + BODY + 1
_FIELD = 0b100101  # x⁵ + x² + 1, which makes a field of five bits
_BETWEEN = re.compile(r"[\s\-_.·/]+")
_SHAPE = re.compile(rf"(?=({PREFIX}[{ALPHABET}]{{{BODY + 1}}}))")
_MISREAD = str.maketrans("OIL", "011")


def new_reference(ids: Ids) -> str:
    body = ids.short(BODY)
    return f"{PREFIX}{body}{_check(body)}"


def is_reference(text: str) -> bool:
    body = text[len(PREFIX) : -1]
    shaped = len(text) == LENGTH and text.startswith(PREFIX) and set(body) <= set(ALPHABET)
    return shaped and text[-1] == _check(body)


def find_references(text: str) -> list[str]:
    """Every reference that stands in a free text, each once, in order.

    Case, spaces, hyphens, full-width letters, and O, I and L for 0 and 1 are forgiven. By chance
    one in 32 strings of this shape passes the check: compare with a reference you know.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = _BETWEEN.sub("", plain).translate(_MISREAD)
    shaped = [match[1] for match in _SHAPE.finditer(plain)]
    return list(dict.fromkeys(item for item in shaped if is_reference(item)))


def _check(body: str) -> str:
    total, weight = 0, 1
    for symbol in body:
        weight = _times(weight, 2)
        total ^= _times(weight, ALPHABET.index(symbol))
    return ALPHABET[total]


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & 0b100000:
            one ^= _FIELD
        other >>= 1
    return product

"""Finds numbers of payment cards in what people type, so that they are kept nowhere.

Prefixes and lengths as in ISO/IEC 7812 and the schemes' published ranges; the check digit is
Luhn's.
"""

import re

MASK = "•"
_RUN = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])\d{14}"  # MasterCard
    r"|35\d{14}"  # JCB
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners
    r"|6(?:011|5\d\d)\d{12}"  # Discover
    r"|62\d{14,17}"  # UnionPay
)
_MASKED = re.compile(rf"{MASK}(?:[ -]?{MASK}){{12,18}}")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def masked(text: str) -> str:
    """The text with every digit of a card number replaced; its length stays."""
    plain = text.translate(_FULL_WIDTH)
    kept = list(text)
    for run in _RUN.finditer(plain):
        if _is_card(re.sub(r"[ -]", "", run.group())):
            kept[run.start() : run.end()] = re.sub("[0-9]", MASK, run.group())
    return "".join(kept)


def was_masked(text: str) -> bool:
    """Whether a card number stood here."""
    return _MASKED.search(text) is not None


def _is_card(digits: str) -> bool:
    if _SCHEMES.fullmatch(digits) is None:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0

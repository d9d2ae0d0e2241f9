"""From the text of a cell to a day or an amount in fen; None where it is neither."""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

LARGEST_FEN = 10**15
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})(?!\d)|(\d{4})(\d{2})(\d{2})\d{6}")
_AMOUNT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")


def plain(text: str) -> str:
    """Without the wrapping that keeps a spreadsheet from reading a number as one."""
    text = unicodedata.normalize("NFKC", text).strip().strip("\t'` ")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return " ".join(text.split())


def day_of(text: str) -> date | None:
    match = _DAY.match(plain(text))
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part is not None]
    try:
        return date(*parts)
    except ValueError:
        return None


def fen_of(text: str) -> int | None:
    """Whole fen, with its sign; a fraction of a fen is not an amount."""
    text = plain(text).removeprefix("CNY").removeprefix("RMB").strip("¥元 ").replace(" ", "")
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        fen = Decimal(text.replace(",", "")) * 100
    except InvalidOperation:
        return None
    whole = int(fen)
    return whole if whole == fen and abs(whole) <= LARGEST_FEN else None

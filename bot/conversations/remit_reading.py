"""What people type about a transfer, read: dates in the forms they use."""

import re
from datetime import date, timedelta

from bot.conversations.model import Text

_FORM = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?")
_EIGHT = re.compile(r"\d{8}")
_BY_WORD = {
    "今天": 0,
    "今日": 0,
    "today": 0,
    "昨天": 1,
    "昨日": 1,
    "yesterday": 1,
    "前天": 2,
}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－／．", "0123456789-/.")


def read_date(text: str, today: date) -> date | None:
    """`2026-11-22`, `20261122`, `2026年11月22日`, 今天, 昨天; None for all else."""
    said = text.translate(_FULL_WIDTH).strip().lower()
    if said in _BY_WORD:
        return today - timedelta(days=_BY_WORD[said])
    if re.fullmatch(r"\d+", said) and not _EIGHT.fullmatch(said):
        return None
    match = _FORM.fullmatch(said)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def way_text(way: str | None) -> Text:
    return Text(f"remit.way_{way}") if way else Text("remit.unsaid")

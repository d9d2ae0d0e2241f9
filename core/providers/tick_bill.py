"""What the daily bills of QQ Wallet and Tenpay share: ticks before values, yuan, Beijing time."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from core.errors import ForgedMessage

BEIJING = timezone(timedelta(hours=8))
_RATE = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,4})?)%")
_LINE_END = re.compile(r"\r?\n|\\n")  # one client has met a written-out \n


def rows(bill: str, needed: frozenset[str], summary: str) -> Iterator[Mapping[str, str]]:
    """Each line by its headings, up to the summary, whose count has to be right."""
    lines = [line for line in _LINE_END.split(bill.lstrip("\ufeff")) if line.strip()]
    headings = [plain(cell) for cell in lines[0].split(",")] if lines else []
    if not needed.issubset(headings):
        raise ForgedMessage(f"a bill's first line must name {'、'.join(sorted(needed))}")
    for number, line in enumerate(lines[1:], start=1):
        if plain(line.split(",")[0]).startswith(summary):
            _check_count(lines[number + 1 :], number - 1)
            return
        cells = [plain(cell) for cell in line.split(",")]
        if len(cells) != len(headings):
            raise ForgedMessage(f"line {number + 1} of the bill has {len(cells)} values")
        yield dict(zip(headings, cells, strict=True))
    raise ForgedMessage("a bill must end with its summary")


def _check_count(after: list[str], count: int) -> None:
    told = plain(after[0].split(",")[0]) if after else ""
    if told != str(count):
        raise ForgedMessage(f"the bill announces {told or 'no'} lines and has {count}")


def plain(cell: str) -> str:
    return cell.strip().removeprefix("`").strip()


def fen(yuan: str) -> int:
    """Exact for whole fen; fees may have more places and are rounded half up."""
    try:
        amount = Decimal(yuan or "0") * 100
    except InvalidOperation as fault:
        raise ForgedMessage(f"{yuan!r} is no amount in yuan") from fault
    if not amount.is_finite():
        raise ForgedMessage(f"{yuan!r} is no amount in yuan")
    return int(amount.to_integral_value(rounding=ROUND_HALF_UP))


def due_fee_fen(base_fen: int, rate: str) -> int | None:
    """What a rate such as `0.60%` makes of an amount; None where no rate is named."""
    if not (match := _RATE.fullmatch(rate.strip())):
        return None
    fee = Decimal(base_fen) * Decimal(match[1]) / 100
    return int(fee.to_integral_value(rounding=ROUND_HALF_UP))


def moment(text: str) -> datetime:
    """`2026-11-22 20:15:00` or `20261122201500`, Beijing time."""
    digits = re.sub(r"[^0-9]", "", text)
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING).astimezone(UTC)
    except ValueError as fault:
        raise ForgedMessage(f"{text!r} is no time") from fault

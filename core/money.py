"""Money is an integer number of fen; this file reads what people type and prints what they see."""

import re
from decimal import Decimal

from core.errors import AmountRefused

FEN_PER_YUAN = 100
MINIMUM_FEN = 1 * FEN_PER_YUAN
MAXIMUM_FEN = 9_999_999 * FEN_PER_YUAN

# Only these full-width forms are folded: Unicode normalisation would also read "10²" as 102.
_FOLDED = str.maketrans("０１２３４５６７８９，．￥", "0123456789,.¥")
_MARK = r"(?:¥|元|rmb|cny)"
_TYPED = re.compile(
    rf"{_MARK}?\s*(?P<whole>[0-9]{{1,12}}|[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,3}})"
    rf"(?:\.(?P<part>[0-9]{{1,4}}))?\s*(?P<wan>万)?\s*{_MARK}?",
    re.IGNORECASE,
)


def read_yuan(text: str, *, minimum_fen: int = MINIMUM_FEN, maximum_fen: int = MAXIMUM_FEN) -> int:
    """Fen of a typed top-up amount, which has to be whole yuan.

    Reads digits (full-width too), thousands separators in their right places, a currency mark on
    either side, and 万 for ten thousand. Raises `AmountRefused`, carrying the range, for all else.
    """
    yuan = _typed_yuan(text)
    fen = 0 if yuan is None or yuan % 1 else int(yuan) * FEN_PER_YUAN
    if not minimum_fen <= fen <= maximum_fen:
        raise AmountRefused(minimum_fen=minimum_fen, maximum_fen=maximum_fen)
    return fen


def read_amount(text: str, *, minimum_fen: int = 1, maximum_fen: int = MAXIMUM_FEN) -> int:
    """Fen of a typed amount that is no top-up: as `read_yuan`, with jiao and fen."""
    yuan = _typed_yuan(text)
    fen = Decimal(-1) if yuan is None else yuan * FEN_PER_YUAN
    if fen % 1 or not minimum_fen <= fen <= maximum_fen:
        raise AmountRefused(minimum_fen=minimum_fen, maximum_fen=maximum_fen)
    return int(fen)


def _typed_yuan(text: str) -> Decimal | None:
    """What the text says, None when it is no amount."""
    match = _TYPED.fullmatch(text.translate(_FOLDED).strip())
    if match is None:
        return None
    part, in_wan = match["part"] or "", match["wan"] is not None
    if not in_wan and len(part) > 2:  # 100.000 may mean a hundred thousand elsewhere
        return None
    whole = Decimal(f"{match['whole'].replace(',', '')}.{part or '0'}")
    return whole * (10_000 if in_wan else 1)


def show(fen: int) -> str:
    """Fen as people read it: `¥1,234.50`, `-¥0.05`."""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def whole_yuan(fen: int) -> str:
    """Whole yuan with separators and no mark, for ranges: `9,999,999`."""
    return f"{fen // FEN_PER_YUAN:,}"

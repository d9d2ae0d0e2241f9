"""What a file's writer is told first: everything but the rows, in the reader's language.

It knows neither the core nor the catalogues: it runs in a process of its own, which stays small.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Self

Row = list[object]  # written, happened, kind, channel, reference, available fen, frozen fen
COLUMNS = (
    "recorded",
    "occurred",
    "kind",
    "channel",
    "reference",
    "available_change",
    "frozen_change",
    "available",
    "frozen",
)
FIRST_AMOUNT = 5
TIME, OCCURRED, KIND, CHANNEL, REFERENCE, AVAILABLE, FROZEN = range(7)


class WrongSums(Exception):
    """The rows do not lead from the opening to the closing balances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The head of one export; `sums` are rows of kind, channel, count, in, out and net fen."""

    form: str
    name: str  # file name without its ending
    texts: Mapping[str, str]
    account: str
    account_id: str
    span: str
    made: str
    opening: Mapping[str, int]
    closing: Mapping[str, int]
    sums: list[list[object]]
    count: int
    credit_kinds: list[str]

    @classmethod
    def read(cls, line: str) -> Self:
        return cls(**json.loads(line))

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


class Running:
    """Both balances, row by row."""

    def __init__(self, header: Header) -> None:
        self.available = header.opening["available"]
        self.frozen = header.opening["frozen"]
        self.count = 0
        self._header = header

    def after(self, row: Row) -> tuple[int, int]:
        """What is held after this row."""
        self.available += int(str(row[AVAILABLE]))
        self.frozen += int(str(row[FROZEN]))
        self.count += 1
        return self.available, self.frozen

    def check(self) -> None:
        closing = self._header.closing
        found = (self.available, self.frozen, self.count)
        if found != (closing["available"], closing["frozen"], self._header.count):
            raise WrongSums(f"{found} instead of {closing} after {self._header.count} rows")


def yuan(fen: object) -> Decimal:
    """Exact yuan of whole fen."""
    return Decimal(int(str(fen))).scaleb(-2)


def shown(fen: object) -> str:
    """Yuan as people read them, with separators."""
    return f"{yuan(fen):,.2f}"


def facts(header: Header) -> Iterator[tuple[str, str]]:
    """Whose file this is, of when, made when."""
    yield header.texts["account"], f"{header.account} ({header.account_id})"
    yield header.texts["span"], header.span
    yield header.texts["made"], header.made

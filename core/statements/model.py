"""An account's history as people read it: lines, what to see of them, and sums of a span."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.ids import AccountId, PersonId, TransferId

PAGE = 8
PLACES = ("available", "frozen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, `since` included and `until` not; an open end is None."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Which lines of the history to see."""

    kind: str | None = None
    channel: str | None = None
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line's place in the order of the books."""

    at: datetime
    transfer_id: TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One movement of an account's money.

    `at` is when it was written, which is the order of the books; `occurred_at` when it happened
    where the money came from; `bank` the one that was chosen for online banking. A balance is
    None where the movement did not touch it.
    """

    transfer_id: TransferId
    at: datetime
    occurred_at: datetime
    kind: str
    channel: str | None
    reference: str
    bank: str | None = None
    available_fen: int = 0
    frozen_fen: int = 0
    available_after_fen: int | None = None
    frozen_after_fen: int | None = None

    @property
    def mark(self) -> Mark:
        return Mark(at=self.at, transfer_id=self.transfer_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Lines, newest first; `older` is where the next page begins, None on the last one."""

    lines: tuple[Line, ...]
    older: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What one kind by one channel did to the two balances in a span."""

    kind: str
    channel: str | None
    count: int
    available_fen: int
    frozen_fen: int
    in_fen: int
    out_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A span summed up from the ledger: opening + entries = closing, for both balances.

    `last_id` is the newest movement that counts: what is written later does not.
    """

    opening: Mapping[str, int]
    closing: Mapping[str, int]
    moved: tuple[Moved, ...]
    last_id: int

    @property
    def count(self) -> int:
        return sum(item.count for item in self.moved)


class ExportForm(StrEnum):
    """The files an export can be."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    PACK = "pack"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """Somebody asked for a file of a span."""

    person_id: PersonId
    account_id: AccountId
    account_name: str
    form: ExportForm
    span: Span
    ordered_at: datetime


class Exporter(Protocol):
    """Makes files and brings them to people."""

    async def deliver(self, order: ExportOrder, language: str) -> None:
        """Write the file and send it; raises `RetryLater`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A line of the audit trail, as the month-end pack lists it."""

    audit_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of an account in its zone: what it held at the end, what came, what was taken."""

    on: str  # ISO date
    available_fen: int
    frozen_fen: int
    credited_fen: int
    captured_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What one product took in a span."""

    product: str
    captured_fen: int
    purchases: int

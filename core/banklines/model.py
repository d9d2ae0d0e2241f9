"""Bank lines: money that a bank's statement says came in, and what became of each line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.errors import IllegalStep
from core.ids import PersonId


class LineState(StrEnum):
    """The life of a line; it credits at most one remittance."""

    NEW = "new"
    MATCHED = "matched"  # taken for a remittance that is not decided yet
    CREDITED = "credited"
    IGNORED = "ignored"  # not a remittance: interest, a transfer of our own
    RETURNED = "returned"  # sent back to who paid it


class LineEvent(StrEnum):
    MATCH = "match"
    RELEASE = "release"  # the remittance was rejected or withdrawn
    CREDIT = "credit"
    IGNORE = "ignore"
    RETURN = "return"
    REOPEN = "reopen"  # ignored by mistake


LINE_STEPS: Mapping[tuple[LineState, LineEvent], LineState] = {
    (LineState.NEW, LineEvent.MATCH): LineState.MATCHED,
    (LineState.NEW, LineEvent.IGNORE): LineState.IGNORED,
    (LineState.NEW, LineEvent.RETURN): LineState.RETURNED,
    (LineState.MATCHED, LineEvent.RELEASE): LineState.NEW,
    (LineState.MATCHED, LineEvent.CREDIT): LineState.CREDITED,
    (LineState.IGNORED, LineEvent.REOPEN): LineState.NEW,
}


def step(state: LineState, event: LineEvent) -> LineState:
    """The state after the event; raises `IllegalStep` where the table has none."""
    after = LINE_STEPS.get((state, event))
    if after is None:
        raise IllegalStep(record="BankLine", state=state, event=event)
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """An incoming line as a bank's file has it; texts are the bank's, empty where it has none."""

    booked_on: date
    amount_fen: int
    payer_name: str
    payer_account: str
    remark: str
    bank_id: str  # the bank's own number of the line: 流水号


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """A line as it is kept. `claim_id` names the remittance it was taken for."""

    line_id: int
    bank_account: str
    booked_on: date
    amount_fen: int
    payer_name: str
    payer_account: str
    remark: str
    bank_id: str
    references: frozenset[str]  # references of remittances that stand in the remark
    state: LineState
    claim_id: str | None
    note: str | None
    decided_by: PersonId | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What somebody says they paid, to be found among the lines: a remittance, in short.

    `payer_account` may be its last digits only.
    """

    claim_id: str
    reference: str
    amount_fen: int
    payer_name: str
    payer_account: str | None
    transferred_on: date | None
    serial_no: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLine:
    """A line by what its payer knows of it: all three have to agree."""

    amount_fen: int
    booked_on: date
    payer_name: str


class Reason(StrEnum):
    """Why a line fits a claim, strongest first."""

    REFERENCE = "reference"
    SERIAL_NO = "serial_no"
    AMOUNT = "amount"
    PAYER = "payer"
    PAYER_ACCOUNT = "payer_account"
    SAME_DAY = "same_day"
    NEAR_DAY = "near_day"  # within three days


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A line for a claim. Exact: the amount is the same, and the reference or the serial no."""

    claim_id: str
    line: BankLine
    score: int
    reasons: tuple[Reason, ...]

    @property
    def is_exact(self) -> bool:
        known = Reason.REFERENCE in self.reasons or Reason.SERIAL_NO in self.reasons
        return known and Reason.AMOUNT in self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Lines nobody has taken, by how they fit what waits, in numbers."""

    exact: int
    likely: int  # something fits, but not surely
    unmatched: int

    @property
    def total(self) -> int:
        return self.exact + self.likely + self.unmatched


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column of a bank's table is what, by the names in its heading.

    Either `credit` (incoming amounts have a column of their own), or `amount`: with `direction`
    a word says which way, without it outgoing amounts are negative.
    """

    booked_on: str
    credit: str = ""
    amount: str = ""
    direction: str = ""
    payer_name: str = ""
    payer_account: str = ""
    remarks: tuple[str, ...] = ()
    bank_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A statement as rows of texts, for which somebody has to say which column is what."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    proposed: Columns | None  # None: the heading was not understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read from a file; the counts are of lines that were left out."""

    account: str  # as the file names it; empty where it does not
    lines: tuple[StatementLine, ...]
    outgoing: int = 0
    foreign: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a statement brought: lines that are new, and lines that were known before."""

    new: int
    known: int
    outgoing: int
    foreign: int
    unreadable: int

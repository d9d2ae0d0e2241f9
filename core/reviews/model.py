"""What reviewers see of a remittance, and what became of their acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.banklines.model import BankLine, Match
from core.ids import PersonId
from core.remittance.model import (
    Evidence,
    Remittance,
    RemittanceEvent,
    RemittanceState,
    TimelineEntry,
)

LEASE = timedelta(minutes=15)
NO_LINE = 0  # in place of a bank line's id: approved without one
CHANGED_SHARE_PERCENT = 10  # a larger change of the amount needs a second reviewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """What the installation asks of reviews."""

    four_eyes_fen: int
    undo: timedelta
    review_chat_id: int | None = None

    def needs_second(self, declared_fen: int, received_fen: int) -> bool:
        """A large sum, or one that was changed by more than the set share."""
        if max(declared_fen, received_fen) > self.four_eyes_fen:
            return True
        change = abs(received_fen - declared_fen)
        return change * 100 > declared_fen * CHANGED_SHARE_PERCENT


class Seat(StrEnum):
    """Whose word a decision is: the first reviewer's, or the one who confirms it."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecision:
    """One reviewer's word on a remittance, in its seat."""

    seat: Seat
    round: int
    person_id: PersonId
    person_name: str
    decision: RemittanceEvent
    received_fen: int | None
    reason: str | None
    at: datetime
    is_undone: bool


class WarningKind(StrEnum):
    """What a reviewer should look at twice; nothing is decided by it."""

    SAME_FILE = "same_file"
    LOOKS_ALIKE = "looks_alike"
    SAME_SERIAL = "same_serial"
    UNUSUAL_AMOUNT = "unusual_amount"
    OTHER_PAYER = "other_payer"
    HIDDEN_SIGNS = "hidden_signs"
    NO_BANK_DAYS = "no_bank_days"  # the due time is estimated


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning with what it points at."""

    kind: WarningKind
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRemittance:
    """A line of the account's remittance history."""

    reference: str
    state: RemittanceState
    amount_fen: int
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """A request to take a credit back, which a second person has to confirm."""

    reversal_id: int
    asked_by: PersonId
    asked_by_name: str
    reason: str
    state: str  # asked, done, refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """Everything on a review card."""

    remittance: Remittance
    payer: str
    files: tuple[Evidence, ...]
    timeline: tuple[TimelineEntry, ...]
    decisions: tuple[ReviewDecision, ...]
    warnings: tuple[Warned, ...]
    history: tuple[PastRemittance, ...]
    holder: PersonId | None
    holder_name: str
    reversal: Reversal | None
    now: datetime
    line: BankLine | None = None  # the bank line that is kept for it
    lines: tuple[Match, ...] = ()  # the best of those that are free, with the why

    @property
    def first(self) -> ReviewDecision | None:
        """The first reviewer's word of this round, while it stands."""
        standing = [
            item
            for item in self.decisions
            if item.round == self.remittance.round and not item.is_undone
        ]
        return standing[0] if standing else None

    @property
    def last(self) -> ReviewDecision | None:
        standing = [item for item in self.decisions if not item.is_undone]
        return standing[-1] if standing else None


class Outcome(StrEnum):
    """What became of a reviewer's act."""

    DONE = "done"
    HELD = "held"  # somebody else has it in work
    NOT_CLAIMED = "not_claimed"
    DECIDED = "decided"  # decided before this
    WITH_PAYER = "with_payer"  # more was asked for, and has not come
    SECOND_NEEDED = "second_needed"  # done; another reviewer has to confirm
    OWN_DECISION = "own_decision"  # the second word has to be somebody else's
    NOT_COVERED = "not_covered"  # the balance is too small to take it back
    TOO_LATE = "too_late"  # it is in the books already
    LINE_GONE = "line_gone"  # the bank line is not free any more, or not of this sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure:
    """A remittance that waits, with the one bank line that is surely its own."""

    remittance: Remittance
    line: BankLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What can be approved by its bank lines; `odd` ones have a warning to be looked at first."""

    sure: tuple[Sure, ...]
    odd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An act's outcome, and the case as it then stood."""

    outcome: Outcome
    view: ReviewView

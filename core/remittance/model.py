"""Bank transfers that a finance person declares and reviewers decide: data and the state table.

Every transition is in the table below; an event that is not in it raises `IllegalStep` and
changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from core.errors import IllegalStep
from core.ids import AccountId, PersonId

RemittanceId = NewType("RemittanceId", str)

LONGEST_NAME = 100
LONGEST_SERIAL = 64
LONGEST_TEXT = 500
LATEST_DIGITS = 8  # of the payer's account, from its end


class Way(StrEnum):
    """How the money travels."""

    TENPAY = "tenpay"
    CASH = "cash"  # at a bank counter, in Beijing only
    CHEQUE = "cheque"
    WIRE = "wire"
    ONLINE = "online"


class RemittanceState(StrEnum):
    """The life of a remittance; a claim whose lease is over counts as not claimed."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    APPROVED_ONCE = "approved_once"  # a second reviewer has to confirm
    NEEDS_INFO = "needs_info"  # the clock stands still until the payer answers
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RemittanceEvent(StrEnum):
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    CLAIM = "claim"
    RELEASE = "release"  # given back, or the lease is over
    APPROVE = "approve"
    APPROVE_ONCE = "approve_once"
    REJECT = "reject"
    ASK = "ask"
    UNDO = "undo"  # of an approval that is not posted yet


_S, _E = RemittanceState, RemittanceEvent
REMITTANCE_STEPS: Mapping[tuple[RemittanceState, RemittanceEvent], RemittanceState] = {
    (_S.DRAFT, _E.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _E.CLAIM): _S.IN_REVIEW,
    (_S.SUBMITTED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.IN_REVIEW, _E.RELEASE): _S.SUBMITTED,
    (_S.IN_REVIEW, _E.APPROVE): _S.APPROVED,
    (_S.IN_REVIEW, _E.APPROVE_ONCE): _S.APPROVED_ONCE,
    (_S.IN_REVIEW, _E.REJECT): _S.REJECTED,
    (_S.IN_REVIEW, _E.ASK): _S.NEEDS_INFO,
    (_S.APPROVED_ONCE, _E.CLAIM): _S.APPROVED_ONCE,
    (_S.APPROVED_ONCE, _E.RELEASE): _S.APPROVED_ONCE,
    (_S.APPROVED_ONCE, _E.APPROVE): _S.APPROVED,
    (_S.APPROVED_ONCE, _E.APPROVE_ONCE): _S.APPROVED_ONCE,  # another amount begins anew
    (_S.APPROVED_ONCE, _E.REJECT): _S.REJECTED,
    (_S.APPROVED_ONCE, _E.ASK): _S.NEEDS_INFO,
    (_S.NEEDS_INFO, _E.SUBMIT): _S.SUBMITTED,
    (_S.NEEDS_INFO, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _E.UNDO): _S.IN_REVIEW,
}


def step(state: RemittanceState, event: RemittanceEvent) -> RemittanceState:
    """The state after `event`, or `IllegalStep`."""
    try:
        return REMITTANCE_STEPS[state, event]
    except KeyError:
        raise IllegalStep(record="Remittance", state=state, event=event) from None


WAITING = frozenset({_S.SUBMITTED, _S.IN_REVIEW, _S.APPROVED_ONCE})  # on the reviewers' desk
ENDED = frozenset({_S.APPROVED, _S.REJECTED, _S.WITHDRAWN})


class RejectCode(StrEnum):
    """Why a remittance is rejected; a free text may stand beside it."""

    NOT_ARRIVED = "not_arrived"
    RECEIPT_UNREADABLE = "receipt_unreadable"
    RECEIPT_DIFFERS = "receipt_differs"
    DUPLICATE = "duplicate"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the payer says of the transfer; None where it is not said yet."""

    amount_fen: int | None = None
    payer_name: str | None = None
    payer_account: str | None = None  # its last digits
    transfer_date: date | None = None
    bank_serial: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """A bank transfer on its way to an account."""

    remittance_id: RemittanceId
    reference: str  # what people quote, and write into a bank's remark
    account_id: AccountId
    account_name: str
    person_id: PersonId  # who opened it
    submitted_by: PersonId | None
    way: Way | None
    state: RemittanceState
    replaces: RemittanceId | None  # the rejected one it was made from
    declared: Declared
    created_at: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    half_at: datetime | None
    due_is_estimated: bool
    paused_at: datetime | None
    clock_stage: int  # how far reminding went
    claimed_by: PersonId | None
    claimed_until: datetime | None
    asked_by: PersonId | None  # who asked for more, last
    round: int  # decisions of earlier rounds no longer count
    received_fen: int | None
    reject_code: RejectCode | None
    answer: str | None  # the reviewers' words to the payer
    post_at: datetime | None
    credited_at: datetime | None
    reversed_at: datetime | None

    def holder(self, now: datetime) -> PersonId | None:
        """Which reviewer has it in work, as long as the lease lasts."""
        if self.claimed_until is None or self.claimed_until <= now:
            return None
        return self.claimed_by

    def is_free(self, now: datetime) -> bool:
        """Whether the payer may still change or take back what was submitted."""
        if self.state in {_S.DRAFT, _S.SUBMITTED, _S.NEEDS_INFO}:
            return True
        return self.state is _S.IN_REVIEW and self.holder(now) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A receipt that was looked into and kept; `look` is alike for pictures that look alike."""

    sha256: str
    media_type: str
    size: int
    look: str | None = None
    name: str = ""


class Happened(StrEnum):
    """What stands in a remittance's timeline."""

    SUBMITTED = "submitted"
    CHANGED = "changed"
    RECEIPT = "receipt"
    WITHDRAWN = "withdrawn"
    CLAIMED = "claimed"
    RELEASED = "released"
    ASKED = "asked"
    ANSWERED = "answered"
    APPROVED_ONCE = "approved_once"
    APPROVED = "approved"
    UNDONE = "undone"
    REJECTED = "rejected"
    CREDITED = "credited"
    LATE = "late"
    REVERSAL_ASKED = "reversal_asked"
    REVERSAL_REFUSED = "reversal_refused"
    REVERSED = "reversed"


HIDDEN_FROM_PAYER = frozenset(
    {Happened.RELEASED, Happened.REVERSAL_ASKED, Happened.REVERSAL_REFUSED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened to a remittance, with the words said then."""

    at: datetime
    what: Happened
    person_id: PersonId | None
    person_name: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceView:
    """A remittance as its payer sees it; `ahead` is how many wait before it."""

    remittance: Remittance
    files: tuple[Evidence, ...]
    timeline: tuple[TimelineEntry, ...]
    ahead: int | None
    now: datetime
    has_line: bool = False  # the bank's statement has it: a line is kept for it

    @property
    def may_change(self) -> bool:
        return self.remittance.is_free(self.now)

"""Cases: what people have to decide, who may, and what they may decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.access.model import StaffRole
from core.ids import AccountId, CaseId, PaymentId, PersonId

LEASE = timedelta(minutes=15)
LONGEST_NOTE = 500
BREAK = "break_"  # how the kinds of reconciliation breaks begin


class CaseState(StrEnum):
    """The life of a case; a claim whose lease is over counts as open."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class CaseEvent(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"  # given back, or its lease is over
    RESOLVE = "resolve"
    SETTLE = "settle"  # the matter ended without a person


CASE_STEPS: Mapping[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.OPEN, CaseEvent.CLAIM): CaseState.CLAIMED,
    (CaseState.OPEN, CaseEvent.SETTLE): CaseState.RESOLVED,
    (CaseState.CLAIMED, CaseEvent.RELEASE): CaseState.OPEN,
    (CaseState.CLAIMED, CaseEvent.RESOLVE): CaseState.RESOLVED,
    (CaseState.CLAIMED, CaseEvent.SETTLE): CaseState.RESOLVED,
}


class Decision(StrEnum):
    """How a case can end."""

    CREDIT = "credit"  # suspense → the account
    RETURN = "return"  # suspense → back to the channel, by hand
    APPROVE = "approve"  # a refund that was asked for
    REFUSE = "refuse"
    DONE = "done"  # a refund by hand went out
    FAILED = "failed"  # it did not
    RESOLVE = "resolve"  # nothing moves, a note says why
    SETTLED = "settled"  # the matter ended by itself; nobody decides this


REFUND = "refund"
REFUND_BY_HAND = "refund_by_hand"
REFUND_ABNORMAL = "refund_abnormal"
DISPUTE = "dispute"  # the payer's bank asks about a payment
DISPUTE_LOST = "dispute_lost"  # and took it back
SUSPENSE_KINDS = frozenset({"unknown_order", "amount_differs"})
BY_REVIEWERS = frozenset({*SUSPENSE_KINDS, "other_currency", REFUND})

_BY_KIND: Mapping[str, tuple[Decision, ...]] = {
    "unknown_order": (Decision.CREDIT, Decision.RETURN),
    "amount_differs": (Decision.CREDIT, Decision.RETURN),
    REFUND: (Decision.APPROVE, Decision.REFUSE),
    REFUND_BY_HAND: (Decision.DONE, Decision.FAILED),
    REFUND_ABNORMAL: (Decision.DONE, Decision.FAILED),
}


def decisions_of(kind: str) -> tuple[Decision, ...]:
    """What may be decided about a case of this kind."""
    return _BY_KIND.get(kind, (Decision.RESOLVE,))


def decided_by(kind: str) -> StaffRole:
    """Whose desk a case of this kind is on."""
    return StaffRole.REVIEWER if kind in BY_REVIEWERS else StaffRole.OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something people have to decide, once."""

    case_id: CaseId
    kind: str
    dedupe_key: str
    state: CaseState
    account_id: AccountId | None
    payment_id: PaymentId | None
    amount_fen: int | None
    facts: Mapping[str, object]
    opened_at: datetime
    claimed_by: PersonId | None
    claimed_until: datetime | None
    flag: str | None  # what stood in the way of the last try
    decision: Decision | None
    note: str | None
    resolved_by: PersonId | None
    resolved_at: datetime | None

    def holder(self, now: datetime) -> PersonId | None:
        """Who has it in work, as long as the lease lasts."""
        if self.claimed_until is None or self.claimed_until <= now:
            return None
        return self.claimed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case with the names that a person reads."""

    case: Case
    account_name: str | None
    holder: PersonId | None
    holder_name: str
    resolver_name: str


class Result(StrEnum):
    """What became of an act on a case."""

    DONE = "done"
    HELD = "held"  # somebody else has it in work
    NOT_CLAIMED = "not_claimed"  # never claimed, or the lease is over
    DECIDED = "decided"  # decided before this
    NOT_COVERED = "not_covered"  # the available balance is too small: nothing moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """An act's result and the case as it then stood."""

    result: Result
    view: CaseView
    shortfall_fen: int = 0

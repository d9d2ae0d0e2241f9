"""What a provider's bill says, what our books say, and what their comparison can find."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import TypeVar

from core.channels import Channel
from core.ids import AccountId, CaseId, PaymentId, PersonId
from core.providers.base import RefundReport, Report
from core.refunds.model import RefundState

Item = TypeVar("Item")
BEIJING = timezone(timedelta(hours=8))  # every channel's bill is of a day there
AT_ONCE = 500  # values in one list of a statement, rows in one transaction
BILLS_KEPT = timedelta(days=90)


class Outcome(StrEnum):
    """What became of a line of the bill, or of something of ours that no bill has."""

    MATCHED = "matched"
    CREDITED = "credited"  # a missed payment of a known order, credited by this run
    LATE = "late"  # matched, but it stands in the bill of another day than its own
    VOID = "void"  # a refund that moved no money
    OURS_ONLY = "ours_only"  # a payment of ours that no bill has
    THEIRS_ONLY = "theirs_only"  # a payment of theirs that fits no order
    AMOUNT_DIFFERS = "amount_differs"
    DUPLICATE = "duplicate"  # billed twice
    CURRENCY = "currency"
    MERCHANT = "merchant"  # another merchant's or app's line
    FEE = "fee"  # not what the bill's own rate makes, or more than the payment
    REFUND_WITHOUT_ORDER = "refund_without_order"  # a refund that nobody here asked for
    REFUND_AMOUNT_DIFFERS = "refund_amount_differs"
    REFUND_MISSING = "refund_missing"  # a refund of ours that no bill has
    REFUND_STATE = "refund_state"  # one side says it happened, the other that it did not


_O = Outcome
# What people have to look at; the rest is as it should be.
BREAKS = frozenset(_O) - {_O.MATCHED, _O.CREDITED, _O.LATE, _O.VOID}
# Lines that say the same as the ledger, and are settled with their day. A fee that is wrong was
# kept all the same; money in suspense is in the ledger too.
SETTLES = frozenset({_O.MATCHED, _O.CREDITED, _O.LATE, _O.FEE})


# Where it helps to know whether a callback came.
ASKS_CALLBACKS = frozenset({_O.OURS_ONLY, _O.THEIRS_ONLY, _O.CREDITED})


class LineKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill. `number`: the provider's of a payment, ours (or theirs) of a refund."""

    kind: LineKind
    number: str
    order_no: str
    trade_no: str | None
    amount_fen: int
    currency: str | None
    fee_fen: int
    due_fee_fen: int | None
    occurred_at: datetime | None
    state: str | None  # of a refund, as the provider says
    refund_nos: tuple[str, ...] = ()  # the names a refund has
    payment: Report | None = None  # what the line reports, one of the two
    refund: RefundReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose order it is, and the merchant and app it was made for."""

    payment_id: PaymentId
    account_id: AccountId
    merchant: str
    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OurTrade:
    """A payment in our books. `doubt` is the case, not decided yet, that holds its money."""

    trade_id: int
    trade_no: str
    order_no: str
    merchant: str
    amount_fen: int
    currency: str
    occurred_at: datetime
    is_posted: bool  # other currencies are not in the ledger
    account_id: AccountId | None
    payment_id: PaymentId | None
    doubt: CaseId | None
    doubt_kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OurRefund:
    """A refund in our books; `by_hand`: people sent it, under a number of the provider's."""

    refund_id: str
    provider_refund_no: str | None
    trade_no: str
    order_no: str
    amount_fen: int
    state: RefundState
    by_hand: bool
    account_id: AccountId
    payment_id: PaymentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """Money that left suspense to go back to its payer, by hand."""

    case_id: CaseId
    trade_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A line in the bill of another day."""

    kind: LineKind
    number: str
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What we know, as far as one bill asks: by number, and what its day ought to show."""

    ours: tuple[str, str]  # merchant and app as configured now
    owners: Mapping[str, Owner] = field(default_factory=dict)
    trades: Mapping[str, OurTrade] = field(default_factory=dict)
    refunds: tuple[OurRefund, ...] = ()
    given_back: tuple[GivenBack, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    credited: frozenset[str] = frozenset()  # trades that this run credited
    due_trades: tuple[OurTrade, ...] = ()
    due_refunds: tuple[OurRefund, ...] = ()
    billed_refunds: frozenset[str] = frozenset()  # of ours, in the bills of other days


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One outcome: of a line, or (`line` None) of something that only we have."""

    outcome: Outcome
    number: str
    order_no: str
    amount_fen: int
    line: Line | None = None
    expected_fen: int | None = None
    detail: str | None = None
    heard: bool | None = None  # whether a callback told of the order; None: not asked
    account_id: AccountId | None = None
    payment_id: PaymentId | None = None
    trade_id: int | None = None
    refund_id: str | None = None
    case_id: CaseId | None = None  # the case that holds the matter already
    ends_refund: bool = False  # ours is under way, and the bill shows it done


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBreak:
    """A difference that nobody has decided yet, with its case, its age and its owner."""

    finding: Finding
    case_id: CaseId
    opened_at: datetime
    holder: PersonId | None


class Share(StrEnum):
    """Why money stands in a clearing account."""

    WAITING = "waiting"  # payments whose bill has not come
    MISSING = "missing"  # payments that their bill did not have
    BILLED = "billed"  # payments in the bill of a day that is not settled
    REFUNDED = "refunded"  # refunds and returns that no settled day has taken into account
    CAME_BACK = "came_back"  # refunds that failed after they were settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """What a clearing account holds, and why: the shares have to sum to it."""

    held_fen: int  # at the provider, ours
    shares: Mapping[Share, tuple[int, int]]  # how many, and fen

    @property
    def unexplained_fen(self) -> int:
        return self.held_fen - sum(fen for _, fen in self.shares.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a run found, and how the channel stands after it."""

    channel: Channel
    day: date
    outcomes: Mapping[Outcome, int]
    lines: int
    paid_fen: int
    refunded_fen: int
    fee_fen: int
    credited_fen: int
    breaks: tuple[OpenBreak, ...]
    new_breaks: int
    is_settled: bool
    clearing: Clearing

    @property
    def is_clean(self) -> bool:
        return not self.breaks and self.clearing.unexplained_fen == 0


def batches(values: Collection[Item]) -> Iterator[Sequence[Item]]:
    ordered = list(values)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def day_of(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def ready_at(day: date, hour: time) -> datetime:
    """When the bill of a day is out: at that hour of the next day."""
    return datetime.combine(day + timedelta(days=1), hour, BEIJING).astimezone(UTC)

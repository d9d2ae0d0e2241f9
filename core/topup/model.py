"""Top-ups and payments: frozen data and their state tables.

Every transition of either record is in the tables below; an event that is not in them raises
`IllegalStep` and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import TypeVar

from core.channels import Channel, Form
from core.errors import IllegalStep
from core.ids import AccountId, OrderNo, PaymentId, PersonId, TopUpId

CURRENCY = "CNY"
FAILURES_TO_FAIL = 3
FAILING_FOR = timedelta(minutes=10)


class TopUpState(StrEnum):
    """The life of a wish to top up."""

    OPEN = "open"
    FUNDED = "funded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class TopUpEvent(StrEnum):
    FUND = "fund"
    CANCEL = "cancel"
    EXPIRE = "expire"


TOP_UP_STEPS: Mapping[tuple[TopUpState, TopUpEvent], TopUpState] = {
    (TopUpState.OPEN, TopUpEvent.FUND): TopUpState.FUNDED,
    (TopUpState.OPEN, TopUpEvent.CANCEL): TopUpState.CANCELLED,
    (TopUpState.OPEN, TopUpEvent.EXPIRE): TopUpState.EXPIRED,
}


class PaymentState(StrEnum):
    """The life of one order at one provider."""

    CREATING = "creating"  # ours is written down, the provider may or may not know it
    WAITING = "waiting"  # the payer can pay
    AUTHORISED = "authorised"  # a card holds the amount, not yet captured
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"


class PaymentEvent(StrEnum):
    CREATED = "created"
    AUTHORISE = "authorise"
    PAY = "pay"
    CLOSE = "close"
    FAIL = "fail"


_P, _E = PaymentState, PaymentEvent
# Closed and failed lead to paid: money that arrives late is still money.
PAYMENT_STEPS: Mapping[tuple[PaymentState, PaymentEvent], PaymentState] = {
    (_P.CREATING, _E.CREATED): _P.WAITING,
    (_P.CREATING, _E.AUTHORISE): _P.AUTHORISED,
    (_P.CREATING, _E.PAY): _P.PAID,
    (_P.CREATING, _E.CLOSE): _P.CLOSED,
    (_P.CREATING, _E.FAIL): _P.FAILED,
    (_P.WAITING, _E.AUTHORISE): _P.AUTHORISED,
    (_P.WAITING, _E.PAY): _P.PAID,
    (_P.WAITING, _E.CLOSE): _P.CLOSED,
    (_P.WAITING, _E.FAIL): _P.FAILED,
    (_P.AUTHORISED, _E.PAY): _P.PAID,
    (_P.AUTHORISED, _E.CLOSE): _P.CLOSED,
    (_P.AUTHORISED, _E.FAIL): _P.FAILED,
    (_P.CLOSED, _E.PAY): _P.PAID,
    (_P.FAILED, _E.PAY): _P.PAID,
}
LIVE = frozenset({_P.CREATING, _P.WAITING, _P.AUTHORISED})

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


def step(table: Mapping[tuple[State, Event], State], state: State, event: Event) -> State:
    """The state after `event`, or `IllegalStep`."""
    try:
        return table[state, event]
    except KeyError:
        record = type(state).__name__.removesuffix("State")
        raise IllegalStep(record=record, state=state, event=event) from None


class Mark(StrEnum):
    """What was unusual about money that arrived."""

    LATE = "late"  # after the order or the top-up had ended; credited
    EXTRA = "extra"  # one more trade for the same top-up; credited, a refund may be asked
    MISMATCH = "mismatch"  # another amount than ordered; in suspense, with a case
    CURRENCY = "currency"  # another currency; a case without a posting


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """A person's wish to put an amount on an account."""

    top_up_id: TopUpId
    account_id: AccountId
    account_name: str
    person_id: PersonId
    amount_fen: int
    state: TopUpState
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One order at one provider."""

    payment_id: PaymentId
    top_up_id: TopUpId
    channel: Channel
    form: Form
    order_no: OrderNo
    merchant: str
    app: str
    amount_fen: int
    currency: str
    state: PaymentState
    mark: Mark | None
    bank: str | None
    provider_reference: str | None  # the provider's own name of the order
    reason: str | None  # why it failed, as a key of the texts
    qr_text: str | None
    address: str | None
    address_expires_at: datetime | None
    bridge_token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpView:
    """What a living card shows: the wish and its newest payment."""

    top_up: TopUp
    payment: Payment
    pay_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOffer:
    """A channel that is on, whether the amount fits it, and whether it fails at present."""

    channel: Channel
    minimum_fen: int
    maximum_fen: int
    fits: bool
    failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCalls:
    """How the calls to a channel went: failures in a row, and the last of them."""

    failures: int
    last_failure_at: datetime | None
    last_failure: str

    def fails(self, now: datetime) -> bool:
        """Whether people are told to rather take another channel."""
        recent = self.last_failure_at is not None and now - self.last_failure_at < FAILING_FOR
        return recent and self.failures >= FAILURES_TO_FAIL


class Landing(StrEnum):
    """What became of a report."""

    CREDITED = "credited"
    REPEATED = "repeated"  # this trade had landed before
    SUSPENDED = "suspended"  # in suspense or a case, for people to decide
    NOTED = "noted"  # the order's state moved, no money
    NOTHING = "nothing"  # it told nothing new
    UNCONFIRMED = "unconfirmed"  # the provider's own query says that nobody paid


LOOKS_S = (5, 15, 30, 60, 180, 300, 600, 1800)
HOURLY = timedelta(hours=1)
GRACE = timedelta(minutes=10)  # a provider may end an order later than we do


def next_look(created_at: datetime, expires_at: datetime, now: datetime) -> datetime:
    """When to ask the provider again: soon at first, hourly later, and once as the order ends."""
    planned = [created_at + timedelta(seconds=seconds) for seconds in LOOKS_S]
    planned += [moment for moment in (expires_at, expires_at + GRACE) if moment not in planned]
    later = [moment for moment in planned if moment > now]
    if later:
        return min(later)
    last = max(planned)
    return next(last + HOURLY * n for n in count(1) if last + HOURLY * n > now)

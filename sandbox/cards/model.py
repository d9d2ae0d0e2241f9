"""What the stand-in keeps of customers, cards, checkout sessions and money."""

from dataclasses import dataclass, field
from enum import StrEnum


class SessionStatus(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class IntentStatus(StrEnum):
    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is ever kept of a card."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    country: str | None
    fingerprint: str
    funding: str = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    name: str = ""
    email: str = ""
    country: str = ""


@dataclass(slots=True, kw_only=True)
class Customer:
    id: str
    created: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    description: str | None = None
    preferred_locales: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    is_deleted: bool = False


@dataclass(slots=True, kw_only=True)
class PaymentMethod:
    id: str
    created: int
    card: Card
    billing: Billing
    customer: str | None = None
    allow_redisplay: str = "unspecified"
    was_detached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the merchant asked for when it opened a session."""

    amount: int
    currency: str
    description: str
    success_url: str
    cancel_url: str | None
    expires_at: int
    customer: str | None
    order_no: str | None
    metadata: dict[str, str]
    intent_metadata: dict[str, str]
    capture_method: str
    setup_future_usage: str | None
    statement_descriptor_suffix: str | None
    can_save: bool
    can_remove: bool
    redisplay_filters: tuple[str, ...]
    brands_blocked: tuple[str, ...]
    request_three_d_secure: str
    billing_address_collection: str
    submit_type: str
    locale: str
    payment_method_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A card whose bank asks its holder first."""

    method: str
    save: bool


@dataclass(slots=True, kw_only=True)
class Session:
    id: str
    secret: str  # the unguessable part of the page's address
    url: str
    created: int
    offer: Offer
    status: SessionStatus = SessionStatus.OPEN
    intent: str | None = None
    waiting: Waiting | None = None
    declines: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Intent:
    id: str
    created: int
    amount: int
    currency: str
    capture_method: str
    customer: str | None
    metadata: dict[str, str]
    session: str | None = None
    status: IntentStatus = IntentStatus.REQUIRES_PAYMENT_METHOD
    amount_received: int = 0
    payment_method: str | None = None
    charge: str | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    last_error: dict[str, object] | None = None
    save: bool = False

    @property
    def amount_capturable(self) -> int:
        return self.amount if self.status is IntentStatus.REQUIRES_CAPTURE else 0


@dataclass(slots=True, kw_only=True)
class Charge:
    id: str
    created: int
    amount: int
    currency: str
    intent: str
    customer: str | None
    payment_method: str
    card: Card
    billing: Billing
    metadata: dict[str, str]
    capture_before: int
    was_authenticated: bool = False
    captured: bool = False
    disputed: bool = False
    amount_captured: int = 0
    amount_refunded: int = 0
    movement: str | None = None


@dataclass(slots=True, kw_only=True)
class Refund:
    id: str
    created: int
    amount: int
    currency: str
    charge: str
    intent: str
    reason: str | None
    metadata: dict[str, str]
    status: RefundStatus = RefundStatus.PENDING
    failure_reason: str | None = None
    movement: str | None = None
    failure_movement: str | None = None


@dataclass(slots=True, kw_only=True)
class Movement:
    """A line of the account's balance (Stripe: balance transaction)."""

    id: str
    created: int
    kind: str
    source: str
    amount: int
    currency: str
    fee: int
    exchange_rate: float | None
    available_on: int


@dataclass(slots=True, kw_only=True)
class Event:
    id: str
    created: int
    kind: str
    content: dict[str, object]
    previous: dict[str, object] | None
    request_id: str | None
    idempotency_key: str | None
    was_delivered: bool = False


Record = Customer | PaymentMethod | Session | Intent | Charge | Refund | Movement | Event

"""The port every payment provider's adapter speaks: what we ask, and what we are told.

Adapters translate between a provider's wire format and these types and never act: they see no
database, no ledger and no messenger. An adapter implements those of the small protocols below
that its provider can do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from core.channels import Channel, Form, SavedCard


class Outcome(StrEnum):
    """What a provider says of an order."""

    UNPAID = "unpaid"  # open, nobody has paid yet
    AUTHORISED = "authorised"  # a card holds the amount: `confirm` captures or cancels it
    PAID = "paid"  # the money is with the provider
    CLOSED = "closed"  # ended unpaid, can no longer be paid
    FAILED = "failed"  # a payment was tried and refused for good
    UNKNOWN = "unknown"  # the provider has no such order


class Source(StrEnum):
    """How a report reached us."""

    CALLBACK = "callback"
    QUERY = "query"
    BILL = "bill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What we ask a provider to collect. `order_no` is ours, 6-32 of `[0-9A-Za-z]`, never reused
    with other content. Amounts in fen of CNY; `expires_at` is aware.
    """

    order_no: str
    amount_fen: int
    description: str
    expires_at: datetime
    form: Form
    notify_url: str
    return_url: str
    payer_ip: str | None = None
    device: str | None = None
    ordered_at: datetime | None = None  # where a provider wants the beginning too; None: now
    bank: str | None = None  # a code of the channel's banks; None lets the payer choose there
    customer: str | None = None  # the payer at the provider, for channels that keep cards
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """How the payer pays: text to draw as a QR image, an address to open, or both (then the
    address is for a phone), and until when. `reference` is the provider's own name of the order,
    where later calls need it.
    """

    qr_text: str | None = None
    address: str | None = None
    reference: str | None = None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a provider told us of one order, checked for authorship, not yet for meaning.

    `merchant` and `app` are those the provider named. Facts of the payment (`trade_no`,
    `amount_fen`, `currency`, `occurred_at`) are None until somebody paid. `reason` says why an
    order failed, as one of the keys the texts know (`card_country`, `card_brand`, …).
    """

    channel: Channel
    source: Source
    event_id: str
    order_no: str
    outcome: Outcome
    merchant: str
    app: str
    trade_no: str | None = None
    amount_fen: int | None = None
    currency: str | None = None
    occurred_at: datetime | None = None
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Smallest and largest amount of one order, in fen."""

    minimum_fen: int
    maximum_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money to send back to where it came from. `refund_no` is its idempotency key."""

    refund_no: str
    order_no: str
    trade_no: str
    provider_refund_no: str | None = None  # once the provider named it
    refund_fen: int
    total_fen: int
    reason: str
    notify_url: str


class RefundState(StrEnum):
    """What a provider says of a refund."""

    PROCESSING = "processing"
    DONE = "done"
    CLOSED = "closed"  # did not happen; a new try needs a new refund number
    ABNORMAL = "abnormal"  # the payer's account cannot take it


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReport:
    """What a provider told us of one refund."""

    channel: Channel
    refund_no: str
    provider_refund_no: str
    state: RefundState
    refund_fen: int


class DisputeState(StrEnum):
    """How a payer's dispute with their bank stands."""

    OPEN = "open"  # the bank asks, or looks at what it was told
    WON = "won"  # nothing is taken back
    LOST = "lost"  # the money stays with the payer


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeReport:
    """What a provider told us of one disputed trade; it has to be answered by `due_at`."""

    channel: Channel
    merchant: str
    dispute_no: str
    trade_no: str
    state: DisputeState
    amount_fen: int
    currency: str
    reason: str
    opened_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The exact HTTP answer a provider expects to its callback."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


class Verdict(StrEnum):
    """What became of a callback, for `acknowledge`."""

    RECORDED = "recorded"
    FORGED = "forged"
    FAILED = "failed"


class Provider(Protocol):
    """What every online channel can do. Network calls time out after 5 s.

    `create`, `look_up` and `close` raise `ProviderUnavailable` or `ProviderRefused`; `create` with
    the same order again is safe. `read` is pure and raises `ForgedMessage`, or `NotOurMoney` for
    another merchant; None is a true message that says nothing of an order or a refund.
    `reference` is what `create` returned, None when that was never heard.
    `needs_payer`: `create` needs the payer's own browser (`payer_ip`), makes no call, and is done
    anew at each opening of the bridge page. `closes_after`: a younger order is never closed.
    """

    channel: Channel
    merchant: str
    app: str
    limits: Limits
    forms: frozenset[Form]
    needs_payer: bool
    closes_after: timedelta

    async def create(self, order: Order) -> Instructions: ...

    def read(
        self, headers: Mapping[str, str], body: bytes
    ) -> Report | RefundReport | DisputeReport | None: ...

    def acknowledge(self, verdict: Verdict) -> Reply: ...

    async def look_up(self, order_no: str, reference: str | None = None) -> Report: ...

    async def close(self, order_no: str, reference: str | None = None) -> None:
        """Ends an unpaid order; a channel that has no such call leaves it to expire."""
        ...


@runtime_checkable
class Confirms(Protocol):
    """A channel whose word is checked before money moves.

    Shared-key channels ask by query while the callback waits; what they then report stands for
    the callback. Cards (`confirms_later`) check the authorisation, then capture or cancel it, in
    a job of its own. Never called inside a transaction.
    """

    confirms_later: bool

    async def confirm(self, report: Report) -> Report:
        """What the provider itself says of the order of `report`; raises `ProviderUnavailable`,
        `ProviderRefused`, or `ForgedMessage` when its answer is of another order.
        """
        ...


@runtime_checkable
class Refunds(Protocol):
    """A channel that can send money back through its own call, if `can_refund` with its settings.

    The same order again is the same refund; look it up first after `ProviderUnavailable`.
    """

    @property
    def can_refund(self) -> bool: ...

    async def refund(self, order: RefundOrder) -> RefundReport: ...

    async def look_up_refund(self, order: RefundOrder) -> RefundReport: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """One line of a bill: a payment or a refund, and the fee the provider took (negative: gave
    back), in fen.

    `due_fee_fen` is what the bill's own rate makes of the line, where it names a rate;
    `trade_no` is the payment that a refund belongs to, where the bill names it.
    """

    report: Report | RefundReport
    order_no: str
    fee_fen: int
    due_fee_fen: int | None = None
    trade_no: str | None = None


@runtime_checkable
class Bills(Protocol):
    """A channel with a daily bill, of a day in Beijing, ready at `bill_ready` the next day."""

    bill_ready: time

    async def bill(self, day: date) -> tuple[BillRow, ...]:
        """Every paid trade and every refund of the day; `ProviderUnavailable` when not ready."""
        ...


@runtime_checkable
class KeepsCards(Protocol):
    """A channel that keeps cards for a payer who chose so."""

    async def new_customer(self, person: str) -> str:
        """The payer's id there; the same person again is the same id."""
        ...

    async def cards(self, customer: str) -> tuple[SavedCard, ...]: ...

    async def unbind(self, customer: str, card_id: str) -> None:
        """Forget a card for good; `NotFound` when it is not this customer's. Twice is once."""
        ...


@runtime_checkable
class ChecksItself(Protocol):
    """A channel with a question that shows, better than an unknown order, whether it works."""

    async def self_check(self) -> None:
        """Raises `ProviderError` when the channel cannot be used with its settings."""
        ...


@runtime_checkable
class HoldsCertificates(Protocol):
    """A channel whose callbacks may be checked by certificates that have to be fetched."""

    @property
    def needs_certificates(self) -> bool: ...

    async def refresh_certificates(self) -> None:
        """Await at the start and every 12 h; raises `ProviderError`."""
        ...

"""What QQ Wallet and Tenpay, two doors of one house, keep alike: orders, payments, refunds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Json = dict[str, object]
Pairs = dict[str, str]


class TradeState(StrEnum):
    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """How a payer pays: by default the right sum, in time, once, and announced once."""

    amount_fen: int | None = None  # what arrives instead of the sum asked, coupon included
    discount_fen: int = 0  # a coupon's part of it
    currency: str = "CNY"
    bank_type: str = ""  # the payer's choice at the cashier
    late: bool = False  # the order's time is over first
    again: bool = False  # also when it is paid already
    announce: bool = True
    times: int = 1
    concurrent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money a payer handed over; `total_fen` counts the coupon's `discount_fen` in."""

    transaction_id: str
    total_fen: int
    discount_fen: int
    currency: str
    bank_type: str
    payer: str
    at: datetime
    notify_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What the merchant asked for; `core` is what a repeat must bring again unchanged."""

    out_trade_no: str
    total_fen: int
    description: str
    notify_url: str
    core: tuple[str, ...]
    return_url: str = ""
    attach: str = ""
    bank_type: str = ""
    charset: str = "UTF-8"
    expires_at: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order; `token` is the secret part of the link that opens its pay page."""

    request: OrderRequest
    created_at: datetime
    expires_at: datetime
    token: str
    closed_at: datetime | None = None
    payments: tuple[Payment, ...] = ()
    declines: tuple[str, ...] = ()
    is_refunded: bool = False

    @property
    def out_trade_no(self) -> str:
        return self.request.out_trade_no

    def state(self, now: datetime) -> TradeState:
        if self.is_refunded:
            return TradeState.REFUND
        if self.payments:
            return TradeState.SUCCESS
        if self.closed_at is not None or now >= self.expires_at:
            return TradeState.CLOSED
        return TradeState.NOTPAY


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """One of `transaction_id` and `out_trade_no` is empty."""

    out_refund_no: str
    refund_fen: int
    transaction_id: str = ""
    out_trade_no: str = ""
    total_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """`status` is the provider's own word or number."""

    refund_id: str
    out_refund_no: str
    out_trade_no: str
    transaction_id: str
    refund_fen: int
    discount_fen: int
    total_fen: int
    created_at: datetime
    status: str
    ended_at: datetime | None = None

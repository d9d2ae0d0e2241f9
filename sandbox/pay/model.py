"""What the stand-in keeps: orders, payments and refunds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Product(StrEnum):
    """How an order is paid, by the name WeChat gives it as `trade_type`."""

    NATIVE = "NATIVE"
    H5 = "MWEB"


class TradeState(StrEnum):
    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


TRADE_STATE_TEXTS = {
    TradeState.NOTPAY: "订单未支付",
    TradeState.SUCCESS: "支付成功",
    TradeState.REFUND: "订单发生过退款",
    TradeState.CLOSED: "订单已关闭",
}


class RefundStatus(StrEnum):
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    ABNORMAL = "ABNORMAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money a payer handed over for an order; `total_fen` may differ from what was asked."""

    transaction_id: str
    total_fen: int
    currency: str
    bank_type: str
    openid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What the merchant asked for; `body` is its JSON with sorted keys, to compare repeats."""

    product: Product
    appid: str
    mchid: str
    out_trade_no: str
    description: str
    total_fen: int
    notify_url: str
    attach: str
    expires_at: datetime | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order; `link` is the code_url's or h5_url's secret part, the newest one alone counts."""

    request: OrderRequest
    created_at: datetime
    expires_at: datetime
    link: str
    link_made_at: datetime
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
class Refund:
    refund_id: str
    out_refund_no: str
    out_trade_no: str
    transaction_id: str
    refund_fen: int
    total_fen: int
    reason: str
    notify_url: str
    created_at: datetime
    status: RefundStatus
    ended_at: datetime | None = None

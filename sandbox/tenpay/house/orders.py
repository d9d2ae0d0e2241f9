"""The house's orders: made, found, closed, paid."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sandbox.pay.clock import ShiftedClock
from sandbox.tenpay.house.errors import Refused
from sandbox.tenpay.house.model import Order, OrderRequest, Paying, Payment, TradeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How a provider numbers what it makes."""

    merchant: str
    infix: str
    date_format: str

    def transaction(self, now: datetime) -> str:
        serial = f"{secrets.randbelow(10**10):010d}"
        return f"{self.merchant}{self.infix}{now:{self.date_format}}{serial}"

    def refund(self, now: datetime) -> str:
        return f"{self.infix}1{self.merchant}{now:%y%m%d}{secrets.randbelow(10**9):09d}"


class OrderBook:
    """All orders by number; the only place that changes one."""

    def __init__(self, clock: ShiftedClock, numbers: Numbers, *, longest_life: timedelta) -> None:
        self._clock = clock
        self._numbers = numbers
        self._longest_life = longest_life
        self._orders: dict[str, Order] = {}

    def create(self, request: OrderRequest) -> Order:
        """A repeat with the same content is the same order; any other is refused."""
        now = self._clock.now()
        known = self._orders.get(request.out_trade_no)
        if known is not None:
            if known.request.core != request.core and not known.payments:
                raise Refused("OUT_TRADE_NO_USED", "商户订单号重复：参数与原订单不一致")
            _check_payable(known, now)
            return known
        return self._keep(
            Order(
                request=request,
                created_at=now,
                expires_at=request.expires_at or now + self._longest_life,
                token=secrets.token_hex(12),
            )
        )

    def all(self) -> Iterable[Order]:
        """Newest first."""
        return reversed(self._orders.values())

    def get(self, out_trade_no: str) -> Order:
        order = self._orders.get(out_trade_no)
        if order is None:
            raise Refused("ORDERNOTEXIST", f"订单不存在：{out_trade_no}")
        return order

    def by_transaction(self, transaction_id: str) -> tuple[Order, Payment]:
        for order in self._orders.values():
            for payment in order.payments:
                if payment.transaction_id == transaction_id:
                    return order, payment
        raise Refused("INVALID_TRANSACTIONID", f"交易单号不存在：{transaction_id}")

    def by_token(self, token: str) -> Order | None:
        """The order a link leads to, while that link is alive."""
        for order in self._orders.values():
            if order.token == token:
                is_alive = self._clock.now() < order.created_at + self._longest_life
                return order if is_alive else None
        return None

    def close(self, out_trade_no: str, *, not_before: timedelta, too_early: str) -> None:
        order = self.get(out_trade_no)
        now = self._clock.now()
        if order.payments:
            raise Refused("ORDERPAID", "订单已支付，不能关闭")
        if order.state(now) is TradeState.CLOSED:
            raise Refused("ORDERCLOSED", "订单已关闭")
        if now < order.created_at + not_before:
            seconds = int(not_before.total_seconds())
            raise Refused(too_early, f"订单生成后 {seconds} 秒内不能关闭")
        self._keep(replace(order, closed_at=now))

    def expire(self, out_trade_no: str) -> Order:
        """Ends the order's life now, as if its time had passed."""
        return self._keep(replace(self.get(out_trade_no), expires_at=self._clock.now()))

    def pay(self, out_trade_no: str, paying: Paying) -> tuple[Order, Payment]:
        """Takes the payer's money; when late or again, also for an order that is over."""
        order = self.get(out_trade_no)
        now = self._clock.now()
        if not paying.late and not paying.again:
            _check_payable(order, now)
        payment = self.new_payment(order, paying, now)
        return self._keep(replace(order, payments=(*order.payments, payment))), payment

    def new_payment(self, order: Order, paying: Paying, at: datetime) -> Payment:
        total_fen = order.request.total_fen if paying.amount_fen is None else paying.amount_fen
        return Payment(
            transaction_id=self._numbers.transaction(at),
            total_fen=total_fen,
            discount_fen=min(paying.discount_fen, total_fen - 1),
            currency=paying.currency,
            bank_type=paying.bank_type,
            payer=secrets.token_hex(16).upper(),
            at=at,
            notify_id=secrets.token_hex(16),
        )

    def decline(self, out_trade_no: str, reason: str) -> Order:
        """A try that failed on the payer's side: the order stays unpaid and nobody is told."""
        order = self.get(out_trade_no)
        _check_payable(order, self._clock.now())
        return self._keep(replace(order, declines=(*order.declines, reason)))

    def mark_refunded(self, out_trade_no: str) -> Order:
        return self._keep(replace(self.get(out_trade_no), is_refunded=True))

    def _keep(self, order: Order) -> Order:
        self._orders[order.out_trade_no] = order
        return order


def _check_payable(order: Order, now: datetime) -> None:
    match order.state(now):
        case TradeState.NOTPAY:
            return
        case TradeState.CLOSED:
            raise Refused("ORDERCLOSED", "订单已关闭")
        case TradeState.SUCCESS | TradeState.REFUND:
            raise Refused("ORDERPAID", "订单已支付")

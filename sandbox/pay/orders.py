"""The stand-in's orders: made, found, closed, paid, as WeChat's rules have it."""

import secrets
import string
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.pay.clock import ShiftedClock
from sandbox.pay.errors import WechatError
from sandbox.pay.model import Order, OrderRequest, Payment, Product, TradeState
from sandbox.pay.requests import LONGEST_LIFE

LINK_LIFE = {Product.NATIVE: timedelta(hours=2), Product.H5: timedelta(minutes=5)}
CODE_URL = "weixin://wxpay/bizpayurl?pr="
_LETTERS = string.ascii_letters + string.digits


class OrderBook:
    """All orders by number; the only place that changes one."""

    def __init__(self, clock: ShiftedClock) -> None:
        self._clock = clock
        self._orders: dict[str, Order] = {}

    def create(self, request: OrderRequest) -> Order:
        now = self._clock.now()
        known = self._orders.get(request.out_trade_no)
        if known is None:
            order = Order(
                request=request,
                created_at=now,
                expires_at=request.expires_at or now + LONGEST_LIFE,
                link=_new_link(request.product),
                link_made_at=now,
            )
        else:
            _check_repeat(known, request, now)
            order = replace(known, link=_new_link(request.product), link_made_at=now)
        return self._keep(order)

    def all(self) -> Iterable[Order]:
        """Newest first."""
        return reversed(self._orders.values())

    def get(self, out_trade_no: str) -> Order:
        order = self._orders.get(out_trade_no)
        if order is None:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在")
        return order

    def by_transaction(self, transaction_id: str) -> Order:
        for order in self._orders.values():
            if any(payment.transaction_id == transaction_id for payment in order.payments):
                return order
        raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在")

    def by_link(self, link: str) -> Order | None:
        """The order a code or an H5 address leads to, while that link is alive."""
        now = self._clock.now()
        for order in self._orders.values():
            if order.link == link:
                is_alive = now < order.link_made_at + LINK_LIFE[order.request.product]
                return order if is_alive else None
        return None

    def close(self, out_trade_no: str) -> None:
        """Closing what is unknown or closed already succeeds, as it does at WeChat."""
        order = self._orders.get(out_trade_no)
        if order is None:
            return
        if order.payments:
            raise WechatError(400, "ORDERPAID", "订单已支付，不能关闭")
        self._keep(replace(order, closed_at=order.closed_at or self._clock.now()))

    def expire(self, out_trade_no: str) -> Order:
        """Ends the order's life now, as if its time had passed."""
        return self._keep(replace(self.get(out_trade_no), expires_at=self._clock.now()))

    def pay(
        self,
        out_trade_no: str,
        *,
        amount_fen: int | None = None,
        currency: str = "CNY",
        force: bool = False,
    ) -> tuple[Order, Payment]:
        """Takes the payer's money; `force` also for an order that is closed or paid."""
        order = self.get(out_trade_no)
        now = self._clock.now()
        if not force:
            _check_payable(order, now)
        payment = Payment(
            transaction_id=_new_transaction_id(now),
            total_fen=order.request.total_fen if amount_fen is None else amount_fen,
            currency=currency,
            bank_type="OTHERS",
            openid="oUpF8" + "".join(secrets.choice(_LETTERS) for _ in range(23)),
            at=now,
        )
        return self._keep(replace(order, payments=(*order.payments, payment))), payment

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


def _check_repeat(known: Order, request: OrderRequest, now: datetime) -> None:
    if request.body != known.request.body or request.product is not known.request.product:
        raise WechatError(403, "OUT_TRADE_NO_USED", "商户订单号重复：参数与原订单不一致")
    _check_payable(known, now)


def _check_payable(order: Order, now: datetime) -> None:
    match order.state(now):
        case TradeState.NOTPAY:
            return
        case TradeState.CLOSED:
            raise WechatError(400, "ORDER_CLOSED", "订单已关闭")
        case TradeState.SUCCESS | TradeState.REFUND:
            raise WechatError(400, "ORDERPAID", "订单已支付")


def _new_link(product: Product) -> str:
    if product is Product.NATIVE:
        return CODE_URL + "".join(secrets.choice(_LETTERS) for _ in range(9))
    return f"wx{secrets.token_hex(17)}"


def _new_transaction_id(now: datetime) -> str:
    return f"4200002000{now:%Y%m%d}{secrets.randbelow(10**10):010d}"

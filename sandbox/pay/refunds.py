"""The stand-in's refunds: asked, limited, settled."""

import secrets
from dataclasses import replace
from datetime import timedelta

from sandbox.pay.clock import ShiftedClock
from sandbox.pay.errors import WechatError, parameter_error
from sandbox.pay.model import Order, Payment, Refund, RefundStatus
from sandbox.pay.orders import OrderBook
from sandbox.pay.requests import RefundRequest

_LONGEST_AGE = timedelta(days=365)
_MOST_REFUNDS = 50
_SHORTEST_PAUSE = timedelta(minutes=1)


class RefundBook:
    """All refunds by the merchant's number."""

    def __init__(self, clock: ShiftedClock, orders: OrderBook) -> None:
        self._clock = clock
        self._orders = orders
        self._refunds: dict[str, Refund] = {}

    def ask(self, request: RefundRequest, *, pot_is_empty: bool) -> tuple[Refund, bool]:
        """The refund, and whether it is new; the same number and content is one refund."""
        order, payment = self._find(request)
        known = self._refunds.get(request.out_refund_no)
        if known is not None:
            _check_same(known, request, order)
            return known, False
        self._check_limits(order, payment, request)
        if pot_is_empty:
            raise WechatError(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
        now = self._clock.now()
        refund = Refund(
            refund_id=f"5030{secrets.randbelow(10**6):06d}{now:%Y%m%d}{secrets.randbelow(10**10):010d}",
            out_refund_no=request.out_refund_no,
            out_trade_no=order.out_trade_no,
            transaction_id=payment.transaction_id,
            refund_fen=request.refund_fen,
            total_fen=request.total_fen,
            reason=request.reason,
            notify_url=request.notify_url,
            created_at=now,
            status=RefundStatus.PROCESSING,
        )
        self._orders.mark_refunded(order.out_trade_no)
        return self._keep(refund), True

    def get(self, out_refund_no: str) -> Refund:
        refund = self._refunds.get(out_refund_no)
        if refund is None:
            raise WechatError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return refund

    def all(self) -> list[Refund]:
        return list(self._refunds.values())

    def settle(self, out_refund_no: str, status: RefundStatus) -> Refund:
        refund = self.get(out_refund_no)
        return self._keep(replace(refund, status=status, ended_at=self._clock.now()))

    def _keep(self, refund: Refund) -> Refund:
        self._refunds[refund.out_refund_no] = refund
        return refund

    def _find(self, request: RefundRequest) -> tuple[Order, Payment]:
        if request.transaction_id:
            order = self._orders.by_transaction(request.transaction_id)
        else:
            order = self._orders.get(request.out_trade_no)
        for payment in order.payments:
            if request.transaction_id in ("", payment.transaction_id):
                return order, payment
        raise WechatError(404, "RESOURCE_NOT_EXISTS", "订单未支付，没有可退的款项")

    def _check_limits(self, order: Order, payment: Payment, request: RefundRequest) -> None:
        now = self._clock.now()
        living = [
            refund
            for refund in self._refunds.values()
            if refund.transaction_id == payment.transaction_id
            and refund.status is not RefundStatus.CLOSED
        ]
        if request.total_fen != payment.total_fen:
            raise parameter_error("/amount/total", request.total_fen, "与原订单金额不一致")
        if sum(refund.refund_fen for refund in living) + request.refund_fen > payment.total_fen:
            raise WechatError(400, "INVALID_REQUEST", "累计退款金额大于订单金额")
        if now - payment.at > _LONGEST_AGE:
            raise WechatError(403, "TRADE_ERROR", "交易时间超过一年，无法退款")
        if len(living) >= _MOST_REFUNDS:
            raise WechatError(403, "TRADE_ERROR", f"同一订单最多退款 {_MOST_REFUNDS} 次")
        if any(now - refund.created_at < _SHORTEST_PAUSE for refund in living):
            message = f"订单 {order.out_trade_no} 的两次部分退款应间隔 1 分钟以上"
            raise WechatError(429, "FREQUENCY_LIMITED", message)


def _check_same(known: Refund, request: RefundRequest, order: Order) -> None:
    asked = (order.out_trade_no, request.refund_fen, request.total_fen)
    if asked != (known.out_trade_no, known.refund_fen, known.total_fen):
        raise WechatError(400, "INVALID_REQUEST", "商户退款单号重复：参数与原退款不一致")

"""The house's refunds: asked, limited, settled, found again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sandbox.pay.clock import ShiftedClock
from sandbox.pay.errors import WrongControl
from sandbox.tenpay.house.errors import Refused
from sandbox.tenpay.house.model import Order, Payment, Refund, RefundRequest
from sandbox.tenpay.house.orders import Numbers, OrderBook

_LONGEST_AGE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """A provider's words for how a refund stands, by the names the controls use."""

    by_name: Mapping[str, str]
    failed: frozenset[str]
    again: frozenset[str]  # where the same number may be asked for again

    def read(self, name: str) -> str:
        if name not in self.by_name:
            raise WrongControl(f"a refund ends as one of {', '.join(self.by_name)}")
        return self.by_name[name]

    @property
    def processing(self) -> str:
        return self.by_name["PROCESSING"]


class RefundBook:
    """All refunds by the merchant's number."""

    def __init__(
        self, clock: ShiftedClock, orders: OrderBook, numbers: Numbers, outcomes: Outcomes
    ) -> None:
        self._clock = clock
        self._orders = orders
        self._numbers = numbers
        self._outcomes = outcomes
        self._refunds: dict[str, Refund] = {}

    def ask(self, request: RefundRequest, *, pot_is_empty: bool) -> tuple[Refund, bool]:
        """The refund, and whether it starts now; the same number and content is one refund."""
        order, payment = self._find(request)
        known = self._refunds.get(request.out_refund_no)
        if known is not None:
            _check_same(known, request, order)
            if known.status not in self._outcomes.again:
                return known, False
        self._check_limits(payment, request)
        if pot_is_empty:
            raise Refused("NOTENOUGH", "商户余额不足，请充值后重新发起")
        self._orders.mark_refunded(order.out_trade_no)
        if known is not None:
            return self._keep(replace(known, status=self._outcomes.processing)), True
        return self._keep(self._new(request, order, payment)), True

    def get(self, out_refund_no: str) -> Refund:
        refund = self._refunds.get(out_refund_no)
        if refund is None:
            raise Refused("REFUNDNOTEXIST", f"退款单不存在：{out_refund_no}")
        return refund

    def all(self) -> list[Refund]:
        return list(self._refunds.values())

    def find(self, wanted: Mapping[str, str]) -> list[Refund]:
        """By the first of the four numbers that is given, in the order of their weight."""
        for name in ("refund_id", "out_refund_no", "transaction_id", "out_trade_no"):
            if number := wanted.get(name, ""):
                found = [each for each in self.all() if getattr(each, name) == number]
                if not found:
                    raise Refused("REFUNDNOTEXIST", f"没有退款：{name} {number}")
                return found
        raise Refused(
            "LACK_PARAMS", "refund_id、out_refund_no、transaction_id、out_trade_no 至少一项"
        )

    def settle(self, out_refund_no: str, status: str) -> Refund:
        refund = replace(self.get(out_refund_no), status=status, ended_at=self._clock.now())
        return self._keep(refund)

    def _new(self, request: RefundRequest, order: Order, payment: Payment) -> Refund:
        now = self._clock.now()
        returned = sum(each.discount_fen for each in self._living(payment))
        return Refund(
            refund_id=self._numbers.refund(now),
            out_refund_no=request.out_refund_no,
            out_trade_no=order.out_trade_no,
            transaction_id=payment.transaction_id,
            refund_fen=request.refund_fen,
            # the coupon's share goes back first
            discount_fen=min(request.refund_fen, payment.discount_fen - returned),
            total_fen=payment.total_fen,
            created_at=now,
            status=self._outcomes.processing,
        )

    def _living(self, payment: Payment) -> list[Refund]:
        return [
            refund
            for refund in self._refunds.values()
            if refund.transaction_id == payment.transaction_id
            and refund.status not in self._outcomes.failed
        ]

    def _keep(self, refund: Refund) -> Refund:
        self._refunds[refund.out_refund_no] = refund
        return refund

    def _find(self, request: RefundRequest) -> tuple[Order, Payment]:
        if request.transaction_id:
            return self._orders.by_transaction(request.transaction_id)
        order = self._orders.get(request.out_trade_no)
        if not order.payments:
            raise Refused("ORDERNOTPAY", "订单未支付，没有可退的款项")
        return order, order.payments[0]

    def _check_limits(self, payment: Payment, request: RefundRequest) -> None:
        others = [
            refund.refund_fen
            for refund in self._living(payment)
            if refund.out_refund_no != request.out_refund_no
        ]
        if request.total_fen not in (None, payment.total_fen):
            raise Refused("PARAM_ERROR", "total_fee 与原订单金额不一致")
        if sum(others) + request.refund_fen > payment.total_fen:
            raise Refused("PARAM_ERROR", "累计退款金额大于订单金额")
        if self._clock.now() - payment.at > _LONGEST_AGE:
            raise Refused("PARAM_ERROR", "交易时间超过一年，无法退款")


def _check_same(known: Refund, request: RefundRequest, order: Order) -> None:
    if (order.out_trade_no, request.refund_fen) != (known.out_trade_no, known.refund_fen):
        raise Refused("PARAM_ERROR", "商户退款单号重复：参数与原退款不一致")

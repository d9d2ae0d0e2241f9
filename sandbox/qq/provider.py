"""The QQ Wallet stand-in: orders, money, announcements and faults of one merchant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from sandbox.pay.callbacks import Recorder
from sandbox.pay.clock import rfc3339
from sandbox.qq.faults import QqFaults
from sandbox.qq.letters import CALLBACK_KINDS, content, letter
from sandbox.qq.messages import read_message
from sandbox.tenpay.house.callbacks import SCHEDULE_S, Letter
from sandbox.tenpay.house.checks import lies_on
from sandbox.tenpay.house.errors import Refused
from sandbox.tenpay.house.keys import Credentials
from sandbox.tenpay.house.model import Json, Order, Pairs, Paying, Payment, TradeState
from sandbox.tenpay.house.orders import Numbers
from sandbox.tenpay.house.provider import Provider
from sandbox.tenpay.house.refunds import Outcomes

_OUTCOMES = Outcomes(
    by_name={
        "SUCCESS": "SUCCESS",
        "FAIL": "FAIL",
        "PROCESSING": "PROCESSING",
        "CHANGE": "CHANGE",
        "CLOSED": "FAIL",
        "ABNORMAL": "CHANGE",
    },
    failed=frozenset({"FAIL"}),
    again=frozenset({"FAIL"}),
)


class QqWallet(Provider[QqFaults]):
    """`merchant_domains` are where a deep link may lead back to."""

    SIDE: ClassVar[str] = "qq"
    KINDS: ClassVar[tuple[str, ...]] = CALLBACK_KINDS
    OUTCOMES: ClassVar[Outcomes] = _OUTCOMES
    LONGEST_LIFE: ClassVar[timedelta] = timedelta(hours=2)

    def __init__(
        self,
        *,
        credentials: Credentials,
        merchant_name: str = "云费用账户充值",
        merchant_domains: Collection[str] = ("127.0.0.1", "localhost"),
        recorder: Recorder | None = None,
        retry_delays_s: Sequence[float] = SCHEDULE_S,
    ) -> None:
        self.credentials = credentials
        self._merchant_domains = frozenset(merchant_domains)
        super().__init__(
            merchant_name=merchant_name,
            numbers=Numbers(merchant=credentials.merchant, infix="47", date_format="%y%m%d"),
            faults=QqFaults(),
            recorder=recorder,
            retry_delays_s=retry_delays_s,
        )

    def is_accepted(self, status: int, body: bytes) -> bool:
        try:
            return status == 200 and read_message(body).get("return_code") == "SUCCESS"
        except Refused:
            return False

    def content(self, order: Order, payment: Payment, turn: int) -> Pairs:
        """`turn` changes nothing: the nonce is a new one anyway."""
        del turn
        return content(self.credentials.merchant, order, payment)

    def letter(self, url: str, content: Mapping[str, str], kind: str) -> Letter:
        return letter(url, content, kind, self.credentials.key)

    def usual(self, order: Order) -> Paying:
        return replace(super().usual(order), bank_type="BALANCE")

    def is_merchants(self, address: str) -> bool:
        """Whether an address lies on a domain of the merchant."""
        return lies_on(address, self._merchant_domains)

    def trade_state(self, order: Order) -> str:
        """As a query names it: refunds say whether they are under way, done or failed."""
        state = order.state(self.clock.now())
        if state is not TradeState.REFUND:
            return state.value
        refunds = [each for each in self.refunds.all() if each.out_trade_no == order.out_trade_no]
        statuses = {refund.status for refund in refunds}
        if "PROCESSING" in statuses:
            return "PROCESSING"
        return "REFUND" if statuses - {"FAIL"} else "SUCCESS"

    def order_view(self, order: Order) -> Json:
        request = order.request
        return {
            "out_trade_no": order.out_trade_no,
            "merchant": self.merchant_name,
            "description": request.description,
            "asked_fen": request.total_fen,
            "trade_state": order.state(self.clock.now()).value,
            "query_state": self.trade_state(order),
            "product": "NATIVE",
            "attach": request.attach,
            "notify_url": request.notify_url,
            "created_at": rfc3339(order.created_at),
            "expires_at": rfc3339(order.expires_at),
            "code_url": request.extra.get("root", "") + f"/qr/{order.token}",
            "payments": [
                {
                    "transaction_id": payment.transaction_id,
                    "amount_fen": payment.total_fen,
                    "discount_fen": payment.discount_fen,
                }
                for payment in order.payments
            ],
            "declines": list(order.declines),
        }

"""The Tenpay stand-in: orders, money, announcements and faults of one merchant."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from sandbox.pay.callbacks import Recorder
from sandbox.pay.clock import rfc3339
from sandbox.tenpay.banks import BANKS, CASHIER
from sandbox.tenpay.faults import OUTCOMES, TenpayFaults
from sandbox.tenpay.house.callbacks import SCHEDULE_S, Letter
from sandbox.tenpay.house.checks import lies_on
from sandbox.tenpay.house.errors import Refused
from sandbox.tenpay.house.keys import Credentials
from sandbox.tenpay.house.model import Json, Order, Pairs, Paying, Payment
from sandbox.tenpay.house.orders import Numbers
from sandbox.tenpay.house.provider import Provider
from sandbox.tenpay.house.refunds import Outcomes
from sandbox.tenpay.house.signing import with_sign
from sandbox.tenpay.letters import CALLBACK_KINDS, content, letter, with_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notify_id was given out for, and when."""

    content: Mapping[str, str]
    at: datetime


class Tenpay(Provider[TenpayFaults]):
    """`merchant_domains` are those a browser may be sent from to the gateway."""

    SIDE: ClassVar[str] = "tenpay"
    KINDS: ClassVar[tuple[str, ...]] = CALLBACK_KINDS
    OUTCOMES: ClassVar[Outcomes] = OUTCOMES
    LONGEST_LIFE: ClassVar[timedelta] = timedelta(days=7)

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
        self._notices: dict[str, Notice] = {}
        super().__init__(
            merchant_name=merchant_name,
            numbers=Numbers(merchant=credentials.merchant, infix="", date_format="%Y%m%d"),
            faults=TenpayFaults(),
            recorder=recorder,
            retry_delays_s=retry_delays_s,
        )

    def is_accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def content(self, order: Order, payment: Payment, turn: int) -> Pairs:
        """Later turns have a notify_id of their own; what nobody paid has none that verifies."""
        notify_id = payment.notify_id if turn == 0 else secrets.token_hex(16)
        pairs = content(
            self.credentials.merchant,
            order,
            payment,
            charset=self.faults.callback_charset or order.request.charset,
            notify_id=notify_id,
        )
        if payment in order.payments:
            self._notices.setdefault(notify_id, Notice(content=pairs, at=self.clock.now()))
        return pairs

    def letter(self, url: str, content: Mapping[str, str], kind: str) -> Letter:
        return letter(url, content, kind, self.credentials.key, self.faults.callback_method)

    def usual(self, order: Order) -> Paying:
        return replace(super().usual(order), bank_type=order.request.bank_type or CASHIER)

    def verify(self, notify_id: str) -> Pairs:
        """What was announced under this notify_id, while it lives."""
        notice = self._notices.get(notify_id)
        life = timedelta(seconds=self.faults.notify_life_s)
        if notice is None or self.clock.now() >= notice.at + life:
            raise Refused("NOTIFYIDINVALID", "notify_id 不存在或已过期")
        return dict(notice.content)

    def is_merchants(self, address: str) -> bool:
        return lies_on(address, self._merchant_domains)

    def way_back(self, order: Order) -> str | None:
        """The merchant's return address with what was paid, signed; None while unpaid."""
        if not order.payments:
            return None
        pairs = with_sign(
            self.content(order, order.payments[0], 0),
            self.credentials.key,
            self.faults.callback_charset or order.request.charset,
        )
        return with_query(
            order.request.return_url, urlencode(pairs, encoding=pairs["input_charset"])
        )

    def order_view(self, order: Order) -> Json:
        request = order.request
        bank = BANKS[request.bank_type or CASHIER]
        return {
            "out_trade_no": order.out_trade_no,
            "merchant": self.merchant_name,
            "description": request.description,
            "asked_fen": request.total_fen,
            "trade_state": order.state(self.clock.now()).value,
            "product": bank.code,
            "bank_type": bank.code,
            "bank_name": bank.name,
            "bank_name_en": bank.name_en,
            "banks": [] if bank.code != CASHIER else _bank_views(),
            "attach": request.attach,
            "notify_url": request.notify_url,
            "return_url": request.return_url,
            "return_to": self.way_back(order),
            "created_at": rfc3339(order.created_at),
            "expires_at": rfc3339(order.expires_at),
            "code_url": None,
            "payments": [
                {
                    "transaction_id": payment.transaction_id,
                    "amount_fen": payment.total_fen,
                    "discount_fen": payment.discount_fen,
                    "bank_type": payment.bank_type,
                }
                for payment in order.payments
            ],
            "declines": list(order.declines),
        }


def _bank_views() -> list[Json]:
    return [
        {"code": bank.code, "name": bank.name, "name_en": bank.name_en} for bank in BANKS.values()
    ]

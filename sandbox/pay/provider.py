"""The WeChat Pay stand-in: orders, money, announcements and faults of one merchant."""

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from sandbox.pay.bill import Line, write_bill
from sandbox.pay.bill_breaks import with_breaks
from sandbox.pay.callbacks import SCHEDULE_S, Callbacks, Delivery, NoRecorder, Recorder
from sandbox.pay.clock import ShiftedClock
from sandbox.pay.errors import WrongControl
from sandbox.pay.faults import Faults
from sandbox.pay.keys import Credentials
from sandbox.pay.letters import FORGERIES, Notice
from sandbox.pay.model import Order, Payment, Refund, RefundStatus, TradeState
from sandbox.pay.odd import (
    ODD_CONTENTS,
    with_pretended_payment,
)
from sandbox.pay.orders import OrderBook
from sandbox.pay.refunds import RefundBook
from sandbox.pay.requests import Merchant, RefundRequest
from sandbox.pay.views import Json, refund_notice, transaction_view

CALLBACK_KINDS = ("honest", *FORGERIES, *ODD_CONTENTS)
_REFUND_SUMMARIES = {
    RefundStatus.SUCCESS: "退款成功",
    RefundStatus.CLOSED: "退款关闭",
    RefundStatus.ABNORMAL: "退款异常",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """How a payer pays: by default the right sum, in time, once, and announced once."""

    amount_fen: int | None = None
    currency: str = "CNY"
    late: bool = False  # the order's time is over first
    again: bool = False  # also when it is paid already
    announce: bool = True
    times: int = 1
    concurrent: bool = False


class WechatPay:
    """`clock` moves orders and bills, `wire_clock` the times that are signed and compared."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        merchant_name: str = "云费用账户充值",
        h5_domains: Collection[str] = ("127.0.0.1", "localhost"),
        recorder: Recorder | None = None,
        retry_delays_s: Sequence[float] = SCHEDULE_S,
    ) -> None:
        self.credentials = credentials
        self.merchant = Merchant(mchid=credentials.mchid, appid=credentials.appid)
        self.merchant_name = merchant_name
        self.clock = ShiftedClock()
        self.wire_clock = ShiftedClock()
        self.recorder = recorder or NoRecorder()
        self.orders = OrderBook(self.clock)
        self.refunds = RefundBook(self.clock, self.orders)
        self.callbacks = Callbacks(
            credentials=credentials,
            clock=self.wire_clock,
            recorder=self.recorder,
            retry_delays_s=retry_delays_s,
        )
        self._h5_domains = frozenset(h5_domains)

    @property
    def faults(self) -> Faults:
        return self.callbacks.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.callbacks.faults = faults

    async def aclose(self) -> None:
        await self.callbacks.aclose()

    async def pay(self, out_trade_no: str, paying: Paying = Paying()) -> Payment:
        order = self.orders.get(out_trade_no)
        if paying.late and order.state(self.clock.now()) is TradeState.NOTPAY:
            self.orders.expire(out_trade_no)
        order, payment = self.orders.pay(
            out_trade_no,
            amount_fen=paying.amount_fen,
            currency=paying.currency,
            force=paying.late or paying.again,
        )
        if paying.announce and not self.faults.no_callbacks:
            await self._announce_payment(order, payment, paying)
        return payment

    async def send(self, out_trade_no: str, kind: str) -> Delivery:
        """One callback about an order, honest or not, paid or not."""
        order = self.orders.get(out_trade_no)
        content = self._content(order)
        if kind in ODD_CONTENTS:
            content = ODD_CONTENTS[kind](content)
        return await self.send_content(order.request.notify_url, content, kind)

    async def send_content(
        self, url: str, content: Mapping[str, object], kind: str = "honest"
    ) -> Delivery:
        """A callback with any content, sealed and signed unless `kind` is a forgery."""
        notice = self._notice(url, "TRANSACTION.SUCCESS", "支付成功", content)
        sender = self.callbacks.sender()
        if kind in FORGERIES:
            letter = FORGERIES[kind](notice, sender)
        elif kind == "honest" or kind in ODD_CONTENTS:
            letter = sender.sign(sender.seal(notice))
        else:
            raise WrongControl(f"no kind {kind!r}; there are {', '.join(CALLBACK_KINDS)}")
        return await self.callbacks.send_once(notice, letter, kind)

    def ask_refund(self, request: RefundRequest) -> Refund:
        refund, is_new = self.refunds.ask(request, pot_is_empty=self.faults.pot_is_empty)
        outcome = RefundStatus(self.faults.refund_outcome)
        if is_new and outcome is not RefundStatus.PROCESSING:
            self.callbacks.spawn(self._settle_later(refund.out_refund_no, outcome))
        return refund

    async def settle_refund(self, out_refund_no: str, status: RefundStatus) -> Refund:
        refund = self.refunds.settle(out_refund_no, status)
        if refund.notify_url and not self.faults.no_callbacks:
            content = refund_notice(refund, self.merchant.mchid)
            event = f"REFUND.{status.value}"
            notice = self._notice(refund.notify_url, event, _REFUND_SUMMARIES[status], content)
            await self.callbacks.announce(replace(notice, original_type="refund"))
        return refund

    def is_h5_domain(self, address: str) -> bool:
        """Whether an address lies on a registered domain (and port, where one was registered)."""
        parts = urlsplit(address)
        return parts.netloc in self._h5_domains or parts.hostname in self._h5_domains

    def bill(self, day: date, bill_type: str) -> bytes | None:
        """None where nothing happened that day."""
        lines = with_breaks(self._lines(), day, self.faults, self.merchant)
        if not lines:
            return None
        return write_bill(lines, bill_type, with_bom=self.faults.bill_starts_with_bom)

    async def _announce_payment(self, order: Order, payment: Payment, paying: Paying) -> None:
        content = transaction_view(order, self.clock.now(), payment)
        notice = self._notice(order.request.notify_url, "TRANSACTION.SUCCESS", "支付成功", content)
        if self.faults.callback_delay_s:
            self.callbacks.spawn(self._announce_later(notice, paying))
        else:
            await self._announce(notice, paying)

    async def _announce_later(self, notice: Notice, paying: Paying) -> None:
        await asyncio.sleep(self.faults.callback_delay_s)
        await self._announce(notice, paying)

    async def _announce(self, notice: Notice, paying: Paying) -> None:
        await self.callbacks.announce(notice, times=paying.times, concurrent=paying.concurrent)

    async def _settle_later(self, out_refund_no: str, outcome: RefundStatus) -> None:
        await asyncio.sleep(self.faults.refund_delay_s)
        await self.settle_refund(out_refund_no, outcome)

    def _notice(
        self, url: str, event_type: str, summary: str, content: Mapping[str, object]
    ) -> Notice:
        now = self.clock.now()
        return Notice(
            url=url,
            event_id=f"EV-{now:%Y%m%d%H%M%S}{secrets.randbelow(10**8):08d}",
            event_type=event_type,
            original_type="transaction",
            summary=summary,
            created_at=now,
            content=content,
        )

    def _content(self, order: Order) -> Json:
        """The order as paid, with a made-up payment where nobody paid: a forger needs no money."""
        now = self.clock.now()
        shown = order if order.payments else with_pretended_payment(order, now)
        return transaction_view(shown, now)

    def _lines(self) -> list[Line]:
        paid = [(order, payment) for order in self.orders.all() for payment in order.payments]
        lines = [Line(at=payment.at, order=order, payment=payment) for order, payment in paid]
        by_transaction = {payment.transaction_id: (order, payment) for order, payment in paid}
        for refund in self.refunds.all():
            order, payment = by_transaction[refund.transaction_id]
            lines.append(Line(at=refund.created_at, order=order, payment=payment, refund=refund))
        return lines

"""What both stand-ins of the house do alike: take money, announce it, refund it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar, Generic, TypeVar

from sandbox.pay.callbacks import NoRecorder, Recorder
from sandbox.pay.clock import ShiftedClock
from sandbox.pay.errors import WrongControl
from sandbox.tenpay.house.bill_lines import Line, lines_of
from sandbox.tenpay.house.callbacks import Callbacks, Delivery, Letter
from sandbox.tenpay.house.errors import Missing
from sandbox.tenpay.house.faults import Faults
from sandbox.tenpay.house.model import (
    Json,
    Order,
    Pairs,
    Paying,
    Payment,
    Refund,
    RefundRequest,
    TradeState,
)
from sandbox.tenpay.house.orders import Numbers, OrderBook
from sandbox.tenpay.house.refunds import Outcomes, RefundBook

F = TypeVar("F", bound=Faults)


class Provider(ABC, Generic[F]):
    """One merchant's orders, money, announcements and faults; `clock` moves all its times."""

    SIDE: ClassVar[str]
    KINDS: ClassVar[tuple[str, ...]]
    OUTCOMES: ClassVar[Outcomes]
    LONGEST_LIFE: ClassVar[timedelta]

    def __init__(
        self,
        *,
        merchant_name: str,
        numbers: Numbers,
        faults: F,
        recorder: Recorder | None,
        retry_delays_s: Sequence[float],
    ) -> None:
        self.merchant_name = merchant_name
        self.clock = ShiftedClock()
        self.recorder = recorder or NoRecorder()
        self.orders = OrderBook(self.clock, numbers, longest_life=self.LONGEST_LIFE)
        self.refunds = RefundBook(self.clock, self.orders, numbers, self.OUTCOMES)
        self.callbacks: Callbacks[F] = Callbacks(
            side=self.SIDE,
            is_accepted=self.is_accepted,
            faults=faults,
            recorder=self.recorder,
            retry_delays_s=retry_delays_s,
        )

    @abstractmethod
    def is_accepted(self, status: int, body: bytes) -> bool:
        """Whether a merchant's answer to a callback is the protocol's success."""

    @abstractmethod
    def content(self, order: Order, payment: Payment, turn: int) -> Pairs:
        """A callback's parameters, not signed yet."""

    @abstractmethod
    def letter(self, url: str, content: Mapping[str, str], kind: str) -> Letter:
        """A callback as it goes over the wire, forged where `kind` says so."""

    @abstractmethod
    def order_view(self, order: Order) -> Json:
        """An order as the controls show it."""

    @property
    def faults(self) -> F:
        return self.callbacks.faults

    @faults.setter
    def faults(self, faults: F) -> None:
        self.callbacks.faults = faults

    async def aclose(self) -> None:
        await self.callbacks.aclose()

    async def pay(self, out_trade_no: str, paying: Paying = Paying()) -> Payment:
        order = self.orders.get(out_trade_no)
        if paying.late and order.state(self.clock.now()) is TradeState.NOTPAY:
            self.orders.expire(out_trade_no)
        order, payment = self.orders.pay(out_trade_no, paying)
        if paying.announce and not self.faults.no_callbacks:
            announcing = self._announce(order, payment, paying)
            if self.faults.callback_delay_s or self.faults.callback_shuffle_s:
                self.callbacks.spawn(announcing)
            else:
                await announcing
        return payment

    async def send(self, out_trade_no: str, kind: str) -> Delivery:
        """One callback about an order, honest or not, paid or not: a forger needs no money."""
        order = self.orders.get(out_trade_no)
        if kind == "replay":
            return await self._replay(order)
        payment = (
            order.payments[0]
            if order.payments
            else self.orders.new_payment(order, self.usual(order), self.clock.now())
        )
        content = self.content(order, payment, len(self.callbacks.deliveries))
        return await self.send_content(order.request.notify_url, content, kind)

    async def send_content(
        self, url: str, content: Mapping[str, str], kind: str = "honest"
    ) -> Delivery:
        """A callback with any content, signed unless `kind` is a forgery."""
        if kind not in self.KINDS or kind == "replay":
            raise WrongControl(f"no kind {kind!r}; there are {', '.join(self.KINDS)}")
        letter = self.letter(url, content, kind)
        number = letter.shown.get("out_trade_no", "")
        delivery = Delivery(event_id=_event(content), out_trade_no=number, kind=kind, url=url)
        return await self.callbacks.send_once(delivery, letter)

    def ask_refund(self, request: RefundRequest) -> Refund:
        refund, starts_now = self.refunds.ask(request, pot_is_empty=self.faults.pot_is_empty)
        outcome = self.OUTCOMES.read(self.faults.refund_outcome)
        if starts_now and outcome != self.OUTCOMES.processing:
            if not self.faults.refund_delay_s:
                return self.refunds.settle(refund.out_refund_no, outcome)
            self.callbacks.spawn(self._settle_later(refund.out_refund_no, outcome))
        return refund

    async def settle_refund(self, out_refund_no: str, name: str) -> Refund:
        return self.refunds.settle(out_refund_no, self.OUTCOMES.read(name))

    def bill_lines(self, day: date) -> list[Line]:
        return lines_of(day, self.orders, self.refunds.all(), self.faults)

    def is_hidden(self, payment: Payment) -> bool:
        """Whether queries do not know of a payment yet."""
        hidden = timedelta(seconds=self.faults.query_says_unpaid_s)
        return self.clock.now() < payment.at + hidden

    def usual(self, order: Order) -> Paying:
        """How this order is paid when the payer chooses nothing."""
        return Paying(bank_type=order.request.bank_type)

    async def _announce(self, order: Order, payment: Payment, paying: Paying) -> None:
        await asyncio.sleep(self.faults.callback_delay_s)
        content = self.content(order, payment, 0)
        delivery = Delivery(
            event_id=_event(content),
            out_trade_no=order.out_trade_no,
            kind="honest",
            url=order.request.notify_url,
        )

        def write(turn: int) -> Letter:
            fresh = self.faults.fresh_event_ids
            pairs = self.content(order, payment, turn) if fresh else content
            return self.letter(delivery.url, pairs, "honest")

        await self.callbacks.announce(
            delivery,
            write,
            times=paying.times if paying.times > 1 else max(1, self.faults.callback_times),
            concurrent=paying.concurrent or self.faults.callbacks_concurrent,
        )

    async def _replay(self, order: Order) -> Delivery:
        letter = self.callbacks.sent_for(order.out_trade_no)
        if letter is None:
            raise Missing(f"no honest callback about {order.out_trade_no} was sent yet")
        delivery = Delivery(
            event_id=_event(letter.shown),
            out_trade_no=order.out_trade_no,
            kind="replay",
            url=order.request.notify_url,
        )
        return await self.callbacks.send_once(delivery, replace(letter))

    async def _settle_later(self, out_refund_no: str, outcome: str) -> None:
        await asyncio.sleep(self.faults.refund_delay_s)
        self.refunds.settle(out_refund_no, outcome)


def _event(content: Mapping[str, str]) -> str:
    return content.get("notify_id") or content.get("nonce_str", "")

"""The Stripe stand-in: sessions, cards, money, webhooks and faults of one merchant."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sandbox.cards import signing
from sandbox.cards.account import Account
from sandbox.cards.balance import Balance
from sandbox.cards.checkout import Attempt, Checkout
from sandbox.cards.errors import missing
from sandbox.cards.faults import Faults
from sandbox.cards.intents import Intents
from sandbox.cards.keys import Credentials
from sandbox.cards.model import (
    Billing,
    Event,
    Intent,
    PaymentMethod,
    Refund,
    RefundStatus,
    Session,
    SessionStatus,
)
from sandbox.cards.odd import ODD_EVENTS
from sandbox.cards.play_cards import BY_NAME, Entry
from sandbox.cards.refunds import Refunds
from sandbox.cards.views import Json
from sandbox.cards.wallet import Wallet
from sandbox.cards.webhooks import SCHEDULE_S, WebhookDelivery, Webhooks
from sandbox.pay.callbacks import NoRecorder, Recorder
from sandbox.pay.clock import ShiftedClock
from sandbox.pay.errors import WrongControl

ROLLED = "rolled_secret"
AGAIN = "again"
CALLBACK_KINDS = ("honest", ROLLED, AGAIN, *signing.FORGERIES, *ODD_EVENTS)
_COMPLETED = "checkout.session.completed"
_PAYER = Billing(name="Zhang San", email="zhangsan@example.com", country="HK")
# about 0.50 US dollars in fen
_LEAST_FEN = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """How a payer pays: by default with a good Visa card, once, and announced once."""

    card: str = "visa"  # a test card's name or number, or the id of a saved card
    save: bool = False
    authenticate: bool = True  # what the holder answers where the bank asks
    amount_fen: int | None = None
    currency: str | None = None
    announce: bool = True
    times: int = 1
    concurrent: bool = False


class Stripe:
    """`clock` moves sessions, holds and the balance, `wire_clock` the times that are signed."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        webhook_url: str = "",
        merchant_name: str = "云费用账户充值",
        recorder: Recorder | None = None,
        retry_delays_s: Sequence[float] = SCHEDULE_S,
        least_fen: int = _LEAST_FEN,
    ) -> None:
        self.credentials = credentials
        self.merchant_name = merchant_name
        self.clock = ShiftedClock()
        self.wire_clock = ShiftedClock()
        self.recorder = recorder or NoRecorder()
        self.account = Account(credentials, self.clock)
        self.wallet = Wallet(self.account)
        self.balance = Balance(self.account)
        self.intents = Intents(self.account, self.wallet, self.balance)
        self.refunds = Refunds(self.account, self.balance)
        self.checkout = Checkout(self.account, self.wallet, self.intents, least_amount=least_fen)
        self.webhooks = Webhooks(
            account=self.account,
            url=webhook_url,
            clock=self.wire_clock,
            recorder=self.recorder,
            retry_delays_s=retry_delays_s,
        )

    @property
    def faults(self) -> Faults:
        return self.account.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.account.faults = faults

    async def aclose(self) -> None:
        await self.webhooks.aclose()

    def session_of(self, order_no: str) -> Session:
        """The newest session of an order; a session's own id is good too."""
        for session in self.account.all(Session):
            if order_no in (session.offer.order_no, session.id):
                return session
        raise missing("checkout.session", order_no, param="client_reference_id")

    def session_behind(self, secret: str) -> Session | None:
        """The session whose page has this address."""
        sessions = self.account.all(Session)
        return next((each for each in sessions if each.secret == secret), None)

    async def pay(self, order_no: str, paying: Paying = Paying()) -> Intent:
        """A refused card is announced too, and then raised."""
        session = self.session_of(order_no)
        attempt = Attempt(
            card=self._card(paying.card),
            billing=_PAYER,
            save=paying.save,
            authenticated=paying.authenticate,
            amount=paying.amount_fen,
            currency=paying.currency,
        )
        try:
            return self.checkout.attempt(session, attempt)
        finally:
            await self.tell_now(
                announce=paying.announce, times=paying.times, concurrent=paying.concurrent
            )

    async def decline(self, order_no: str, decline_code: str) -> Session:
        session = self.session_of(order_no)
        self.checkout.decline(session, decline_code)
        await self.tell_now()
        return session

    async def expire(self, order_no: str) -> Session:
        session = self.checkout.expire(self.session_of(order_no).id)
        await self.tell_now()
        return session

    async def settle_refund(self, identifier: str, status: RefundStatus) -> Refund:
        refund = self.account.get(Refund, identifier)
        self.refunds.settle(refund, status)
        await self.tell_now()
        return refund

    async def send(self, order_no: str, kind: str) -> WebhookDelivery:
        """One webhook about an order, honest or not, paid or not."""
        session = self.session_of(order_no)
        if kind == AGAIN:
            return await self._send_again(session)
        content = self.account.view(session) | {"status": SessionStatus.COMPLETE.value}
        return await self.send_content(self.webhooks.url, content, kind)

    async def send_content(
        self, url: str, content: Json, kind: str = "honest", event_type: str = _COMPLETED
    ) -> WebhookDelivery:
        """An event with any content, signed unless `kind` is a forgery."""
        if kind not in CALLBACK_KINDS or kind == AGAIN:
            raise WrongControl(f"no kind {kind!r}; there are {', '.join(CALLBACK_KINDS)}")
        event = Event(
            id=self.account.new_id("evt"),
            created=self.account.now(),
            kind=event_type,
            content=content,
            previous=None,
            request_id=None,
            idempotency_key=None,
        )
        event = ODD_EVENTS[kind](event) if kind in ODD_EVENTS else event
        return await self._send(event, kind, url)

    def tick(self) -> None:
        """What time alone does."""
        self.checkout.end_overdue()
        self.intents.end_holds()

    async def tell_now(
        self, *, announce: bool = True, times: int = 1, concurrent: bool = False
    ) -> None:
        """Sends what happened and waits for the first answers."""
        self._start_later_acts()
        events = self.account.take_untold()
        if announce:
            await self.webhooks.announce(events, times=times, concurrent=concurrent)

    def tell_soon(self) -> None:
        """Sends what happened without anybody's waiting for it."""
        self._start_later_acts()
        if events := self.account.take_untold():
            self.webhooks.spawn(self.webhooks.announce(events))

    def _start_later_acts(self) -> None:
        for delay_s, act in self.account.take_later():
            self.webhooks.spawn(self._act_later(delay_s, act))

    async def _act_later(self, delay_s: float, act: Callable[[], None]) -> None:
        await asyncio.sleep(delay_s)
        act()
        await self.tell_now()

    async def _send_again(self, session: Session) -> WebhookDelivery:
        """The newest event that was sent of this order, with its own id."""
        mine = {session.id, session.intent}
        for delivery in reversed(self.webhooks.deliveries):
            if delivery.kind == "honest" and delivery.event.content.get("id") in mine:
                return await self._send(delivery.event, AGAIN, self.webhooks.url)
        raise WrongControl("nothing was sent of this order yet")

    async def _send(self, event: Event, kind: str, url: str) -> WebhookDelivery:
        if not url:
            raise WrongControl("no webhook address is set")
        signer = signing.FORGERIES.get(kind, signing.honest)
        if kind == ROLLED:
            signer = signing.rolled_secret
        body = self.webhooks.written(event)
        if kind == "other_mode":
            body = body.replace(*self._modes())
        letter = signer(self.credentials.webhook_secret, self.webhooks.now(), body)
        return await self.webhooks.send_once(replace(event), letter, kind, url)

    def _modes(self) -> tuple[bytes, bytes]:
        """How the envelope states the mode, and how it would state the other one."""
        here, there = (b"true", b"false") if self.credentials.is_live else (b"false", b"true")
        return b'"livemode": ' + here, b'"livemode": ' + there

    def _card(self, wanted: str) -> Entry | PaymentMethod:
        if wanted.startswith("pm_"):
            method = self.account.get(PaymentMethod, wanted, param="payment_method")
            if method.customer is None:
                raise WrongControl(f"{wanted} is no saved card")
            return method
        play = BY_NAME.get(wanted)
        number = play.number if play else wanted.replace(" ", "")
        if not number.isdecimal():
            raise WrongControl(
                f"no card {wanted!r}; a number, a saved card's id, or {', '.join(BY_NAME)}"
            )
        year = self.clock.now().year
        cvc = "1234" if len(number) == 15 else "123"  # American Express has 15 digits
        return Entry(number=number, exp_month=12, exp_year=year + 8, cvc=cvc)

"""Orders at the providers' side: made, asked about, closed. Calls stand between transactions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from core.access import store as access
from core.channels import Channel
from core.clock import Clock
from core.errors import (
    ChannelOff,
    ForgedMessage,
    NotFound,
    ProviderRefused,
    ProviderUnavailable,
)
from core.ids import Ids, PersonId
from core.observing import Observer
from core.providers.base import Instructions, Order, Outcome, Provider, Report
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup import orders, store
from core.topup.cards import Cards
from core.topup.health import ChannelHealth
from core.topup.model import (
    PAYMENT_STEPS,
    Landing,
    Payment,
    PaymentEvent,
    PaymentState,
    TopUpView,
    step,
)
from core.topup.recording import record

# A provider takes no order that ends within a minute; ours may, and is closed when it does.
LEAST_LIFE = timedelta(minutes=2)
# The last part of a callback's address; cards are called back by their processor's name.
CALLBACK_NAME: Mapping[Channel, str] = {
    Channel.WECHAT: "wechat",
    Channel.QQ: "qq",
    Channel.TENPAY: "tenpay",
    Channel.CARD: "stripe",
}
ORDER_TITLE = "云费用充值"  # what the payer reads on the provider's page
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Who opens the bridge page; `device`: `iOS`, `Android`, `Wap`, or None for a desktop."""

    ip: str
    device: str | None


class ProviderOrders:
    """What is asked of providers about one payment, and what their answers lead to."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        providers: Mapping[Channel, Provider],
        public_url: str,
        *,
        observer: Observer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._providers = providers
        self._public_url = public_url
        self._observer = observer
        self.health = ChannelHealth(database, clock, observer)
        self.cards = Cards(database, clock, providers)

    async def record(self, report: Report) -> Landing:
        """Land what a provider told us; see `core.topup.recording`."""
        provider = self.provider(report.channel)
        landing = await self._database.write(
            lambda tx: record(
                tx,
                report,
                ours=(provider.merchant, provider.app),
                at=self._clock.now(),
                ids=self._ids,
            )
        )
        self._observer.landed(report.channel, landing)
        log.info(
            "payment.landed",
            channel=report.channel.value,
            order=report.order_no,
            trade=report.trade_no,
            source=report.source.value,
            landing=landing.value,
        )
        return landing

    def provider(self, channel: Channel) -> Provider:
        try:
            return self._providers[channel]
        except KeyError:
            raise ChannelOff(channel) from None

    async def look(self, payment: Payment) -> Outcome:
        provider = self.provider(payment.channel)
        report = await self.health.watch(
            payment.channel,
            lambda: provider.look_up(payment.order_no, payment.provider_reference),
        )
        await self.record(report)
        return report.outcome

    async def let_go(self, payment: Payment) -> Outcome | None:
        """Ask, close, and ask again; what the provider will not close yet is left to expire.

        Returns what it said last, None when it did not answer.
        """
        provider = self.provider(payment.channel)
        try:
            outcome = await self.look(payment)
            is_open = outcome in {Outcome.UNPAID, Outcome.UNKNOWN}
            if is_open and self.too_young(payment) is None:
                await provider.close(payment.order_no, payment.provider_reference)
                outcome = await self.look(payment)
        except (ProviderUnavailable, ProviderRefused, ForgedMessage):
            return None
        if outcome is Outcome.UNKNOWN:
            await self._database.write(
                lambda tx: orders.end(tx, payment.payment_id, at=self._clock.now())
            )
        return outcome

    def too_young(self, payment: Payment) -> datetime | None:
        """From when on the order can be closed, if that is still to come."""
        closable_at = payment.created_at + self.provider(payment.channel).closes_after
        return closable_at if closable_at > self._clock.now() else None

    async def let_go_later(self, payment: Payment) -> None:
        closable_at = self.too_young(payment)
        if closable_at is not None:
            await self._database.write(
                lambda tx: orders.let_go(tx, payment.payment_id, at=closable_at)
            )

    async def prepare(self, payment: Payment, browser: Browser) -> Payment:
        """Have the provider make the order, unless it did."""
        if payment.state is not PaymentState.CREATING:
            return payment
        provider = self.provider(payment.channel)
        try:
            instructions = await self._instructions(payment, provider, browser)
        except ProviderRefused:
            await self._database.write(
                lambda tx: orders.end(
                    tx, payment.payment_id, at=self._clock.now(), event=PaymentEvent.FAIL
                )
            )
            raise
        return await self._database.write(lambda tx: _created(tx, payment, instructions))

    async def _instructions(
        self, payment: Payment, provider: Provider, browser: Browser
    ) -> Instructions:
        if provider.needs_payer:  # made when the payer opens the bridge page
            return Instructions(expires_at=payment.expires_at)
        person_id, language = await self._database.read(lambda tx: _payer(tx, payment))

        async def create() -> Instructions:
            customer = await self.cards.customer(person_id, provider)
            order = self.order(payment, browser)
            return await provider.create(replace(order, customer=customer, language=language))

        return await self.health.watch(payment.channel, create)

    async def for_payer(self, view: TopUpView, provider: Provider, browser: Browser) -> TopUpView:
        """The order with a link for the browser that asks; the link is kept nowhere."""
        made = await provider.create(self.order(view.payment, browser))
        return replace(view, payment=replace(view.payment, address=made.address))

    def order(self, payment: Payment, browser: Browser) -> Order:
        base = self._public_url
        return Order(
            order_no=payment.order_no,
            amount_fen=payment.amount_fen,
            description=ORDER_TITLE,
            expires_at=max(payment.expires_at, payment.created_at + LEAST_LIFE),
            form=payment.form,
            notify_url=f"{base}/notify/{CALLBACK_NAME[payment.channel]}",
            return_url=f"{base}/pay/{payment.bridge_token}/return",
            ordered_at=payment.created_at,
            payer_ip=browser.ip or None,
            device=browser.device,
            bank=payment.bank,
        )


def _created(tx: Tx, payment: Payment, instructions: Instructions) -> Payment:
    """Keep how to pay; a callback may have been faster than this."""
    current = store.payment(tx, payment.payment_id, lock=True)
    if current is None:
        raise NotFound
    store.set_instructions(
        tx,
        payment.payment_id,
        qr_text=instructions.qr_text,
        address=instructions.address,
        reference=instructions.reference,
        expires_at=instructions.expires_at,
    )
    if current.state is PaymentState.CREATING:
        state = step(PAYMENT_STEPS, current.state, PaymentEvent.CREATED)
        store.set_payment_state(tx, payment.payment_id, state, at=payment.created_at)
    return store.payment(tx, payment.payment_id) or current


def _payer(tx: Tx, payment: Payment) -> tuple[PersonId, str]:
    top_up = store.top_up(tx, payment.top_up_id)
    if top_up is None:
        raise NotFound
    return top_up.person_id, access.language(tx, top_up.person_id) or "zh_CN"

"""Use cases of topping up online: start, look, cancel, the bridge page, and landing reports."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.access import rights
from core.access.model import Right
from core.channels import Channel, Form
from core.clock import Clock
from core.errors import (
    ForgedMessage,
    NotFound,
    ProviderRefused,
    ProviderUnavailable,
)
from core.ids import AccountId, Ids, PaymentId, PersonId, TopUpId
from core.observing import Observer
from core.providers.base import (
    Confirms,
    Outcome,
    Provider,
    Report,
    Source,
)
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup import orders, store
from core.topup.model import (
    GRACE,
    LIVE,
    ChannelOffer,
    Landing,
    Payment,
    PaymentState,
    TopUpState,
    TopUpView,
    next_look,
)
from core.topup.orders import StartRequest
from core.topup.provider_orders import Browser, ProviderOrders
from core.topup.recording import hear_later


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpRules:
    """What the installation decides about orders."""

    public_url: str
    order_life: timedelta


class TopUps:
    """Orders at online channels. Provider calls stand between transactions, never inside one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        providers: Mapping[Channel, Provider],
        rules: TopUpRules,
        observer: Observer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._providers = providers
        self._rules = rules
        self._at = ProviderOrders(
            database, clock, ids, providers, rules.public_url, observer=observer
        )
        self.cards = self._at.cards

    async def channels(self, amount_fen: int) -> list[ChannelOffer]:
        """The channels that are on, in their fixed order; those that fail at present come last."""
        calls = await self._at.health.calls()
        now = self._clock.now()
        offers = [
            ChannelOffer(
                channel=channel,
                minimum_fen=provider.limits.minimum_fen,
                maximum_fen=provider.limits.maximum_fen,
                fits=provider.limits.minimum_fen <= amount_fen <= provider.limits.maximum_fen,
                failing=channel in calls and calls[channel].fails(now),
            )
            for channel, provider in self._providers.items()
        ]
        return sorted(offers, key=lambda offer: offer.failing)

    async def last_bank(self, person_id: PersonId) -> str | None:
        """The code of the bank the person paid through last."""
        return await self._database.read(lambda tx: store.last_bank(tx, person_id))

    async def last_amount(self, person_id: PersonId, account_id: AccountId) -> int | None:
        """Fen of the person's newest top-up on the account, or None before the first."""

        def work(tx: Tx) -> int | None:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            return store.last_amount(tx, person_id, account_id)

        return await self._database.read(work)

    async def unpaid(self, person_id: PersonId, account_id: AccountId) -> TopUpView | None:
        """The person's newest order on the account that waits to be paid."""

        def work(tx: Tx) -> TopUpView | None:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            found = store.newest_unpaid(tx, person_id, account_id, at=self._clock.now())
            return None if found is None else self._read_view(tx, found)

        return await self._database.read(work)

    async def start(self, request: StartRequest) -> TopUpView:
        """Make an order, or hand back the one that still serves the same wish.

        The same `key` again is the same order. `ProviderUnavailable` leaves the order to be
        tried again; `ProviderRefused` ends it.
        """
        provider = self._at.provider(request.channel)
        life = self._rules.order_life
        payment, replaced = await self._database.write(
            lambda tx: orders.open_order(
                tx, request, provider, at=self._clock.now(), life=life, ids=self._ids
            )
        )
        for old in replaced:
            await self._at.let_go(old)
            await self._at.let_go_later(old)
        payment = await self._at.prepare(payment, Browser(ip="", device=None))
        return await self._view_unchecked(payment.top_up_id)

    async def view(self, top_up_id: TopUpId, person_id: PersonId) -> TopUpView:
        """The card's content for somebody who may move money there; else the error says why."""

        def work(tx: Tx) -> TopUpView:
            view = self._read_view(tx, top_up_id)
            rights.require(tx, person_id, view.top_up.account_id, Right.MOVE_MONEY)
            return view

        return await self._database.read(work)

    async def check(self, top_up_id: TopUpId, person_id: PersonId) -> TopUpView:
        """Ask the provider now ("I have paid"); raises `ProviderError` when it does not answer."""
        view = await self.view(top_up_id, person_id)
        live = await self._database.read(lambda tx: store.live_payments(tx, top_up_id))
        others = [item for item in live if item.payment_id != view.payment.payment_id]
        if view.payment.state is not PaymentState.PAID:
            others.append(view.payment)  # the one that is shown decides what is said
        for payment in others:
            await self._at.look(payment)
        return await self.view(top_up_id, person_id)

    async def cancel(self, top_up_id: TopUpId, person_id: PersonId) -> TopUpView:
        """Give the wish up; its orders are closed in the background."""
        await self._database.write(
            lambda tx: orders.cancel(tx, top_up_id, person_id, at=self._clock.now())
        )
        return await self.view(top_up_id, person_id)

    # --- reports ------------------------------------------------------------------------------

    async def record_payment(self, report: Report) -> Landing:
        """Land what a provider told us; see `core.topup.recording`."""
        return await self._at.record(report)

    async def hear(self, report: Report) -> Landing:
        """Land a callback; where the channel's word has to be checked, check it first.

        Raises `ProviderUnavailable` when the check could not be made: the provider sends again.
        """
        provider = self._at.provider(report.channel)
        if not isinstance(provider, Confirms):
            return await self.record_payment(report)
        if provider.confirms_later:
            return await self._database.write(
                lambda tx: hear_later(
                    tx, report, ours=(provider.merchant, provider.app), at=self._clock.now()
                )
            )
        if await self._database.read(lambda tx: store.trade_amount(tx, report)) is None:
            checking = provider
            report = await self._at.health.watch(report.channel, lambda: checking.confirm(report))
            if report.outcome is not Outcome.PAID:
                return Landing.UNCONFIRMED
        return await self.record_payment(report)

    async def confirm(
        self, channel: Channel, order_no: str, reference: str | None, trade_no: str | None
    ) -> None:
        """Check an authorisation at its provider, then capture or cancel it, and land that."""
        provider = self._at.provider(channel)
        if not isinstance(provider, Confirms):
            return
        hint = Report(
            channel=channel,
            source=Source.QUERY,
            event_id=f"confirm:{order_no}",
            order_no=order_no,
            outcome=Outcome.AUTHORISED,
            merchant=provider.merchant,
            app=provider.app,
            trade_no=trade_no,
            reference=reference or await self._reference(order_no),
        )
        await self.record_payment(
            await self._at.health.watch(channel, lambda: provider.confirm(hint))
        )

    async def _reference(self, order_no: str) -> str | None:
        payment = await self._database.read(lambda tx: store.payment_by_order(tx, order_no))
        return None if payment is None else payment.provider_reference

    # --- the bridge page ----------------------------------------------------------------------

    async def bridge(self, token: str) -> TopUpView:
        """The order behind a bridge token, whoever holds it; `NotFound` when there is none."""
        return await self._database.read(lambda tx: self._view_by_token(tx, token))

    async def bridge_for(self, token: str, browser: Browser) -> TopUpView:
        """The order in the form this browser needs: a phone gets a link, a desktop the code.

        Another form is another order: the present one is asked about and closed first.
        """
        view = await self.bridge(token)
        now = self._clock.now()
        if view.top_up.state is not TopUpState.OPEN or view.payment.state not in LIVE:
            return view
        provider = self._at.provider(view.payment.channel)
        if provider.needs_payer:
            return await self._at.for_payer(view, provider, browser)
        form = _form_for(view.payment, provider, browser)
        if orders.still_serves(view.payment, form, now):
            return view
        if await self._at.look(view.payment) is not Outcome.PAID:
            await self._at.let_go(view.payment)
        payment = await self._database.write(
            lambda tx: orders.reopen(tx, view.payment, form, provider, at=now, ids=self._ids)
        )
        if payment is not None:
            await self._at.prepare(payment, browser)
        return await self._view_unchecked(view.top_up.top_up_id)

    # --- background ---------------------------------------------------------------------------

    async def watch(self, payment_id: PaymentId) -> datetime | None:
        """One planned look at an order; returns when to look again, None when it has ended."""
        payment = await self._database.read(lambda tx: store.payment(tx, payment_id))
        if payment is None or payment.state is PaymentState.PAID:
            return None
        now = self._clock.now()
        if now >= payment.expires_at:
            await self._database.write(lambda tx: orders.expire(tx, payment.top_up_id, at=now))
            outcome = await self._at.let_go(payment)
            if outcome is Outcome.UNPAID and now >= payment.expires_at + GRACE:
                await self._database.write(lambda tx: orders.end(tx, payment_id, at=now))
        else:
            with suppress(ProviderUnavailable, ProviderRefused, ForgedMessage):
                await self._at.look(payment)
        after = await self._database.read(lambda tx: store.payment(tx, payment_id))
        if after is None or after.state is PaymentState.PAID:
            return None
        if after.state in LIVE:
            return next_look(after.created_at, after.expires_at, now)
        return orders.last_look(after, now)

    async def let_go(self, payment_id: PaymentId) -> datetime | None:
        """Close an order nobody wants any more, crediting it if it was paid after all.

        Returns when to try again where the provider closes no order so young.
        """
        payment = await self._database.read(lambda tx: store.payment(tx, payment_id))
        if payment is None or payment.state not in LIVE:
            return None
        await self._at.let_go(payment)
        return self._at.too_young(payment)

    # --- inside -------------------------------------------------------------------------------

    async def _view_unchecked(self, top_up_id: TopUpId) -> TopUpView:
        return await self._database.read(lambda tx: self._read_view(tx, top_up_id))

    def _view_by_token(self, tx: Tx, token: str) -> TopUpView:
        payment = store.payment_by_bridge(tx, token)
        if payment is None:
            raise NotFound
        return self._read_view(tx, payment.top_up_id)

    def _read_view(self, tx: Tx, top_up_id: TopUpId) -> TopUpView:
        top_up = store.top_up(tx, top_up_id)
        payments = store.payments_of(tx, top_up_id)
        if top_up is None or not payments:
            raise NotFound
        shown = next((item for item in payments if item.state is PaymentState.PAID), payments[0])
        url = f"{self._rules.public_url}/pay/{shown.bridge_token}"
        return TopUpView(top_up=top_up, payment=shown, pay_url=url)


def _form_for(payment: Payment, provider: Provider, browser: Browser) -> Form:
    """A phone gets a link, a desktop the code, as far as the channel has both."""
    wanted = Form.LINK if browser.device else Form.QR
    if wanted not in provider.forms or (wanted is Form.LINK and payment.address):
        return payment.form
    return wanted

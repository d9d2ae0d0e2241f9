"""A core with a channel of each kind: codes, shared keys, links for the payer, cards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from core.app import Core, CoreSettings
from core.channels import Channel, Form, SavedCard
from core.errors import NotFound
from core.ids import TopUpId
from core.providers.base import Instructions, Limits, Order, Outcome, Report, Source
from core.storage.database import Database
from core.topup.model import PaymentState, TopUpView
from core.topup.orders import StartRequest
from core.topup.provider_orders import Browser
from tests.people import ACCOUNT, FINANCE, link_everybody
from tests.play import PlayClock, PlayMessenger, PlayOrder, PlayProvider


class PlayShared(PlayProvider):
    """A shared-key channel with codes: its callbacks are confirmed by a query."""

    channel = Channel.QQ
    forms = frozenset({Form.QR})
    confirms_later = False
    closes_after = timedelta(minutes=5)

    async def create(self, order: Order) -> Instructions:
        made = await super().create(order)
        return replace(made, address="mqqapi://forward/url?x=1")

    async def confirm(self, report: Report) -> Report:
        self._call("confirm")
        return replace(self.report(report.order_no, Source.CALLBACK), event_id=report.event_id)


class PlayLink(PlayShared):
    """A channel whose link is made for the payer's own browser."""

    channel = Channel.TENPAY
    forms = frozenset({Form.LINK})
    needs_payer = True
    closes_after = timedelta(0)

    async def create(self, order: Order) -> Instructions:
        self._call("create")
        self.orders.setdefault(order.order_no, known(order))
        address = f"https://bank.example/{order.bank or 'DEFAULT'}/{order.payer_ip}"
        return Instructions(address=address, expires_at=order.expires_at)

    async def close(self, order_no: str, reference: str | None = None) -> None:
        self._call("close")


class PlayCard(PlayProvider):
    """A card channel: authorised first, captured by `confirm`."""

    channel = Channel.CARD
    forms = frozenset({Form.LINK})
    limits = Limits(minimum_fen=1000, maximum_fen=99_999_999)
    confirms_later = True

    def __init__(self, clock: PlayClock) -> None:
        super().__init__(clock)
        self.refuse: str | None = None
        self.saved = {"cus_1": [VISA]}
        self.customers = 0

    async def create(self, order: Order) -> Instructions:
        self._call("create")
        self.orders.setdefault(order.order_no, known(order))
        return Instructions(
            address="https://cards.example/x", reference="cs_1", expires_at=order.expires_at
        )

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:
        assert reference == "cs_1"
        return await super().look_up(order_no)

    async def confirm(self, report: Report) -> Report:
        self._call("confirm")
        held = self.orders[report.order_no]
        if held.outcome is Outcome.AUTHORISED:
            if self.refuse:
                held.outcome = Outcome.FAILED
                return replace(self.report(report.order_no, Source.QUERY), reason=self.refuse)
            self.pay(report.order_no)
        return self.report(report.order_no, Source.QUERY)

    async def new_customer(self, person: str) -> str:
        self.customers += 1
        return "cus_1"

    async def cards(self, customer: str) -> tuple[SavedCard, ...]:
        return tuple(self.saved[customer])

    async def unbind(self, customer: str, card_id: str) -> None:
        if card_id not in [card.card_id for card in self.saved[customer]]:
            raise NotFound
        self.saved[customer] = []


BROWSER = Browser(ip="203.0.113.7", device=None)
VISA = SavedCard(card_id="pm_1", brand="visa", last_four="4242", expiry_month=12, expiry_year=2026)


def known(order: Order) -> PlayOrder:
    """The order as the provider learns of it."""
    return PlayOrder(order)


@dataclass
class Ways:
    """A core with all four kinds of channels, and what they are."""

    core: Core
    clock: PlayClock
    code: PlayProvider
    shared: PlayShared
    link: PlayLink
    card: PlayCard

    async def order(
        self, channel: Channel, amount_fen: int = 100_00, *, key: str = "", bank: str | None = None
    ) -> TopUpView:
        key = key or f"{channel}:{bank}"
        return await self.core.topups.start(
            StartRequest(
                person_id=FINANCE,
                account_id=ACCOUNT,
                amount_fen=amount_fen,
                channel=channel,
                key=key,
                top_up_id=TopUpId(f"wish{key}"[:12]),
                bank=bank,
            )
        )

    async def paid_online(self, bank: str, amount_fen: int = 100_00) -> None:
        """Paid by online banking: the link is made for a browser, the money comes by a query."""
        view = await self.order(Channel.TENPAY, amount_fen, bank=bank)
        await self.core.topups.bridge_for(view.payment.bridge_token, BROWSER)
        self.link.pay(view.payment.order_no)
        report = self.link.report(view.payment.order_no, Source.QUERY)
        await self.core.topups.record_payment(report)

    async def settle(self) -> PlayMessenger:
        messenger = PlayMessenger()
        await self.core.drain(messenger).settle()
        return messenger

    async def balance(self) -> int:
        return (await self.core.ledger.balance(ACCOUNT)).available_fen

    async def state(self, view: TopUpView) -> PaymentState:
        found = await self.core.topups.view(view.top_up.top_up_id, FINANCE)
        return found.payment.state


@asynccontextmanager
async def all_ways(
    database: Database, clock: PlayClock, settings: CoreSettings
) -> AsyncIterator[Ways]:
    code, shared = PlayProvider(clock), PlayShared(clock)
    link, card = PlayLink(clock), PlayCard(clock)
    providers = {each.channel: each for each in (code, shared, link, card)}
    core = Core(database, providers, settings, clock=clock)
    await link_everybody(core)
    yield Ways(core=core, clock=clock, code=code, shared=shared, link=link, card=card)
    await core.ledger.verify()
    await core.audit.seal()
    await core.audit.verify()

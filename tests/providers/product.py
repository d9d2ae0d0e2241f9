"""The core with every registered channel over the wire: its adapters here, stand-ins there.

Built from `Channel` and the settings alone: a channel that is registered and has a stand-in in
`STAND_INS` is met by the whole conformance suite.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.settings_reading import read_settings
from core.access.model import StaffRole
from core.app import Core, CoreSettings
from core.channels import Channel
from core.ids import AccountId, PersonId, RandomIds, TopUpId
from core.providers.base import Provider, Report
from core.providers.card import Card
from core.providers.qq_wallet import QqWallet
from core.providers.registry import ProviderSettings, build, new_http_client
from core.providers.tenpay import Tenpay
from core.providers.wechat_pay import WechatPay
from core.storage.database import Database
from core.storage.tables import cases, entries, payments, provider_events, trades, transfers
from core.storage.transaction import Tx
from core.topup.model import TopUpView
from core.topup.orders import StartRequest
from core.topup.provider_orders import Browser
from sandbox.app import running
from sandbox.cards import faults as card_faults
from sandbox.cards import provider as card_side
from sandbox.channels import Channels, Surroundings
from sandbox.pay import faults as wechat_faults
from sandbox.pay import provider as wechat_side
from sandbox.qq import provider as qq_side
from sandbox.qq.faults import QqFaults
from sandbox.telegram.world import World
from sandbox.tenpay import provider as tenpay_side
from sandbox.tenpay.faults import TenpayFaults
from tests.people import ACCOUNT, FINANCE, link_everybody
from tests.play import PlayMessenger
from web.app import build_app
from web.settings import WebSettings

HOST = "127.0.0.1"
REVIEWER, OPERATOR = PersonId(31), PersonId(33)
DESKTOP = Browser(ip="203.0.113.8", device=None)
COUNTED = (provider_events, trades, transfers, entries, cases)
# What the stand-ins call what must be refused outright; the rest of their kinds is truly signed.
TRUE_KINDS = frozenset(
    {
        *("honest", "lower_case", "replay", "again", "rolled_secret", "unknown_notify_id"),
        *wechat_side.ODD_CONTENTS,
        *card_side.ODD_EVENTS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A channel's other side in the sandbox: its callbacks, its faults, how its payers pay."""

    name: str
    adapter: type
    kinds: tuple[str, ...]
    faults: Any
    paying: Any

    def forged(self) -> list[str]:
        return [kind for kind in self.kinds if kind not in TRUE_KINDS]

    def can_fail(self, fault: str) -> bool:
        return fault in {each.name for each in fields(self.faults)}


STAND_INS: Mapping[Channel, StandIn] = {
    Channel.WECHAT: StandIn(
        name="wechat",
        adapter=WechatPay,
        kinds=wechat_side.CALLBACK_KINDS,
        faults=wechat_faults.Faults,
        paying=wechat_side.Paying,
    ),
    Channel.QQ: StandIn(
        name="qq",
        adapter=QqWallet,
        kinds=qq_side.CALLBACK_KINDS,
        faults=QqFaults,
        paying=qq_side.Paying,
    ),
    Channel.TENPAY: StandIn(
        name="tenpay",
        adapter=Tenpay,
        kinds=tenpay_side.CALLBACK_KINDS,
        faults=TenpayFaults,
        paying=tenpay_side.Paying,
    ),
    Channel.CARD: StandIn(
        name="stripe",
        adapter=Card,
        kinds=card_side.CALLBACK_KINDS,
        faults=card_faults.Faults,
        paying=card_side.Paying,
    ),
}


@dataclass(slots=True)
class ShiftClock:
    """The machine's time, moved by a test."""

    shift: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that came to a callback address."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Product:
    """What a conformance test needs; every order is of an amount of its own."""

    core: Core
    clock: ShiftClock
    channels: Channels
    http: httpx.AsyncClient
    address: str
    settings: ProviderSettings
    inside: httpx.AsyncClient
    heard: list[Heard]
    deaf: bool = False
    made: int = 0
    paid: dict[Channel, Report] = field(default_factory=dict)
    account: AccountId = field(default=ACCOUNT)

    def provider(self, channel: Channel) -> Provider:
        return self.core.providers[channel]

    def side(self, channel: Channel) -> Any:
        return getattr(self.channels, STAND_INS[channel].name)

    async def order(self, channel: Channel, fen: int | None = None) -> TopUpView:
        """An order that its provider knows: where the payer's browser makes it, it went there."""
        self.made += 1
        amount_fen = fen or 1_000_00 + self.made * 100
        request = StartRequest(
            person_id=FINANCE,
            account_id=self.account,
            amount_fen=amount_fen,
            channel=channel,
            key=f"order {self.made}",
            top_up_id=TopUpId(f"W{self.made}"),
        )
        view = await self.core.topups.start(request)
        if self.provider(channel).needs_payer:
            await self.visit(view)
        return view

    async def visit(self, view: TopUpView) -> httpx.Response:
        """The payer opens the bridge page and goes where it leads."""
        token = view.payment.bridge_token
        shown = await self.core.topups.bridge_for(token, DESKTOP)
        referer = {"Referer": f"{self.address}/pay/{token}"}
        answer = await self.http.get(str(shown.payment.address), headers=referer)
        assert answer.status_code < 400, answer.text
        return answer

    async def pay(self, channel: Channel, order_no: str, **how: object) -> Any:
        return await self.side(channel).pay(order_no, STAND_INS[channel].paying(**how))

    async def send(self, channel: Channel, order_no: str, kind: str) -> int:
        """The status our edge answers a callback of this kind with."""
        delivery = await self.side(channel).send(order_no, kind)
        return int(delivery.attempts[-1].status)

    async def settle(self) -> PlayMessenger:
        """Run what is due, to the end."""
        messenger = PlayMessenger()
        await self.core.drain(messenger).settle()
        return messenger

    async def available(self) -> int:
        return (await self.core.ledger.balance(self.account)).available_fen

    async def books(self) -> tuple[object, ...]:
        """All that a callback may change, to be compared."""

        def read(tx: Tx) -> tuple[object, ...]:
            counts = [tx.scalar(select(func.count()).select_from(table)) for table in COUNTED]
            states = select(payments.c.state, func.count()).group_by(payments.c.state)
            return (*counts, tuple(sorted(map(tuple, tx.all(states)))))

        return await self.core.database.read(read)

    def break_(self, channel: Channel, **faults: object) -> None:
        side = self.side(channel)
        side.faults = side.faults.changed(faults)

    def mend(self) -> None:
        for channel in STAND_INS:
            side = self.side(channel)
            side.faults = type(side.faults)()


@asynccontextmanager
async def whole_product(
    folder: Path, database: Database, *, call_s: float = 5.0
) -> AsyncIterator[Product]:
    """Sandbox and HTTP edge on free ports, the core in between; jobs run when a test settles."""
    listener = socket.create_server((HOST, 0))
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    world, clock, ids = World(), ShiftClock(), RandomIds()
    channels = Channels(
        Surroundings(
            folder=folder,
            bot_url=address,
            merchant_domains=(address.removeprefix("http://"),),
            recorder=world.trace,
            retry_delays_s=(),
        )
    )
    async with AsyncExitStack() as resources:
        resources.push_async_callback(channels.aclose)
        sandbox = await resources.enter_async_context(
            running(world, extra_routes=channels.routes())
        )
        http = await resources.enter_async_context(new_http_client())
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("TOPUP_BOT_TOKEN", "7000000001:AAGk3zTestsOnly0000000000000000000")
            environment.setenv("TOPUP_PUBLIC_URL", address)
            for name, value in channels.bot_settings(sandbox).items():
                environment.setenv(name, value)
            settings = read_settings().channels
        providers = build(settings, http=http, clock=clock, ids=ids, call_s=call_s)
        core_settings = CoreSettings(
            public_url=address, order_life=timedelta(minutes=30), default_language="zh_CN"
        )
        core = Core(database, providers, core_settings, clock=clock, ids=ids)
        await link_everybody(core)
        for person, role in ((REVIEWER, StaffRole.REVIEWER), (OPERATOR, StaffRole.OPERATOR)):
            await core.access.meet(person, f"staff {person}", "zh_CN")
            await core.access.add_staff(person, role)
        app = _edge(core, address)
        inside = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=address)
        resources.push_async_callback(inside.aclose)
        product = Product(
            core=core,
            clock=clock,
            channels=channels,
            http=http,
            address=address,
            settings=settings,
            inside=inside,
            heard=[],
        )
        await resources.enter_async_context(_serving(_Listening(app, product), listener))
        yield product


def _edge(core: Core, address: str) -> FastAPI:
    web = WebSettings(
        platform_api_keys=(),
        webhook_secret=None,
        trusted_proxies=(),
        public_url=address,
        default_language="zh_CN",
        bot_username=lambda: "cloud_topup_bot",
    )
    return build_app(core, web, telegram=None, checks={})


class _Listening:
    """Keeps what comes to the callback addresses; answers 503 while the product is deaf."""

    def __init__(self, app: FastAPI, product: Product) -> None:
        self._app = app
        self._product = product

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._product.deaf or not scope["path"].startswith("/notify/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        self._product.heard.append(Heard(request.url.path, dict(request.headers), body))
        await Response(status_code=503)(scope, receive, send)


@asynccontextmanager
async def _serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task
    listener.close()

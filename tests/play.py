"""Stand-ins at the core's borders: a clock that is moved, a provider that plays, a messenger."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.conversations.model import Attachment
from core.channels import Channel, Form
from core.errors import FileTooBig, FileUnavailable, ForgedMessage, ProviderError, Undeliverable
from core.ids import OrderNo
from core.notices.model import Notice
from core.providers.base import (
    Instructions,
    Limits,
    Order,
    Outcome,
    Reply,
    Report,
    Source,
    Verdict,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class PlayClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class PlayOrder:
    """What the play provider knows of one order."""

    order: Order
    outcome: Outcome = Outcome.UNPAID
    trade_no: str | None = None
    amount_fen: int | None = None
    currency: str = "CNY"


class PlayProvider:
    """A provider that does what a test says, and can fail at each call."""

    channel = Channel.WECHAT
    merchant = "1230000109"
    app = "wxd678efh567hg6787"
    limits = Limits(minimum_fen=1, maximum_fen=5_000_000_00)
    forms = frozenset({Form.QR, Form.LINK})
    needs_payer = False
    closes_after = timedelta(0)

    def __init__(self, clock: PlayClock) -> None:
        self.clock = clock
        self.orders: dict[str, PlayOrder] = {}
        self.fail: dict[str, ProviderError] = {}
        self.calls: list[str] = []
        self.trades = 0

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fail:
            raise self.fail[name]

    async def create(self, order: Order) -> Instructions:
        self._call("create")
        self.orders.setdefault(order.order_no, PlayOrder(order))
        if order.form is Form.LINK:
            ends = self.clock.now() + timedelta(minutes=5)
            return Instructions(address=f"https://wx.example/{order.order_no}", expires_at=ends)
        return Instructions(qr_text=f"weixin://{order.order_no}", expires_at=order.expires_at)

    def read(self, headers: Mapping[str, str], body: bytes) -> Report:
        if headers.get("x-signature") != "good":
            raise ForgedMessage("signature")
        facts = json.loads(body)
        return self.report(facts["order_no"], Source.CALLBACK)

    def acknowledge(self, verdict: Verdict) -> Reply:
        status = {Verdict.RECORDED: 200, Verdict.FORGED: 401, Verdict.FAILED: 500}[verdict]
        return Reply(status=status)

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:
        self._call("look_up")
        return self.report(order_no, Source.QUERY)

    async def close(self, order_no: str, reference: str | None = None) -> None:
        self._call("close")
        if (held := self.orders.get(order_no)) and held.outcome is Outcome.UNPAID:
            held.outcome = Outcome.CLOSED

    # --- what the payer does ------------------------------------------------------------------

    def pay(
        self, order_no: str, *, amount_fen: int | None = None, currency: str = "CNY"
    ) -> Report:
        """Pay an order (again: another trade); returns the report a callback would carry."""
        held = self.orders[order_no]
        self.trades += 1
        held.outcome = Outcome.PAID
        held.trade_no = f"42000020262611220000{self.trades:08d}"
        held.amount_fen = held.order.amount_fen if amount_fen is None else amount_fen
        held.currency = currency
        return self.report(order_no, Source.CALLBACK)

    def report(self, order_no: str, source: Source) -> Report:
        held = self.orders.get(order_no)
        blank = Report(
            channel=self.channel,
            source=source,
            event_id=f"EV-{order_no}-{source}",
            order_no=OrderNo(order_no),
            outcome=Outcome.UNKNOWN if held is None else held.outcome,
            merchant=self.merchant,
            app=self.app,
        )
        if held is None or held.outcome is not Outcome.PAID:
            return blank
        return replace(
            blank,
            event_id=f"EV-{held.trade_no}",
            trade_no=held.trade_no,
            amount_fen=held.amount_fen,
            currency=held.currency,
            occurred_at=self.clock.now(),
        )


@dataclass
class PlayMessenger:
    """Keeps what it was given; people in `gone` cannot be reached."""

    told: list[Notice] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    shown: list[tuple[str, int, bool]] = field(default_factory=list)  # subject, chat, anew
    gone: set[int] = field(default_factory=set)

    async def tell(self, notice: Notice, language: str) -> None:
        if notice.person_id in self.gone:
            raise Undeliverable("blocked")
        self.told.append(notice)

    async def refresh(self, subject: str) -> None:
        self.refreshed.append(subject)

    async def show(self, subject: str, chat_id: int, *, anew: bool) -> None:
        self.shown.append((subject, chat_id, anew))


@dataclass
class PlayFiles:
    """Holds what people attached, by file id."""

    kept: dict[str, bytes] = field(default_factory=dict)

    async def fetch(self, attachment: Attachment, *, at_most: int) -> bytes:
        content = self.kept.get(attachment.file_id)
        if content is None:
            raise FileUnavailable
        if len(content) > at_most:
            raise FileTooBig(at_most=at_most)
        return content

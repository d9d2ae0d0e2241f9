"""Long programmes: trades told often and out of order, and a storm of forged callbacks."""

import asyncio
import gzip
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from core.channels import Channel
from core.errors import IllegalStep, ProviderError
from core.ids import TopUpId
from core.storage.engine import open_database
from core.storage.tables import trades
from core.topup.provider_orders import CALLBACK_NAME
from tests.people import FINANCE
from tests.play import PlayProvider
from tests.providers.product import DESKTOP, Heard, Product, whole_product
from tests.ways import Ways

RELEASE = os.environ.get("PROOF") == "release"
TRADES = {"sqlite": 20_000 if RELEASE else 2_000, "postgresql": 4_000 if RELEASE else 300}
FORGERIES = 100_000 if RELEASE else 10_000
AT_ONCE = 8
SEED = int(os.environ.get("SEED", "20261122"))
pytestmark = [pytest.mark.timeout(7200), *([pytest.mark.crash] if RELEASE else [])]
Act = Callable[[], Awaitable[object]]


async def eight_at_once(acts: list[Act]) -> None:
    waiting = iter(acts)

    async def hand() -> None:
        for act in waiting:
            await act()

    async with asyncio.TaskGroup() as hands:
        for _ in range(AT_ONCE):
            hands.create_task(hand())


async def test_every_paid_trade_is_credited_exactly_once(ways: Ways, database_url: str) -> None:
    """Each callback 1 to 15 times, shuffled, eight at once, between queries and expiries."""
    chance = random.Random(SEED)
    kinds: list[PlayProvider] = [ways.code, ways.shared, ways.link, ways.card]
    acts: list[Act] = []
    paid_fen = 0
    for number in range(TRADES["sqlite" if "sqlite" in database_url else "postgresql"]):
        provider = kinds[number % len(kinds)]
        view = await ways.order(provider.channel, 100_00 + number, key=f"n{number}")
        wish, order_no = view.top_up.top_up_id, view.payment.order_no
        if provider.needs_payer:  # its order is made by the payer's browser
            await ways.core.topups.bridge_for(view.payment.bridge_token, DESKTOP)
        if chance.random() < 0.1:
            acts.append(lambda wish=wish: _gives_up(ways, wish))
            if chance.random() < 0.5:
                continue  # and nobody pays
        acts += _told_often(ways, provider, order_no, wish, chance)
        paid_fen += view.top_up.amount_fen
    acts += [lambda: _time_passes(ways)] * 40
    chance.shuffle(acts)

    await eight_at_once(acts)
    ways.clock.forward(days=2)
    await ways.settle()

    assert await ways.balance() == paid_fen, f"SEED={SEED}"
    assert await _credited(ways) == sum(provider.trades for provider in kinds)


def _told_often(
    ways: Ways, provider: PlayProvider, order_no: str, wish: TopUpId, chance: random.Random
) -> list[Act]:
    report = provider.pay(order_no)
    acts: list[Act] = [lambda: ways.core.topups.hear(report)] * chance.randint(1, 15)
    if chance.random() < 0.3:
        acts.append(lambda: _asks(ways, wish))
    return acts


async def _time_passes(ways: Ways) -> None:
    """A minute, with what is due in it: looks, ends, cards to capture, notices."""
    ways.clock.forward(minutes=1)
    await ways.settle()


async def _credited(ways: Ways) -> int:
    counted = select(func.count()).select_from(trades).where(trades.c.transfer_id.is_not(None))
    return await ways.core.database.read(lambda tx: tx.scalar(counted) or 0)


async def _asks(ways: Ways, wish: TopUpId) -> None:
    with suppress(ProviderError):
        await ways.core.topups.check(wish, FINANCE)


async def _gives_up(ways: Ways, wish: TopUpId) -> None:
    with suppress(IllegalStep):  # it was paid before
        await ways.core.topups.cancel(wish, FINANCE)


# --- forgeries -----------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def product(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Product]:
    shutil.copy(migrated_sqlite, tmp_path / "topup.db")
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'topup.db'}")
    async with whole_product(tmp_path, database) as one:
        yield one
        await one.core.ledger.verify()
    await database.close()


@dataclass(frozen=True, slots=True)
class Forger:
    """Makes a callback that its provider did not send out of two that it did."""

    chance: random.Random
    one: Heard
    other: Heard

    def forge(self) -> tuple[str, Heard]:
        way = self.chance.choice(list(WAYS))
        return way, WAYS[way](self)

    def changed(self, body: bytes = b"", **headers: str | None) -> Heard:
        kept = {**self.one.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}
        kept = {name: value for name, value in kept.items() if value is not None}
        return Heard(self.one.path, kept, body or self.one.body)

    @property
    def signature(self) -> str | None:
        """The header that signs, where the body does not sign itself."""
        names = ("wechatpay-signature", "stripe-signature")
        return next((name for name in names if name in self.one.headers), None)

    def other_value(self) -> bytes:
        """Another amount, order or state somewhere in the body, under the old signature."""
        digits = [place for place, sign in enumerate(self.one.body) if chr(sign).isdigit()]
        body = bytearray(self.one.body)
        place = self.chance.choice(digits)
        body[place] = ord("0") + (body[place] - ord("0") + self.chance.randint(1, 9)) % 10
        return bytes(body)

    def added(self) -> bytes:
        """A field that nobody signed."""
        body, name = self.one.body, f"x{self.chance.randint(0, 9999)}".encode()
        if body.startswith(b"<xml>"):
            return body.replace(b"</xml>", b"<" + name + b">1</" + name + b"></xml>")
        if body.startswith(b"{"):
            return body[:1] + b'"' + name + b'":1,' + body[1:]
        return body + b"&" + name + b"=1"

    def doubled(self) -> bytes:
        body = self.one.body
        if body.startswith(b"<xml>"):
            return body.replace(b"</xml>", b"<total_fee>1</total_fee></xml>")
        if body.startswith(b"{"):
            return b'{"id":"EV-0",' + body[1:]
        return body + b"&total_fee=1"

    def signed_by_a_stranger(self) -> Heard:
        """The right form, another key."""
        text = f"{self.chance.getrandbits(256):064x}"
        if self.signature == "stripe-signature":
            moment = self.one.headers["stripe-signature"].partition(",")[0]
            return self.changed(**{self.signature: f"{moment},v1={text}"})
        if self.signature:
            return self.changed(**{self.signature: text})
        return self.changed(_with_sign(self.one.body, text[:32].upper()))

    def unsigned(self) -> Heard:
        if self.signature:
            return self.changed(**{self.signature: None})
        return self.changed(_with_sign(self.one.body, ""))

    def of_another(self) -> Heard:
        """This body with the signature of another true message."""
        if self.signature:
            return Heard(self.one.path, self.other.headers, self.one.body)
        return self.changed(_with_sign(self.one.body, _sign_of(self.other.body)))

    def at_another_time(self) -> Heard:
        """The signed time moved, where there is one; else the time inside the message."""
        shift = self.chance.choice((-100_000, -301, 301, 100_000))
        if "wechatpay-timestamp" in self.one.headers:
            at = int(self.one.headers["wechatpay-timestamp"]) + shift
            return self.changed(wechatpay_timestamp=str(at))
        if self.signature:
            header = self.one.headers[self.signature]
            at = int(header.partition(",")[0].removeprefix("t=")) + shift
            return self.changed(**{self.signature: f"t={at},{header.partition(',')[2]}"})
        return self.changed(self.one.body.replace(b"time_end", b"time_ent"))


WAYS: dict[str, Callable[[Forger], Heard]] = {
    "another value": lambda forger: forger.changed(forger.other_value()),
    "a field added": lambda forger: forger.changed(forger.added()),
    "a field twice": lambda forger: forger.changed(forger.doubled()),
    "no signature": Forger.unsigned,
    "a stranger's key": Forger.signed_by_a_stranger,
    "another message's signature": Forger.of_another,
    "another time": Forger.at_another_time,
    "cut short": lambda forger: forger.changed(
        forger.one.body[: forger.chance.randint(1, len(forger.one.body) - 2)]
    ),
    "something behind it": lambda forger: forger.changed(forger.one.body + b"<x/>&x=1"),
    "packed": lambda forger: forger.changed(gzip.compress(forger.one.body)),
    "an entity": lambda forger: forger.changed(
        b'<!DOCTYPE x [<!ENTITY a "SUCCESS">]>' + forger.one.body.replace(b"SUCCESS", b"&a;")
    ),
    "a bomb": lambda forger: forger.changed(
        b'<!DOCTYPE x [<!ENTITY a "' + b"b" * 1000 + b'">]><xml>' + b"&a;" * 1000 + b"</xml>"
    ),
    "from this machine": lambda forger: Heard(
        forger.one.path,
        {
            **forger.unsigned().headers,
            "host": "localhost",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-host": "localhost",
        },
        forger.unsigned().body,
    ),
    "a probe": lambda forger: forger.changed(
        forger.added(), wechatpay_signature="WECHATPAY/SIGNTEST/abcdef"
    ),
    "no header at all": lambda forger: Heard(forger.one.path, {}, forger.added()),
    "too big": lambda forger: forger.changed(forger.one.body + b" " * 70_000),
}


def _with_sign(body: bytes, sign: str) -> bytes:
    old = _sign_of(body).encode()
    assert old
    return body.replace(old, sign.encode() or b"")


def _sign_of(body: bytes) -> str:
    found = re.search(rb"sign(?:><!\[CDATA\[|=)([0-9A-Fa-f]{32})", body)
    assert found, body
    return found[1].decode()


async def test_no_forged_callback_is_accepted_or_changes_anything(product: Product) -> None:
    chance = random.Random(SEED)
    heard = {
        channel: [await _true_callback(product, channel) for _ in range(4)] for channel in Channel
    }
    before, tried = await product.books(), Counter[str]()
    acts: list[Act] = []
    for number in range(FORGERIES):
        one, other = chance.sample(heard[list(Channel)[number % len(Channel)]], 2)
        way, forged = Forger(chance, one, other).forge()
        tried[way] += 1
        acts.append(lambda forged=forged, way=way: _is_refused(product, forged, way))

    await eight_at_once(acts)

    assert len(tried) == len(WAYS)
    assert await product.books() == before


async def _true_callback(product: Product, channel: Channel) -> Heard:
    """What the provider sends for a paid order; ours was not there to hear it."""
    view = await product.order(channel)
    product.deaf = True
    await product.pay(channel, view.payment.order_no)
    product.deaf = False
    path = f"/notify/{CALLBACK_NAME[channel]}"
    return next(each for each in reversed(product.heard) if each.path == path)


async def _is_refused(product: Product, forged: Heard, way: str) -> None:
    answer = await product.inside.post(forged.path, content=forged.body, headers=forged.headers)
    assert answer.status_code in {401, 413}, (way, forged, answer.text)

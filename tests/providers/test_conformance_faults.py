"""Every registered channel on its provider's bad days: each call, each fault, each odd answer."""

import asyncio
import gzip
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from core.channels import Channel, Form
from core.errors import ForgedMessage, ProviderError, ProviderUnavailable
from core.ids import RandomIds
from core.providers.base import (
    Bills,
    Confirms,
    KeepsCards,
    Order,
    Outcome,
    Provider,
    RefundOrder,
    RefundReport,
    Refunds,
    Report,
)
from core.providers.registry import ProviderSettings, build
from core.storage.engine import open_database
from core.topup.orders import StartRequest
from core.topup.provider_orders import CALLBACK_NAME
from tests.people import ACCOUNT, FINANCE
from tests.providers.product import STAND_INS, Product, ShiftClock, whole_product

pytestmark = pytest.mark.asyncio(loop_scope="session")
every_channel = pytest.mark.parametrize("channel", list(Channel))
CALL_S = 0.3
WITHIN_S = 6.0
FAULTS = (
    {"down": True},
    {"system_error": True},
    {"api_error": True},
    {"rate_limited": True},
    {"slow_s": 0.8},
    {"lose_answers": True},
    {"wrong_signature": True},
    {"unsigned": True},
    {"doctype_answers": True},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A paid order as its provider knows it, to call about."""

    provider: Provider
    report: Report
    refund: RefundOrder


Call = Callable[[Deal], Awaitable[object]]


async def _create(deal: Deal) -> object:
    order = Order(
        order_no=f"N{RandomIds().short(12)}",
        amount_fen=100_00,
        description="云费用充值",
        expires_at=ShiftClock().now() + timedelta(minutes=30),
        form=Form.QR if Form.QR in deal.provider.forms else Form.LINK,
        notify_url="https://pay.example.com/notify/x",
        return_url="https://pay.example.com/pay/x/return",
        payer_ip="203.0.113.8",
    )
    return await deal.provider.create(order)


async def _look_up(deal: Deal) -> object:
    return await deal.provider.look_up(deal.report.order_no, deal.report.reference)


async def _confirm(deal: Deal) -> object:
    assert isinstance(deal.provider, Confirms)
    return await deal.provider.confirm(deal.report)


async def _close(deal: Deal) -> object:
    return await deal.provider.close(deal.report.order_no, deal.report.reference)


async def _refund(deal: Deal) -> object:
    assert isinstance(deal.provider, Refunds)
    return await deal.provider.refund(deal.refund)


async def _look_up_refund(deal: Deal) -> object:
    assert isinstance(deal.provider, Refunds)
    return await deal.provider.look_up_refund(deal.refund)


async def _bill(deal: Deal) -> object:
    assert isinstance(deal.provider, Bills)
    return await deal.provider.bill(ShiftClock().now().date())


async def _cards(deal: Deal) -> object:
    assert isinstance(deal.provider, KeepsCards)
    return await deal.provider.cards("cus_1")


CALLS: dict[str, Call] = {
    "create": _create,
    "look_up": _look_up,
    "confirm": _confirm,
    "close": _close,
    "refund": _refund,
    "look_up_refund": _look_up_refund,
    "bill": _bill,
    "cards": _cards,
}
# Closing what is paid is refused; no bill is there yet, and nobody of that name has cards.
REFUSED_WHEN_PAID = {"close", "bill", "cards"}
WITHOUT_A_CALL = {(Channel.TENPAY, "create"), (Channel.TENPAY, "close")}
CAN = [
    (channel, name)
    for channel in Channel
    for name in CALLS
    if hasattr(STAND_INS[channel].adapter, name) and (channel, name) not in WITHOUT_A_CALL
]
BAD_DAYS = [
    pytest.param(channel, name, fault, id=f"{channel}-{name}-{next(iter(fault))}")
    for channel, name in CAN
    for fault in FAULTS
    if STAND_INS[channel].can_fail(next(iter(fault)))
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> AsyncIterator[Product]:
    folder = tmp_path_factory.mktemp("faults")
    shutil.copy(migrated_sqlite, folder / "topup.db")
    database = await open_database(f"sqlite+aiosqlite:///{folder / 'topup.db'}")
    async with whole_product(folder, database, call_s=CALL_S) as product:
        yield product
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def product(shared: Product) -> AsyncIterator[Product]:
    yield shared
    shared.mend()


async def deal(product: Product, channel: Channel, *, new: bool = False) -> Deal:
    """A paid order, its report by query, and a refund of a part that nobody asked for yet."""
    provider = product.provider(channel)
    if new or channel not in product.paid:
        view = await product.order(channel)
        await product.pay(channel, view.payment.order_no)
        await product.settle()
        found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
        reference = found.payment.provider_reference
        product.paid[channel] = await provider.look_up(view.payment.order_no, reference)
    report = product.paid[channel]
    refund = RefundOrder(
        refund_no=f"R{RandomIds().short(12)}",
        order_no=report.order_no,
        trade_no=str(report.trade_no),
        refund_fen=1_00,
        total_fen=int(report.amount_fen or 0),
        reason="one of many",
        notify_url="https://pay.example.com/notify/x",
    )
    return Deal(provider=provider, report=report, refund=refund)


def _says_nothing(got: object) -> bool:
    """Nothing that moves money or an order; a close only leads to another look."""
    if got is None:
        return True
    return isinstance(got, Report) and got.outcome in {Outcome.UNPAID, Outcome.UNKNOWN}


async def outcome_of(call: Call, about: Deal) -> object:
    """What the call gave, or its error: only errors of the port may come, and soon."""
    began = time.monotonic()
    try:
        return await call(about)
    except ProviderError as error:
        return error
    finally:
        assert time.monotonic() - began < WITHIN_S


@pytest.mark.parametrize(("channel", "name", "fault"), BAD_DAYS)
async def test_a_call_that_fails_fails_as_the_port_says_and_works_again_after(
    product: Product, channel: Channel, name: str, fault: dict[str, object]
) -> None:
    about = await deal(product, channel, new="refund" in name)
    if name == "look_up_refund":
        await _refund(about)
    product.break_(channel, **fault)

    got = await outcome_of(CALLS[name], about)
    assert isinstance(got, ProviderError) or _says_nothing(got) or "rate_limited" in fault
    product.mend()
    for _ in range(10):  # the provider may still be at the first one
        again = await outcome_of(CALLS[name], about)
        if not isinstance(again, ProviderUnavailable):
            break
        await asyncio.sleep(0.3)
    assert not isinstance(again, ProviderError) or name in REFUSED_WHEN_PAID


@every_channel
async def test_a_refund_whose_answer_was_lost_is_one_refund(
    product: Product, channel: Channel
) -> None:
    about = await deal(product, channel, new=True)
    product.break_(channel, lose_answers=True)

    assert isinstance(await outcome_of(_refund, about), ProviderUnavailable)
    product.mend()
    first, second = await _refund(about), await _refund(about)
    assert isinstance(first, RefundReport)
    assert isinstance(second, RefundReport)
    assert first.provider_refund_no == second.provider_refund_no
    assert first.refund_fen == 1_00


@every_channel
async def test_the_same_order_asked_twice_is_one_order(product: Product, channel: Channel) -> None:
    view = await product.order(channel)
    before = view.payment
    again = await product.core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=view.top_up.amount_fen,
            channel=channel,
            key=f"again {before.order_no}",
            top_up_id=view.top_up.top_up_id,
        )
    )
    assert again.payment.order_no == before.order_no


# --- answers that nobody should send -------------------------------------------------------------

BOMB = b"".join(
    b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10 if level else b"bomb" * 10)
    for level in range(9)
)
BODIES = {
    "nothing": b"",
    "a word": b"down for maintenance",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "an empty object": b"{}",
    "half an object": b'{"a":',
    "a key twice": b'{"id":"a","id":"b"}',
    "very deep": b"[" * 100_000,
    "other charset": '{"code_url":"汉"}'.encode("utf-16"),
    "an empty element": b"<xml/>",
    "another root": b"<html><body>error</body></html>",
    "an element twice": b"<xml><return_code>SUCCESS</return_code><return_code>FAIL"
    b"</return_code></xml>",
    "an unsigned success": b"<xml><return_code>SUCCESS</return_code><result_code>SUCCESS"
    b"</result_code><trade_state>SUCCESS</trade_state></xml>",
    "an unsigned tenpay success": b"<root><retcode>0</retcode><trade_state>0</trade_state></root>",
    "an entity": b'<!DOCTYPE x [<!ENTITY a "SUCCESS">]><xml><return_code>&a;</return_code></xml>',
    "an outside entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml>&a;</xml>',
    "a bomb of entities": b"<!DOCTYPE xml ["
    + BOMB
    + b"]><xml><return_code>&e8;</return_code></xml>",
    "10 MB": b"<xml>" + b" " * 10_000_000,
    "packed": gzip.compress(b"0" * 20_000_000),
}


@dataclass(slots=True)
class Hostile:
    """A server that answers every call alike."""

    address: str = ""
    status: int = 200
    headers: tuple[str, ...] = ()
    body: bytes = b""
    drips: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(65536)
            lines = [f"HTTP/1.1 {self.status} X", "Connection: close", *self.headers]
            if not self.drips:
                lines.append(f"Content-Length: {len(self.body)}")
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + self.body)
            while self.drips:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
            await writer.drain()
        except ConnectionError:
            pass  # the caller has heard enough
        finally:
            writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def hostile() -> AsyncIterator[Hostile]:
    held = Hostile()
    server = await asyncio.start_server(held.serve, "127.0.0.1", 0)
    held.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield held
    held.drips = False
    server.close()
    await server.wait_closed()


async def every_call_against(
    hostile: Hostile, product: Product, channel: Channel, *, but: str = ""
) -> None:
    """None of the channel's calls believes the server, or breaks."""
    settings = getattr(product.settings, channel.value)
    moved = ProviderSettings(**{channel.value: replace(settings, base_url=hostile.address)})
    about = await deal(product, channel)
    built = build(moved, http=product.http, clock=product.clock, ids=RandomIds(), call_s=CALL_S)
    for name in [call for owner, call in CAN if owner is channel and call != but]:
        got = await outcome_of(CALLS[name], replace(about, provider=built[channel]))
        assert isinstance(got, ProviderError) or _says_nothing(got), (name, got)


@every_channel
@pytest.mark.parametrize("body", BODIES)
async def test_an_answer_that_is_none_is_never_believed(
    product: Product, hostile: Hostile, channel: Channel, body: str
) -> None:
    hostile.body = BODIES[body]
    if body == "packed":
        hostile.headers = ("Content-Encoding: gzip",)
    await every_call_against(hostile, product, channel)


@every_channel
async def test_an_answer_without_an_end_is_not_waited_for(
    product: Product, hostile: Hostile, channel: Channel
) -> None:
    hostile.drips = True
    await every_call_against(hostile, product, channel, but="bill")  # it may take a minute


@every_channel
@pytest.mark.parametrize("status", [204, 302, 400, 401, 429, 503])
async def test_another_status_is_an_error_of_the_port(
    product: Product, hostile: Hostile, channel: Channel, status: int
) -> None:
    hostile.status, hostile.headers = status, ("Location: http://127.0.0.1:1/",)
    await every_call_against(hostile, product, channel)


@every_channel
async def test_nobody_at_the_other_end_is_an_error_of_the_port(
    product: Product, hostile: Hostile, channel: Channel
) -> None:
    hostile.address = "http://127.0.0.1:1"
    await every_call_against(hostile, product, channel)


# --- callbacks that are none ---------------------------------------------------------------------


@every_channel
@pytest.mark.parametrize("body", BODIES)
async def test_a_callback_that_is_none_is_refused_whatever_it_holds(
    product: Product, channel: Channel, body: str
) -> None:
    with pytest.raises(ForgedMessage):
        product.provider(channel).read({}, BODIES[body])
    address = f"{product.address}/notify/{CALLBACK_NAME[channel]}"
    before = await product.books()
    answer = await product.http.post(address, content=BODIES[body])
    assert answer.status_code in {401, 413}
    assert await product.books() == before


async def test_a_callback_that_drips_is_not_waited_for(product: Product) -> None:
    async def drips() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    async def send(channel: Channel) -> int:
        address = f"{product.address}/notify/{CALLBACK_NAME[channel]}"
        try:
            return (await product.http.post(address, content=drips(), timeout=30)).status_code
        except httpx.HTTPError:
            return 0  # cut off

    async with asyncio.timeout(20):
        answers = await asyncio.gather(*map(send, Channel))
    assert set(answers) <= {0, 401, 408, 413}

"""When WeChat Pay, the network or somebody between them misbehaves: every fault becomes ours."""

import asyncio
import gzip
import inspect
import json
import logging
import socket
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from core.errors import ForgedMessage, ProviderRefused, ProviderUnavailable
from core.ids import RandomIds
from core.providers.base import Form, Order
from core.providers.wechat_client import LARGEST_ANSWER
from core.providers.wechat_pay import WechatPay
from core.providers.wechat_settings import WechatSettings
from tests.providers.wechat_stand_in import (
    API_V3_KEY,
    MovableClock,
    Seen,
    StandIn,
    WechatSide,
    http_answer,
    running,
)

NUMBER = "TOPUP202611220001"
CODE = b'{"code_url":"weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}'


def foreign_errors() -> list[type[Exception]]:
    """Every exception class that httpx offers."""
    offered = [getattr(httpx, name) for name in httpx.__all__]
    return [thing for thing in offered if inspect.isclass(thing) and issubclass(thing, Exception)]


def make(kind: type[Exception]) -> Exception:
    request = httpx.Request("GET", "https://api.mch.weixin.qq.com/")
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500))
    if not issubclass(kind, httpx.HTTPError | httpx.StreamError):
        return kind("x")  # also Python's own
    wanted = [
        name
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    return kind(*["x" for _ in wanted])


class Failing(httpx.AsyncBaseTransport):
    """A network that fails in one way."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.hosts: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        raise self.fault


@pytest.mark.parametrize("kind", [*foreign_errors(), ConnectionResetError, TimeoutError, OSError])
async def test_every_error_of_the_http_library_becomes_ours(
    kind: type[Exception], settings: WechatSettings, clock: MovableClock, order: Order
) -> None:
    async with httpx.AsyncClient(transport=Failing(make(kind))) as client:
        pay = WechatPay(settings, http=client, clock=clock, ids=RandomIds())

        for call in (pay.create(order), pay.look_up(NUMBER), pay.close(NUMBER)):
            with pytest.raises(ProviderUnavailable, match=kind.__name__):
                await call


def test_the_walk_over_foreign_errors_is_not_empty() -> None:
    assert {httpx.InvalidURL, httpx.CookieConflict, httpx.StreamConsumed} <= set(foreign_errors())
    assert len(foreign_errors()) > 25


async def test_a_call_that_was_cancelled_stays_cancelled(
    pay: WechatPay, stand_in: StandIn
) -> None:
    reached = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await silent(seen, writer)

    stand_in.script = script
    task = asyncio.create_task(pay.look_up(NUMBER))
    await reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_host_that_cannot_be_reached_is_followed_by_the_second(
    settings: WechatSettings,
    stand_in: StandIn,
    http: httpx.AsyncClient,
    clock: MovableClock,
    order: Order,
) -> None:
    stand_in.answers(body=CODE)
    hosts = (nobody_listens(), stand_in.address)
    pay = WechatPay(settings, http=http, clock=clock, ids=RandomIds(), hosts=hosts)

    assert (await pay.create(order)).qr_text
    assert len(stand_in.seen) == 1


async def test_the_official_hosts_are_tried_once_each(
    settings: WechatSettings, clock: MovableClock
) -> None:
    network = Failing(httpx.ConnectError("x"))
    async with httpx.AsyncClient(transport=network) as client:
        pay = WechatPay(settings, http=client, clock=clock, ids=RandomIds())

        with pytest.raises(ProviderUnavailable):
            await pay.look_up(NUMBER)

    assert network.hosts == ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]


@pytest.mark.parametrize("fault", [httpx.ReadTimeout("x"), httpx.ReadError("x")])
async def test_what_may_have_been_sent_is_not_sent_to_the_second_host(
    fault: Exception, settings: WechatSettings, clock: MovableClock
) -> None:
    network = Failing(fault)
    async with httpx.AsyncClient(transport=network) as client:
        pay = WechatPay(settings, http=client, clock=clock, ids=RandomIds())

        with pytest.raises(ProviderUnavailable):
            await pay.look_up(NUMBER)

    assert network.hosts == ["api.mch.weixin.qq.com"]


async def test_a_configured_address_is_the_only_host(
    settings: WechatSettings, clock: MovableClock
) -> None:
    network = Failing(httpx.ConnectError("x"))
    alone = replace(settings, base_url="https://stand-in.example/wechat")
    async with httpx.AsyncClient(transport=network) as client:
        pay = WechatPay(alone, http=client, clock=clock, ids=RandomIds())

        with pytest.raises(ProviderUnavailable):
            await pay.look_up(NUMBER)

    assert network.hosts == ["stand-in.example"]


async def silent(_: Seen, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def drops(_: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


async def hangs_up(_: Seen, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def speaks_no_http(_: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 smtp ready\r\n")


async def drips(_: Seen, writer: asyncio.StreamWriter) -> None:
    """Each byte comes well within a read timeout; only a limit over the whole call ends this."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _second in range(300):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def floods(_: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _chunk in range(1000):
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def sends_a_bomb(_: Seen, writer: asyncio.StreamWriter) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    writer.write(http_answer(200, bomb, {"Content-Encoding": "gzip"}))


@pytest.mark.parametrize(
    "script", [silent, drops, hangs_up, speaks_no_http, drips, floods, sends_a_bomb]
)
async def test_a_host_that_misbehaves_is_unavailable_in_time(
    script: Any, pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.script = script
    began = time.monotonic()

    with pytest.raises(ProviderUnavailable):
        await pay.create(order)

    assert time.monotonic() - began < 3  # the fixture allows one second a call


async def test_an_answer_of_the_largest_size_is_read_and_one_more_byte_is_not(
    pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    largest = CODE + b" " * (LARGEST_ANSWER - len(CODE))
    stand_in.answers(body=largest)
    assert (await pay.create(order)).qr_text

    stand_in.answers(body=largest + b" ")
    with pytest.raises(ProviderUnavailable, match="larger than"):
        await pay.create(order)


async def test_a_200_without_a_signature_is_refused(
    pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(body=CODE, headers={})

    with pytest.raises(ForgedMessage, match="missing"):
        await pay.create(order)


async def test_a_200_signed_by_somebody_else_is_refused(
    pay: WechatPay,
    stand_in: StandIn,
    order: Order,
    wechat: WechatSide,
    strange_key: RSAPrivateKey,
) -> None:
    stand_in.answers(body=CODE, headers=replace(wechat, key=strange_key).headers(CODE))

    with pytest.raises(ForgedMessage, match="does not match"):
        await pay.create(order)


@pytest.mark.parametrize(
    "serial", ["PUB_KEY_ID_2", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "zz"]
)
async def test_a_200_with_a_wrong_serial_is_refused(
    serial: str, pay: WechatPay, stand_in: StandIn, order: Order, wechat: WechatSide
) -> None:
    stand_in.answers(body=CODE, headers=wechat.headers(CODE, serial=serial))

    with pytest.raises(ForgedMessage, match="Wechatpay-Serial"):
        await pay.create(order)


async def test_an_old_answer_played_again_is_refused(
    pay: WechatPay, stand_in: StandIn, order: Order, wechat: WechatSide, clock: MovableClock
) -> None:
    stand_in.answers(body=CODE, headers=wechat.headers(CODE))
    clock.forward(300)

    with pytest.raises(ForgedMessage, match="300 s"):
        await pay.create(order)


async def test_unsigned_broken_json_fails_on_its_signature(
    pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(body=b'{"code_url":', headers={})

    with pytest.raises(ForgedMessage, match="missing"):
        await pay.create(order)


async def test_a_channel_recovers_after_an_outage(
    pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(503, b"", headers={})
    with pytest.raises(ProviderUnavailable):
        await pay.create(order)

    stand_in.answers(body=CODE)

    assert (await pay.create(order)).qr_text


async def test_no_secret_is_shown_or_logged(
    settings: WechatSettings,
    pay: WechatPay,
    stand_in: StandIn,
    order: Order,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in.answers(403, json.dumps({"code": "NO_AUTH"}).encode(), headers={})
    with pytest.raises(ProviderRefused) as refused:
        await pay.create(replace(order, form=Form.QR))

    shown = caplog.text + repr(settings) + repr(vars(pay)) + repr(refused.value)
    shown += repr(settings.signer()) + repr(settings.keyring())

    assert API_V3_KEY not in shown
    assert "PRIVATE KEY" not in shown
    assert "MIIEvQIBADAN" not in shown
    assert "signature=" not in shown


def nobody_listens() -> str:
    """An address whose port was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def test_two_channels_do_not_share_keys(
    settings: WechatSettings,
    http: httpx.AsyncClient,
    clock: MovableClock,
    order: Order,
    strange_key: RSAPrivateKey,
) -> None:
    """A stand-in's key, such as a sandbox's, opens nothing where another key is configured."""
    pretender = WechatSide(key=strange_key, clock=clock)
    async with running(StandIn(wechat=pretender)) as stand_in:
        stand_in.answers(body=CODE)
        pay = WechatPay(
            settings, http=http, clock=clock, ids=RandomIds(), hosts=(stand_in.address,)
        )

        with pytest.raises(ForgedMessage):
            await pay.create(order)

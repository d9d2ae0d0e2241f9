"""Platform certificates: fetched, trusted for their time, and valid beside the public key."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, CertificateBuilder, Name

from core.errors import ForgedMessage, ProviderRefused, ProviderUnavailable
from core.ids import RandomIds
from core.providers.base import Report
from core.providers.wechat_pay import WechatPay
from core.providers.wechat_settings import WechatSettings
from tests.providers.wechat_stand_in import (
    MovableClock,
    StandIn,
    WechatSide,
    certificate,
    certificate_list,
    running,
    seal,
)

NUMBER = "TOPUP202611220001"
SERIAL = "0A57F09EFDC096DE15EBE81A47057A7232F1B8E1"  # the zero in front is often lost
LISTED = "/v3/certificates"
QUERIED = f"/v3/pay/transactions/out-trade-no/{NUMBER}"


@pytest.fixture
def platform(strange_key: RSAPrivateKey, clock: MovableClock) -> WechatSide:
    """WeChat signing with a platform certificate's key."""
    return WechatSide(key=strange_key, clock=clock, serial=SERIAL)


@pytest.fixture
def made(strange_key: RSAPrivateKey, clock: MovableClock) -> Certificate:
    return certificate(
        strange_key.public_key(),
        strange_key,
        int(SERIAL, 16),
        begins=clock.now() - timedelta(days=1),
        ends=clock.now() + timedelta(days=2),
    )


@pytest.fixture
async def stand_in(platform: WechatSide) -> AsyncIterator[StandIn]:
    async with running(StandIn(wechat=platform)) as started:
        yield started


@pytest.fixture
def certified(
    settings: WechatSettings, stand_in: StandIn, http: httpx.AsyncClient, clock: MovableClock
) -> WechatPay:
    """An adapter without the public key."""
    alone = replace(settings, public_key_pem=None, public_key_id=None)
    return WechatPay(
        alone, http=http, clock=clock, ids=RandomIds(), hosts=(stand_in.address,), call_s=1.0
    )


@pytest.fixture
def trade(vectors: dict[str, dict[str, Any]]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(vectors["V5"]["plaintext"])
    return loaded


async def test_a_callback_is_accepted_once_its_certificate_was_fetched(
    certified: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    made: Certificate,
    trade: dict[str, Any],
) -> None:
    stand_in.answers(body=certificate_list(made))
    with pytest.raises(ForgedMessage, match="certificate we do not have"):
        certified.read(*platform.callback(trade))

    await certified.refresh_certificates()

    assert isinstance(certified.read(*platform.callback(trade)), Report)
    assert "wechatpay-serial" not in stand_in.seen[0].headers


@pytest.mark.parametrize("serial", [SERIAL, SERIAL.lower(), SERIAL.lstrip("0")])
async def test_neither_case_nor_leading_zeros_of_a_serial_matter(
    serial: str,
    certified: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    made: Certificate,
    trade: dict[str, Any],
) -> None:
    stand_in.answers(body=certificate_list(made))
    await certified.refresh_certificates()

    assert isinstance(certified.read(*replace(platform, serial=serial).callback(trade)), Report)


async def test_both_kinds_of_keys_are_accepted_at_the_same_time(
    pay: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    wechat: WechatSide,
    made: Certificate,
    trade: dict[str, Any],
) -> None:
    stand_in.answers(body=certificate_list(made))
    await pay.refresh_certificates()

    assert isinstance(pay.read(*platform.callback(trade)), Report)
    assert isinstance(pay.read(*wechat.callback(trade)), Report)


@pytest.mark.parametrize(("days", "seconds"), [(-1, -1), (2, 1)])
async def test_a_certificate_counts_only_between_its_dates(
    days: int,
    seconds: int,
    certified: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    made: Certificate,
    trade: dict[str, Any],
    clock: MovableClock,
) -> None:
    stand_in.answers(body=certificate_list(made))
    await certified.refresh_certificates()
    clock.forward(days * 86400 + seconds)

    with pytest.raises(ForgedMessage, match="not valid at this time"):
        certified.read(*platform.callback(trade))


async def test_the_first_call_fetches_certificates_and_later_ones_do_not(
    certified: WechatPay,
    stand_in: StandIn,
    made: Certificate,
    trade: dict[str, Any],
    clock: MovableClock,
) -> None:
    stand_in.answers_by_path({LISTED: certificate_list(made), QUERIED: json.dumps(trade).encode()})

    await certified.look_up(NUMBER)
    clock.forward(12 * 3600 - 1)
    await certified.look_up(NUMBER)
    assert [seen.target for seen in stand_in.seen].count(LISTED) == 1

    clock.forward(1)
    await certified.look_up(NUMBER)
    assert [seen.target for seen in stand_in.seen].count(LISTED) == 2


async def test_without_any_certificate_a_failed_fetch_fails_the_call(
    certified: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(503, b"", headers={})

    with pytest.raises(ProviderUnavailable):
        await certified.look_up(NUMBER)

    assert [seen.target for seen in stand_in.seen] == [LISTED]


async def test_certificates_serve_on_while_their_renewal_fails(
    certified: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    made: Certificate,
    trade: dict[str, Any],
    clock: MovableClock,
) -> None:
    answer = json.dumps(trade).encode()
    stand_in.answers_by_path({LISTED: certificate_list(made), QUERIED: answer})
    await certified.look_up(NUMBER)
    clock.forward(12 * 3600)
    stand_in.answers_by_path({LISTED: b"{}", QUERIED: answer})

    assert (await certified.look_up(NUMBER)).order_no == NUMBER
    assert (await certified.look_up(NUMBER)).order_no == NUMBER
    assert [seen.target for seen in stand_in.seen].count(LISTED) == 2  # not again at once


async def test_a_renewal_drops_what_is_no_longer_listed(
    certified: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    made: Certificate,
    merchant_key: RSAPrivateKey,
    trade: dict[str, Any],
    clock: MovableClock,
) -> None:
    stand_in.answers(body=certificate_list(made))
    await certified.refresh_certificates()
    newer = certificate(
        merchant_key.public_key(),
        merchant_key,
        7,
        begins=clock.now() - timedelta(days=1),
        ends=clock.now() + timedelta(days=2),
    )
    listed = certificate_list(newer)
    stand_in.answers(
        body=listed, headers=replace(platform, key=merchant_key, serial="7").headers(listed)
    )

    await certified.refresh_certificates()

    with pytest.raises(ForgedMessage, match="do not have"):
        certified.read(*platform.callback(trade))


async def test_a_list_encrypted_with_another_key_is_refused(
    certified: WechatPay, stand_in: StandIn, made: Certificate
) -> None:
    stand_in.answers(body=certificate_list(made, key="x" * 32))

    with pytest.raises(ForgedMessage, match="APIv3 key"):
        await certified.refresh_certificates()


async def test_a_list_that_nobody_signed_changes_nothing(
    certified: WechatPay,
    stand_in: StandIn,
    platform: WechatSide,
    made: Certificate,
    trade: dict[str, Any],
) -> None:
    stand_in.answers(body=certificate_list(made), headers={})

    with pytest.raises(ForgedMessage, match="missing"):
        await certified.refresh_certificates()
    with pytest.raises(ForgedMessage, match="do not have"):
        certified.read(*platform.callback(trade))


def curve_certificate(clock: MovableClock) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return (
        CertificateBuilder()
        .subject_name(Name([]))
        .issuer_name(Name([]))
        .public_key(key.public_key())
        .serial_number(9)
        .not_valid_before(clock.now())
        .not_valid_after(clock.now() + timedelta(days=1))
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )


async def test_a_list_of_odd_form_is_refused(
    certified: WechatPay, stand_in: StandIn, clock: MovableClock
) -> None:
    odd = [
        {"data": {}},
        {"data": [7]},
        {"data": [{"encrypt_certificate": {}}]},
        {"data": [{"encrypt_certificate": seal(b"x", "certificate") | {"algorithm": "none"}}]},
        {"data": [{"encrypt_certificate": seal(b"no PEM", "certificate")}]},
        {"data": [{"encrypt_certificate": seal(curve_certificate(clock), "certificate")}]},
    ]

    for content in odd:
        stand_in.answers(body=json.dumps(content).encode())
        with pytest.raises(ForgedMessage):
            await certified.refresh_certificates()


async def test_a_merchant_without_certificates_is_told_so(
    pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(404, b'{"code":"RESOURCE_NOT_EXISTS"}', headers={})

    with pytest.raises(ProviderRefused, match="RESOURCE_NOT_EXISTS"):
        await pay.refresh_certificates()


async def test_calls_at_the_same_moment_all_get_their_answer(
    certified: WechatPay, stand_in: StandIn, made: Certificate, trade: dict[str, Any]
) -> None:
    stand_in.answers_by_path({LISTED: certificate_list(made), QUERIED: json.dumps(trade).encode()})

    reports = await asyncio.gather(*(certified.look_up(NUMBER) for _ in range(8)))

    assert {report.order_no for report in reports} == {NUMBER}

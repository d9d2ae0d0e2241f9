"""Callbacks that WeChat did not send, or not now: none of them gets past the signature."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.errors import ForgedMessage
from core.providers.base import Report
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import WechatSide

Callback = tuple[dict[str, str], bytes]


def header(name: str, value: str) -> Callable[[Callback], Callback]:
    return lambda callback: (callback[0] | {name: value}, callback[1])


def without(name: str) -> Callable[[Callback], Callback]:
    return lambda callback: (
        {key: value for key, value in callback[0].items() if key != name},
        callback[1],
    )


def body(change: Callable[[bytes], bytes]) -> Callable[[Callback], Callback]:
    return lambda callback: (callback[0], change(callback[1]))


def at_localhost(callback: Callback) -> Callback:
    """A signature that is one character off, from where some libraries trust everybody."""
    headers, raw = callback
    signature = headers["Wechatpay-Signature"]
    return headers | {
        "Host": "localhost",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "localhost",
        "Wechatpay-Signature": "A" + signature[1:],
    }, raw


def test_a_line_of_the_body_cannot_become_part_of_the_nonce(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    """The signed bytes stay the same, and so does the signature; only the border moves."""
    _, compact = wechat.callback(trade)
    raw = b"{}\n" + compact
    headers = wechat.headers(raw)
    moved = headers | {"Wechatpay-Nonce": headers["Wechatpay-Nonce"] + "\n{}"}

    with pytest.raises(ForgedMessage, match="Wechatpay-Nonce"):
        reader.read(moved, compact)


def test_a_probe_is_recognised_as_one(reader: WechatPay, genuine: Callback) -> None:
    headers, raw = genuine

    with pytest.raises(ForgedMessage, match="probe"):
        reader.read(headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abcdef"}, raw)


def reserialised(raw: bytes) -> bytes:
    return json.dumps(json.loads(raw)).encode()


FORGERIES: dict[str, Callable[[Callback], Callback]] = {
    "no header": lambda callback: ({}, callback[1]),
    "no timestamp": without("Wechatpay-Timestamp"),
    "no nonce": without("Wechatpay-Nonce"),
    "no signature": without("Wechatpay-Signature"),
    "no serial": without("Wechatpay-Serial"),
    "empty signature": header("Wechatpay-Signature", ""),
    "signature is not base64": header("Wechatpay-Signature", "汉字 !"),
    "signature is short": header("Wechatpay-Signature", "QUJD"),
    "probe": header("Wechatpay-Signature", "WECHATPAY/SIGNTEST/abcdef"),
    "probe that is otherwise right": lambda callback: (
        callback[0]
        | {
            "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + callback[0]["Wechatpay-Signature"],
        },
        callback[1],
    ),
    "other body": body(lambda raw: raw.replace(b"TRANSACTION", b"TRANSACTIOM")),
    "body written anew": body(reserialised),
    "a line break behind the body": body(lambda raw: raw + b"\n"),
    "byte order mark": body(lambda raw: b"\xef\xbb\xbf" + raw),
    "empty body": body(lambda _: b""),
    "gzip bomb": body(lambda _: gzip.compress(b"0" * 20_000_000)),
    "10 MB": body(lambda raw: raw + b" " * 10_000_000),
    "unknown public key": header("Wechatpay-Serial", "PUB_KEY_ID_9"),
    "unknown certificate": header("Wechatpay-Serial", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"),
    "serial is not hexadecimal": header("Wechatpay-Serial", "0x12-zz"),
    "serial of zero length but blank": header("Wechatpay-Serial", " "),
    "timestamp is a word": header("Wechatpay-Timestamp", "now"),
    "timestamp is not whole": header("Wechatpay-Timestamp", "1795264801.0"),
    "timestamp is negative": header("Wechatpay-Timestamp", "-1795264801"),
    "timestamp in other digits": header("Wechatpay-Timestamp", "１７９５２６４８０１"),
    "timestamp without end": header("Wechatpay-Timestamp", "9" * 5000),
    "timestamp one second on": header("Wechatpay-Timestamp", "1795264802"),
    "other nonce": header("Wechatpay-Nonce", "B1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"),
    "other algorithm": header("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
    "no algorithm": header("Wechatpay-Signature-Type", "none"),
    "empty algorithm": header("Wechatpay-Signature-Type", ""),
    "header twice": header("wechatpay-serial", "PUB_KEY_ID_9"),
    "from localhost": at_localhost,
    "XML with an entity": body(lambda _: b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>'),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_callback_is_refused(forgery: str, reader: WechatPay, genuine: Callback) -> None:
    assert isinstance(reader.read(*genuine), Report)

    with pytest.raises(ForgedMessage):
        reader.read(*FORGERIES[forgery](genuine))


def test_a_callback_signed_with_another_key_is_refused(
    reader: WechatPay, wechat: WechatSide, strange_key: RSAPrivateKey, trade: dict[str, Any]
) -> None:
    assert isinstance(reader.read(*wechat.callback(trade)), Report)

    with pytest.raises(ForgedMessage, match="does not match"):
        reader.read(*replace(wechat, key=strange_key).callback(trade))


def test_the_headers_of_another_true_message_are_refused(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    first, _ = wechat.callback(trade)
    _, second = wechat.callback(trade | {"out_trade_no": "TOPUP202611220002"})

    with pytest.raises(ForgedMessage, match="does not match"):
        reader.read(first, second)


def test_nothing_is_parsed_before_the_signature_is_checked(
    reader: WechatPay, genuine: Callback
) -> None:
    headers, _ = genuine

    with pytest.raises(ForgedMessage, match="does not match"):
        reader.read(headers, b"[" * 100_000)


@hypothesis_settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 888), bit=st.integers(0, 7))
def test_no_bit_of_the_body_can_be_turned(
    place: int, bit: int, reader: WechatPay, genuine: Callback
) -> None:
    headers, raw = genuine
    turned = bytearray(raw)
    turned[place % len(raw)] ^= 1 << bit

    with pytest.raises(ForgedMessage):
        reader.read(headers, bytes(turned))


@hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "Wechatpay-Timestamp",
                "Wechatpay-Nonce",
                "Wechatpay-Signature",
                "Wechatpay-Serial",
                "Wechatpay-Signature-Type",
            ]
        ),
        st.text(max_size=40),
        min_size=1,
    )
)
def test_no_header_text_whatever_leads_to_another_error(
    headers: dict[str, str], reader: WechatPay, genuine: Callback
) -> None:
    true_headers, raw = genuine
    changed = {name: value for name, value in headers.items() if true_headers[name] != value}
    if not changed:
        return

    with pytest.raises(ForgedMessage):
        reader.read(true_headers | changed, raw)

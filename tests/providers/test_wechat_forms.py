"""Callbacks that are truly signed and still not what WeChat documents."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import ForgedMessage
from core.providers.base import Report
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import WechatSide, seal


def flipped_tag(resource: dict[str, object]) -> dict[str, object]:
    sealed = bytearray(b64decode(str(resource["ciphertext"])))
    sealed[-1] ^= 1
    return resource | {"ciphertext": b64encode(sealed).decode()}


RESOURCES: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "tag flipped": flipped_tag,
    "other bound words": lambda resource: resource | {"associated_data": "refund"},
    "bound words left out": lambda resource: resource | {"associated_data": ""},
    "bound words not a text": lambda resource: resource | {"associated_data": 7},
    "other nonce": lambda resource: resource | {"nonce": "gdasflkja484"},
    "nonce too long": lambda resource: resource | {"nonce": "fdasflkja4841"},
    "nonce not a text": lambda resource: resource | {"nonce": None},
    "nonce no Unicode": lambda resource: resource | {"nonce": "\ud800" * 12},
    "other algorithm": lambda resource: resource | {"algorithm": "AEAD_SM4_GCM"},
    "ciphertext a list": lambda resource: resource | {"ciphertext": ["x"]},
    "ciphertext empty": lambda resource: resource | {"ciphertext": ""},
    "key of another merchant": lambda _: seal(b"{}", "transaction", key="x" * 32),
}


@pytest.mark.parametrize("name", RESOURCES)
def test_a_truly_signed_callback_with_a_bad_resource_is_refused(
    name: str, reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    sealed = seal(json.dumps(trade).encode(), "transaction")
    assert isinstance(reader.read(*wechat.callback(trade, **sealed)), Report)

    with pytest.raises(ForgedMessage):
        reader.read(*wechat.callback(trade, **RESOURCES[name](sealed)))


@pytest.mark.parametrize(
    "change",
    [
        {"amount": None},
        {"amount": {}},
        {"amount": []},
        {"amount": {"total": "100", "currency": "CNY"}},
        {"amount": {"total": 100.0, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": 0, "currency": "CNY"}},
        {"amount": {"total": -100, "currency": "CNY"}},
        {"amount": {"total": 10**30, "currency": "CNY"}},
        {"amount": {"total": 100, "currency": 156}},
        {"amount": {"total": 100, "currency": ""}},
        {"amount": {"total": 100, "currency": None}},
        {"trade_state": "PAID"},
        {"trade_state": None},
        {"transaction_id": None},
        {"transaction_id": ""},
        {"transaction_id": "4" * 33},
        {"transaction_id": 4200002000202611220000000001},
        {"out_trade_no": ["TOPUP202611220001"]},
        {"out_trade_no": "A B"},
        {"out_trade_no": "汉字汉字汉字"},
        {"out_trade_no": "\ud800\ud800\ud800"},
        {"mchid": 1230000109},
        {"appid": None},
        {"success_time": "yesterday"},
        {"success_time": "2026-11-22T20:40:00"},
        {"success_time": "0001-01-01T00:00:00+08:00"},
        {"success_time": 1795264801},
    ],
    ids=str,
)
def test_a_truly_signed_payment_of_odd_form_is_refused(
    change: dict[str, Any], reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    with pytest.raises(ForgedMessage):
        reader.read(*wechat.callback(trade | change))


@pytest.mark.parametrize(
    "plain",
    [
        b'{"out_trade_no":"TOPUP1","out_trade_no":"TOPUP2"}',
        b'{"amount":{"total":100,"total":1}}',
        b"[]",
        b'"text"',
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"amount":' + b"1" * 5000 + b"}",
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        '{"a":1}'.encode("utf-16"),
    ],
    ids=lambda plain: repr(plain[:20]),
)
def test_a_truly_signed_payment_that_is_no_plain_json_object_is_refused(
    plain: bytes, reader: WechatPay, wechat: WechatSide
) -> None:
    with pytest.raises(ForgedMessage, match=r"JSON"):
        reader.read(*wechat.callback(plain))


def test_a_key_that_comes_twice_in_the_callback_is_refused(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    _, raw = wechat.callback(trade)
    doubled = raw[:-1] + b',"event_type":"REFUND.SUCCESS"}'

    with pytest.raises(ForgedMessage, match="twice"):
        reader.read(wechat.headers(doubled), doubled)


@pytest.mark.parametrize("event", ["PAYSCORE.USER_OPEN_SERVICE", "transaction.success", "", "汉"])
def test_an_event_of_another_product_is_refused(
    event: str, reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    with pytest.raises(ForgedMessage, match="event_type"):
        reader.read(*wechat.callback(trade, event=event))


def test_a_truly_signed_callback_of_more_than_a_megabyte_is_refused(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    _, raw = wechat.callback(trade)
    large = raw + b" " * 1024 * 1024

    with pytest.raises(ForgedMessage, match="larger than"):
        reader.read(wechat.headers(large), large)

"""What each error answer of WeChat Pay becomes."""

import json

import pytest

from core.errors import ProviderRefused, ProviderUnavailable
from core.providers.base import (
    Order,
)
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import StandIn

NUMBER = "TOPUP202611220001"


def in_json(content: object) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "PARAM_ERROR"),
        (400, "APPID_MCHID_NOT_MATCH"),
        (401, "SIGN_ERROR"),
        (403, "NO_AUTH"),
        (403, "OUT_TRADE_NO_USED"),
        (404, "MCH_NOT_EXISTS"),
    ],
)
async def test_a_business_error_is_a_refusal_with_its_code(
    status: int, code: str, pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(
        status, in_json({"code": code, "message": "x"}), headers={"Request-ID": "08F1-2"}
    )

    with pytest.raises(ProviderRefused, match="request 08F1-2") as refused:
        await pay.create(order)

    assert refused.value.reason == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "SYSTEM_ERROR"),
        (400, "SYSTEM_ERROR"),
        (502, "SERVICE_UNAVAILABLE"),
        (503, ""),
        (504, "ORDER_NOT_EXIST"),
        (429, ""),
        (429, "FREQUENCY_LIMITED"),
        (429, "RATELIMIT_EXCEEDED"),
        (403, "FREQUENCY_LIMITED"),
        (202, "USERPAYING"),
        (302, ""),
        (201, ""),
    ],
)
async def test_a_passing_fault_is_unavailable(
    status: int, code: str, pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(status, in_json({"code": code}), headers={"Location": "/elsewhere"})

    with pytest.raises(ProviderUnavailable):
        await pay.look_up(NUMBER)

    assert len(stand_in.seen) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b"[]", b'{"code":7}', b'{"code":"lower\\n"}', b"\xff", b"[" * 100_000],
)
async def test_an_error_answer_of_odd_form_is_named_by_its_status(
    body: bytes, pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(403, body, headers={"Request-ID": "<script>"})

    with pytest.raises(ProviderRefused, match="request none") as refused:
        await pay.look_up(NUMBER)

    assert refused.value.reason == "HTTP_403"

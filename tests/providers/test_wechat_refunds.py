"""Refunds over real HTTP."""

import json
from dataclasses import replace

import pytest

from core.channels import Channel
from core.errors import ForgedMessage, ProviderRefused
from core.providers.base import (
    RefundOrder,
    RefundReport,
    Refunds,
    RefundState,
)
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import StandIn

NUMBER = "TOPUP202611220001"


def in_json(content: object) -> bytes:
    return json.dumps(content).encode()


REFUNDED = {
    "refund_id": "50300000002026112200000000001",
    "out_refund_no": "REFUND0001",
    "transaction_id": "4200002000202611220000000001",
    "out_trade_no": NUMBER,
    "status": "PROCESSING",
    "amount": {"total": 100, "refund": 40, "currency": "CNY"},
}


def test_the_channel_can_refund(reader: WechatPay) -> None:
    assert isinstance(reader, Refunds)


async def test_a_refund_is_sent_and_its_state_read(
    pay: WechatPay, stand_in: StandIn, refund_order: RefundOrder
) -> None:
    stand_in.answers(body=in_json(REFUNDED))

    report = await pay.refund(refund_order)

    assert report == RefundReport(
        channel=Channel.WECHAT,
        refund_no="REFUND0001",
        provider_refund_no="50300000002026112200000000001",
        state=RefundState.PROCESSING,
        refund_fen=40,
    )
    (seen,) = stand_in.seen
    assert (seen.method, seen.target) == ("POST", "/v3/refund/domestic/refunds")
    assert json.loads(seen.body) == {
        "out_trade_no": NUMBER,
        "out_refund_no": "REFUND0001",
        "reason": "多付",
        "notify_url": "https://pay.example.com/notify/wechat",
        "amount": {"refund": 40, "total": 100, "currency": "CNY"},
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PROCESSING", RefundState.PROCESSING),
        ("SUCCESS", RefundState.DONE),
        ("CLOSED", RefundState.CLOSED),
        ("ABNORMAL", RefundState.ABNORMAL),
    ],
)
async def test_each_refund_status_has_its_state(
    status: str,
    state: RefundState,
    pay: WechatPay,
    stand_in: StandIn,
    refund_order: RefundOrder,
) -> None:
    stand_in.answers(body=in_json(REFUNDED | {"status": status}))

    assert (await pay.look_up_refund(refund_order)).state is state
    assert stand_in.seen[0].target == "/v3/refund/domestic/refunds/REFUND0001"


async def test_an_answer_about_another_refund_is_refused(
    pay: WechatPay, stand_in: StandIn, refund_order: RefundOrder
) -> None:
    stand_in.answers(body=in_json(REFUNDED))

    with pytest.raises(ForgedMessage, match="out_refund_no"):
        await pay.look_up_refund(replace(refund_order, refund_no="REFUND0002"))


async def test_a_refund_without_funds_is_refused_with_wechats_code(
    pay: WechatPay, stand_in: StandIn, refund_order: RefundOrder
) -> None:
    stand_in.answers(403, in_json({"code": "NOT_ENOUGH", "message": "余额不足"}), headers={})

    with pytest.raises(ProviderRefused) as refused:
        await pay.refund(refund_order)

    assert refused.value.reason == "NOT_ENOUGH"


async def test_a_refund_number_cannot_leave_its_path(
    pay: WechatPay, stand_in: StandIn, refund_order: RefundOrder
) -> None:
    with pytest.raises(ProviderRefused):
        await pay.look_up_refund(replace(refund_order, refund_no="../../certificates"))

    assert stand_in.seen == []

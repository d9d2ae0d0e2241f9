"""Asking for an order and closing it, over real HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import ForgedMessage, ProviderRefused
from core.providers.base import (
    Outcome,
    Source,
)
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import StandIn

NUMBER = "TOPUP202611220001"


def in_json(content: object) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("SUCCESS", Outcome.PAID),
        ("REFUND", Outcome.PAID),
        ("NOTPAY", Outcome.UNPAID),
        ("USERPAYING", Outcome.UNPAID),
        ("ACCEPT", Outcome.UNPAID),
        ("CLOSED", Outcome.CLOSED),
        ("REVOKED", Outcome.FAILED),
        ("PAYERROR", Outcome.FAILED),
    ],
)
async def test_each_trade_state_has_its_outcome(
    state: str,
    outcome: Outcome,
    pay: WechatPay,
    stand_in: StandIn,
    vectors: dict[str, dict[str, Any]],
) -> None:
    trade = json.loads(vectors["V5"]["plaintext"]) | {"trade_state": state}
    stand_in.answers(body=in_json(trade))

    report = await pay.look_up(NUMBER)

    assert (report.outcome, report.source) == (outcome, Source.QUERY)
    if outcome is Outcome.PAID:
        assert (report.amount_fen, report.currency) == (100, "CNY")
        assert report.occurred_at == datetime(2026, 11, 22, 12, 40, tzinfo=UTC)
    else:
        assert (report.trade_no, report.amount_fen, report.occurred_at) == (None, None, None)


async def test_an_unpaid_order_needs_no_facts_of_payment(
    pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(
        body=in_json(
            {
                "appid": "wxd678efh567hg6787",
                "mchid": "1230000109",
                "out_trade_no": NUMBER,
                "trade_state": "NOTPAY",
            }
        )
    )

    assert (await pay.look_up(NUMBER)).outcome is Outcome.UNPAID


async def test_an_answer_about_another_order_is_refused(
    pay: WechatPay, stand_in: StandIn, vectors: dict[str, dict[str, Any]]
) -> None:
    stand_in.answers(body=vectors["V5"]["plaintext"].encode())

    with pytest.raises(ForgedMessage, match="out_trade_no"):
        await pay.look_up("TOPUP202611220002")


@pytest.mark.parametrize("code", ["ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"])
async def test_an_order_wechat_does_not_have_is_unknown(
    code: str, pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(404, in_json({"code": code, "message": "订单不存在"}), headers={})

    report = await pay.look_up(NUMBER)

    assert (report.outcome, report.order_no) == (Outcome.UNKNOWN, NUMBER)
    assert report.amount_fen is None


async def test_a_404_of_an_edge_server_does_not_say_that_an_order_is_unknown(
    pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(404, b"", headers={})

    with pytest.raises(ProviderRefused) as refused:
        await pay.look_up(NUMBER)

    assert refused.value.reason == "HTTP_404"


async def test_an_order_is_closed_with_a_signed_204(pay: WechatPay, stand_in: StandIn) -> None:
    stand_in.answers(204)

    await pay.close(NUMBER)

    (seen,) = stand_in.seen
    assert seen.target == f"/v3/pay/transactions/out-trade-no/{NUMBER}/close"
    assert seen.body == b'{"mchid":"1230000109"}'


async def test_an_unsigned_204_does_not_close(pay: WechatPay, stand_in: StandIn) -> None:
    stand_in.answers(204, headers={})

    with pytest.raises(ForgedMessage):
        await pay.close(NUMBER)


async def test_closing_a_closed_order_again_succeeds(pay: WechatPay, stand_in: StandIn) -> None:
    stand_in.answers(400, in_json({"code": "ORDER_CLOSED"}), headers={})

    await pay.close(NUMBER)

    assert len(stand_in.seen) == 1


async def test_closing_a_paid_order_is_refused(pay: WechatPay, stand_in: StandIn) -> None:
    stand_in.answers(400, in_json({"code": "ORDERPAID", "message": "已支付"}), headers={})

    with pytest.raises(ProviderRefused) as refused:
        await pay.close(NUMBER)

    assert refused.value.reason == "ORDERPAID"

"""Callbacks as the merchant receives them: honest, repeated, odd and forged."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from wechatpayv3.utils import rsa_verify

from sandbox.pay.letters import FORGERIES
from sandbox.pay.provider import CALLBACK_KINDS, Paying, WechatPay
from tests.sandbox_pay.conftest import CREDENTIALS, Listener, Merchant, is_signed_by

NUMBER = "TOPUP202611220001"


async def pay(merchant: Merchant, **how: object) -> dict[str, Any]:
    reply = await merchant.control("POST", f"/orders/{NUMBER}/pay", **how)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_a_payment_is_announced_signed_and_sealed(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()

    await pay(merchant)

    headers, body = listener.received[0]
    event = json.loads(body)
    assert is_signed_by((headers, body), CREDENTIALS.wechat_key)
    assert headers["Wechatpay-Serial"] == CREDENTIALS.public_key_id
    assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert event["event_type"] == "TRANSACTION.SUCCESS"
    assert event["resource_type"] == "encrypt-resource"
    assert len(event["id"]) <= 36
    assert event["resource"]["algorithm"] == "AEAD_AES_256_GCM"
    assert event["resource"]["original_type"] == "transaction"
    assert listener.content() == await merchant.query()


async def test_a_callback_can_be_signed_with_the_certificate(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.control("PUT", "/faults", certificate_callbacks=True)
    await merchant.create()

    await pay(merchant)

    assert listener.received[0][0]["Wechatpay-Serial"] == CREDENTIALS.platform_serial
    assert is_signed_by(listener.received[0], CREDENTIALS.platform_key)


async def test_a_refused_callback_comes_again_until_it_is_accepted(
    merchant: Merchant, listener: Listener
) -> None:
    listener.statuses = [500, 503, 200]
    await merchant.create()

    await pay(merchant)
    await listener.wait_for(3)

    ids = {json.loads(body)["id"] for _, body in listener.received}
    assert len(listener.received) == 3
    assert len(ids) == 1
    assert all(is_signed_by(each, CREDENTIALS.wechat_key) for each in listener.received)


async def test_repeats_end_with_the_schedule(
    merchant: Merchant, listener: Listener, wechat: WechatPay
) -> None:
    listener.statuses = [500] * 10
    await merchant.create()

    await pay(merchant)
    async with asyncio.timeout(5):
        while not wechat.callbacks.deliveries[0].is_over:
            await asyncio.sleep(0.01)

    assert len(listener.received) == 4
    assert [attempt.status for attempt in wechat.callbacks.deliveries[0].attempts] == [500] * 4


async def test_a_repeat_may_carry_another_id(merchant: Merchant, listener: Listener) -> None:
    await merchant.control("PUT", "/faults", fresh_event_ids=True)
    await merchant.create()

    await pay(merchant, times=3)

    assert len({json.loads(body)["id"] for _, body in listener.received}) == 3


async def test_a_callback_may_come_several_times_at_once(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()

    await pay(merchant, times=5, concurrent=True)

    assert len(listener.received) == 5
    assert len({listener.content(number)["transaction_id"] for number in range(5)}) == 1


async def test_a_payment_need_not_be_announced(merchant: Merchant, listener: Listener) -> None:
    await merchant.create()

    await pay(merchant, announce=False)

    assert listener.received == []
    assert (await merchant.query())["trade_state"] == "SUCCESS"


async def test_another_amount_can_be_paid(merchant: Merchant, listener: Listener) -> None:
    await merchant.create()

    await pay(merchant, amount_fen=9_999)

    assert listener.content()["amount"]["total"] == 9_999
    assert (await merchant.query())["amount"]["total"] == 9_999


async def test_a_late_payment_succeeds_after_the_order_has_ended(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/expire")
    refused = await merchant.control("POST", f"/orders/{NUMBER}/pay")

    await pay(merchant, late=True)

    assert refused.json()["code"] == "ORDER_CLOSED"
    assert listener.content()["trade_state"] == "SUCCESS"


async def test_a_second_payment_has_its_own_transaction(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await pay(merchant)
    refused = await merchant.control("POST", f"/orders/{NUMBER}/pay")

    await pay(merchant, again=True)

    assert refused.json()["code"] == "ORDERPAID"
    assert listener.content(0)["transaction_id"] != listener.content(1)["transaction_id"]


async def test_a_declined_payment_leaves_the_order_open(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()

    reply = await merchant.control("POST", f"/orders/{NUMBER}/decline", reason="timeout")

    assert reply.json()["declines"] == ["timeout"]
    assert (await merchant.query())["trade_state"] == "NOTPAY"
    assert listener.received == []


def is_acceptable(headers: httpx.Headers, body: bytes, now: int) -> bool:
    """What a careful merchant checks before it opens the resource."""
    try:
        fresh = abs(now - int(headers["Wechatpay-Timestamp"])) < 300
        is_known = headers["Wechatpay-Serial"] == CREDENTIALS.public_key_id
        is_expected = headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
        signature = headers["Wechatpay-Signature"]
    except KeyError:
        return False
    return (
        fresh
        and is_known
        and is_expected
        and not signature.startswith("WECHATPAY/SIGNTEST/")
        and rsa_verify(
            headers["Wechatpay-Timestamp"],
            headers["Wechatpay-Nonce"],
            body.decode(),
            signature,
            CREDENTIALS.wechat_key.public_key(),
        )
    )


@pytest.mark.parametrize("kind", FORGERIES)
async def test_a_forgery_does_not_pass_a_careful_merchant(
    merchant: Merchant, listener: Listener, wechat: WechatPay, kind: str
) -> None:
    await merchant.create()

    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    headers, body = listener.received[0]
    passes = is_acceptable(headers, body, wechat.wire_clock.timestamp())
    if kind in ("wrong_associated_data", "broken_tag"):
        assert passes
        with pytest.raises(TypeError):  # what it opens to is None
            listener.content()
    else:
        assert not passes


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("other_merchant", "mchid", "1999999999"),
        ("other_app", "appid", "wx0123456789abcdef"),
        ("unpaid", "trade_state", "NOTPAY"),
    ],
)
async def test_an_odd_content_is_truly_signed(
    merchant: Merchant, listener: Listener, kind: str, field: str, value: str
) -> None:
    await merchant.create()

    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    assert is_signed_by(listener.received[0], CREDENTIALS.wechat_key)
    assert listener.content()[field] == value


async def test_amount_currency_and_order_can_be_odd_too(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()

    for kind in ("other_amount", "other_currency", "unknown_order"):
        await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    assert listener.content(0)["amount"]["total"] == 10_001
    assert listener.content(1)["amount"]["currency"] == "USD"
    assert listener.content(2)["out_trade_no"] != NUMBER


async def test_any_content_can_be_announced_anywhere(
    merchant: Merchant, listener: Listener
) -> None:
    content = {"mchid": "1", "out_trade_no": "ANY"}

    reply = await merchant.control("POST", "/callback", url=listener.url, content=content)

    assert reply.json()["attempts"][0]["status"] == 204
    assert listener.content() == content


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/orders/{NUMBER}/callback", {"kind": "unheard"}),
        ("POST", f"/orders/{NUMBER}/pay", {"amount_fen": 1.5}),
        ("POST", f"/orders/{NUMBER}/pay", {"times": 0}),
        ("POST", f"/orders/{NUMBER}/pay", {"late": 1}),
        ("POST", f"/orders/{NUMBER}/pay", {"how": "fast"}),
        ("POST", f"/orders/{NUMBER}/decline", {"reason": "mood"}),
        ("PUT", "/faults", {"down": 1}),
        ("PUT", "/faults", {"slow_s": -1}),
        ("PUT", "/faults", {"upside_down": True}),
        ("PUT", "/faults", {"refund_outcome": "LOST"}),
        ("PUT", "/clock", {"offset_s": "1"}),
    ],
)
async def test_a_wrong_control_is_refused_and_says_why(
    merchant: Merchant, method: str, path: str, body: dict[str, Any]
) -> None:
    await merchant.create()

    reply = await merchant.control(method, path, **body)

    assert reply.status_code == 422
    assert reply.json()["message"]


async def test_an_announcement_to_nobody_is_recorded_as_no_answer(wechat: WechatPay) -> None:
    delivery = await wechat.send_content("http://127.0.0.1:9/none", {"out_trade_no": "X"})

    assert delivery.attempts[0].status == 0
    assert "honest" in CALLBACK_KINDS


async def test_in_process_controls_do_the_same(
    merchant: Merchant, listener: Listener, wechat: WechatPay
) -> None:
    await merchant.create()

    payment = await wechat.pay(NUMBER, Paying(times=2))

    assert [listener.content(0)["transaction_id"], listener.content(1)["transaction_id"]] == [
        payment.transaction_id
    ] * 2

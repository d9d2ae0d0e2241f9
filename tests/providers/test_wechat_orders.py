"""Creating an order over real HTTP: what is sent, and what comes back."""

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from core.channels import Form
from core.errors import ForgedMessage, ProviderRefused
from core.ids import RandomIds
from core.providers.base import (
    Order,
)
from core.providers.wechat_pay import WechatPay
from core.providers.wechat_settings import WechatSettings
from tests.providers.wechat_stand_in import PUBLIC_KEY_ID, MovableClock, StandIn

NUMBER = "TOPUP202611220001"
CODE = b'{"code_url":"weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}'
LINK = b'{"h5_url":"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2"}'


def in_json(content: object) -> bytes:
    return json.dumps(content).encode()


def phone(order: Order, **changes: Any) -> Order:
    return replace(order, form=Form.LINK, payer_ip="203.0.113.7", **changes)


async def test_an_order_sends_the_body_of_the_vector(
    pay: WechatPay, stand_in: StandIn, order: Order, vectors: dict[str, dict[str, Any]]
) -> None:
    stand_in.answers(body=CODE)

    await pay.create(order)

    (seen,) = stand_in.seen
    assert (seen.method, seen.target) == ("POST", "/v3/pay/transactions/native")
    assert seen.body.decode() == vectors["V1"]["body"]


async def test_a_call_is_signed_and_carries_the_required_headers(
    pay: WechatPay, stand_in: StandIn, order: Order, merchant_key: RSAPrivateKey
) -> None:
    stand_in.answers(body=CODE)

    await pay.create(order)

    (seen,) = stand_in.seen
    assert seen.is_signed_by(merchant_key.public_key(), seen.target)
    assert seen.headers["accept"] == seen.headers["content-type"] == "application/json"
    assert seen.headers["wechatpay-serial"] == PUBLIC_KEY_ID
    assert seen.headers["user-agent"] == "cloud-topup-bot"
    assert seen.headers["accept-encoding"] == "identity"


async def test_no_two_calls_share_a_nonce(pay: WechatPay, stand_in: StandIn, order: Order) -> None:
    stand_in.answers(body=CODE)

    for _ in range(3):
        await pay.create(order)

    assert len({seen.headers["authorization"] for seen in stand_in.seen}) == 3


async def test_a_code_lives_as_long_as_its_order(
    pay: WechatPay, stand_in: StandIn, order: Order, clock: MovableClock
) -> None:
    stand_in.answers(body=CODE)
    soon = clock.now() + timedelta(minutes=30)

    instructions = await pay.create(replace(order, expires_at=soon))

    assert instructions.qr_text == "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"
    assert instructions.address is None
    assert instructions.expires_at == soon


async def test_a_code_lives_two_hours_at_most(
    pay: WechatPay, stand_in: StandIn, order: Order, clock: MovableClock
) -> None:
    stand_in.answers(body=CODE)

    instructions = await pay.create(replace(order, expires_at=clock.now() + timedelta(days=1)))

    assert instructions.expires_at == clock.now() + timedelta(hours=2)


async def test_a_link_returns_to_our_page_and_lives_five_minutes(
    pay: WechatPay, stand_in: StandIn, order: Order, clock: MovableClock
) -> None:
    stand_in.answers(body=LINK)

    instructions = await pay.create(phone(order, expires_at=clock.now() + timedelta(minutes=30)))

    assert instructions.qr_text is None
    assert instructions.address == (
        "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2"
        "&redirect_url=https%3A%2F%2Fpay.example.com%2Fpay%2Fabc%2Freturn%3Fx%3D1%26y%3D%E6%B1%89"
    )
    assert instructions.expires_at == clock.now() + timedelta(minutes=5)


async def test_a_link_does_not_outlive_its_order(
    pay: WechatPay, stand_in: StandIn, order: Order, clock: MovableClock
) -> None:
    stand_in.answers(body=LINK)
    soon = clock.now() + timedelta(minutes=2)

    assert (await pay.create(phone(order, expires_at=soon))).expires_at == soon


@pytest.mark.parametrize(
    ("device", "told"),
    [("ios", "iOS"), ("Android", "Android"), ("tv", "Wap"), (None, "Wap")],
)
async def test_a_link_tells_the_payers_address_and_device(
    device: str | None, told: str, pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(body=LINK)

    await pay.create(phone(order, device=device))

    (seen,) = stand_in.seen
    assert seen.target == "/v3/pay/transactions/h5"
    assert json.loads(seen.body)["scene_info"] == {
        "payer_client_ip": "203.0.113.7",
        "h5_info": {"type": told},
    }


@pytest.mark.parametrize("form", Form)
async def test_the_same_order_again_sends_the_same_bytes(
    form: Form, pay: WechatPay, stand_in: StandIn, order: Order, clock: MovableClock
) -> None:
    stand_in.answers(body=CODE if form is Form.QR else LINK)
    asked = replace(phone(order), form=form)
    elsewhere = asked.expires_at.astimezone(timezone(timedelta(hours=-5)))

    await pay.create(asked)
    clock.forward(90.5)
    await pay.create(replace(asked, expires_at=elsewhere + timedelta(microseconds=999)))

    first, second = stand_in.seen
    assert first.body == second.body
    assert b"+08:00" in first.body


async def test_the_payers_address_does_not_change_a_code(
    pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(body=CODE)

    await pay.create(order)
    await pay.create(replace(order, payer_ip="203.0.113.7", device="iOS"))

    assert stand_in.seen[0].body == stand_in.seen[1].body


async def test_under_a_prefix_the_signature_covers_the_path_as_sent(
    settings: WechatSettings,
    stand_in: StandIn,
    http: httpx.AsyncClient,
    clock: MovableClock,
    merchant_key: RSAPrivateKey,
) -> None:
    stand_in.answers(404, in_json({"code": "ORDER_NOT_EXIST"}), headers={})
    under = replace(settings, base_url=stand_in.address + "/wechat/")
    pay = WechatPay(under, http=http, clock=clock, ids=RandomIds())

    await pay.look_up(NUMBER)

    (seen,) = stand_in.seen
    path = f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid=1230000109"
    assert seen.target == "/wechat" + path
    assert seen.is_signed_by(merchant_key.public_key(), seen.target)
    assert not seen.is_signed_by(merchant_key.public_key(), path)


@pytest.mark.parametrize(
    "change",
    [
        {"order_no": "A/../../x"},
        {"order_no": "SHORT"},
        {"order_no": "A" * 33},
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": 1_000_000_001},
        {"form": Form.LINK, "payer_ip": None},
        {"form": Form.LINK, "payer_ip": ""},
    ],
    ids=str,
)
async def test_what_wechat_would_refuse_is_refused_before_it_is_sent(
    change: dict[str, Any], pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await pay.create(replace(order, **change))

    assert refused.value.reason == "PARAM_ERROR"
    assert stand_in.seen == []


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"code_url":""}',
        b'{"code_url":7}',
        b'{"code_url":"a","code_url":"b"}',
        in_json({"code_url": "weixin://" + "x" * 512}),
        b"not json",
        b"",
    ],
)
async def test_a_signed_answer_of_odd_form_is_refused(
    body: bytes, pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(body=body)

    with pytest.raises(ForgedMessage):
        await pay.create(order)


async def test_a_link_that_is_no_web_address_is_refused(
    pay: WechatPay, stand_in: StandIn, order: Order
) -> None:
    stand_in.answers(body=b'{"h5_url":"javascript:alert(1)"}')

    with pytest.raises(ForgedMessage, match="web address"):
        await pay.create(phone(order))

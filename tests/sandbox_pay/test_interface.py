"""The v3 interface as a merchant with an independent library meets it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from wechatpayv3.utils import aes_decrypt, build_authorization

from sandbox.pay.keys import Credentials, generate_credentials
from sandbox.pay.provider import WechatPay
from tests.sandbox_pay.conftest import CREDENTIALS, Merchant, is_signed_by

NATIVE = "/v3/pay/transactions/native"
H5 = "/v3/pay/transactions/h5"
NUMBER = "TOPUP202611220001"


def code_of(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def test_a_native_order_gets_a_code_and_a_signed_answer(merchant: Merchant) -> None:
    reply = await merchant.call("POST", NATIVE, merchant.order())

    assert reply.status_code == 200
    assert reply.json()["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert reply.headers["Wechatpay-Serial"] == CREDENTIALS.public_key_id
    assert is_signed_by(reply, CREDENTIALS.wechat_key)
    assert reply.headers["Request-ID"]


async def test_without_the_public_keys_id_the_answer_is_signed_with_the_certificate(
    merchant: Merchant,
) -> None:
    merchant.serial = CREDENTIALS.platform_serial

    reply = await merchant.call("POST", NATIVE, merchant.order())

    assert reply.headers["Wechatpay-Serial"] == CREDENTIALS.platform_serial
    assert is_signed_by(reply, CREDENTIALS.platform_key)


async def test_the_certificate_can_be_fetched_and_opened(merchant: Merchant) -> None:
    reply = await merchant.call("GET", "/v3/certificates")

    entry = reply.json()["data"][0]
    sealed = entry["encrypt_certificate"]
    pem = aes_decrypt(sealed["nonce"], sealed["ciphertext"], "certificate", CREDENTIALS.api_v3_key)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert int(entry["serial_no"], 16) == certificate.serial_number


def stranger() -> Credentials:
    return generate_credentials()


@pytest.mark.parametrize(
    "change",
    [
        {"Authorization": ""},
        {"Authorization": 'WECHATPAY2-SHA256-RSA2048 mchid="1"'},
    ],
)
async def test_a_bad_authorization_is_refused(merchant: Merchant, change: dict[str, str]) -> None:
    text = json.dumps(merchant.order())

    reply = await merchant.send("POST", f"{merchant.root}{NATIVE}", text, **change)

    assert code_of(reply) == (401, "SIGN_ERROR")
    assert "Wechatpay-Signature" not in reply.headers


@pytest.mark.parametrize(
    ("mchid", "serial", "own_key"),
    [
        ("1900000000", CREDENTIALS.merchant_serial, True),
        (CREDENTIALS.mchid, "00" * 20, True),
        (CREDENTIALS.mchid, CREDENTIALS.merchant_serial, False),
    ],
    ids=["other merchant", "other serial", "other key"],
)
async def test_another_merchant_serial_or_key_is_refused(
    merchant: Merchant, mchid: str, serial: str, *, own_key: bool
) -> None:
    key = (CREDENTIALS if own_key else stranger()).merchant_key
    path = f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={mchid}"
    header = build_authorization(f"/wechat{path}", "GET", mchid, serial, key)

    reply = await merchant.send("GET", f"{merchant.root}{path}", Authorization=header)

    assert code_of(reply) == (401, "SIGN_ERROR")


async def test_a_body_that_was_not_signed_is_refused(merchant: Merchant) -> None:
    text = json.dumps(merchant.order())
    header = merchant.authorization("POST", f"/wechat{NATIVE}", text)

    reply = await merchant.send(
        "POST", f"{merchant.root}{NATIVE}", text.replace("10000", "10001"), Authorization=header
    )

    assert code_of(reply) == (401, "SIGN_ERROR")


async def test_the_path_below_the_prefix_may_be_signed_too(merchant: Merchant) -> None:
    text = json.dumps(merchant.order())
    header = merchant.authorization("POST", NATIVE, text)

    reply = await merchant.send("POST", f"{merchant.root}{NATIVE}", text, Authorization=header)

    assert reply.status_code == 200


@pytest.mark.parametrize("offset_s", [-310, 310])
async def test_a_clock_five_minutes_off_is_refused(
    merchant: Merchant, wechat: WechatPay, offset_s: int
) -> None:
    wechat.wire_clock.offset_s = offset_s

    reply = await merchant.call("POST", NATIVE, merchant.order())

    assert code_of(reply) == (401, "SIGN_ERROR")


@pytest.mark.parametrize(
    "change", [{"User-Agent": ""}, {"Accept": "text/html"}, {"Content-Type": "text/plain"}]
)
async def test_the_required_headers_are_required(
    merchant: Merchant, change: dict[str, str]
) -> None:
    text = json.dumps(merchant.order())

    reply = await merchant.send("POST", f"{merchant.root}{NATIVE}", text, **change)

    assert code_of(reply) == (400, "PARAM_ERROR")


def _time(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": {"total": 0, "currency": "CNY"}}, "/amount/total"),
        ({"amount": {"total": 1.5, "currency": "CNY"}}, "/amount/total"),
        ({"amount": {"total": True}}, "/amount/total"),
        ({"amount": {"total": "100"}}, "/amount/total"),
        ({"amount": {"total": 1_000_000_001}}, "/amount/total"),
        ({"amount": {"total": 100, "currency": "USD"}}, "/amount/currency"),
        ({"amount": 100}, "/amount"),
        ({"description": ""}, "/description"),
        ({"description": "长" * 128}, "/description"),
        ({"out_trade_no": "short"}, "/out_trade_no"),
        ({"out_trade_no": "has a blank"}, "/out_trade_no"),
        ({"out_trade_no": "A" * 33}, "/out_trade_no"),
        ({"notify_url": "http://pay.example.com/notify"}, "/notify_url"),
        ({"notify_url": "https://pay.example.com/notify?x=1"}, "/notify_url"),
        ({"time_expire": "tomorrow"}, "/time_expire"),
        ({"time_expire": "2026-13-45T00:00:00Z"}, "/time_expire"),
        ({"time_expire": _time(seconds=30)}, "/time_expire"),
        ({"time_expire": _time(days=8)}, "/time_expire"),
        ({"attach": "x" * 129}, "/attach"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(
    merchant: Merchant, change: dict[str, Any], field: str
) -> None:
    reply = await merchant.call("POST", NATIVE, merchant.order() | change)

    assert code_of(reply) == (400, "PARAM_ERROR")
    assert reply.json()["detail"]["field"] == field


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mchid": "1900000000"}, "MCH_NOT_EXISTS"),
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH"),
    ],
)
async def test_an_order_for_someone_else_is_refused(
    merchant: Merchant, change: dict[str, str], code: str
) -> None:
    reply = await merchant.call("POST", NATIVE, merchant.order() | change)

    assert code_of(reply) == (400, code)


async def test_an_h5_order_gets_a_link_on_the_same_host(merchant: Merchant) -> None:
    reply = await merchant.call("POST", H5, merchant.h5_order())

    assert reply.json()["h5_url"].startswith(f"{merchant.root}/h5?prepay_id=")


@pytest.mark.parametrize(
    "scene",
    [
        None,
        {"h5_info": {"type": "Wap"}},
        {"payer_client_ip": "nowhere", "h5_info": {"type": "Wap"}},
        {"payer_client_ip": "203.0.113.7"},
        {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Fax"}},
    ],
)
async def test_an_h5_order_needs_its_scene(
    merchant: Merchant, scene: dict[str, Any] | None
) -> None:
    reply = await merchant.call("POST", H5, merchant.h5_order(scene_info=scene))

    assert code_of(reply) == (400, "PARAM_ERROR")


async def test_the_same_order_again_gets_a_fresh_code_and_the_old_one_dies(
    merchant: Merchant, wechat: WechatPay
) -> None:
    body = merchant.order()
    first = (await merchant.call("POST", NATIVE, body)).json()["code_url"]

    second = (await merchant.call("POST", NATIVE, body)).json()["code_url"]

    assert first != second
    assert wechat.orders.by_link(first) is None
    assert wechat.orders.by_link(second) is not None


async def test_a_used_number_with_other_parameters_is_refused(merchant: Merchant) -> None:
    body = merchant.order()
    await merchant.call("POST", NATIVE, body)

    changed = await merchant.call("POST", NATIVE, body | {"description": "else"})
    switched = await merchant.call("POST", H5, merchant.h5_order(NUMBER))

    assert code_of(changed) == (403, "OUT_TRADE_NO_USED")
    assert code_of(switched) == (403, "OUT_TRADE_NO_USED")


async def test_a_closed_or_paid_order_cannot_be_made_again(
    merchant: Merchant, wechat: WechatPay
) -> None:
    closed, paid = merchant.order("TOPUPCLOSED"), merchant.order("TOPUPPAID")
    for body in (closed, paid):
        await merchant.call("POST", NATIVE, body)
    await close(merchant, "TOPUPCLOSED")
    await wechat.pay("TOPUPPAID")

    assert code_of(await merchant.call("POST", NATIVE, closed)) == (400, "ORDER_CLOSED")
    assert code_of(await merchant.call("POST", NATIVE, paid)) == (400, "ORDERPAID")


async def close(merchant: Merchant, number: str) -> httpx.Response:
    path = f"/v3/pay/transactions/out-trade-no/{number}/close"
    return await merchant.call("POST", path, {"mchid": CREDENTIALS.mchid})


async def test_closing_answers_204_empty_and_signed(merchant: Merchant) -> None:
    await merchant.create()

    for _ in range(2):
        reply = await close(merchant, NUMBER)
        assert (reply.status_code, reply.content) == (204, b"")
        assert is_signed_by(reply, CREDENTIALS.wechat_key)
    assert (await merchant.query())["trade_state"] == "CLOSED"


async def test_closing_what_is_unknown_succeeds_and_what_is_paid_does_not(
    merchant: Merchant, wechat: WechatPay
) -> None:
    await merchant.create()
    await wechat.pay(NUMBER)

    assert (await close(merchant, "NOBODYKNOWS")).status_code == 204
    assert code_of(await close(merchant, NUMBER)) == (400, "ORDERPAID")


async def test_an_unpaid_order_shows_nothing_of_a_payment(merchant: Merchant) -> None:
    await merchant.create()

    answer = await merchant.query()

    assert answer["trade_state"] == "NOTPAY"
    assert not {"transaction_id", "amount", "payer", "success_time"} & set(answer)


async def test_a_paid_order_is_found_by_both_numbers(
    merchant: Merchant, wechat: WechatPay
) -> None:
    await merchant.create(attach="mark")
    payment = await wechat.pay(NUMBER)

    answer = await merchant.query()
    path = f"/v3/pay/transactions/id/{payment.transaction_id}?mchid={CREDENTIALS.mchid}"

    assert (await merchant.call("GET", path)).json() == answer
    assert answer["trade_state"] == "SUCCESS"
    assert (answer["trade_type"], answer["attach"]) == ("NATIVE", "mark")
    assert answer["amount"] == {
        "total": 10_000,
        "payer_total": 10_000,
        "currency": "CNY",
        "payer_currency": "CNY",
    }


async def test_what_nobody_ordered_does_not_exist(merchant: Merchant) -> None:
    mchid = CREDENTIALS.mchid
    for path in ("out-trade-no/NOBODYKNOWS", "id/4200000000"):
        reply = await merchant.call("GET", f"/v3/pay/transactions/{path}?mchid={mchid}")
        assert code_of(reply) == (404, "ORDER_NOT_EXIST")


async def test_an_order_past_its_time_is_closed(merchant: Merchant, wechat: WechatPay) -> None:
    await merchant.create()

    wechat.clock.offset_s = 31 * 60

    assert (await merchant.query())["trade_state"] == "CLOSED"


async def test_a_code_lives_two_hours(merchant: Merchant, wechat: WechatPay) -> None:
    expires_at = datetime.now(UTC) + timedelta(days=1)
    code = await merchant.create(time_expire=expires_at.isoformat())

    wechat.clock.offset_s = 2 * 3600

    assert wechat.orders.by_link(code) is None
    assert (await merchant.query())["trade_state"] == "NOTPAY"

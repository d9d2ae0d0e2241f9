"""Refunds with their limits, and the daily bill."""

import csv
import gzip
import hashlib
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.pay.clock import ShiftedClock
from sandbox.pay.provider import Paying, WechatPay
from tests.sandbox_pay.conftest import CREDENTIALS, Listener, Merchant, is_signed_by

NUMBER = "TOPUP202611220001"
REFUNDS = "/v3/refund/domestic/refunds"
DAY_S = 24 * 3600


async def ask(merchant: Merchant, number: str = "R1", **changed: Any) -> httpx.Response:
    body = {
        "out_trade_no": NUMBER,
        "out_refund_no": number,
        "reason": "退款",
        "notify_url": merchant.notify_url,
        "amount": {"refund": 4_000, "total": 10_000, "currency": "CNY"},
    }
    return await merchant.call("POST", REFUNDS, body | changed)


@pytest.fixture
async def paid(merchant: Merchant, wechat: WechatPay, listener: Listener) -> str:
    wechat.faults = wechat.faults.changed({"refund_delay_s": 0})
    await merchant.create()
    payment = await wechat.pay(NUMBER)
    listener.received.clear()
    return payment.transaction_id


async def test_a_refund_is_processed_then_announced(
    merchant: Merchant, listener: Listener, paid: str
) -> None:
    reply = await ask(merchant)
    await listener.wait_for(1)

    assert reply.json()["status"] == "PROCESSING"
    assert reply.json()["transaction_id"] == paid
    assert is_signed_by(listener.received[0], CREDENTIALS.wechat_key)
    notice = listener.content()
    assert notice["refund_status"] == "SUCCESS"
    assert "status" not in notice
    assert notice["amount"]["refund"] == 4_000
    asked = await merchant.call("GET", f"{REFUNDS}/R1")
    assert asked.json()["status"] == "SUCCESS"
    assert (await merchant.query())["trade_state"] == "REFUND"


@pytest.mark.parametrize("outcome", ["CLOSED", "ABNORMAL"])
async def test_a_refund_may_end_badly(
    merchant: Merchant, listener: Listener, paid: str, outcome: str
) -> None:
    await merchant.control("PUT", "/faults", refund_outcome=outcome)

    await ask(merchant)
    await listener.wait_for(1)

    assert listener.content()["refund_status"] == outcome


async def test_the_same_refund_twice_is_one_refund(
    merchant: Merchant, listener: Listener, paid: str
) -> None:
    first, second = await ask(merchant), await ask(merchant)

    assert first.json()["refund_id"] == second.json()["refund_id"]
    other = await ask(merchant, amount={"refund": 1, "total": 10_000, "currency": "CNY"})
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_REQUEST")


async def test_no_more_than_was_paid_goes_back(
    merchant: Merchant, wechat: WechatPay, paid: str
) -> None:
    await ask(merchant, "R1", amount={"refund": 6_000, "total": 10_000, "currency": "CNY"})
    wechat.clock.offset_s = 61

    over = await ask(merchant, "R2", amount={"refund": 4_001, "total": 10_000, "currency": "CNY"})
    rest = await ask(merchant, "R3")

    assert (over.status_code, over.json()["code"]) == (400, "INVALID_REQUEST")
    assert rest.status_code == 200


async def test_two_refunds_of_an_order_are_a_minute_apart(merchant: Merchant, paid: str) -> None:
    await ask(merchant, "R1")

    soon = await ask(merchant, "R2")

    assert (soon.status_code, soon.json()["code"]) == (429, "FREQUENCY_LIMITED")


async def test_a_refund_after_a_year_is_refused(
    merchant: Merchant, wechat: WechatPay, paid: str
) -> None:
    wechat.clock.offset_s = 366 * DAY_S

    reply = await ask(merchant)

    assert (reply.status_code, reply.json()["code"]) == (403, "TRADE_ERROR")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"out_trade_no": "NOBODYKNOWS"}, (404, "ORDER_NOT_EXIST")),
        ({"transaction_id": "4200"}, (400, "PARAM_ERROR")),
        ({"out_refund_no": "a b"}, (400, "PARAM_ERROR")),
        ({"amount": {"refund": 1, "total": 9_999, "currency": "CNY"}}, (400, "PARAM_ERROR")),
        ({"amount": {"refund": 1, "total": 10_000}}, (400, "PARAM_ERROR")),
    ],
)
async def test_a_wrong_refund_is_refused(
    merchant: Merchant, paid: str, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    reply = await ask(merchant, **changed)

    assert (reply.status_code, reply.json()["code"]) == expected


async def test_an_empty_pot_and_an_unknown_refund_say_so(merchant: Merchant, paid: str) -> None:
    await merchant.control("PUT", "/faults", pot_is_empty=True)

    broke = await ask(merchant)
    unknown = await merchant.call("GET", f"{REFUNDS}/R9")

    assert (broke.status_code, broke.json()["code"]) == (403, "NOT_ENOUGH")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


def today() -> str:
    return ShiftedClock().now().date().isoformat()


async def bill(merchant: Merchant, day: str, **query: str) -> httpx.Response:
    pairs = "&".join(f"{name}={value}" for name, value in {"bill_date": day, **query}.items())
    return await merchant.call("GET", f"/v3/bill/tradebill?{pairs}")


def read(content: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Rows and summary, by heading; values are cut at comma and back-tick."""
    lines = content.removeprefix("\ufeff").splitlines()
    table = [line.removeprefix("`").split(",`") for line in lines]
    headings, rows = lines[0].split(","), table[1:-2]
    summary = dict(zip(lines[-2].split(","), table[-1], strict=True))
    return [dict(zip(headings, row, strict=True)) for row in rows], summary


async def test_a_bill_holds_the_days_payments_and_refunds(
    merchant: Merchant, wechat: WechatPay, paid: str
) -> None:
    await ask(merchant)
    wechat.clock.offset_s = 2 * DAY_S

    offer = (await bill(merchant, today(), bill_type="ALL")).json()
    reply = await merchant.send("GET", offer["download_url"])

    rows, summary = read(reply.text)
    assert "Wechatpay-Signature" not in reply.headers
    assert offer["hash_value"] == hashlib.sha1(reply.content).hexdigest()
    assert [row["交易状态"] for row in rows] == ["SUCCESS", "REFUND"]
    assert rows[0]["微信订单号"] == paid
    assert rows[0]["商户订单号"] == NUMBER
    assert rows[0]["订单金额"] == "100.00"
    assert rows[0]["手续费"] == "0.60"
    assert rows[0]["商品名称"] == "云费用充值, 100 元"
    assert rows[1]["退款金额"] == "40.00"
    assert summary["总交易单数"] == "2"
    assert Decimal(summary["订单总金额"]) == Decimal("100.00")


@pytest.mark.parametrize(("bill_type", "columns"), [("ALL", 27), ("SUCCESS", 20), ("REFUND", 29)])
async def test_each_kind_of_bill_has_its_columns(
    merchant: Merchant, wechat: WechatPay, paid: str, bill_type: str, columns: int
) -> None:
    await ask(merchant)
    wechat.clock.offset_s = 2 * DAY_S

    offer = (await bill(merchant, today(), bill_type=bill_type)).json()
    reply = await merchant.send("GET", offer["download_url"])

    headings = next(csv.reader(io.StringIO(reply.text)))
    assert len(headings) == columns


async def test_a_packed_bill_is_hashed_unpacked(
    merchant: Merchant, wechat: WechatPay, paid: str
) -> None:
    wechat.clock.offset_s = 2 * DAY_S

    offer = (await bill(merchant, today(), tar_type="GZIP")).json()
    reply = await merchant.send("GET", offer["download_url"])

    unpacked = gzip.decompress(reply.content)
    assert hashlib.sha1(unpacked).hexdigest() == offer["hash_value"]


async def test_a_bill_can_disagree_with_the_books(
    merchant: Merchant, wechat: WechatPay, paid: str
) -> None:
    changes = {"bill_omits": NUMBER, "bill_adds_fen": 777, "bill_starts_with_bom": True}
    await merchant.control("PUT", "/faults", **changes)
    wechat.clock.offset_s = 2 * DAY_S

    offer = (await bill(merchant, today())).json()
    reply = await merchant.send("GET", offer["download_url"])

    rows, _ = read(reply.content.decode())
    assert reply.content.startswith(b"\xef\xbb\xbf")
    assert [row["订单金额"] for row in rows] == ["7.77"]


async def test_a_download_needs_a_signature_and_comes_in_time(
    merchant: Merchant, wechat: WechatPay, paid: str
) -> None:
    wechat.clock.offset_s = 2 * DAY_S
    offer = (await bill(merchant, today())).json()

    unsigned = await merchant.client.get(offer["download_url"])
    wechat.clock.offset_s += 300
    late = await merchant.send("GET", offer["download_url"])

    assert unsigned.status_code == 401
    assert late.status_code == 401


async def test_days_without_a_bill_say_why(merchant: Merchant, wechat: WechatPay) -> None:
    async def code(day: str, **query: str) -> str:
        return (await bill(merchant, day, **query)).json()["code"]

    tomorrow = (ShiftedClock().now().date() + timedelta(days=1)).isoformat()
    assert await code(today()) == "STATEMENT_CREATING"
    assert await code("2020-01-01") == "NO_STATEMENT_EXIST"
    assert await code(tomorrow) == "PARAM_ERROR"
    assert await code("22.11.2026") == "PARAM_ERROR"
    assert await code(today(), bill_type="SOME") == "PARAM_ERROR"
    assert await code(today(), tar_type="ZIP") == "PARAM_ERROR"
    wechat.clock.offset_s = 2 * DAY_S
    assert await code(today()) == "NO_STATEMENT_EXIST"


async def test_the_fee_is_rounded_half_up(merchant: Merchant, wechat: WechatPay) -> None:
    await merchant.create()
    await wechat.pay(NUMBER, Paying(amount_fen=250))
    wechat.clock.offset_s = 2 * DAY_S

    offer = (await bill(merchant, today())).json()
    rows, _ = read((await merchant.send("GET", offer["download_url"])).text)

    assert rows[0]["手续费"] == "0.02"

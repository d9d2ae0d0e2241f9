"""QQ Wallet's calls as a merchant makes them: what is answered, and what is refused."""

from datetime import timedelta

import pytest

from sandbox.qq.wallet import QqWallet
from tests.sandbox_qq.merchant import CREDENTIALS, NUMBER, Merchant, from_xml, sign, to_xml

ORDER = "pay/qpay_unified_order"


async def test_an_order_gives_a_code_that_is_paid_once(merchant: Merchant) -> None:
    reply = await merchant.create()
    before = await merchant.query()

    await merchant.control("POST", f"/orders/{NUMBER}/pay")
    after = await merchant.query()

    assert reply["code_url"].startswith(f"{merchant.root}/qr/")
    assert reply["trade_type"] == "NATIVE"
    assert before["trade_state"] == "NOTPAY"
    assert (after["trade_state"], after["total_fee"], after["fee_type"]) == (
        "SUCCESS",
        "10000",
        "CNY",
    )
    assert len(after["transaction_id"]) == 28


async def test_a_wrong_signature_is_refused_unsigned(merchant: Merchant) -> None:
    asked = merchant.order()
    reply = await merchant.post(ORDER, to_xml(asked | {"sign": sign(asked, "0" * 32)}))

    fields = from_xml(reply.content)

    assert fields["return_code"] == "FAIL"
    assert "SIGNERROR" in fields["return_msg"]
    assert "sign" not in fields


async def test_a_field_added_after_signing_breaks_the_signature(merchant: Merchant) -> None:
    asked = merchant.order()
    body = to_xml(asked | {"sign": sign(asked), "unknown": "1"})

    assert b"SIGNERROR" in (await merchant.post(ORDER, body)).content


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "POST_DATA_EMPTY"),
        (b"<xml><a>1</a>", "XML_FORMAT_ERROR"),
        (b"<root><a>1</a></root>", "XML_FORMAT_ERROR"),
        (b"<!DOCTYPE xml [<!ENTITY a 'b'>]><xml><mch_id>&a;</mch_id></xml>", "XML_FORMAT_ERROR"),
        (b"<xml><a>1</a><a>2</a></xml>", "XML_FORMAT_ERROR"),
        (b"<xml><a><b>1</b></a></xml>", "XML_FORMAT_ERROR"),
        (b"<xml>" + b"x" * 70_000 + b"</xml>", "XML_FORMAT_ERROR"),
        ("<xml><a>云</a></xml>".encode("gbk"), "XML_FORMAT_ERROR"),
    ],
)
async def test_a_body_out_of_form_is_refused(merchant: Merchant, body: bytes, code: str) -> None:
    fields = from_xml((await merchant.post(ORDER, body)).content)

    assert fields["return_code"] == "FAIL"
    assert code in fields["return_msg"]


async def test_only_post_with_xml_is_taken(merchant: Merchant) -> None:
    got = await merchant.client.get(f"{merchant.root}/cgi-bin/{ORDER}.cgi")
    form = await merchant.post(ORDER, b"a=1", **{"Content-Type": "text/plain"})

    assert b"REQUIRE_POST_METHOD" in got.content
    assert b"XML_FORMAT_ERROR" in form.content


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"body": ""}, "LACK_PARAMS"),
        ({"nonce_str": ""}, "LACK_PARAMS"),
        ({"notify_url": ""}, "LACK_PARAMS"),
        ({"total_fee": "0"}, "PARAM_ERROR"),
        ({"total_fee": "1.00"}, "PARAM_ERROR"),
        ({"total_fee": "-1"}, "PARAM_ERROR"),
        ({"fee_type": "USD"}, "PARAM_ERROR"),
        ({"trade_type": "APP"}, "PARAM_ERROR"),
        ({"spbill_create_ip": "::1"}, "PARAM_ERROR"),
        ({"spbill_create_ip": "2001:db8:0:1:1:1:1:1"}, "PARAM_ERROR"),
        ({"out_trade_no": "A" * 33}, "PARAM_ERROR"),
        ({"out_trade_no": "A B"}, "PARAM_ERROR"),
        ({"body": "x" * 129}, "PARAM_ERROR"),
        ({"attach": "x" * 129}, "PARAM_ERROR"),
        ({"notify_url": "https://pay.example.com/notify?a=1"}, "PARAM_ERROR"),
        ({"notify_url": "/notify"}, "PARAM_ERROR"),
        ({"time_expire": "2026-11-22 20:30:00"}, "PARAM_ERROR"),
        ({"time_expire": "20261399000000"}, "PARAM_ERROR"),
        ({"mch_id": "1900000110"}, "MCHID_NOT_EXIST"),
    ],
)
async def test_a_parameter_out_of_rule_is_refused(
    merchant: Merchant, changed: dict[str, str], code: str
) -> None:
    reply = await merchant.call(ORDER, merchant.order(**changed))

    assert reply["return_code"] == "FAIL"
    assert code in reply["return_msg"]


async def test_an_order_must_live_longer_than_five_minutes(merchant: Merchant) -> None:
    end = merchant.clock.now() + timedelta(minutes=5)
    reply = await merchant.call(ORDER, merchant.order(time_expire=f"{end:%Y%m%d%H%M%S}"))

    assert "PARAM_ERROR" in reply["return_msg"]


async def test_an_app_this_merchant_has_not_is_refused_signed(merchant: Merchant) -> None:
    reply = await merchant.call(ORDER, merchant.order(appid="1104606907"))

    assert (reply["result_code"], reply["err_code"]) == ("FAIL", "APPID_MCHID_NOT_MATCH")


async def test_the_same_number_and_content_is_the_same_order(merchant: Merchant) -> None:
    asked = merchant.order()
    first = await merchant.call(ORDER, asked)
    again = await merchant.call(ORDER, asked | {"nonce_str": "another"})
    other = await merchant.call(ORDER, asked | {"total_fee": "10001"})

    assert first["code_url"] == again["code_url"]
    assert other["err_code"] == "OUT_TRADE_NO_USED"


async def test_a_paid_number_is_never_used_again(merchant: Merchant) -> None:
    asked = merchant.order()
    await merchant.call(ORDER, asked)
    await merchant.control("POST", f"/orders/{NUMBER}/pay")

    assert (await merchant.call(ORDER, asked))["err_code"] == "ORDERPAID"


async def test_an_order_is_closed_after_five_minutes_and_not_before(
    merchant: Merchant, qq: QqWallet
) -> None:
    asked = merchant.order()
    await merchant.call(ORDER, asked)
    close = {"out_trade_no": NUMBER, "total_fee": "10000"}

    early = await merchant.call("pay/qpay_close_order", close)
    qq.clock.offset_s = 301
    closed = await merchant.call("pay/qpay_close_order", close)
    again = await merchant.call("pay/qpay_close_order", close)

    assert early["err_code"] == "SYSTEMERROR"
    assert closed["result_code"] == "SUCCESS"
    assert again["err_code"] == "ORDERCLOSED"
    assert (await merchant.query())["trade_state"] == "CLOSED"
    assert (await merchant.call(ORDER, asked))["err_code"] == "ORDERCLOSED"
    assert (await merchant.control("POST", f"/orders/{NUMBER}/pay")).status_code == 409


async def test_the_pause_before_a_close_and_its_answer_can_be_set(merchant: Merchant) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", early_close_code="PARAM_ERROR")
    close = {"out_trade_no": NUMBER}

    early = await merchant.call("pay/qpay_close_order", close)
    await merchant.control("PUT", "/faults", close_after_s=0)

    assert early["err_code"] == "PARAM_ERROR"
    assert (await merchant.call("pay/qpay_close_order", close))["result_code"] == "SUCCESS"


async def test_a_paid_order_is_not_closed(merchant: Merchant, qq: QqWallet) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")
    qq.clock.offset_s = 301

    reply = await merchant.call("pay/qpay_close_order", {"out_trade_no": NUMBER})

    assert reply["err_code"] == "ORDERPAID"


async def test_unknown_orders_are_not_found(merchant: Merchant) -> None:
    by_number = await merchant.query("NOBODYS")
    by_trade = await merchant.call("pay/qpay_order_query", {"transaction_id": "1" * 28})

    assert by_number["err_code"] == "ORDERNOTEXIST"
    assert by_trade["err_code"] == "INVALID_TRANSACTIONID"


async def test_an_order_ends_at_its_time_but_late_money_is_money(
    merchant: Merchant, qq: QqWallet
) -> None:
    await merchant.create()
    qq.clock.offset_s = 31 * 60

    ended = await merchant.query()
    await merchant.control("POST", f"/orders/{NUMBER}/pay", late=True)

    assert ended["trade_state"] == "CLOSED"
    assert (await merchant.query())["trade_state"] == "SUCCESS"


async def test_a_coupon_is_part_of_the_total(merchant: Merchant) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay", discount_fen=1000)

    found = await merchant.query()

    assert (found["total_fee"], found["cash_fee"], found["coupon_fee"]) == (
        "10000",
        "9000",
        "1000",
    )


async def test_each_payment_of_an_order_is_found_by_its_own_number(merchant: Merchant) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")
    second = await merchant.control("POST", f"/orders/{NUMBER}/pay", again=True, amount_fen=777)

    trade = second.json()["transaction_id"]
    found = await merchant.call("pay/qpay_order_query", {"transaction_id": trade})

    assert (found["transaction_id"], found["total_fee"]) == (trade, "777")
    assert found["mch_id"] == CREDENTIALS.merchant

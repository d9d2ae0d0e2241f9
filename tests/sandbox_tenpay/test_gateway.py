"""Payers come to Tenpay's gateway: who is let in, what they see, where they go afterwards."""

from urllib.parse import urlsplit

import pytest

from sandbox.tenpay.banks import BANKS
from sandbox.tenpay.gateway import Tenpay
from tests.sandbox_tenpay.merchant import (
    BRIDGE,
    NUMBER,
    Merchant,
    from_form,
    sign,
    signed,
)


async def test_a_payer_from_the_merchants_page_reaches_the_cashier(merchant: Merchant) -> None:
    came = await merchant.create()
    page = await merchant.client.get(f"{merchant.root}/pay?order={NUMBER}")
    order = (await merchant.control("GET", f"/orders/{NUMBER}")).json()

    assert came.headers["location"] == f"/tenpay/pay?order={NUMBER}"
    assert "tenpay_pay.js" in page.text
    assert (order["asked_fen"], order["bank_name"]) == (10_000, "财付通收银台")
    assert len(order["banks"]) == len(BANKS) == 33


async def test_a_form_may_be_posted_too(merchant: Merchant) -> None:
    headers = {"Referer": BRIDGE, "Content-Type": "application/x-www-form-urlencoded"}
    body = signed(merchant.order())
    url = f"{merchant.root}/gateway/pay.htm"

    assert (await merchant.client.post(url, content=body, headers=headers)).status_code == 303


async def test_gbk_is_read_as_gbk(merchant: Merchant) -> None:
    asked = merchant.order(input_charset="GBK")
    await merchant.browse(signed(asked, "GBK"))
    unnamed = merchant.order("A2")
    del unnamed["input_charset"]
    await merchant.browse(signed(unnamed, "GBK"))

    for number in (NUMBER, "A2"):
        order = (await merchant.control("GET", f"/orders/{number}")).json()
        assert order["description"] == "云费用充值"


@pytest.mark.parametrize(
    ("code", "name"),
    [("CMB", "招商银行"), ("ICBCB2B", "工商银行（企业）"), ("1103", "光大银行（企业）")],
)
async def test_a_bank_is_opened_directly(merchant: Merchant, code: str, name: str) -> None:
    await merchant.create(bank_type=code)

    order = (await merchant.control("GET", f"/orders/{NUMBER}")).json()

    assert (order["bank_name"], order["banks"]) == (name, [])


@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/pay", "https://pay.example.com.evil"]
)
async def test_a_payer_from_elsewhere_is_turned_away(merchant: Merchant, referer: str) -> None:
    reply = await merchant.browse(signed(merchant.order()), Referer=referer)

    assert reply.status_code == 403
    assert "Referer" in reply.text


async def test_a_wrong_signature_is_turned_away(merchant: Merchant) -> None:
    asked = merchant.order()
    wrong = await merchant.browse(signed(asked).replace("total_fee=10000", "total_fee=1"))
    extra = await merchant.browse(f"{signed(asked)}&remark=1")
    twice = await merchant.browse(f"{signed(asked)}&total_fee=1")

    assert wrong.status_code == extra.status_code == twice.status_code == 400
    assert "SIGNERROR" in wrong.text
    assert "SIGNERROR" in extra.text
    assert "重复" in twice.text


async def test_a_lower_case_signature_is_as_good(merchant: Merchant) -> None:
    asked = merchant.order()
    query = signed(asked).replace(sign(asked), sign(asked).lower())

    assert (await merchant.browse(query)).status_code == 303


@pytest.mark.parametrize(
    "changed",
    [
        {"body": ""},
        {"body": "云" * 11},
        {"total_fee": "0"},
        {"total_fee": "1.00"},
        {"fee_type": "CNY"},
        {"out_trade_no": "A-1"},
        {"out_trade_no": "A" * 33},
        {"spbill_create_ip": ""},
        {"spbill_create_ip": "::1"},
        {"return_url": "/return"},
        {"notify_url": ""},
        {"attach": "x" * 128},
        {"bank_type": "ICBC_D"},
        {"time_start": ""},
        {"time_expire": "tomorrow"},
        {"product_fee": "1", "transport_fee": "1"},
        {"sign_type": "RSA"},
        {"service_version": "2.0"},
        {"partner": "1900000110"},
        {"input_charset": "BIG5"},
    ],
)
async def test_a_parameter_out_of_rule_is_turned_away(
    merchant: Merchant, changed: dict[str, str]
) -> None:
    reply = await merchant.browse(signed(merchant.order(**changed)))

    assert reply.status_code == 400
    assert (await merchant.control("GET", "/orders")).json()["orders"] == []


async def test_the_same_number_is_one_order_and_other_content_is_refused(
    merchant: Merchant,
) -> None:
    await merchant.create()

    again = await merchant.browse(signed(merchant.order(spbill_create_ip="127.0.0.2")))
    other = await merchant.browse(signed(merchant.order(total_fee="10001")))

    assert again.status_code == 303
    assert "OUT_TRADE_NO_USED" in other.text


async def test_paid_and_ended_numbers_are_not_used_again(
    merchant: Merchant, tenpay: Tenpay
) -> None:
    for number in ("A1", "A2"):
        await merchant.create(number)
    await merchant.pay("A1")
    paid = await merchant.browse(signed(merchant.order("A1")))
    tenpay.clock.offset_s = 31 * 60
    ended = await merchant.browse(signed(merchant.order("A2")))

    assert "ORDERPAID" in paid.text
    assert "ORDERCLOSED" in ended.text


async def test_risk_control_may_compare_the_payers_address(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", compares_payer_ip=True)

    other = await merchant.browse(signed(merchant.order(spbill_create_ip="203.0.113.10")))
    own = await merchant.browse(signed(merchant.order()))

    assert "spbill_create_ip" in other.text
    assert own.status_code == 303


async def test_a_refusal_shows_nothing_of_the_request_as_markup(merchant: Merchant) -> None:
    reply = await merchant.browse(signed(merchant.order(bank_type="<b>x</b>")))

    assert "<b>x" not in reply.text


async def test_a_paid_order_leads_back_with_signed_parameters(merchant: Merchant) -> None:
    await merchant.create()
    unpaid = await merchant.client.get(f"{merchant.root}/back?order={NUMBER}")
    paid = await merchant.pay(bank_type="CMB")
    back = await merchant.client.get(f"{merchant.root}/back?order={NUMBER}")

    address = urlsplit(back.headers["location"])
    fields = from_form(address.query.encode())

    assert unpaid.headers["location"] == f"/tenpay/pay?order={NUMBER}"
    assert f"{address.netloc}{address.path}" == "pay.example.com/pay/abc/return"
    assert fields["sign"] == sign(fields)
    assert fields["transaction_id"] == paid["transaction_id"]
    assert fields["bank_type"] == "CMB"


async def test_unknown_orders_lead_nowhere(merchant: Merchant) -> None:
    assert (await merchant.client.get(f"{merchant.root}/back?order=X")).status_code == 404


async def test_an_outage_reaches_the_payer(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", down=True, requests_left=1)
    down = await merchant.browse(signed(merchant.order()))
    await merchant.control("PUT", "/faults", system_error=True, requests_left=1)
    error = await merchant.browse(signed(merchant.order()))

    assert (down.status_code, error.status_code) == (503, 500)


async def test_the_phone_page_is_there(merchant: Merchant) -> None:
    assert "tenpay_phone.js" in (await merchant.client.get(f"{merchant.root}/phone")).text

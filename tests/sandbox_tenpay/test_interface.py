"""Tenpay's calls as a merchant makes them: queries, refunds, bills, and what goes wrong."""

import csv
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.tenpay.gateway import Tenpay
from sandbox.tenpay.keys import bot_settings, generate_credentials, save_credentials
from tests.sandbox_tenpay.merchant import CREDENTIALS, NUMBER, Merchant, from_root, sign, signed

QUERY = "gateway/normalorderquery.xml"
DAY_S = 24 * 3600


async def paid(merchant: Merchant, number: str = NUMBER, **how: object) -> None:
    await merchant.create(number)
    await merchant.pay(number, **how)


async def test_an_order_is_found_once_it_is_paid(merchant: Merchant) -> None:
    await merchant.create()
    unpaid = await merchant.query()
    trade = str((await merchant.pay(bank_type="ICBC"))["transaction_id"])

    found = await merchant.query()
    by_trade = await merchant.call(QUERY, transaction_id=trade, out_trade_no="WRONG")

    assert unpaid["retcode"] != "0"
    assert (found["trade_state"], found["total_fee"], found["is_refund"]) == (
        "0",
        "10000",
        "false",
    )
    assert found["bank_type"] == "ICBC"
    assert by_trade["transaction_id"] == trade


async def test_unknown_orders_and_wrong_signatures_are_refused_unsigned(
    merchant: Merchant,
) -> None:
    unknown = await merchant.query("NOBODYS")
    asked = {"partner": CREDENTIALS.merchant, "out_trade_no": NUMBER, "sign": "0" * 32}
    wrong = from_root(await merchant.client.get(f"{merchant.root}/{QUERY}", params=asked))

    assert unknown["retcode"] != "0"
    assert wrong["retcode"] == "88221009"
    assert "sign" not in wrong


async def test_answers_are_written_in_gb2312_or_as_told(merchant: Merchant) -> None:
    asked = {"partner": CREDENTIALS.merchant, "out_trade_no": "NOBODYS"}
    usual = await merchant.client.get(f"{merchant.root}/{QUERY}?{signed(asked, 'GBK')}")
    await merchant.control("PUT", "/faults", reply_encoding="UTF-8")
    other = await merchant.client.get(f"{merchant.root}/{QUERY}?{signed(asked, 'GBK')}")

    assert b'encoding="gb2312"' in usual.content
    assert "订单不存在" in usual.content.decode("gb18030")
    assert "订单不存在" in other.content.decode()


async def test_a_gbk_question_has_a_gbk_signature_in_its_answer(merchant: Merchant) -> None:
    await merchant.create(attach="账号七")
    await merchant.pay()
    asked = {"partner": CREDENTIALS.merchant, "input_charset": "GBK", "out_trade_no": NUMBER}

    fields = from_root(
        await merchant.client.get(f"{merchant.root}/{QUERY}?{signed(asked, 'GBK')}")
    )

    assert (fields["attach"], fields["input_charset"]) == ("账号七", "GBK")
    assert fields["sign"] == sign(fields, "GBK")


async def test_a_query_does_not_know_of_the_payment_for_a_while(
    merchant: Merchant, tenpay: Tenpay
) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", query_says_unpaid_s=60)
    await merchant.pay()

    at_first = await merchant.query()
    tenpay.clock.offset_s = 61

    assert at_first["retcode"] != "0"
    assert (await merchant.query())["retcode"] == "0"


@pytest.mark.parametrize("switch", ["unsigned", "wrong_signature", "doctype_answers"])
async def test_answers_come_spoilt(merchant: Merchant, switch: str) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", **{switch: True})
    asked = {"partner": CREDENTIALS.merchant, "input_charset": "UTF-8", "out_trade_no": NUMBER}

    reply = await merchant.client.get(f"{merchant.root}/{QUERY}?{signed(asked)}")
    fields = from_root(reply)

    assert fields.get("sign") != sign(fields) or b"<!DOCTYPE" in reply.content
    assert (b"<!DOCTYPE" in reply.content) == (switch == "doctype_answers")


async def test_outages_and_lost_answers(merchant: Merchant) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", system_error=True, requests_left=1)
    error = await merchant.query()
    await merchant.control("PUT", "/faults", lose_answers=True, requests_left=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await merchant.query()

    assert error["retcode"] == "88229999"
    assert (await merchant.query())["retcode"] == "0"


async def test_late_and_second_payments_are_money(merchant: Merchant) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/expire")
    refused = await merchant.control("POST", f"/orders/{NUMBER}/pay")
    await merchant.pay(late=True)
    await merchant.pay(again=True, amount_fen=777)

    order = (await merchant.control("GET", f"/orders/{NUMBER}")).json()

    assert refused.status_code == 409
    assert [each["amount_fen"] for each in order["payments"]] == [10_000, 777]


async def test_a_refund_is_accepted_and_later_done(merchant: Merchant) -> None:
    await paid(merchant, bank_type="CMB")
    await merchant.control("PUT", "/faults", refund_outcome="PROCESSING")

    accepted = await merchant.refund()
    await merchant.control("POST", "/refunds/REFUND1/settle", status="SUCCESS")
    done = await merchant.query_refund(out_refund_no="REFUND1")

    assert (accepted["refund_status"], accepted["refund_channel"]) == ("9", "1")
    assert (done["refund_count"], done["refund_state_0"], done["refund_fee_0"]) == (
        "1",
        "4",
        "2500",
    )
    assert (await merchant.query())["is_refund"] == "true"


@pytest.mark.parametrize("status", [str(number) for number in range(1, 12)])
async def test_a_refund_may_end_in_every_documented_state(merchant: Merchant, status: str) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", refund_outcome=status, refund_delay_s=0)

    await merchant.refund()

    assert (await merchant.query_refund(out_trade_no=NUMBER))["refund_state_0"] == status


async def test_an_undetermined_refund_is_repeated_under_its_number(merchant: Merchant) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", refund_outcome="UNDETERMINED", refund_delay_s=0)
    first = await merchant.refund()
    await merchant.control("PUT", "/faults", refund_outcome="SUCCESS")
    second = await merchant.refund()

    assert (first["refund_status"], second["refund_status"]) == ("1", "4")
    assert first["refund_id"] == second["refund_id"]


@pytest.mark.parametrize(
    "changed",
    [
        {"op_user_passwd": "0" * 32},
        {"op_user_passwd": ""},
        {"op_user_id": "1"},
        {"service_version": "1.0"},
        {"total_fee": "9999"},
        {"refund_fee": "10001"},
        {"refund_fee": "0"},
        {"out_refund_no": ""},
        {"out_trade_no": "NOBODYS"},
    ],
)
async def test_a_refund_out_of_rule_is_refused(
    merchant: Merchant, changed: dict[str, str]
) -> None:
    await paid(merchant)

    assert (await merchant.refund(**changed))["retcode"] != "0"
    assert (await merchant.control("GET", "/refunds")).json()["refunds"] == []


async def test_refunds_need_funds(merchant: Merchant) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", pot_is_empty=True)

    assert (await merchant.refund())["retcode"] == "88222017"


def rows_of(reply: httpx.Response) -> list[dict[str, str]]:
    lines = reply.content.decode("gbk").split("\r\n")
    head, body = lines[0].split(","), lines[1:-3]
    return [
        dict(zip(head, (cell.removeprefix("`") for cell in row), strict=True))
        for row in csv.reader(body)
    ]


async def bill_of_today(merchant: Merchant, tenpay: Tenpay, kind: str = "0") -> httpx.Response:
    """Asked for two days later."""
    tenpay.clock.offset_s = 2 * DAY_S
    return await merchant.bill(f"{merchant.clock.now() - timedelta(days=2):%Y-%m-%d}", kind)


async def test_a_bill_lists_payments_and_refunds_in_yuan(
    merchant: Merchant, tenpay: Tenpay
) -> None:
    await paid(merchant, bank_type="CMB")
    await merchant.control("PUT", "/faults", refund_delay_s=0)
    await merchant.refund()

    everything = rows_of(await bill_of_today(merchant, tenpay))
    payments = rows_of(await bill_of_today(merchant, tenpay, "1"))
    refunds = rows_of(await bill_of_today(merchant, tenpay, "2"))

    assert [row["交易状态"] for row in everything] == ["用户已支付", "退款"]
    assert (everything[0]["订单交易金额"], everything[0]["支付类型"]) == ("100.00", "招商银行")
    assert (refunds[0]["退款单号"], refunds[0]["退款金额"]) == ("REFUND1", "25.00")
    assert payments + refunds == everything


async def test_breaks_are_put_into_a_bill_on_demand(merchant: Merchant, tenpay: Tenpay) -> None:
    for number in ("A1", "A2", "A3"):
        await paid(merchant, number)
    await merchant.control(
        "PUT", "/faults", bill_omits="A1", bill_repeats="A2", bill_alters="A3", bill_adds_fen=555
    )

    rows = rows_of(await bill_of_today(merchant, tenpay))
    amounts = sorted((row["商家订单号"], row["订单交易金额"]) for row in rows)

    assert [amount for _, amount in amounts] == ["100.00", "100.00", "100.01", "5.55"]
    assert "A1" not in dict(amounts)


async def test_a_bill_that_is_not_there_is_an_html_page_with_a_code(merchant: Merchant) -> None:
    today = f"{merchant.clock.now():%Y-%m-%d}"
    early = await merchant.bill(today)
    wrong = await merchant.bill(today, key="0" * 32)

    assert b"03020003" in early.content
    assert b"<html>" in early.content
    assert b"03020002" in wrong.content


def test_the_bots_settings_are_complete(tmp_path: Path) -> None:
    made = generate_credentials()
    save_credentials(made, tmp_path)

    assert set(bot_settings(made, tmp_path, "http://127.0.0.1:8080/tenpay")) == {
        "TOPUP_TENPAY_BASE_URL",
        "TOPUP_TENPAY_PARTNER",
        "TOPUP_TENPAY_KEY",
        "TOPUP_TENPAY_OP_USER_ID",
        "TOPUP_TENPAY_OP_USER_PASSWD",
        "TOPUP_TENPAY_CLIENT_CERT_FILE",
        "TOPUP_TENPAY_CLIENT_KEY_FILE",
    }

"""QQ Wallet gives money back, and writes down each day."""

import csv
import gzip
from datetime import timedelta

import httpx
import pytest

from sandbox.qq.wallet import QqWallet
from tests.sandbox_qq.merchant import NUMBER, Merchant, from_xml

DAY_S = 24 * 3600


async def paid(merchant: Merchant, number: str = NUMBER, **how: object) -> None:
    await merchant.create(number)
    await merchant.control("POST", f"/orders/{number}/pay", **how)


async def query_refund(merchant: Merchant, **number: str) -> dict[str, str]:
    return await merchant.call("pay/qpay_refund_query", number)


async def test_a_refund_is_accepted_and_later_done(merchant: Merchant) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", refund_outcome="PROCESSING")

    accepted = await merchant.refund()
    under_way = await query_refund(merchant, out_refund_no="REFUND1")
    order_meanwhile = await merchant.query()
    await merchant.control("POST", "/refunds/REFUND1/settle", status="SUCCESS")
    done = await query_refund(merchant, refund_id=accepted["refund_id"])

    assert accepted["refund_channel"] == "ORIGINAL"
    assert (under_way["refund_status_0"], done["refund_status_0"]) == ("PROCESSING", "SUCCESS")
    assert order_meanwhile["trade_state"] == "PROCESSING"
    assert (await merchant.query())["trade_state"] == "REFUND"


async def test_the_coupon_goes_back_first(merchant: Merchant) -> None:
    await paid(merchant, discount_fen=1000)
    await merchant.refund(refund_fee="600")
    await merchant.refund(refund_fee="600", out_refund_no="REFUND2")

    found = await query_refund(merchant, out_trade_no=NUMBER)

    assert found["refund_count"] == "2"
    assert (found["coupon_refund_fee_0"], found["cash_refund_fee_0"]) == ("600", "0")
    assert (found["coupon_refund_fee_1"], found["cash_refund_fee_1"]) == ("400", "200")


async def test_the_same_number_is_one_refund(merchant: Merchant) -> None:
    await paid(merchant)

    first, second = await merchant.refund(), await merchant.refund()
    other = await merchant.refund(refund_fee="2501")

    assert first["refund_id"] == second["refund_id"]
    assert other["err_code"] == "PARAM_ERROR"


async def test_a_failed_refund_is_tried_again_under_its_number(merchant: Merchant) -> None:
    await paid(merchant)
    await merchant.control("PUT", "/faults", refund_outcome="FAIL", refund_delay_s=0)
    await merchant.refund()
    failed = await query_refund(merchant, out_refund_no="REFUND1")
    order = await merchant.query()

    await merchant.control("PUT", "/faults", refund_outcome="SUCCESS")
    await merchant.refund()

    assert (failed["refund_status_0"], order["trade_state"]) == ("FAIL", "SUCCESS")
    done = await query_refund(merchant, out_refund_no="REFUND1")
    assert (done["refund_status_0"], done["refund_count"]) == ("SUCCESS", "1")


async def test_never_more_than_was_paid_goes_back(merchant: Merchant) -> None:
    await paid(merchant)
    await merchant.refund(refund_fee="9000")

    more = await merchant.refund(refund_fee="1001", out_refund_no="REFUND2")

    assert more["err_code"] == "PARAM_ERROR"


async def test_a_wrong_password_refunds_nothing(merchant: Merchant) -> None:
    await paid(merchant)

    wrong = await merchant.refund(op_user_passwd="0" * 32)
    missing = await merchant.refund(op_user_passwd="")

    assert wrong["err_code"] == "NOAUTH"
    assert "LACK_PARAMS" in missing["return_msg"]
    refunds = await merchant.control("GET", "/refunds")
    assert refunds.json() == {"refunds": []}


async def test_refunds_need_funds_and_a_payment(merchant: Merchant) -> None:
    await merchant.create()
    unpaid = await merchant.refund()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")
    await merchant.control("PUT", "/faults", pot_is_empty=True)

    assert unpaid["err_code"] == "ORDERNOTPAY"
    assert (await merchant.refund())["err_code"] == "NOTENOUGH"


async def test_an_unknown_refund_is_not_found(merchant: Merchant) -> None:
    reply = await query_refund(merchant, out_refund_no="NOBODYS")

    assert reply["result_code"] == "FAIL"


def rows_of(reply: httpx.Response, line_end: str = "\n") -> list[dict[str, str]]:
    lines = reply.text.split(line_end)
    head, body = lines[0].split(","), lines[1:-3]
    return [
        dict(zip(head, (cell.removeprefix("`") for cell in row), strict=True))
        for row in csv.reader(body)
    ]


async def yesterdays_bill(merchant: Merchant, qq: QqWallet, **changed: str) -> httpx.Response:
    """Of the day the payments were made, asked for two days later."""
    qq.clock.offset_s = 2 * DAY_S
    day = merchant.clock.now() - timedelta(days=2)
    return await merchant.bill(f"{day:%Y%m%d}", **changed)


async def test_a_bill_lists_payments_and_refunds_in_yuan(merchant: Merchant, qq: QqWallet) -> None:
    await paid(merchant, discount_fen=1000)
    await merchant.refund()

    rows = rows_of(await yesterdays_bill(merchant, qq))

    assert [row["交易状态"] for row in rows] == ["SUCCESS", "REFUND"]
    assert (rows[0]["订单金额"], rows[0]["用户支付金额"]) == ("100.00", "90.00")
    assert (rows[1]["订单金额"], rows[1]["退款金额"]) == ("0.00", "25.00")
    assert rows[0]["商户订单号"] == NUMBER
    assert len(rows[0]) == 30


async def test_a_bill_of_payments_has_no_refund_columns(merchant: Merchant, qq: QqWallet) -> None:
    await paid(merchant)
    await merchant.refund()

    rows = rows_of(await yesterdays_bill(merchant, qq, bill_type="SUCCESS"))

    assert len(rows) == 1
    assert "退款金额" not in rows[0]


async def test_a_bill_comes_packed_or_with_other_line_ends(
    merchant: Merchant, qq: QqWallet
) -> None:
    await paid(merchant)
    plain = await yesterdays_bill(merchant, qq)
    packed = await yesterdays_bill(merchant, qq, tar_type="GZIP")
    await merchant.control("PUT", "/faults", bill_line_end="literal")
    odd = await yesterdays_bill(merchant, qq)

    assert gzip.decompress(packed.content) == plain.content
    assert "\n" not in odd.text
    assert rows_of(odd, "\\n") == rows_of(plain)


async def test_breaks_are_put_into_a_bill_on_demand(merchant: Merchant, qq: QqWallet) -> None:
    for number in ("A1", "A2", "A3", "A4"):
        await paid(merchant, number)
    await merchant.control(
        "PUT", "/faults", bill_omits="A1", bill_repeats="A2", bill_alters="A3", bill_adds_fen=555
    )

    rows = rows_of(await yesterdays_bill(merchant, qq))
    amounts = [(row["商户订单号"], row["订单金额"]) for row in rows]

    assert sorted(amounts)[:-1] == [
        ("A2", "100.00"),
        ("A2", "100.00"),
        ("A3", "100.01"),
        ("A4", "100.00"),
    ]
    assert max(amounts)[1] == "5.55"


@pytest.mark.parametrize("days", [0, 1, -120])
async def test_a_bill_that_is_not_there_is_refused_in_xml(merchant: Merchant, days: int) -> None:
    day = merchant.clock.now() + timedelta(days=days)
    fields = from_xml((await merchant.bill(f"{day:%Y%m%d}")).content)

    assert fields["retcode"] != "0"
    assert fields["retmsg"]

"""The daily bill: fetched in two steps, checked against its hash, and read into rows."""

import asyncio
import hashlib
import json
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from core.errors import ForgedMessage, ProviderRefused, ProviderUnavailable
from core.providers.base import (
    Channel,
    Outcome,
    RefundReport,
    RefundState,
    Report,
    Source,
)
from core.providers.wechat_bill import read_bill
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import Seen, StandIn, http_answer

DAY = date(2026, 11, 21)
HEADINGS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
PAID = (
    "`2026-11-21 08:00:01,`wxd678efh567hg6787,`1230000109,`0,`,`4200001,`TOPUP202611210001,`oUp,"
    "`NATIVE,`SUCCESS,`OTHERS,`CNY,`1234.50,`0.00,`0,`0,`0.00,`0.00,`,`,`云费用,充值,`,`7.41000,"
    "`0.60%,`1234.50,`0.00,`"
)
REFUNDED = (
    "`2026-11-21 09:00:00,`wxd678efh567hg6787,`1230000109,`0,`,`4200000,`TOPUP202611200001,`oUp,"
    "`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`REFUND0001,`0.40,`0.00,`ORIGINAL,`SUCCESS,"
    "`云费用充值,`,`-0.00000,`0.60%,`0.00,`0.40,`"
)
SUMMARY = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


def bill_of(*lines: str, count: int | None = None, end: str = "\r\n") -> bytes:
    total = len(lines) if count is None else count
    closing = f"`{total},`1234.50,`0.40,`0.00,`7.41,`1234.50,`0.40"
    return end.join([HEADINGS, *lines, SUMMARY, closing, ""]).encode()


def offered(bill: bytes, **changes: str) -> bytes:
    return json.dumps(
        {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(bill).hexdigest(),
            "download_url": "https://elsewhere.example/wechat/v3/billdownload/file?token=a%2Fb&x=1",
        }
        | changes
    ).encode()


def serve_bill(stand_in: StandIn, offer: bytes, bill: bytes) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target.startswith("/v3/bill/tradebill"):
            writer.write(http_answer(200, offer, stand_in.wechat.headers(offer)))
        else:
            writer.write(http_answer(200, bill, {}))

    stand_in.script = script


async def test_a_bill_is_fetched_and_read(
    pay: WechatPay, stand_in: StandIn, merchant_key: RSAPrivateKey
) -> None:
    bill = bill_of(PAID, REFUNDED)
    serve_bill(stand_in, offered(bill), bill)

    rows = await pay.bill(DAY)

    assert [(row.order_no, row.fee_fen) for row in rows] == [
        ("TOPUP202611210001", 741),
        ("TOPUP202611200001", 0),
    ]
    asked, fetched = stand_in.seen
    assert asked.target == "/v3/bill/tradebill?bill_date=2026-11-21&bill_type=ALL"
    assert fetched.target == "/v3/billdownload/file?token=a%2Fb&x=1"
    assert fetched.is_signed_by(merchant_key.public_key(), fetched.target)


def test_a_paid_line_is_a_payment_report() -> None:
    (row,) = read_bill(bill_of(PAID))

    assert row.report == Report(
        channel=Channel.WECHAT,
        source=Source.BILL,
        event_id="bill:4200001",
        order_no="TOPUP202611210001",
        outcome=Outcome.PAID,
        merchant="1230000109",
        app="wxd678efh567hg6787",
        trade_no="4200001",
        amount_fen=123450,
        currency="CNY",
        occurred_at=datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC),
    )


def test_a_refunded_line_is_a_refund_report() -> None:
    (row,) = read_bill(bill_of(REFUNDED))

    assert row.report == RefundReport(
        channel=Channel.WECHAT,
        refund_no="REFUND0001",
        provider_refund_no="5030001",
        state=RefundState.DONE,
        refund_fen=40,
    )


def test_a_bill_may_start_with_a_mark_and_end_its_lines_in_either_way() -> None:
    plain = bill_of(PAID, REFUNDED, end="\n")

    assert read_bill(b"\xef\xbb\xbf" + plain) == read_bill(bill_of(PAID, REFUNDED))


def test_columns_are_found_by_their_headings() -> None:
    short = (
        "订单金额,手续费,交易状态,商户订单号,微信订单号,交易时间\n"
        "`0.01,`0,`SUCCESS,`TOPUP1,`42,`2026-11-21 00:00:00\n"
        "总交易单数,x\n`1,`0\n"
    )

    (row,) = read_bill(short.encode())

    assert isinstance(row.report, Report)
    assert row.report.amount_fen == 1
    assert row.report.occurred_at == datetime(2026, 11, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "bill",
    [
        b"",
        b"\xff",
        b"a,b,c\n",
        HEADINGS.encode(),
        bill_of(PAID, count=2),
        bill_of(PAID.replace("`SUCCESS", "`PAID")),
        bill_of(PAID.replace("`1234.50,`0.00,`\r", "")[:-9]),
        bill_of(PAID.removeprefix("`")),
        bill_of(PAID.replace("1234.50", "1,234.50")),
        bill_of(PAID.replace("1234.50", "1234.505")),
        bill_of(PAID.replace("1234.50", "１")),
        bill_of(PAID.replace("7.41000", "7.41500")),
        bill_of(PAID.replace("2026-11-21 08:00:01", "yesterday")),
        bill_of(REFUNDED.replace("`SUCCESS", "`PERHAPS")),
        bill_of(PAID).removesuffix(b"\r\n").rpartition(b"\r\n")[0],
    ],
    ids=lambda bill: hashlib.sha1(bill).hexdigest()[:6],
)
def test_a_bill_of_odd_form_is_refused(bill: bytes) -> None:
    with pytest.raises(ForgedMessage, match="bill"):
        read_bill(bill)


async def test_a_bill_with_another_hash_is_refused(pay: WechatPay, stand_in: StandIn) -> None:
    serve_bill(stand_in, offered(bill_of(PAID)), bill_of(PAID, REFUNDED))

    with pytest.raises(ForgedMessage, match="hash"):
        await pay.bill(DAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"hash_type": "MD5"},
        {"hash_value": ""},
        {"download_url": "https://elsewhere.example/file"},
        {"download_url": "http://["},
    ],
    ids=str,
)
async def test_an_offer_of_odd_form_is_refused(
    changes: dict[str, str], pay: WechatPay, stand_in: StandIn
) -> None:
    serve_bill(stand_in, offered(bill_of(PAID), **changes), bill_of(PAID))

    with pytest.raises(ForgedMessage):
        await pay.bill(DAY)


async def test_a_day_without_trades_has_an_empty_bill(pay: WechatPay, stand_in: StandIn) -> None:
    stand_in.answers(400, b'{"code":"NO_STATEMENT_EXIST"}', headers={})

    assert await pay.bill(DAY) == ()


async def test_a_bill_in_the_making_is_to_be_asked_for_later(
    pay: WechatPay, stand_in: StandIn
) -> None:
    stand_in.answers(400, b'{"code":"STATEMENT_CREATING"}', headers={})

    with pytest.raises(ProviderUnavailable):
        await pay.bill(DAY)


async def test_a_bill_that_is_refused_says_why(pay: WechatPay, stand_in: StandIn) -> None:
    stand_in.answers(403, b'{"code":"NO_AUTH"}', headers={})

    with pytest.raises(ProviderRefused, match="NO_AUTH"):
        await pay.bill(DAY)

"""The published vectors of QQ Wallet and Tenpay, string by string."""

import pytest

from core.providers.md5_signing import encoded, is_signed, md5_hex, signature
from core.providers.tenpay_bill import bill_query

QQ_KEY = b"192006250b4c09247ec02edce69f6a2d"
TENPAY_KEY = b"8934e7d15453e97507ef794cf7b0519d"
QQ = {
    "official": (
        "appid=d930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100"
        "&nonce_str=ibuaiVcKdpRxkhJA",
        "C16640534B737634F08566717AD030EB",
    ),
    "Q1": (
        "body=云费用充值&fee_type=CNY&mch_id=1900000109&nonce_str=b7c2a0f0d9e84e3f9a5d6c1e2f3a4b5c"
        "&notify_url=https://pay.example.com/notify/qq&out_trade_no=TOPUP202611220002"
        "&spbill_create_ip=203.0.113.10&time_expire=20261122203000&time_start=20261122200000"
        "&total_fee=100&trade_type=NATIVE&attach=",
        "D3ED87A2C835E320DA4A92E17DA40596",
    ),
    "Q2": (
        "code_url=https://qpay.qq.com/qr/6b2fc7d1&mch_id=1900000109"
        "&nonce_str=6f1d5b2a3c4e4f60a7b8c9d0e1f20314&prepay_id=6Mca8b1c7f0e4d5a9b3c2d1e0f9a8b7c"
        "&result_code=SUCCESS&retcode=0&retmsg=ok&return_code=SUCCESS&return_msg=SUCCESS"
        "&trade_type=NATIVE",
        "4E876231E0105D08D069C1BE204B3BF1",
    ),
    "Q3": (
        "bank_type=BALANCE&cash_fee=90&coupon_fee=10&fee_type=CNY&mch_id=1900000109"
        "&nonce_str=0f1e2d3c4b5a69788796a5b4c3d2e1f0&openid=1A2B3C4D5E6F708192A3B4C5D6E7F809"
        "&out_trade_no=TOPUP202611220002&time_end=20261122201500&total_fee=100"
        "&trade_state=SUCCESS&trade_type=NATIVE"
        "&transaction_id=1900000109471611220000000001&device_info=&attach=",
        "9E6ECECFE7FBF113529D388FE6A25A31",
    ),
}
T1 = (
    "bank_type=CMB&body=云费用充值&fee_type=1&input_charset={charset}"
    "&notify_url=https://pay.example.com/notify/tenpay&out_trade_no=TOPUP202611220003"
    "&partner=1900000109&return_url=https://pay.example.com/return/tenpay&service_version=1.0"
    "&sign_key_index=1&sign_type=MD5&spbill_create_ip=203.0.113.10&time_expire=20261122203000"
    "&time_start=20261122200000&total_fee=100&attach="
)
TENPAY = {
    "official": (
        "input_charset=GBK&partner=1900000109&total_fee=1",
        "4C513CB879523CA9D717EEA7819DEB0C",
        "gbk",
    ),
    "T1": (T1.format(charset="UTF-8"), "64C4F71BD8A4E56A6474D3E2E54D03D7", "utf-8"),
    "T2": (T1.format(charset="GBK"), "4CCC205D1BC1CD5D3B69F41C4FB19751", "gbk"),
    "T3": (
        "bank_type=CMB&discount=0&fee_type=1&input_charset=UTF-8"
        "&notify_id=8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d&out_trade_no=TOPUP202611220003"
        "&partner=1900000109&product_fee=100&service_version=1.0&sign_key_index=1&sign_type=MD5"
        "&time_end=20261122201000&total_fee=100&trade_mode=1&trade_state=0"
        "&transaction_id=1900000109202611220000000001&transport_fee=0&attach=&pay_info=",
        "44E8E733B7917DE65BA9D5ABEEC7FFE6",
        "utf-8",
    ),
    "T4": (
        "notify_id=8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d&partner=1900000109",
        "67D1F74CC90DA9805BD90D167FFB0A13",
        "utf-8",
    ),
}


def fields_of(string: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in string.split("&"))


@pytest.mark.parametrize("name", QQ)
def test_qq_wallet_signs_as_published(name: str) -> None:
    string, expected = QQ[name]

    assert signature(encoded(fields_of(string)), QQ_KEY) == expected


@pytest.mark.parametrize("name", TENPAY)
def test_tenpay_signs_as_published(name: str) -> None:
    string, expected, charset = TENPAY[name]

    assert signature(encoded(fields_of(string), charset), TENPAY_KEY) == expected


def test_tenpay_signs_bills_in_its_own_order() -> None:
    from datetime import UTC, date, datetime

    at = datetime.fromtimestamp(1795305600, UTC)
    query = bill_query("1900000109", TENPAY_KEY.decode(), date(2026, 11, 22), at)

    assert query.endswith("&sign=8b5bd51834133166fda14348e21bbae5")


@pytest.mark.parametrize("name", QQ)
def test_a_signature_covers_every_field_and_the_key(name: str) -> None:
    string, expected = QQ[name]
    fields = {**encoded(fields_of(string)), "sign": expected.encode()}

    assert is_signed(fields, QQ_KEY)
    assert is_signed({**fields, "sign": expected.lower().encode()}, QQ_KEY)
    assert not is_signed(fields, QQ_KEY[:-1])
    assert not is_signed({**fields, "unknown": b"1"}, QQ_KEY)
    assert not is_signed({k: v for k, v in fields.items() if k != "sign"}, QQ_KEY)
    assert is_signed({**fields, "unknown": b""}, QQ_KEY)


def test_the_text_0_is_signed() -> None:
    string, expected = QQ["Q2"]
    fields = encoded(fields_of(string))
    del fields["retcode"]

    assert signature(fields, QQ_KEY) != expected


def test_names_are_sorted_by_their_bytes() -> None:
    fields = {"total_fee": b"1", "desc": b"a&b", "partner": b"1900000109", "test": b"1"}
    fields["attach"] = b""
    string = b"desc=a&b&partner=1900000109&test=1&total_fee=1&key=" + TENPAY_KEY

    assert signature(fields, TENPAY_KEY) == md5_hex(string).upper()

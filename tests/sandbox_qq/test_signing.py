"""The protocol page's vectors against the stand-in's own signature."""

import pytest

from sandbox.tenpay.house.signing import md5_sign, password_digest, signed_text

KEY = "192006250b4c09247ec02edce69f6a2d"
VECTORS = {
    "official": (
        "appid=d930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100"
        "&nonce_str=ibuaiVcKdpRxkhJA",
        "C16640534B737634F08566717AD030EB",
    ),
    "request": (
        "body=云费用充值&fee_type=CNY&mch_id=1900000109&nonce_str=b7c2a0f0d9e84e3f9a5d6c1e2f3a4b5c"
        "&notify_url=https://pay.example.com/notify/qq&out_trade_no=TOPUP202611220002"
        "&spbill_create_ip=203.0.113.10&time_expire=20261122203000&time_start=20261122200000"
        "&total_fee=100&trade_type=NATIVE&attach=",
        "D3ED87A2C835E320DA4A92E17DA40596",
    ),
    "reply": (
        "code_url=https://qpay.qq.com/qr/6b2fc7d1&mch_id=1900000109"
        "&nonce_str=6f1d5b2a3c4e4f60a7b8c9d0e1f20314&prepay_id=6Mca8b1c7f0e4d5a9b3c2d1e0f9a8b7c"
        "&result_code=SUCCESS&retcode=0&retmsg=ok&return_code=SUCCESS&return_msg=SUCCESS"
        "&trade_type=NATIVE",
        "4E876231E0105D08D069C1BE204B3BF1",
    ),
    "callback": (
        "bank_type=BALANCE&cash_fee=90&coupon_fee=10&fee_type=CNY&mch_id=1900000109"
        "&nonce_str=0f1e2d3c4b5a69788796a5b4c3d2e1f0&openid=1A2B3C4D5E6F708192A3B4C5D6E7F809"
        "&out_trade_no=TOPUP202611220002&time_end=20261122201500&total_fee=100"
        "&trade_state=SUCCESS&trade_type=NATIVE&transaction_id=1900000109471611220000000001"
        "&device_info=&attach=",
        "9E6ECECFE7FBF113529D388FE6A25A31",
    ),
}


def pairs_of(text: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in text.split("&"))


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_of_the_protocol_page_holds(name: str) -> None:
    text, sign = VECTORS[name]

    assert md5_sign(pairs_of(text), KEY) == sign


def test_a_zero_is_signed_and_an_empty_value_and_the_sign_itself_are_not() -> None:
    signed = signed_text({"b": b"", "retcode": b"0", "a": b"1", "sign": b"X"}, "K")

    assert signed == b"a=1&retcode=0&key=K"


def test_a_dropped_zero_gives_another_signature() -> None:
    text, sign = VECTORS["reply"]
    pairs = pairs_of(text)
    del pairs["retcode"]

    assert md5_sign(pairs, KEY) != sign


def test_a_password_goes_as_its_md5() -> None:
    assert password_digest("111111").lower() == "96e79218965eb72c92a549dd5a330112"

"""The protocol page's vectors against the stand-in's own signature."""

from urllib.parse import quote

import pytest

from sandbox.tenpay.house.checks import Parameters
from sandbox.tenpay.house.keys import generate_credentials
from sandbox.tenpay.house.signing import md5_sign, signed_text
from sandbox.tenpay.requests import bill_sign

KEY = "8934e7d15453e97507ef794cf7b0519d"
PAY = (
    "bank_type=CMB&body=云费用充值&fee_type=1&input_charset={charset}"
    "&notify_url=https://pay.example.com/notify/tenpay&out_trade_no=TOPUP202611220003"
    "&partner=1900000109&return_url=https://pay.example.com/return/tenpay&service_version=1.0"
    "&sign_key_index=1&sign_type=MD5&spbill_create_ip=203.0.113.10&time_expire=20261122203000"
    "&time_start=20261122200000&total_fee=100&attach="
)
CALLBACK = (
    "bank_type=CMB&discount=0&fee_type=1&input_charset=UTF-8"
    "&notify_id=8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d&out_trade_no=TOPUP202611220003"
    "&partner=1900000109&product_fee=100&service_version=1.0&sign_key_index=1&sign_type=MD5"
    "&time_end=20261122201000&total_fee=100&trade_mode=1&trade_state=0"
    "&transaction_id=1900000109202611220000000001&transport_fee=0"
    "&attach=&pay_info=&bank_billno=&buyer_alias="
)
VECTORS = [
    (
        "input_charset=GBK&partner=1900000109&total_fee=1",
        "GBK",
        "4C513CB879523CA9D717EEA7819DEB0C",
    ),
    (PAY.format(charset="UTF-8"), "UTF-8", "64C4F71BD8A4E56A6474D3E2E54D03D7"),
    (PAY.format(charset="GBK"), "GBK", "4CCC205D1BC1CD5D3B69F41C4FB19751"),
    (CALLBACK, "UTF-8", "44E8E733B7917DE65BA9D5ABEEC7FFE6"),
    (
        "notify_id=8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d&partner=1900000109",
        "UTF-8",
        "67D1F74CC90DA9805BD90D167FFB0A13",
    ),
]


def pairs_of(text: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in text.split("&"))


@pytest.mark.parametrize(("text", "charset", "sign"), VECTORS)
def test_a_vector_of_the_protocol_page_holds(text: str, charset: str, sign: str) -> None:
    assert md5_sign(pairs_of(text), KEY, charset) == sign


def test_the_guides_example_is_ordered_and_raw() -> None:
    pairs = {"desc": b"a&b", "total_fee": b"1", "partner": b"1900000109", "test": b"1"}
    text = signed_text({**pairs, "attach": b""}, "K")

    assert text == b"desc=a&b&partner=1900000109&test=1&total_fee=1&key=K"


def test_the_body_is_written_in_its_charset() -> None:
    assert quote("云费用充值", encoding="GBK") == "%D4%C6%B7%D1%D3%C3%B3%E4%D6%B5"


def test_a_bills_signature_has_a_fixed_order_and_lower_case() -> None:
    parameters = Parameters(
        pairs={
            "mchtype": "0",
            "cft_signtype": "0",
            "stamp": "1795305600",
            "trans_time": "2026-11-22",
            "spid": "1900000109",
        }
    )

    sign = bill_sign(parameters, generate_credentials(key=KEY))

    assert sign == "8b5bd51834133166fda14348e21bbae5"

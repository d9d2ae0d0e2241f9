"""A provider in trouble, and the links that lead a payer's browser to it."""

import asyncio

import httpx
import pytest

from sandbox.pay.provider import WechatPay
from tests.sandbox_pay.conftest import CREDENTIALS, Merchant, is_signed_by

NATIVE = "/v3/pay/transactions/native"
H5 = "/v3/pay/transactions/h5"


def code_of(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("down", (503, "SERVICE_UNAVAILABLE")),
        ("system_error", (500, "SYSTEM_ERROR")),
        ("rate_limited", (429, "FREQUENCY_LIMITED")),
    ],
)
async def test_a_fault_lasts_for_as_many_requests_as_asked(
    merchant: Merchant, fault: str, expected: tuple[int, str]
) -> None:
    await merchant.control("PUT", "/faults", **{fault: True, "requests_left": 1})

    first = await merchant.call("POST", NATIVE, merchant.order())
    second = await merchant.call("POST", NATIVE, merchant.order())

    assert code_of(first) == expected
    assert second.status_code == 200


async def test_a_lost_answer_still_takes_effect(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", lose_answers=True, requests_left=1)

    with pytest.raises(httpx.RemoteProtocolError):
        await merchant.call("POST", NATIVE, merchant.order())

    assert (await merchant.query())["trade_state"] == "NOTPAY"


async def test_a_slow_answer_comes_late(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", slow_s=0.2)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(merchant.call("POST", NATIVE, merchant.order()), 0.1)


async def test_answers_can_be_signed_wrongly_or_not_at_all(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", wrong_signature=True)
    wrong = await merchant.call("POST", NATIVE, merchant.order())
    await merchant.control("PUT", "/faults", wrong_signature=False, unsigned=True)
    bare = await merchant.call("GET", "/v3/certificates")

    assert not is_signed_by(wrong, CREDENTIALS.wechat_key)
    assert bare.status_code == 200
    assert "Wechatpay-Signature" not in bare.headers


async def test_a_link_opens_only_from_the_merchants_domain(merchant: Merchant) -> None:
    link = (await merchant.call("POST", H5, merchant.h5_order())).json()["h5_url"]

    async def status(referer: str | None, suffix: str = "") -> int:
        headers = {"Referer": referer} if referer else {}
        return (await merchant.client.get(link + suffix, headers=headers)).status_code

    assert await status("https://shop.example.com/") == 200
    assert await status("http://127.0.0.1:9999/") == 200
    assert await status(None) == 403
    assert await status("https://other.example.com/") == 403
    assert await status("http://127.0.0.1:9998/") == 403
    back = "&redirect_url=https%3A%2F%2Fother.example.com"
    assert await status("https://shop.example.com/", back) == 403


async def test_a_link_lives_five_minutes(merchant: Merchant, wechat: WechatPay) -> None:
    link = (await merchant.call("POST", H5, merchant.h5_order())).json()["h5_url"]

    wechat.clock.offset_s = 300
    reply = await merchant.client.get(link, headers={"Referer": "https://shop.example.com/"})

    assert reply.status_code == 404

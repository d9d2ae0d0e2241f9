"""QQ Wallet's callbacks: honest, repeated, lost, forged."""

import asyncio

import pytest

from sandbox.qq.letters import CALLBACK_KINDS
from sandbox.qq.wallet import QqWallet
from tests.sandbox_qq.merchant import NUMBER, Listener, Merchant, from_xml, sign, to_xml


async def test_a_payment_is_announced_rightly_signed(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create(attach="account 7")
    paid = await merchant.control("POST", f"/orders/{NUMBER}/pay")

    method, _, body = listener.received[0]
    fields = from_xml(body)

    assert method == "POST"
    assert fields["sign"] == sign(fields)
    assert fields["transaction_id"] == paid.json()["transaction_id"]
    assert (fields["trade_state"], fields["total_fee"], fields["attach"]) == (
        "SUCCESS",
        "10000",
        "account 7",
    )
    assert "return_code" not in fields


@pytest.mark.parametrize(
    "refusal", [b"", b"SUCCESS", to_xml({"return_code": "FAIL", "return_msg": "busy"})]
)
async def test_a_callback_comes_again_until_success_is_answered(
    merchant: Merchant, listener: Listener, qq: QqWallet, refusal: bytes
) -> None:
    listener.answers = [refusal, refusal]
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")

    await listener.wait_for(3)
    async with asyncio.timeout(5):
        while not qq.callbacks.deliveries[0].is_over:
            await asyncio.sleep(0.01)
    view = (await merchant.control("GET", "/callbacks")).json()["callbacks"][0]

    assert len({body for _, _, body in listener.received}) == 1
    assert len(view["attempts"]) == 3


async def test_callbacks_come_many_times_at_once(merchant: Merchant, listener: Listener) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay", times=8, concurrent=True)

    assert len(listener.received) == 8


async def test_the_switches_repeat_and_renew_callbacks(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.control("PUT", "/faults", callback_times=3, fresh_event_ids=True)
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")

    assert len({from_xml(body)["nonce_str"] for _, _, body in listener.received}) == 3


async def test_a_silent_payment_is_not_announced(merchant: Merchant, listener: Listener) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay", announce=False)

    assert listener.received == []


async def test_lost_callbacks_come_by_the_schedule(merchant: Merchant, listener: Listener) -> None:
    await merchant.control("PUT", "/faults", callbacks_lost=2)
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")

    assert listener.received == []
    await listener.wait_for(1)


async def test_delayed_and_shuffled_callbacks_do_not_hold_the_payer(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.control("PUT", "/faults", callback_delay_s=0.05, callback_shuffle_s=0.05)
    for number in ("A1", "A2", "A3"):
        await merchant.create(number)
        await merchant.control("POST", f"/orders/{number}/pay")

    assert len(listener.received) < 3
    await listener.wait_for(3)


FORGED = {
    "bad_signature",
    "other_key",
    "altered_amount",
    "extra_field",
    "no_signature",
    "empty_signature",
}
ODD = {
    "other_merchant": ("mch_id", "1999999999"),
    "other_currency": ("fee_type", "USD"),
    "other_amount": ("total_fee", "10001"),
    "unpaid": ("trade_state", "NOTPAY"),
}


@pytest.mark.parametrize("kind", sorted(FORGED))
async def test_a_forgery_is_not_rightly_signed(
    merchant: Merchant, listener: Listener, kind: str
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    fields = from_xml(listener.received[0][2])

    assert fields.get("sign") != sign(fields)


@pytest.mark.parametrize("kind", sorted(ODD))
async def test_an_odd_callback_is_rightly_signed_but_not_our_money(
    merchant: Merchant, listener: Listener, kind: str
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    fields = from_xml(listener.received[0][2])
    name, value = ODD[kind]

    assert fields["sign"] == sign(fields)
    assert fields[name] == value


async def test_hostile_bodies_are_what_they_say(merchant: Merchant, listener: Listener) -> None:
    await merchant.create()
    for kind in ("doctype", "entity_bomb", "outside_entity", "not_xml", "too_big"):
        await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)
    doctype, bomb, outside, broken, big = (body for _, _, body in listener.received)

    assert doctype.startswith(b"<!DOCTYPE")
    assert b"&e8;" in bomb
    assert b"file:///" in outside
    assert not broken.endswith(b"</xml>")
    assert len(big) > 10_000_000


async def test_a_replay_is_the_same_letter_byte_for_byte(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    nothing_yet = await merchant.control("POST", f"/orders/{NUMBER}/callback", kind="replay")
    await merchant.control("POST", f"/orders/{NUMBER}/pay")
    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind="replay")

    assert nothing_yet.status_code == 404
    assert listener.received[0] == listener.received[1]


async def test_an_honest_callback_about_an_unpaid_order_is_refuted_by_the_query(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/callback")

    fields = from_xml(listener.received[0][2])

    assert fields["sign"] == sign(fields)
    assert (await merchant.query())["trade_state"] == "NOTPAY"


async def test_every_kind_can_be_sent(merchant: Merchant, qq: QqWallet) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/pay")

    for kind in CALLBACK_KINDS:
        reply = await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)
        assert reply.json()["kind"] == kind

    assert len(qq.callbacks.deliveries) == len(CALLBACK_KINDS) + 1


async def test_any_content_is_sent_anywhere(merchant: Merchant, listener: Listener) -> None:
    content = {"mch_id": "1", "out_trade_no": "X", "total_fee": 5}
    reply = await merchant.control("POST", "/callback", url=listener.url, content=content)

    fields = from_xml(listener.received[0][2])

    assert reply.json()["out_trade_no"] == "X"
    assert fields["sign"] == sign(fields)

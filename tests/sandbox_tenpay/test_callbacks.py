"""Tenpay's callbacks: by GET or POST, in GBK or UTF-8, verified within ten minutes."""

import pytest

from sandbox.tenpay.gateway import Tenpay
from sandbox.tenpay.letters import CALLBACK_KINDS
from tests.sandbox_qq.merchant import Listener
from tests.sandbox_tenpay.merchant import CREDENTIALS, NUMBER, Merchant, from_form, sign


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("charset", ["UTF-8", "GBK"])
async def test_a_payment_is_announced_rightly_signed(
    merchant: Merchant, listener: Listener, method: str, charset: str
) -> None:
    await merchant.control("PUT", "/faults", callback_method=method, callback_charset=charset)
    await merchant.create(attach="账号七")
    paid = await merchant.pay()

    came, query, body = listener.received[0]
    fields = from_form(query or body)

    assert came == method
    assert fields["sign"] == sign(fields, charset)
    assert (fields["attach"], fields["input_charset"]) == ("账号七", charset)
    assert fields["transaction_id"] == paid["transaction_id"]
    assert len(fields["transaction_id"]) == 28
    assert (fields["trade_state"], fields["trade_mode"], fields["total_fee"]) == (
        "0",
        "1",
        "10000",
    )


async def test_what_is_paid_and_the_coupon_make_the_whole(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.pay(discount_fen=1000)

    fields = from_form(listener.received[0][2])

    assert (fields["total_fee"], fields["discount"]) == ("9000", "1000")


@pytest.mark.parametrize("refusal", [b"", b"fail", b"success\n", b"SUCCESS", b"<p>success</p>"])
async def test_a_callback_comes_again_until_the_plain_word_success(
    merchant: Merchant, listener: Listener, refusal: bytes
) -> None:
    listener.answers = [refusal]
    await merchant.create()
    await merchant.pay()

    await listener.wait_for(2)

    assert listener.received[0] == listener.received[1]


async def test_a_notify_id_is_verified_with_what_was_announced(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.pay()
    announced = from_form(listener.received[0][2])

    verified = await merchant.verify(announced["notify_id"])

    for name in ("trade_state", "trade_mode", "partner", "out_trade_no", "transaction_id"):
        assert verified[name] == announced[name]
    assert (verified["retcode"], verified["total_fee"]) == ("0", "10000")


async def test_a_notify_id_dies_after_ten_minutes_and_the_query_lives(
    merchant: Merchant, listener: Listener, tenpay: Tenpay
) -> None:
    await merchant.create()
    await merchant.pay()
    notify_id = from_form(listener.received[0][2])["notify_id"]

    tenpay.clock.offset_s = 599
    still = await merchant.verify(notify_id)
    tenpay.clock.offset_s = 601

    assert still["retcode"] == "0"
    assert (await merchant.verify(notify_id))["retcode"] != "0"
    assert (await merchant.query())["trade_state"] == "0"


async def test_a_callback_nobody_paid_for_is_not_verified(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/callback")

    fields = from_form(listener.received[0][2])

    assert fields["sign"] == sign(fields)
    assert (await merchant.verify(fields["notify_id"]))["retcode"] != "0"
    assert (await merchant.query())["retcode"] != "0"


@pytest.mark.parametrize(
    ("says", "name", "value"),
    [
        ("other_amount", "total_fee", "10001"),
        ("unpaid", "trade_state", "1"),
        ("other_merchant", "partner", "1999999999"),
        ("other_currency", "fee_type", "2"),
    ],
)
async def test_verification_may_speak_of_something_else(
    merchant: Merchant, listener: Listener, says: str, name: str, value: str
) -> None:
    await merchant.control("PUT", "/faults", verify_says=says)
    await merchant.create()
    await merchant.pay()

    verified = await merchant.verify(from_form(listener.received[0][2])["notify_id"])

    assert verified[name] == value


async def test_verification_may_be_refused_or_speak_of_another_order(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.pay()
    notify_id = from_form(listener.received[0][2])["notify_id"]

    await merchant.control("PUT", "/faults", verify_says="unknown_order")
    other = await merchant.verify(notify_id)
    await merchant.control("PUT", "/faults", verify_says="refused")

    assert other["out_trade_no"] != NUMBER
    assert (await merchant.verify(notify_id))["retcode"] != "0"


async def test_repeats_may_have_a_notify_id_of_their_own(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.control("PUT", "/faults", fresh_event_ids=True)
    await merchant.create()
    await merchant.pay(times=3, concurrent=True)

    ids = {from_form(body)["notify_id"] for _, _, body in listener.received}

    assert len(ids) == 3
    for notify_id in ids:
        assert (await merchant.verify(notify_id))["retcode"] == "0"


@pytest.mark.parametrize(
    "kind",
    [
        "bad_signature",
        "other_key",
        "altered_amount",
        "extra_field",
        "no_signature",
        "empty_signature",
    ],
)
async def test_a_forgery_is_not_rightly_signed(
    merchant: Merchant, listener: Listener, kind: str
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    fields = from_form(listener.received[0][2])

    assert fields.get("sign") != sign(fields)


async def test_odd_callbacks_are_rightly_signed(merchant: Merchant, listener: Listener) -> None:
    await merchant.create()
    await merchant.pay(announce=False)
    for kind in ("lower_case", "other_sign_type", "unknown_notify_id", "other_merchant", "unpaid"):
        await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)

    sent = [from_form(body) for _, _, body in listener.received]

    assert [fields["sign"].upper() == sign(fields) for fields in sent] == [True] * 5
    assert sent[0]["sign"].islower()
    assert sent[1]["sign_type"] == "RSA"
    assert (await merchant.verify(sent[2]["notify_id"]))["retcode"] != "0"
    assert sent[3]["partner"] != CREDENTIALS.merchant
    assert sent[4]["trade_state"] == "1"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_kind_can_be_sent(merchant: Merchant, tenpay: Tenpay, method: str) -> None:
    await merchant.control("PUT", "/faults", callback_method=method)
    await merchant.create()
    await merchant.pay()

    for kind in CALLBACK_KINDS:
        reply = await merchant.control("POST", f"/orders/{NUMBER}/callback", kind=kind)
        assert reply.json()["kind"] == kind

    assert len(tenpay.callbacks.deliveries) == len(CALLBACK_KINDS) + 1


async def test_a_duplicate_parameter_is_there_twice(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.create()
    await merchant.control("POST", f"/orders/{NUMBER}/callback", kind="duplicate_field")

    assert listener.received[0][2].count(b"total_fee=") == 2

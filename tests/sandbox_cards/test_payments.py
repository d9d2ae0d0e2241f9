"""Sessions, authorisations and captures, driven by Stripe's own SDK."""

import time

import pytest
import stripe as sdk

from sandbox.cards.stripe import Stripe
from tests.sandbox_cards.conftest import Listener, Merchant


async def test_a_session_opens_as_the_sdk_reads_it(merchant: Merchant) -> None:
    session = await merchant.open()
    assert session.object == "checkout.session"
    assert session.id.startswith("cs_test_")
    assert session.livemode is False
    assert session.url.startswith(f"{merchant.root}/pay/")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (10_000, "cny")
    assert session.payment_method_types == ["card"]
    assert session.payment_intent is None
    assert session.metadata["order_no"] == "TOPUP1"


async def test_without_the_filter_link_is_offered_too(merchant: Merchant) -> None:
    order = merchant.order()
    del order["allowed_payment_method_types"]
    assert (await merchant.open(order)).payment_method_types == ["card", "link"]


async def test_a_paid_session_waits_for_its_capture(
    merchant: Merchant, listener: Listener
) -> None:
    session = await merchant.open()
    reply = await merchant.pay()
    assert reply.json()["order"]["payment_status"] == "requires_capture"
    assert listener.kinds() == [
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
    ]
    found = await merchant.sdk.v1.checkout.sessions.retrieve_async(session.id)
    assert (found.status, found.payment_status, found.url) == ("complete", "unpaid", None)
    intent = await merchant.intent(session.id)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 10_000)
    card = intent.latest_charge.payment_method_details.card
    assert (card.brand, card.country, card.last4) == ("visa", "US", "4242")
    assert card.capture_before > time.time() + 6 * 24 * 3600


async def test_a_capture_takes_the_money_once(merchant: Merchant, listener: Listener) -> None:
    intent = await merchant.paid()
    await listener.wait_for(4)
    assert sorted(listener.kinds()[2:]) == ["charge.captured", "payment_intent.succeeded"]
    found = await merchant.sdk.v1.payment_intents.retrieve_async(intent)
    assert (found.status, found.amount_received) == ("succeeded", 10_000)
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await merchant.sdk.v1.payment_intents.capture_async(intent)
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_a_part_of_the_authorisation_may_be_captured(merchant: Merchant) -> None:
    await merchant.open()
    intent = (await merchant.pay()).json()["payment_intent"]
    captured = await merchant.sdk.v1.payment_intents.capture_async(
        intent, {"amount_to_capture": 4_000}
    )
    assert (captured.amount_received, captured.amount_capturable) == (4_000, 0)


async def test_an_authorisation_is_given_back(merchant: Merchant, listener: Listener) -> None:
    await merchant.open()
    intent = (await merchant.pay(card="visa_cn")).json()["payment_intent"]
    canceled = await merchant.sdk.v1.payment_intents.cancel_async(
        intent, {"cancellation_reason": "requested_by_customer"}
    )
    assert canceled.status == "canceled"
    await listener.wait_for(3)
    assert listener.kinds()[-1] == "payment_intent.canceled"


async def test_an_intent_of_an_open_session_cannot_be_cancelled(merchant: Merchant) -> None:
    session = await merchant.open()
    assert (await merchant.pay(card="declined")).status_code == 402
    intent = await merchant.intent(session.id)
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await merchant.sdk.v1.payment_intents.cancel_async(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("card", "brand", "country"),
    [
        ("4242424242424242", "visa", "US"),
        ("5555555555554444", "mastercard", "US"),
        ("3566002020360505", "jcb", "JP"),
        ("3530111333300000", "jcb", "JP"),
        ("4000003440000004", "visa", "HK"),
        ("4000001580000008", "visa", "TW"),
        ("4000007020000003", "visa", "SG"),
        ("4000001560000002", "visa", "CN"),
        ("6200000000000005", "unionpay", "CN"),
        ("6011111111111117", "discover", "US"),
        ("30569309025904", "diners", "US"),
        ("4000002760003184", "visa", "DE"),
        ("visa_no_country", "visa", None),
    ],
)
async def test_each_good_card_shows_its_brand_and_country(
    merchant: Merchant, card: str, brand: str, country: str | None
) -> None:
    session = await merchant.open()
    assert (await merchant.pay(card=card)).status_code == 200
    shown = (await merchant.intent(session.id)).latest_charge.payment_method_details.card
    assert (shown.brand, shown.country) == (brand, country)


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000341", "generic_decline"),
        ("4000000000000069", "expired_card"),
        ("378282246310005", "card_not_supported"),
        ("4111111111111111", "test_mode_live_card"),
        ("4242424242424241", "incorrect_number"),
    ],
)
async def test_a_bad_card_leaves_the_session_open(
    merchant: Merchant, card: str, code: str
) -> None:
    session = await merchant.open()
    reply = await merchant.pay(card=card)
    assert (reply.status_code, reply.json()["code"]) == (402, code)
    found = await merchant.sdk.v1.checkout.sessions.retrieve_async(session.id)
    assert found.status == "open"
    assert (await merchant.pay(card="visa")).status_code == 200


async def test_a_decline_is_announced_and_kept_on_the_intent(
    merchant: Merchant, listener: Listener
) -> None:
    session = await merchant.open()
    await merchant.control("POST", "/orders/TOPUP1/decline", reason="insufficient_funds")
    assert listener.kinds() == ["payment_intent.payment_failed"]
    intent = await merchant.intent(session.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == "insufficient_funds"


async def test_a_holder_may_refuse_the_banks_question(merchant: Merchant) -> None:
    await merchant.open()
    reply = await merchant.pay(card="three_d_secure", authenticate=False)
    assert (reply.status_code, reply.json()["code"]) == (
        402,
        "payment_intent_authentication_failure",
    )


async def test_an_expired_session_takes_no_money(merchant: Merchant, listener: Listener) -> None:
    session = await merchant.open()
    expired = await merchant.sdk.v1.checkout.sessions.expire_async(session.id)
    assert expired.status == "expired"
    await listener.wait_for(1)
    assert listener.kinds() == ["checkout.session.expired"]
    assert (await merchant.pay()).status_code == 400
    with pytest.raises(sdk.InvalidRequestError):
        await merchant.sdk.v1.checkout.sessions.expire_async(session.id)


async def test_time_ends_sessions_and_holds(merchant: Merchant, listener: Listener) -> None:
    session = await merchant.open()
    await merchant.open(merchant.order("TOPUP2"))
    intent = (await merchant.pay("TOPUP2")).json()["payment_intent"]
    await merchant.control("PUT", "/clock", offset_s=32 * 60)
    found = await merchant.sdk.v1.checkout.sessions.retrieve_async(session.id)
    assert found.status == "expired"
    await merchant.control("PUT", "/clock", offset_s=8 * 24 * 3600)
    assert (await merchant.sdk.v1.payment_intents.retrieve_async(intent)).status == "canceled"
    await listener.wait_for(5)
    assert {"checkout.session.expired", "charge.expired"} <= set(listener.kinds())


async def test_sessions_are_found_by_their_payment(merchant: Merchant) -> None:
    session = await merchant.open()
    await merchant.open(merchant.order("TOPUP2"))
    intent = (await merchant.pay()).json()["payment_intent"]
    found = await merchant.sdk.v1.checkout.sessions.list_async({"payment_intent": intent})
    assert [each.id for each in found.data] == [session.id]


async def test_a_charge_may_differ_from_its_session(merchant: Merchant, stand_in: Stripe) -> None:
    session = await merchant.open()
    await merchant.pay(amount_fen=9_999, currency="usd")
    intent = await merchant.intent(session.id)
    assert (intent.amount, intent.currency) == (9_999, "usd")
    assert stand_in.session_of("TOPUP1").offer.amount == 10_000


async def test_a_holder_may_dispute_what_was_captured(
    merchant: Merchant, listener: Listener
) -> None:
    intent = await merchant.paid(card="4000000000000259")
    await listener.wait_for(5)
    dispute = listener.verified()
    assert dispute["type"] == "charge.dispute.created"
    assert dispute["data"]["object"]["payment_intent"] == intent

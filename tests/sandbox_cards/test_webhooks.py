"""Webhooks: signed so that Stripe's own library agrees, repeated, and forged on demand."""

from pathlib import Path

import pytest
import stripe as sdk

from sandbox.cards import signing
from sandbox.cards.keys import (
    bot_settings,
    generate_credentials,
    load_credentials,
    save_credentials,
)
from sandbox.cards.odd import ODD_EVENTS
from sandbox.cards.provider import CALLBACK_KINDS
from tests.sandbox_cards.conftest import CREDENTIALS, VERSION, Listener, Merchant

# the vector of the wire description
_SECRET = "whsec_test_secret_0123456789abcdef"
_BODY = (
    b'{"id":"evt_test_0001","object":"event","api_version":"2026-10-28.endive",'
    b'"created":1795264800,"data":{"object":{"id":"cs_test_0001","object":"checkout.session",'
    b'"amount_total":10000,"client_reference_id":"TOPUP202611220004","currency":"cny",'
    b'"payment_status":"unpaid","status":"complete"}},"livemode":false,'
    b'"type":"checkout.session.completed"}'
)
_MARK = "26f6a2ab5488cc41a84bdf05ad57f34c8c90dea43f5990edd44f0344959d2698"


def test_the_written_vector_is_met() -> None:
    assert len(_BODY) == 341
    assert signing.mark(_SECRET, 1795264801, _BODY) == _MARK


async def test_every_honest_webhook_passes_stripes_check(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.paid()
    await listener.wait_for(4)
    for number in range(len(listener.received)):
        event = listener.verified(number)
        assert event["api_version"] == VERSION
        assert (event["livemode"], event["pending_webhooks"]) == (False, 1)
        assert sdk.Event.construct_from(event, None).data.object.id


@pytest.mark.parametrize("kind", sorted(set(signing.FORGERIES) - {"future"}))
async def test_no_forgery_passes_stripes_check(
    merchant: Merchant, listener: Listener, kind: str
) -> None:
    await merchant.open()
    reply = await merchant.control("POST", "/orders/TOPUP1/callback", kind=kind)
    assert reply.json()["kind"] == kind
    with pytest.raises(sdk.SignatureVerificationError):
        listener.verified()


async def test_a_webhook_from_the_future_passes_stripes_check_only(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.open()
    await merchant.control("POST", "/orders/TOPUP1/callback", kind="future")
    sent = listener.received[-1][0]["stripe-signature"]
    event = listener.verified()
    assert int(sent.split(",")[0][2:]) >= event["created"] + 300


@pytest.mark.parametrize("kind", ["honest", "rolled_secret", *ODD_EVENTS])
async def test_odd_events_are_truly_signed(
    merchant: Merchant, listener: Listener, kind: str
) -> None:
    await merchant.open()
    await merchant.control("POST", "/orders/TOPUP1/callback", kind=kind)
    event = listener.verified()
    shown = event["data"]["object"]
    honest = {
        "status": "complete",
        "amount_total": 10_000,
        "currency": "cny",
        "client_reference_id": "TOPUP1",
        "livemode": False,
    }
    differs = {name for name, value in honest.items() if shown[name] != value}
    expected = {
        "unpaid": {"status"},
        "other_amount": {"amount_total"},
        "other_currency": {"currency"},
        "other_order": {"client_reference_id"},
        "other_mode": {"livemode"},
    }
    assert differs == expected.get(kind, set())
    assert event["livemode"] is (kind == "other_mode")
    assert (event["type"] == "checkout.session.completed") is (kind != "unknown_type")


async def test_an_event_can_come_again_with_its_own_id(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.open()
    refused = await merchant.control("POST", "/orders/TOPUP1/callback", kind="again")
    assert refused.status_code == 422
    await merchant.pay()
    await merchant.control("POST", "/orders/TOPUP1/callback", kind="again")
    assert listener.verified()["id"] == listener.verified(-2)["id"]


async def test_what_is_refused_comes_again(merchant: Merchant, listener: Listener) -> None:
    listener.statuses = [500, 302, 200]
    await merchant.open()
    await merchant.sdk.v1.checkout.sessions.expire_async(
        (await merchant.control("GET", "/orders/TOPUP1")).json()["session_id"]
    )
    await listener.wait_for(3)
    assert len({listener.verified(number)["id"] for number in range(3)}) == 1


async def test_undelivered_events_are_listed(merchant: Merchant, listener: Listener) -> None:
    listener.statuses = [500] * 100
    await merchant.open()
    await merchant.pay()
    listing = merchant.sdk.v1.events.list_async
    missed = await listing({"delivery_success": False})
    assert [event.type for event in missed.data] == [
        "checkout.session.completed",
        "payment_intent.amount_capturable_updated",
    ]
    assert (await listing({"delivery_success": True})).data == []
    found = await merchant.sdk.v1.events.retrieve_async(missed.data[0].id)
    assert found.data.object.client_reference_id == "TOPUP1"


async def test_times_and_shuffling_multiply_the_events(
    merchant: Merchant, listener: Listener
) -> None:
    await merchant.control("PUT", "/faults", callbacks_shuffled=True, callback_times=2)
    await merchant.open()
    await merchant.pay(times=3, concurrent=True)
    assert len(listener.received) == 12
    assert len({listener.verified(number)["id"] for number in range(12)}) == 2


async def test_webhooks_can_be_lost_or_late(merchant: Merchant, listener: Listener) -> None:
    await merchant.open()
    await merchant.pay(announce=False)
    await merchant.control("PUT", "/faults", no_callbacks=True)
    await merchant.open(merchant.order("TOPUP2"))
    await merchant.pay("TOPUP2")
    assert listener.received == []
    await merchant.control(
        "PUT",
        "/faults",
        no_callbacks=False,
        callbacks_lost="payment_intent.amount_capturable_updated",
        callback_delay_s=0.05,
    )
    await merchant.open(merchant.order("TOPUP3"))
    await merchant.pay("TOPUP3")
    assert listener.received == []
    await listener.wait_for(1)
    assert listener.kinds() == ["checkout.session.completed"]


async def test_any_content_can_be_sent(merchant: Merchant, listener: Listener) -> None:
    reply = await merchant.control(
        "POST",
        "/callback",
        content={"id": "dp_1", "object": "dispute", "amount": 5},
        event_type="charge.dispute.created",
    )
    assert reply.json()["attempts"][0]["status"] == 200
    assert listener.verified()["data"]["object"]["amount"] == 5
    unknown = await merchant.control("POST", "/callback", content={}, kind="psychic")
    assert unknown.status_code == 422


async def test_the_kinds_are_listed(merchant: Merchant) -> None:
    assert (await merchant.control("GET", "/faults")).json()["callback_kinds"] == list(
        CALLBACK_KINDS
    )


def test_credentials_outlast_a_restart(tmp_path: Path) -> None:
    made = generate_credentials()
    save_credentials(made, tmp_path / "stripe")
    assert load_credentials(tmp_path / "stripe") == made
    assert load_credentials(tmp_path / "nothing") is None
    assert bot_settings(CREDENTIALS, "http://127.0.0.1:1/stripe") == {
        "TOPUP_STRIPE_BASE_URL": "http://127.0.0.1:1/stripe",
        "TOPUP_STRIPE_SECRET_KEY": CREDENTIALS.secret_key,
        "TOPUP_STRIPE_WEBHOOK_SECRET": CREDENTIALS.webhook_secret,
    }

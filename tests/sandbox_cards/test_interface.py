"""What the interface refuses, remembers and lists."""

import asyncio
import json

import pytest
import stripe as sdk

from tests.sandbox_cards.conftest import CREDENTIALS, Merchant


async def test_a_wrong_key_is_refused(merchant: Merchant) -> None:
    reply = await merchant.raw("GET", "/events", Authorization="Bearer sk_test_wrong")
    assert reply.status_code == 401
    assert (await merchant.raw("GET", "/events", Authorization="")).status_code == 401


async def test_the_key_may_come_as_user_name(merchant: Merchant) -> None:
    reply = await merchant.client.get(
        f"{merchant.root}/v1/events",
        auth=(CREDENTIALS.secret_key, ""),
        headers={"Stripe-Version": "2026-10-28.endive"},
    )
    assert reply.status_code == 200
    assert reply.headers["request-id"].startswith("req_")


@pytest.mark.parametrize("version", ["2026-06-24.dahlia", ""])
async def test_another_version_is_refused(merchant: Merchant, version: str) -> None:
    reply = await merchant.raw("GET", "/events", Stripe_Version=version)
    assert reply.status_code == 400


async def test_json_bodies_are_refused(merchant: Merchant) -> None:
    reply = await merchant.raw("POST", "/customers", "{}", Content_Type="application/json")
    assert reply.status_code == 400


async def test_unknown_paths_and_parameters_are_refused(merchant: Merchant) -> None:
    assert (await merchant.raw("GET", "/moons")).status_code == 404
    reply = await merchant.raw("POST", "/customers", "nickname=Bob")
    assert reply.json()["error"]["code"] == "parameter_unknown"
    assert reply.json()["error"]["param"] == "nickname"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported"),
        ({"customer": "cus_nobody"}, "resource_missing"),
        ({"ui_mode": "hosted"}, None),
        ({"locale": "zh-CN"}, None),
        ({"expires_at": 1_700_000_000}, None),
        ({"success_url": "http://example.com/"}, "url_invalid"),
        ({"client_reference_id": "N" * 201}, None),
        ({"payment_intent_data": {"statement_descriptor": "CLOUD"}}, None),
        ({"saved_payment_method_options": {"payment_method_save": "enabled"}}, None),
    ],
)
async def test_a_wrong_session_is_refused(
    merchant: Merchant, changed: dict[str, object], code: str | None
) -> None:
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await merchant.open(merchant.order(**changed), key="cs-wrong")
    assert refused.value.http_status == 400
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("amount", "code"), [(1, "amount_too_small"), (100_000_000, "amount_too_large")]
)
async def test_an_amount_out_of_range_is_refused(
    merchant: Merchant, amount: int, code: str
) -> None:
    order = merchant.order()
    order["line_items"][0]["price_data"]["unit_amount"] = amount
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await merchant.open(order)
    assert refused.value.code == code


async def test_the_same_key_gives_the_same_session(merchant: Merchant) -> None:
    order = merchant.order()
    first, second = await merchant.open(order), await merchant.open(order)
    assert first.id == second.id
    assert second.last_response.headers["idempotent-replayed"] == "true"


async def test_the_same_key_with_other_parameters_is_refused(merchant: Merchant) -> None:
    await merchant.open()
    with pytest.raises(sdk.IdempotencyError) as refused:
        await merchant.open(merchant.order("TOPUP2"), key="cs-TOPUP1-1")
    assert refused.value.http_status == 400


async def test_a_key_is_forgotten_after_a_day(merchant: Merchant) -> None:
    first = await merchant.raw("POST", "/customers", "name=A", Idempotency_Key="k")
    await merchant.control("PUT", "/clock", offset_s=24 * 3600 + 5)
    second = await merchant.raw("POST", "/customers", "name=A", Idempotency_Key="k")
    assert first.json()["id"] != second.json()["id"]


async def test_a_key_in_use_conflicts(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", slow_s=0.1)
    replies = await asyncio.gather(
        *(merchant.raw("POST", "/customers", "name=A", Idempotency_Key="k") for _ in range(2))
    )
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    conflict = next(reply for reply in replies if reply.status_code == 409)
    assert conflict.json()["error"]["type"] == "idempotency_error"
    assert conflict.headers["stripe-should-retry"] == "true"


async def test_a_validation_failure_is_not_remembered(merchant: Merchant) -> None:
    wrong = await merchant.raw("POST", "/customers", "nickname=A", Idempotency_Key="k")
    right = await merchant.raw("POST", "/customers", "name=A", Idempotency_Key="k")
    assert (wrong.status_code, right.status_code) == (400, 200)


async def test_a_failed_act_is_remembered(merchant: Merchant) -> None:
    await merchant.open()
    intent = (await merchant.pay()).json()["payment_intent"]
    await merchant.control("PUT", "/faults", capture_fails=True)
    path = f"/payment_intents/{intent}/capture"
    first = await merchant.raw("POST", path, Idempotency_Key="cap")
    await merchant.control("PUT", "/faults", capture_fails=False)
    second = await merchant.raw("POST", path, Idempotency_Key="cap")
    assert (first.status_code, second.status_code) == (402, 402)
    assert second.headers["idempotent-replayed"] == "true"
    assert (await merchant.raw("POST", path, Idempotency_Key="cap2")).status_code == 200


async def test_a_list_goes_on_where_its_page_ended(merchant: Merchant) -> None:
    ids = [(await merchant.open(merchant.order(f"TOPUP{number}"))).id for number in range(5)]
    page = await merchant.sdk.v1.checkout.sessions.list_async({"limit": 2})
    assert page.has_more
    found = [each.id async for each in page.auto_paging_iter()]
    assert found == ids[::-1]
    with pytest.raises(sdk.InvalidRequestError):
        await merchant.sdk.v1.checkout.sessions.list_async({"limit": 101})


async def test_only_links_can_be_expanded(merchant: Merchant) -> None:
    session = await merchant.open()
    with pytest.raises(sdk.InvalidRequestError):
        await merchant.sdk.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["url"]})
    with pytest.raises(sdk.InvalidRequestError):
        await merchant.sdk.v1.balance_transactions.list_async({"expand": ["source"]})


async def test_brackets_without_numbers_are_lists_too(merchant: Merchant) -> None:
    await merchant.open()
    intent = (await merchant.pay()).json()["payment_intent"]
    reply = await merchant.raw("GET", f"/payment_intents/{intent}?expand[]=latest_charge")
    assert reply.json()["latest_charge"]["object"] == "charge"


async def test_missing_things_are_named(merchant: Merchant) -> None:
    for path in ("/checkout/sessions/cs_x", "/payment_intents/pi_x", "/refunds/re_x"):
        reply = await merchant.raw("GET", path)
        assert reply.status_code == 404
        assert reply.json()["error"]["code"] == "resource_missing"


async def test_a_card_number_is_kept_nowhere(merchant: Merchant) -> None:
    await merchant.open()
    await merchant.pay(card="4000003440000004")
    orders = (await merchant.control("GET", "/orders")).text
    events = (await merchant.raw("GET", "/events")).text
    assert "4000003440000004" not in orders + events
    assert json.loads(orders)["orders"][0]["card"]["last4"] == "0004"

"""Customers and the cards they save, through Stripe's own SDK."""

import pytest
import stripe as sdk

from sandbox.cards.stripe import Stripe
from tests.sandbox_cards.conftest import Listener, Merchant


async def saved(merchant: Merchant, customer: str, number: str = "TOPUP1") -> str:
    await merchant.open(merchant.saving_order(number, customer))
    assert (await merchant.pay(number, save=True)).status_code == 200
    cards = await merchant.sdk.v1.customers.payment_methods.list_async(customer, {"type": "card"})
    return cards.data[0].id


async def test_a_ticked_box_saves_the_card(merchant: Merchant, listener: Listener) -> None:
    customer = await merchant.customer()
    method = await saved(merchant, customer)
    found = await merchant.sdk.v1.customers.payment_methods.retrieve_async(customer, method)
    assert (found.customer, found.allow_redisplay) == (customer, "always")
    assert (found.card.brand, found.card.last4, found.card.exp_month) == ("visa", "4242", 12)
    assert "payment_method.attached" in listener.kinds()


async def test_without_the_tick_nothing_is_saved(merchant: Merchant) -> None:
    customer = await merchant.customer()
    await merchant.open(merchant.saving_order("TOPUP1", customer))
    await merchant.pay()
    cards = await merchant.sdk.v1.customers.payment_methods.list_async(customer)
    assert cards.data == []


async def test_a_tick_counts_only_where_saving_was_offered(merchant: Merchant) -> None:
    customer = await merchant.customer()
    await merchant.open(merchant.order(customer=customer))
    await merchant.pay(save=True)
    cards = await merchant.sdk.v1.customers.payment_methods.list_async(customer)
    assert cards.data == []


async def test_the_card_may_appear_only_at_the_capture(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", cards_attach_at_capture=True)
    customer = await merchant.customer()
    await merchant.open(merchant.saving_order("TOPUP1", customer))
    intent = (await merchant.pay(save=True)).json()["payment_intent"]
    listing = merchant.sdk.v1.customers.payment_methods.list_async
    assert (await listing(customer)).data == []
    await merchant.sdk.v1.payment_intents.capture_async(intent)
    assert len((await listing(customer)).data) == 1


async def test_a_saved_card_pays_again(merchant: Merchant) -> None:
    customer = await merchant.customer()
    method = await saved(merchant, customer)
    session = await merchant.open(merchant.saving_order("TOPUP2", customer))
    shown = (await merchant.control("GET", "/orders/TOPUP2")).json()["saved_cards"]
    assert [card["id"] for card in shown] == [method]
    assert (await merchant.pay("TOPUP2", card=method)).status_code == 200
    assert (await merchant.intent(session.id)).payment_method == method


async def test_another_customers_card_is_not_found(merchant: Merchant) -> None:
    method = await saved(merchant, await merchant.customer("7"))
    other = await merchant.customer("8")
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await merchant.sdk.v1.customers.payment_methods.retrieve_async(other, method)
    assert refused.value.http_status == 404


async def test_a_card_is_detached_once(merchant: Merchant, listener: Listener) -> None:
    customer = await merchant.customer()
    method = await saved(merchant, customer)
    detached = await merchant.sdk.v1.payment_methods.detach_async(method)
    assert detached.customer is None
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await merchant.sdk.v1.payment_methods.detach_async(method)
    assert refused.value.http_status == 400
    await listener.wait_for(4)
    assert listener.kinds()[-1] == "payment_method.detached"


async def test_a_card_is_relabelled(merchant: Merchant) -> None:
    customer = await merchant.customer()
    method = await saved(merchant, customer)
    await merchant.sdk.v1.payment_methods.update_async(method, {"allow_redisplay": "limited"})
    cards = await merchant.sdk.v1.payment_methods.list_async(
        {"customer": customer, "type": "card", "allow_redisplay": "always"}
    )
    assert cards.data == []


async def test_a_deleted_customer_is_shown_as_deleted(merchant: Merchant) -> None:
    customer = await merchant.customer()
    await merchant.sdk.v1.customers.delete_async(customer)
    assert (await merchant.sdk.v1.customers.retrieve_async(customer)).deleted is True
    with pytest.raises(sdk.InvalidRequestError):
        await merchant.open(merchant.order(customer=customer))


async def test_only_parts_of_a_card_are_kept(merchant: Merchant, stand_in: Stripe) -> None:
    method = await saved(merchant, await merchant.customer())
    assert "4242424242424242" not in repr(stand_in.account.peek(method))

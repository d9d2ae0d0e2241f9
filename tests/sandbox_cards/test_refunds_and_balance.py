"""Refunds and balance transactions, through Stripe's own SDK."""

import time

import pytest
import stripe as sdk

from tests.sandbox_cards.conftest import Listener, Merchant


async def refund(merchant: Merchant, intent: str, **fields: object) -> sdk.Refund:
    asked = {
        "payment_intent": intent,
        "reason": "requested_by_customer",
        "metadata": {"refund_no": "R1"},
    }
    return await merchant.sdk.v1.refunds.create_async(asked | fields)


async def test_a_refund_goes_back_in_parts(merchant: Merchant, listener: Listener) -> None:
    intent = await merchant.paid()
    first = await refund(merchant, intent, amount=4_000)
    second = await refund(merchant, intent)
    assert (first.status, second.amount) == ("succeeded", 6_000)
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await refund(merchant, intent)
    assert refused.value.code == "charge_already_refunded"
    found = await merchant.sdk.v1.refunds.list_async({"payment_intent": intent})
    assert [each.id for each in found.data] == [second.id, first.id]
    assert (await merchant.sdk.v1.refunds.retrieve_async(first.id)).metadata["refund_no"] == "R1"
    await listener.wait_for(8)
    assert {"refund.created", "charge.refunded"} <= set(listener.kinds())


async def test_more_than_is_left_is_refused(merchant: Merchant) -> None:
    intent = await merchant.paid()
    with pytest.raises(sdk.InvalidRequestError):
        await refund(merchant, intent, amount=10_001)


async def test_an_uncaptured_payment_is_not_refunded(merchant: Merchant) -> None:
    await merchant.open()
    intent = (await merchant.pay()).json()["payment_intent"]
    with pytest.raises(sdk.InvalidRequestError):
        await refund(merchant, intent)


async def test_a_refund_may_end_late_and_badly(merchant: Merchant, listener: Listener) -> None:
    await merchant.control("PUT", "/faults", refund_delay_s=0.05, refund_outcome="failed")
    intent = await merchant.paid()
    pending = await refund(merchant, intent)
    assert (pending.status, pending.pending_reason) == ("pending", "processing")
    await listener.wait_for(8)
    assert listener.kinds()[-2:] == ["refund.updated", "refund.failed"]
    failed = await merchant.sdk.v1.refunds.retrieve_async(pending.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    again = await refund(merchant, intent, metadata={"refund_no": "R2"})
    assert again.amount == 10_000


async def test_a_refund_that_succeeded_may_still_fail(merchant: Merchant) -> None:
    done = await refund(merchant, await merchant.paid())
    path = f"/refunds/{done.id}/settle"
    assert (await merchant.control("POST", path, status="failed")).json()["status"] == "failed"
    assert (await merchant.control("POST", path, status="succeeded")).status_code == 422
    assert (await merchant.control("POST", path, status="lost")).status_code == 422


async def test_an_empty_pot_refunds_nothing(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", pot_is_empty=True)
    intent = await merchant.paid()
    with pytest.raises(sdk.InvalidRequestError) as refused:
        await refund(merchant, intent)
    assert refused.value.code == "balance_insufficient"


async def lines(merchant: Merchant, **fields: object) -> list[sdk.BalanceTransaction]:
    wanted = {"expand": ["data.source.payment_intent"], "limit": 1} | fields
    page = await merchant.sdk.v1.balance_transactions.list_async(wanted)
    return [line async for line in page.auto_paging_iter()]


async def test_the_balance_leads_back_to_the_orders(merchant: Merchant) -> None:
    start = int(time.time()) - 5
    intent = await merchant.paid()
    await refund(merchant, intent, amount=1_000)
    found = await lines(merchant, created={"gte": start, "lt": start + 100})
    assert [(line.type, line.amount, line.net) for line in found] == [
        ("refund", -1_000, -1_000),
        ("charge", 10_000, 10_000 - 575),
    ]
    assert {line.source.payment_intent.metadata["order_no"] for line in found} == {"TOPUP1"}
    assert [line.type for line in await lines(merchant, type="refund")] == ["refund"]
    assert await lines(merchant, created={"gte": start + 100}) == []


async def test_the_balance_may_lack_lines_and_have_too_many(merchant: Merchant) -> None:
    await merchant.paid("TOPUP1")
    await merchant.paid("TOPUP2")
    start = int(time.time()) - 5
    await merchant.control("PUT", "/faults", bill_omits="TOPUP1", bill_adds_fen=777)
    for _ in range(2):
        found = await lines(merchant, created={"gte": start, "lt": start + 100})
        assert sorted(line.amount for line in found) == [777, 10_000]
    orders = {line.source.payment_intent.metadata["order_no"] for line in found}
    assert "TOPUP2" in orders
    assert "TOPUP1" not in orders


async def test_the_account_may_settle_in_dollars(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", settlement_rate=0.14)
    await merchant.paid()
    line = (await lines(merchant))[0]
    assert (line.amount, line.currency, float(line.exchange_rate)) == (1_400, "usd", 0.14)

"""The ways in which the stand-in fails on demand."""

import httpx
import pytest

from tests.sandbox_cards.conftest import Merchant


@pytest.mark.parametrize(("fault", "status"), [("down", 503), ("api_error", 500)])
async def test_a_fault_ends_after_its_requests(
    merchant: Merchant, fault: str, status: int
) -> None:
    await merchant.control("PUT", "/faults", **{fault: True, "requests_left": 2})
    statuses = [(await merchant.raw("GET", "/events")).status_code for _ in range(3)]
    assert statuses == [status, status, 200]


async def test_too_many_requests_are_turned_away(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", rate_limited=True)
    reply = await merchant.raw("GET", "/events")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "rate_limit")


async def test_an_error_may_stay_under_its_key(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", api_error=True, error_is_kept=True, requests_left=1)
    replies = [
        await merchant.raw("POST", "/customers", "name=A", Idempotency_Key=key)
        for key in ("k1", "k1", "k2")
    ]
    assert [reply.status_code for reply in replies] == [500, 500, 200]


async def test_a_lost_answer_took_effect(merchant: Merchant) -> None:
    await merchant.open()
    intent = (await merchant.pay()).json()["payment_intent"]
    path = f"/payment_intents/{intent}/capture"
    await merchant.control("PUT", "/faults", lose_answers=True, only="/capture")
    with pytest.raises(httpx.RemoteProtocolError):
        await merchant.raw("POST", path, Idempotency_Key="cap")
    found = await merchant.raw("GET", f"/payment_intents/{intent}")
    assert found.json()["status"] == "succeeded"
    await merchant.control("PUT", "/faults", lose_answers=False)
    again = await merchant.raw("POST", path, Idempotency_Key="cap")
    assert again.json()["amount_received"] == 10_000
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "change",
    [
        {"dawn": True},
        {"down": 1},
        {"slow_s": -1},
        {"slow_s": 601},
        {"callback_times": 1.5},
        {"refund_outcome": "lost"},
        {"bill_omits": 5},
    ],
)
async def test_a_wrong_switch_is_refused(merchant: Merchant, change: dict[str, object]) -> None:
    assert (await merchant.control("PUT", "/faults", **change)).status_code == 422


@pytest.mark.parametrize(
    "how",
    [
        {"cash": True},
        {"card": 4242},
        {"card": "gold"},
        {"save": "yes"},
        {"times": 0},
        {"amount_fen": 0},
    ],
)
async def test_a_wrong_payment_is_refused(merchant: Merchant, how: dict[str, object]) -> None:
    await merchant.open()
    assert (await merchant.pay(**how)).status_code == 422


async def test_an_unknown_order_is_not_found(merchant: Merchant) -> None:
    assert (await merchant.pay("NOBODYS")).status_code == 404

"""The sandbox's platform hears signed events, and lets blocked purchases go on."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette

from sandbox.platform.client import PlatformClient
from sandbox.platform.console import console_routes
from sandbox.platform.webhooks import PATH
from sandbox.trace import Trace
from tests.sandbox_pay.conftest import serving
from tests.sandbox_pay.fake_platform import KEY, FakePlatform
from tests.sandbox_pay.test_console import ACCOUNTS, GALAXY

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SERVER = {"product": "server", "requested_by": None}


@pytest.fixture
async def platform() -> FakePlatform:
    return FakePlatform(accounts={GALAXY: "星河科技"})


@pytest.fixture
async def page(platform: FakePlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as resources:
        product = Starlette(routes=platform.routes())
        address = await resources.enter_async_context(serving(product))
        client = PlatformClient(base_url=address, api_key=KEY, trace=Trace())
        resources.push_async_callback(client.aclose)
        app = Starlette(routes=console_routes(client, webhook_secret=SECRET))
        transport = httpx.ASGITransport(app)
        http = httpx.AsyncClient(transport=transport, base_url="http://sandbox")
        yield await resources.enter_async_context(http)


def signed(hold_id: str, event_id: str = "evt_1", *, age: timedelta = timedelta()) -> object:
    event = {
        "type": "hold.fundable",
        "timestamp": "2026-11-22T12:00:00+00:00",
        "data": {"account_id": GALAXY, "hold_id": hold_id, "amount_fen": 36_000},
    }
    body, at = json.dumps(event), datetime.now(UTC) - age
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(event_id, at, body),
    }
    return {"content": body, "headers": headers}


async def blocked(page: httpx.AsyncClient) -> str:
    await page.post(f"{ACCOUNTS}/{GALAXY}/purchases", json=SERVER)
    return str((await shown(page))["blocked"][0]["hold_id"])


async def shown(page: httpx.AsyncClient) -> dict[str, list[dict[str, object]]]:
    accounts = (await page.get(ACCOUNTS)).json()["accounts"]
    return next(each for each in accounts if each["account_id"] == GALAXY)


async def test_a_fundable_hold_is_placed_again(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    hold_id = await blocked(page)
    platform.add_entry(GALAXY, 40_000, "payment", "wechat")

    answer = await page.post(PATH, **signed(hold_id))  # type: ignore[arg-type]

    account = await shown(page)
    assert answer.status_code == 204
    assert account["blocked"] == []
    assert [(item["hold_id"], item["went_on"]) for item in account["holds"]] == [(hold_id, True)]


async def test_one_that_still_does_not_fit_stays_blocked(page: httpx.AsyncClient) -> None:
    hold_id = await blocked(page)

    answer = await page.post(PATH, **signed(hold_id))  # type: ignore[arg-type]

    assert answer.status_code == 204
    assert [item["hold_id"] for item in (await shown(page))["blocked"]] == [hold_id]


async def test_an_event_counts_once_and_an_unknown_hold_is_nobodys(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    hold_id = await blocked(page)
    for _ in range(3):
        await page.post(PATH, **signed(hold_id))  # type: ignore[arg-type]
    await page.post(PATH, **signed("somebody-else", "evt_2"))  # type: ignore[arg-type]

    assert [item["hold_id"] for item in platform.asked] == [hold_id, hold_id]


@pytest.mark.parametrize("how", ["old", "changed", "unsigned", "other id"])
async def test_what_is_not_signed_now_is_refused(
    page: httpx.AsyncClient, platform: FakePlatform, how: str
) -> None:
    hold_id = await blocked(page)
    platform.add_entry(GALAXY, 40_000, "payment", "wechat")
    sent = signed(hold_id, age=timedelta(minutes=10) if how == "old" else timedelta())
    assert isinstance(sent, dict)
    if how == "changed":
        sent["content"] += " "
    elif how == "unsigned":
        sent["headers"] = {}
    elif how == "other id":
        sent["headers"]["webhook-id"] = "evt_9"

    answer = await page.post(PATH, **sent)

    assert answer.status_code == 401
    assert len((await shown(page))["blocked"]) == 1

"""A running Stripe stand-in, the real SDK as its merchant, and a webhook listener."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe as sdk
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.app import STATIC
from sandbox.cards.keys import generate_credentials
from sandbox.cards.stripe import Stripe, stripe_routes
from tests.sandbox_pay.conftest import serving

CREDENTIALS = generate_credentials()
VERSION = "2026-10-28.endive"
# stripe 16.1.0 hands httpx its form in a way that httpx 0.28 calls deprecated
_SDK_WARNING = "ignore:Use 'content=<...>' to upload raw bytes/text content:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings(_SDK_WARNING))


@dataclass(slots=True)
class Listener:
    """The merchant's webhook address; answers with `statuses` in turn, then with 200."""

    statuses: list[int] = field(default_factory=list)
    received: list[tuple[httpx.Headers, bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.received.append((httpx.Headers(request.headers.raw), body))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def verified(self, number: int = -1) -> dict[str, Any]:
        """Checked by Stripe's own library; raises where the signature does not fit."""
        headers, body = self.received[number]
        sdk.WebhookSignature.verify_header(
            body.decode(), headers.get("stripe-signature", ""), CREDENTIALS.webhook_secret, 300
        )
        return json.loads(body)

    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.received]

    async def wait_for(self, count: int) -> None:
        for _ in range(300):
            if len(self.received) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.received)} webhooks came, not {count}")


@dataclass(slots=True, kw_only=True)
class Merchant:
    """Calls with Stripe's own SDK; `client` makes raw requests and those of a payer."""

    sdk: sdk.StripeClient
    client: httpx.AsyncClient
    root: str
    address: str

    async def customer(self, user: str = "7") -> str:
        created = await self.sdk.v1.customers.create_async(
            {"metadata": {"user_id": user}, "preferred_locales": ["zh"]},
            {"idempotency_key": f"cust-{user}"},
        )
        return created.id

    def order(self, number: str = "TOPUP1", **changed: Any) -> dict[str, Any]:
        return {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "allowed_payment_method_types": ["card"],
            "wallet_options": {"link": {"display": "never"}},
            "client_reference_id": number,
            "metadata": {"order_no": number},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "cny",
                        "unit_amount": 10_000,
                        "product_data": {"name": "云费用充值"},
                    },
                }
            ],
            "payment_intent_data": {"capture_method": "manual", "metadata": {"order_no": number}},
            "payment_method_options": {
                "card": {
                    "request_three_d_secure": "automatic",
                    "restrictions": {"brands_blocked": ["american_express"]},
                }
            },
            "billing_address_collection": "required",
            "adaptive_pricing": {"enabled": False},
            "submit_type": "pay",
            "locale": "zh",
            "expires_at": int(time.time()) + 31 * 60,
            "success_url": f"{self.address}/done?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{self.address}/left",
        } | changed

    def saving_order(self, number: str, customer: str) -> dict[str, Any]:
        return self.order(
            number,
            customer=customer,
            saved_payment_method_options={
                "payment_method_save": "enabled",
                "payment_method_remove": "enabled",
                "allow_redisplay_filters": ["always"],
            },
        )

    async def open(self, order: dict[str, Any] | None = None, key: str | None = None) -> Any:
        order = order or self.order()
        key = key or f"cs-{order['client_reference_id']}-1"
        return await self.sdk.v1.checkout.sessions.create_async(order, {"idempotency_key": key})

    async def intent(self, session: str) -> Any:
        found = await self.sdk.v1.checkout.sessions.retrieve_async(
            session, {"expand": ["payment_intent.latest_charge"]}
        )
        return found.payment_intent

    async def control(self, method: str, path: str, **body: object) -> httpx.Response:
        return await self.client.request(method, f"{self.root}/control{path}", json=body)

    async def pay(self, number: str = "TOPUP1", **how: object) -> httpx.Response:
        return await self.control("POST", f"/orders/{number}/pay", **how)

    async def paid(self, number: str = "TOPUP1", **how: object) -> str:
        """The id of a captured PaymentIntent."""
        await self.open(self.order(number))
        reply = await self.pay(number, **how)
        assert reply.status_code == 200, reply.text
        intent = reply.json()["payment_intent"]
        await self.sdk.v1.payment_intents.capture_async(
            intent, options={"idempotency_key": f"cap-{number}"}
        )
        return intent

    async def raw(self, method: str, path: str, text: str = "", **headers: str) -> httpx.Response:
        usual = {
            "Authorization": f"Bearer {CREDENTIALS.secret_key}",
            "Stripe-Version": VERSION,
        }
        if text:
            usual["Content-Type"] = "application/x-www-form-urlencoded"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(
            method, f"{self.root}/v1{path}", content=text.encode(), headers=usual | sent
        )


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def stand_in() -> AsyncIterator[Stripe]:
    stand_in = Stripe(credentials=CREDENTIALS, retry_delays_s=(0.01, 0.01, 0.02))
    yield stand_in
    await stand_in.aclose()


@pytest.fixture
async def merchant(stand_in: Stripe, listener: Listener) -> AsyncIterator[Merchant]:
    routes = [
        *stripe_routes(stand_in),
        Route("/notify/stripe", listener.take, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/done", _landing),
        Route("/left", _landing),
    ]
    async with (
        serving(Starlette(routes=routes)) as address,
        httpx.AsyncClient(trust_env=False, timeout=10) as client,
    ):
        stand_in.webhooks.url = f"{address}/notify/stripe"
        http = sdk.HTTPXClient()
        merchant = Merchant(
            sdk=sdk.StripeClient(
                CREDENTIALS.secret_key,
                stripe_version=VERSION,
                http_client=http,
                max_network_retries=0,
                base_addresses={"api": f"{address}/stripe"},
            ),
            client=client,
            root=f"{address}/stripe",
            address=address,
        )
        yield merchant
        await http.close_async()


async def _landing(_request: Request) -> Response:
    return Response("landed", media_type="text/plain")

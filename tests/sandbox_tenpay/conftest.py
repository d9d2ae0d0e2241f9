"""A running Tenpay stand-in, a merchant that signs by itself, and a listener."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.tenpay.gateway import Tenpay, tenpay_routes
from tests.sandbox_pay.conftest import serving
from tests.sandbox_qq.merchant import Listener
from tests.sandbox_tenpay.merchant import CREDENTIALS, Merchant


@pytest.fixture
def listener() -> Listener:
    return Listener(usual=b"success")


@pytest.fixture
async def tenpay() -> AsyncIterator[Tenpay]:
    tenpay = Tenpay(
        credentials=CREDENTIALS,
        merchant_domains=("pay.example.com",),
        retry_delays_s=(0.01, 0.01, 0.02),
    )
    yield tenpay
    await tenpay.aclose()


@pytest.fixture
async def merchant(tenpay: Tenpay, listener: Listener) -> AsyncIterator[Merchant]:
    """The stand-in is being served, and the merchant's callback address beside it."""
    notify = Route("/notify/tenpay", listener.take, methods=["GET", "POST"])
    async with (
        serving(Starlette(routes=[*tenpay_routes(tenpay), notify])) as address,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        listener.url = f"{address}/notify/tenpay"
        yield Merchant(
            client=client, root=f"{address}/tenpay", notify_url=listener.url, clock=tenpay.clock
        )

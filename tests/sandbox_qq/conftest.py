"""A running QQ Wallet stand-in, a merchant that signs by itself, and a listener."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.qq.wallet import QqWallet, qq_routes
from tests.sandbox_pay.conftest import serving
from tests.sandbox_qq.merchant import CREDENTIALS, Listener, Merchant, to_xml

SUCCESS = to_xml({"return_code": "SUCCESS"})


@pytest.fixture
def listener() -> Listener:
    return Listener(usual=SUCCESS)


@pytest.fixture
async def qq() -> AsyncIterator[QqWallet]:
    qq = QqWallet(
        credentials=CREDENTIALS,
        merchant_domains=("pay.example.com",),
        retry_delays_s=(0.01, 0.01, 0.02),
    )
    yield qq
    await qq.aclose()


@pytest.fixture
async def merchant(qq: QqWallet, listener: Listener) -> AsyncIterator[Merchant]:
    """The stand-in is being served, and the merchant's callback address beside it."""
    notify = Route("/notify/qq", listener.take, methods=["POST"])
    async with (
        serving(Starlette(routes=[*qq_routes(qq), notify])) as address,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        listener.url = f"{address}/notify/qq"
        yield Merchant(
            client=client, root=f"{address}/qq", notify_url=listener.url, clock=qq.clock
        )

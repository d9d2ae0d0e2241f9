"""The HTTP edge over a real core: called in the process, or over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from core.app import Core
from core.channels import Channel
from core.ids import PersonId, TopUpId
from core.topup.model import TopUpView
from core.topup.orders import StartRequest
from tests.people import ACCOUNT, FINANCE
from web.app import build_app
from web.settings import WebSettings

KEY = "platform-key-one-0123456789abcdef"
NEXT_KEY = "platform-key-two-0123456789abcdef"
SECRET = "webhook-secret-0123456789"
BEARER = {"Authorization": f"Bearer {KEY}"}
PAYER = "203.0.113.9"
BASE = f"/v1/accounts/{ACCOUNT}"
LINKS = f"{BASE}/links"
# For tests of forms and pages, which never come near what differs between the databases.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(
        platform_api_keys=(KEY, NEXT_KEY),
        webhook_secret=SECRET,
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")),
        public_url="https://pay.example.com",
        default_language="zh_CN",
        bot_username=lambda: "cloud_topup_bot",
    )


@pytest.fixture
def app(core: Core, settings: WebSettings) -> FastAPI:
    return build_app(core, settings, telegram=core.inbox, checks={})


def client_of(app: FastAPI, *, address: str = PAYER) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 50000))
    return httpx.AsyncClient(transport=transport, base_url="http://web")


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as opened:
        yield opened


@pytest.fixture
async def api(client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.headers.update(BEARER)
    return client


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", answer.status_code)
    assert body["title"]
    return (answer.status_code, body["code"]) == (status, code)


@asynccontextmanager
async def serve(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real uvicorn on a free port; gives its address."""
    config = uvicorn.Config(
        app, port=0, log_level="critical", lifespan="off", proxy_headers=False, ws="none"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


async def order(core: Core, *, person: PersonId = FINANCE, fen: int = 123_450_00) -> TopUpView:
    """An open order of a linked person."""
    return await core.topups.start(
        StartRequest(
            person_id=person,
            account_id=ACCOUNT,
            amount_fen=fen,
            channel=Channel.WECHAT,
            key=f"test:{fen}",
            top_up_id=TopUpId(f"wish{fen}"),
        )
    )

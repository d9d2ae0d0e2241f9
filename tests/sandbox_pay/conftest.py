"""A running WeChat Pay stand-in, a merchant that signs with an independent library, a listener."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpayv3.utils import aes_decrypt, build_authorization, rsa_verify

from sandbox.connection import DroppableProtocol
from sandbox.pay.keys import Credentials, generate_credentials
from sandbox.pay.wechat import WechatPay, wechat_routes

CREDENTIALS = generate_credentials()


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """The app on a free port of 127.0.0.1."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", http=DroppableProtocol))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        bound.close()


@dataclass(slots=True)
class Listener:
    """The merchant's callback address; answers with `statuses` in turn, then with 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[tuple[httpx.Headers, bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.received.append((httpx.Headers(request.headers.raw), body))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204)

    def content(self, number: int = -1) -> dict[str, Any]:
        resource = json.loads(self.received[number][1])["resource"]
        plain = aes_decrypt(
            resource["nonce"],
            resource["ciphertext"],
            resource["associated_data"],
            CREDENTIALS.api_v3_key,
        )
        return json.loads(plain)

    async def wait_for(self, count: int) -> None:
        for _ in range(300):
            if len(self.received) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.received)} callbacks came, not {count}")


@dataclass(slots=True, kw_only=True)
class Merchant:
    """Signs with wechatpayv3, not with the stand-in's own code."""

    client: httpx.AsyncClient
    root: str
    notify_url: str
    credentials: Credentials = CREDENTIALS
    serial: str = CREDENTIALS.public_key_id

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        text = json.dumps(body, ensure_ascii=False) if body is not None else ""
        return await self.send(method, f"{self.root}{path}", text)

    async def send(self, method: str, url: str, text: str = "", **changed: str) -> httpx.Response:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Authorization": self.authorization(method, target, text),
            "Accept": "application/json",
            "Wechatpay-Serial": self.serial,
        }
        if text:
            headers["Content-Type"] = "application/json"
        headers |= changed
        return await self.client.request(method, url, content=text.encode(), headers=headers)

    def authorization(self, method: str, target: str, text: str) -> str:
        return build_authorization(
            target,
            method,
            self.credentials.mchid,
            self.credentials.merchant_serial,
            self.credentials.merchant_key,
            data=text,
        )

    def order(self, number: str = "TOPUP202611220001", **changed: object) -> dict[str, Any]:
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30)
        return {
            "appid": self.credentials.appid,
            "mchid": self.credentials.mchid,
            "description": "云费用充值, 100 元",
            "out_trade_no": number,
            "time_expire": expires_at.isoformat(),
            "notify_url": self.notify_url,
            "amount": {"total": 10_000, "currency": "CNY"},
        } | changed

    def h5_order(self, number: str = "TOPUP202611220002", **changed: object) -> dict[str, Any]:
        scene = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
        return self.order(number, **{"scene_info": scene} | changed)

    async def create(self, number: str = "TOPUP202611220001", **changed: object) -> str:
        reply = await self.call(
            "POST", "/v3/pay/transactions/native", self.order(number, **changed)
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["code_url"]

    async def query(self, number: str = "TOPUP202611220001") -> dict[str, Any]:
        mchid = self.credentials.mchid
        path = f"/v3/pay/transactions/out-trade-no/{number}?mchid={mchid}"
        return (await self.call("GET", path)).json()

    async def control(self, method: str, path: str, **body: object) -> httpx.Response:
        return await self.client.request(method, f"{self.root}/control{path}", json=body)


def is_signed_by(reply: httpx.Response | tuple[httpx.Headers, bytes], key: RSAPrivateKey) -> bool:
    headers, body = reply if isinstance(reply, tuple) else (reply.headers, reply.content)
    return rsa_verify(
        headers["Wechatpay-Timestamp"],
        headers["Wechatpay-Nonce"],
        body.decode(),
        headers["Wechatpay-Signature"],
        key.public_key(),
    )


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def wechat() -> AsyncIterator[WechatPay]:
    wechat = WechatPay(
        credentials=CREDENTIALS,
        h5_domains=("shop.example.com", "127.0.0.1:9999"),
        retry_delays_s=(0.01, 0.01, 0.02),
    )
    yield wechat
    await wechat.aclose()


@pytest.fixture
async def merchant(wechat: WechatPay, listener: Listener) -> AsyncIterator[Merchant]:
    """The stand-in is being served, and the merchant's callback address beside it."""
    notify = Route("/notify/wechat", listener.take, methods=["POST"])
    async with (
        serving(Starlette(routes=[*wechat_routes(wechat), notify])) as address,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        listener.url = f"{address}/notify/wechat"
        yield Merchant(client=client, root=f"{address}/wechat", notify_url=listener.url)

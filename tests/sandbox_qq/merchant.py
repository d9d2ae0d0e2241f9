"""A merchant's side of QQ Wallet, written apart from the stand-in: signs, asks, listens."""

import asyncio
import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from starlette.requests import Request
from starlette.responses import Response

from sandbox.pay.clock import ShiftedClock
from sandbox.tenpay.house.keys import generate_credentials

CREDENTIALS = generate_credentials(key="192006250b4c09247ec02edce69f6a2d")
NUMBER = "TOPUP202611220002"
_ELEMENT = re.compile(r"<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", re.DOTALL)


def sign(pairs: dict[str, str], key: str = CREDENTIALS.key) -> str:
    text = "&".join(f"{k}={v}" for k, v in sorted(pairs.items()) if v != "" and k != "sign")
    return hashlib.md5(f"{text}&key={key}".encode()).hexdigest().upper()


def to_xml(pairs: dict[str, str]) -> bytes:
    return (
        f"<xml>{''.join(f'<{k}><![CDATA[{v}]]></{k}>' for k, v in pairs.items())}</xml>".encode()
    )


def from_xml(body: bytes) -> dict[str, str]:
    inner = body.decode().removeprefix("<xml>").removesuffix("</xml>")
    return {name: cdata or plain for name, cdata, plain in _ELEMENT.findall(inner)}


@dataclass(slots=True)
class Listener:
    """The merchant's callback address; answers with `answers` in turn, then with `usual`."""

    usual: bytes
    url: str = ""
    answers: list[bytes] = field(default_factory=list)
    received: list[tuple[str, bytes, bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.received.append((request.method, request.scope["query_string"], body))
        return Response(self.answers.pop(0) if self.answers else self.usual)

    async def wait_for(self, count: int) -> None:
        for _ in range(300):
            if len(self.received) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.received)} callbacks came, not {count}")


@dataclass(slots=True, kw_only=True)
class Merchant:
    client: httpx.AsyncClient
    root: str
    notify_url: str
    clock: ShiftedClock

    def order(self, number: str = NUMBER, **changed: str) -> dict[str, str]:
        now = self.clock.now()
        return {
            "mch_id": CREDENTIALS.merchant,
            "nonce_str": "b7c2a0f0d9e84e3f9a5d6c1e2f3a4b5c",
            "body": "云费用充值",
            "attach": "",
            "out_trade_no": number,
            "fee_type": "CNY",
            "total_fee": "10000",
            "spbill_create_ip": "203.0.113.10",
            "time_start": f"{now:%Y%m%d%H%M%S}",
            "time_expire": f"{now + timedelta(minutes=30):%Y%m%d%H%M%S}",
            "trade_type": "NATIVE",
            "notify_url": self.notify_url,
        } | changed

    async def post(self, name: str, body: bytes, **headers: str) -> httpx.Response:
        headers = {"Content-Type": "text/xml"} | headers
        url = f"{self.root}/cgi-bin/{name}.cgi"
        return await self.client.post(url, content=body, headers=headers)

    async def call(self, name: str, pairs: dict[str, str]) -> dict[str, str]:
        """The answer's fields, its signature checked where it has one."""
        asked = {"mch_id": CREDENTIALS.merchant, "nonce_str": "0" * 32} | pairs
        reply = await self.post(name, to_xml(asked | {"sign": sign(asked)}))
        assert reply.status_code == 200
        fields = from_xml(reply.content)
        if fields["return_code"] == "SUCCESS":
            assert fields["sign"] == sign(fields)
        return fields

    async def create(self, number: str = NUMBER, **changed: str) -> dict[str, str]:
        reply = await self.call("pay/qpay_unified_order", self.order(number, **changed))
        assert reply["result_code"] == "SUCCESS", reply
        return reply

    async def query(self, number: str = NUMBER) -> dict[str, str]:
        return await self.call("pay/qpay_order_query", {"out_trade_no": number})

    async def refund(self, **changed: str) -> dict[str, str]:
        digest = hashlib.md5(CREDENTIALS.op_user_passwd.encode()).hexdigest()
        asked = {
            "out_trade_no": NUMBER,
            "out_refund_no": "REFUND1",
            "refund_fee": "2500",
            "op_user_id": CREDENTIALS.merchant,
            "op_user_passwd": digest,
        }
        return await self.call("pay/qpay_refund", asked | changed)

    async def bill(self, day: str, **changed: str) -> httpx.Response:
        asked = {
            "mch_id": CREDENTIALS.merchant,
            "nonce_str": "0" * 32,
            "bill_date": day,
            "bill_type": "ALL",
        } | changed
        body = to_xml(asked | {"sign": sign(asked)})
        return await self.post("sp_download/qpay_mch_statement_down", body)

    async def control(self, method: str, path: str, **body: object) -> httpx.Response:
        return await self.client.request(method, f"{self.root}/control{path}", json=body)

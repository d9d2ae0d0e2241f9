"""A merchant's side of Tenpay, written apart from the stand-in: signs, asks, listens."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import httpx

from sandbox.pay.clock import ShiftedClock
from sandbox.tenpay.house.keys import generate_credentials

CREDENTIALS = generate_credentials(key="8934e7d15453e97507ef794cf7b0519d")
NUMBER = "TOPUP202611220003"
BRIDGE = "https://pay.example.com/pay/abc"
_ELEMENT = re.compile(r"<(\w+)>([^<]*)</\1>")


def sign(pairs: dict[str, str], charset: str = "UTF-8", key: str = CREDENTIALS.key) -> str:
    text = "&".join(f"{k}={v}" for k, v in sorted(pairs.items()) if v != "" and k != "sign")
    return hashlib.md5(f"{text}&key={key}".encode(charset)).hexdigest().upper()


def signed(pairs: dict[str, str], charset: str = "UTF-8") -> str:
    return urlencode(pairs | {"sign": sign(pairs, charset)}, encoding=charset)


def from_root(reply: httpx.Response) -> dict[str, str]:
    return dict(_ELEMENT.findall(reply.content.decode("gb18030")))


def from_form(text: bytes) -> dict[str, str]:
    """A callback's parameters, decoded as they say themselves."""
    charset = "GBK" if b"input_charset=GBK" in text else "UTF-8"
    return dict(parse_qsl(text.decode(), keep_blank_values=True, encoding=charset))


@dataclass(slots=True, kw_only=True)
class Merchant:
    client: httpx.AsyncClient
    root: str
    notify_url: str
    clock: ShiftedClock

    def order(self, number: str = NUMBER, **changed: str) -> dict[str, str]:
        now = self.clock.now()
        return {
            "sign_type": "MD5",
            "service_version": "1.0",
            "input_charset": "UTF-8",
            "sign_key_index": "1",
            "partner": CREDENTIALS.merchant,
            "out_trade_no": number,
            "total_fee": "10000",
            "fee_type": "1",
            "body": "云费用充值",
            "bank_type": "DEFAULT",
            "return_url": "https://pay.example.com/pay/abc/return",
            "notify_url": self.notify_url,
            "spbill_create_ip": "127.0.0.1",
            "attach": "",
            "time_start": f"{now:%Y%m%d%H%M%S}",
            "time_expire": f"{now + timedelta(minutes=30):%Y%m%d%H%M%S}",
        } | changed

    async def browse(self, query: str, **headers: str) -> httpx.Response:
        """A payer's browser, coming from the merchant's page unless told otherwise."""
        headers = {"Referer": BRIDGE} | headers
        return await self.client.get(f"{self.root}/gateway/pay.htm?{query}", headers=headers)

    async def create(self, number: str = NUMBER, **changed: str) -> httpx.Response:
        reply = await self.browse(signed(self.order(number, **changed)))
        assert reply.status_code == 303, reply.text
        return reply

    async def pay(self, number: str = NUMBER, **how: object) -> dict[str, object]:
        reply = await self.control("POST", f"/orders/{number}/pay", **how)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def call(self, path: str, **pairs: str) -> dict[str, str]:
        """The answer's fields, its signature checked where it has one."""
        asked = {"partner": CREDENTIALS.merchant, "input_charset": "UTF-8"} | pairs
        reply = await self.client.get(f"{self.root}/{path}?{signed(asked)}")
        assert reply.status_code == 200
        fields = from_root(reply)
        if fields["retcode"] == "0":
            assert fields["sign"] == sign(fields)
        else:
            assert "sign" not in fields
        return fields

    async def query(self, number: str = NUMBER) -> dict[str, str]:
        return await self.call("gateway/normalorderquery.xml", out_trade_no=number)

    async def verify(self, notify_id: str) -> dict[str, str]:
        return await self.call("gateway/verifynotifyid.xml", notify_id=notify_id)

    async def refund(self, **changed: str) -> dict[str, str]:
        asked = {
            "service_version": "1.1",
            "out_trade_no": NUMBER,
            "out_refund_no": "REFUND1",
            "total_fee": "10000",
            "refund_fee": "2500",
            "op_user_id": CREDENTIALS.merchant,
            "op_user_passwd": hashlib.md5(CREDENTIALS.op_user_passwd.encode()).hexdigest(),
        }
        return await self.call("refundapi/gateway/refund.xml", **(asked | changed))

    async def query_refund(self, **number: str) -> dict[str, str]:
        return await self.call("gateway/normalrefundquery.xml", **number)

    async def bill(self, day: str, kind: str = "0", key: str = CREDENTIALS.key) -> httpx.Response:
        text = (
            f"spid={CREDENTIALS.merchant}&trans_time={day}&stamp=1795305600"
            f"&cft_signtype=0&mchtype={kind}"
        )
        digest = hashlib.md5(f"{text}&key={key}".encode()).hexdigest()
        url = f"{self.root}/cgi-bin/mchdown_real_new.cgi?{text}&sign={digest}"
        return await self.client.get(url)

    async def control(self, method: str, path: str, **body: object) -> httpx.Response:
        return await self.client.request(method, f"{self.root}/control{path}", json=body)

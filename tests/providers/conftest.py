"""Keys, vectors and a WeChat Pay adapter that talks to a stand-in on this machine."""

import json
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from core.channels import Form
from core.ids import RandomIds
from core.providers.base import Order, RefundOrder
from core.providers.wechat_pay import WechatPay
from core.providers.wechat_settings import WechatSettings
from core.providers.wechat_signing import load_signing_key
from tests.providers.wechat_stand_in import (
    API_V3_KEY,
    PUBLIC_KEY_ID,
    MovableClock,
    StandIn,
    WechatSide,
    running,
)

VECTORS = Path(__file__).parent / "vectors"
Callback = tuple[dict[str, str], bytes]
NOW = 1_795_264_801  # the moment of vector V6


@pytest.fixture(scope="session")
def vectors() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads((VECTORS / "wechat.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="session")
def merchant_pem() -> bytes:
    """Kept under other words, so that no scanner takes a published key for a leaked one."""
    return (VECTORS / "testing_key.pem").read_bytes().replace(b"TESTING KEY", b"PRIVATE KEY")


@pytest.fixture(scope="session")
def public_pem() -> bytes:
    return (VECTORS / "testing_public_key.pem").read_bytes()


@pytest.fixture(scope="session")
def merchant_key(merchant_pem: bytes) -> RSAPrivateKey:
    return load_signing_key(merchant_pem)


@pytest.fixture(scope="session")
def strange_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def settings(merchant_pem: bytes, public_pem: bytes) -> WechatSettings:
    return WechatSettings(
        mchid="1230000109",
        appid="wxd678efh567hg6787",
        private_key_pem=merchant_pem,
        cert_serial="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        api_v3_key=API_V3_KEY,
        public_key_pem=public_pem,
        public_key_id=PUBLIC_KEY_ID,
    )


@pytest.fixture
def wechat(merchant_key: RSAPrivateKey, clock: MovableClock) -> WechatSide:
    """The page's test key plays both sides."""
    return WechatSide(key=merchant_key, clock=clock)


@pytest.fixture
async def stand_in(wechat: WechatSide) -> AsyncIterator[StandIn]:
    async with running(StandIn(wechat=wechat)) as started:
        yield started


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    # Plain HTTP only: loading the system's authorities for each test takes longer than the test.
    unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(trust_env=False, verify=unused) as client:
        yield client


@pytest.fixture
def pay(
    settings: WechatSettings, stand_in: StandIn, http: httpx.AsyncClient, clock: MovableClock
) -> WechatPay:
    return WechatPay(
        settings, http=http, clock=clock, ids=RandomIds(), hosts=(stand_in.address,), call_s=1.0
    )


@pytest.fixture
async def reader(
    settings: WechatSettings, http: httpx.AsyncClient, clock: MovableClock
) -> WechatPay:
    """An adapter that only reads callbacks."""
    return WechatPay(settings, http=http, clock=clock, ids=RandomIds(), hosts=())


@pytest.fixture
def order() -> Order:
    """The order of vector V1."""
    return Order(
        order_no="TOPUP202611220001",
        amount_fen=100,
        description="云费用充值",
        expires_at=datetime.fromisoformat("2026-11-22T13:00:00+00:00"),
        form=Form.QR,
        notify_url="https://pay.example.com/notify/wechat",
        return_url="https://pay.example.com/pay/abc/return?x=1&y=汉",
    )


@pytest.fixture
def refund_order() -> RefundOrder:
    return RefundOrder(
        trade_no="1217752501201407033233368018",
        refund_no="REFUND0001",
        order_no="TOPUP202611220001",
        refund_fen=40,
        total_fen=100,
        reason="多付",
        notify_url="https://pay.example.com/notify/wechat",
    )


@pytest.fixture
def genuine(vectors: dict[str, dict[str, Any]]) -> Callback:
    """Vector V6 as it would arrive."""
    vector = vectors["V6"]
    headers = {
        "Wechatpay-Timestamp": str(vector["timestamp"]),
        "Wechatpay-Nonce": vector["nonce"],
        "Wechatpay-Signature": vector["signature"],
        "Wechatpay-Serial": PUBLIC_KEY_ID,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Host": "pay.example.com",
    }
    return headers, vector["body"].encode()


@pytest.fixture
def trade(vectors: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The payment inside V6, to be changed and signed anew."""
    loaded: dict[str, Any] = json.loads(vectors["V5"]["plaintext"])
    return loaded

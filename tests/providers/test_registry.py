"""Which channels exist, and what their credentials need."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from core.ids import RandomIds
from core.providers.base import Channel, Limits
from core.providers.registry import ProviderSettings, build, new_http_client
from core.providers.wechat_settings import WechatSettings
from tests.providers.wechat_stand_in import MovableClock


def test_a_channel_without_settings_is_off(http: httpx.AsyncClient, clock: MovableClock) -> None:
    assert build(ProviderSettings(), http=http, clock=clock, ids=RandomIds()) == {}


def test_a_configured_channel_knows_its_merchant_and_limits(
    settings: WechatSettings, http: httpx.AsyncClient, clock: MovableClock
) -> None:
    channels = build(ProviderSettings(wechat=settings), http=http, clock=clock, ids=RandomIds())

    wechat = channels[Channel.WECHAT]
    assert list(channels) == [Channel.WECHAT]
    assert (wechat.merchant, wechat.app) == ("1230000109", "wxd678efh567hg6787")
    assert wechat.limits == Limits(minimum_fen=1, maximum_fen=1_000_000_000)


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({"mchid": ""}, "mchid must be 1 to 32"),
        ({"mchid": '1",x="'}, "mchid must be 1 to 32"),
        ({"appid": ""}, "appid must be 1 to 32"),
        ({"private_key_pem": b""}, "private key must be an unencrypted PEM RSA key"),
        ({"cert_serial": ""}, "serial must be hexadecimal"),
        ({"cert_serial": "x"}, "serial must be hexadecimal"),
        ({"api_v3_key": ""}, "APIv3 key must be exactly 32 bytes"),
        ({"api_v3_key": "0" * 31}, "APIv3 key must be exactly 32 bytes"),
        ({"public_key_pem": b""}, "public key must be a PEM RSA public key"),
        ({"public_key_pem": None}, "must be given together"),
        ({"public_key_id": None}, "must be given together"),
        ({"public_key_id": ""}, "must be PUB_KEY_ID_"),
        ({"public_key_id": "PUB_KEY_ID_"}, "must be PUB_KEY_ID_"),
    ],
    ids=str,
)
def test_an_empty_or_odd_credential_is_refused_at_start_up(
    change: dict[str, Any],
    needed: str,
    settings: WechatSettings,
    http: httpx.AsyncClient,
    clock: MovableClock,
) -> None:
    odd = ProviderSettings(wechat=replace(settings, **change))

    with pytest.raises(ValueError, match=needed):
        build(odd, http=http, clock=clock, ids=RandomIds())


async def test_loopback_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    async with new_http_client() as client:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            direct = client._transport_for_url(httpx.URL(f"http://{host}:1/"))
            assert direct is client._transport
        outside = client._transport_for_url(httpx.URL("http://api.mch.weixin.qq.com/"))
        assert outside is not client._transport


async def test_the_shared_client_follows_no_redirects_and_says_who_we_are() -> None:
    async with new_http_client() as client:
        assert not client.follow_redirects
        assert client.headers["user-agent"] == "cloud-topup-bot"
        assert client.timeout == httpx.Timeout(5.0)

"""Builds the channels that are configured, and the one HTTP client they share."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from core.channels import Channel
from core.clock import Clock
from core.ids import Ids
from core.providers.base import Provider
from core.providers.card import Card
from core.providers.card_settings import CardSettings
from core.providers.exchange import CALL_S
from core.providers.qq_settings import QqSettings
from core.providers.qq_wallet import QqWallet
from core.providers.tenpay import Tenpay
from core.providers.tenpay_settings import TenpaySettings
from core.providers.wechat_client import USER_AGENT
from core.providers.wechat_pay import WechatPay
from core.providers.wechat_settings import WechatSettings

LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """The credentials of each channel; None means the channel is off."""

    wechat: WechatSettings | None = None
    qq: QqSettings | None = None
    tenpay: TenpaySettings | None = None
    card: CardSettings | None = None

    def secrets(self) -> list[str]:
        """Every text of theirs that must never be seen in a log."""
        held: list[str | None] = []
        if self.wechat is not None:
            held.append(self.wechat.api_v3_key)
        for md5 in (self.qq, self.tenpay):
            if md5 is not None:
                held += [md5.key, md5.op_user_passwd]
        if self.card is not None:
            held += [self.card.secret_key, self.card.webhook_secret]
        return [text for text in held if text]


def new_http_client() -> httpx.AsyncClient:
    """One per process; whoever calls this closes it. Loopback is never reached by a proxy."""
    direct: Mapping[str, None] = dict.fromkeys(LOOPBACK)
    return httpx.AsyncClient(
        timeout=5.0,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT},
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        mounts=direct,
    )


def build(
    settings: ProviderSettings,
    *,
    http: httpx.AsyncClient,
    clock: Clock,
    ids: Ids,
    call_s: float = CALL_S,
) -> dict[Channel, Provider]:
    """Every configured channel; raises ValueError saying what a channel's credentials need."""
    channels: dict[Channel, Provider] = {}
    if settings.wechat is not None:
        channels[Channel.WECHAT] = WechatPay(
            settings.wechat, http=http, clock=clock, ids=ids, call_s=call_s
        )
    if settings.qq is not None:
        channels[Channel.QQ] = QqWallet(
            settings.qq, http=http, clock=clock, ids=ids, call_s=call_s
        )
    if settings.tenpay is not None:
        channels[Channel.TENPAY] = Tenpay(
            settings.tenpay, http=http, clock=clock, ids=ids, call_s=call_s
        )
    if settings.card is not None:
        channels[Channel.CARD] = Card(
            settings.card, http=http, clock=clock, ids=ids, call_s=call_s
        )
    return channels

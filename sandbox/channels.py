"""All payment channels of the sandbox: keys kept in a folder, routes, settings."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from starlette.routing import BaseRoute

from sandbox.cards import keys as card_keys
from sandbox.cards.stripe import Stripe, stripe_routes
from sandbox.pay import keys as wechat_keys
from sandbox.pay.wechat import WechatPay, wechat_routes
from sandbox.qq import keys as qq_keys
from sandbox.qq.wallet import QqWallet, qq_routes
from sandbox.tenpay import keys as tenpay_keys
from sandbox.tenpay.gateway import Tenpay, tenpay_routes
from sandbox.trace import Trace

Keys = TypeVar("Keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where the bot is, where keys are kept, and how fast callbacks are repeated."""

    folder: Path
    bot_url: str
    merchant_domains: tuple[str, ...]
    recorder: Trace
    retry_delays_s: Sequence[float]


class Channels:
    """WeChat Pay, QQ Wallet, Tenpay and Stripe, as one merchant knows them."""

    def __init__(self, around: Surroundings) -> None:
        self._folder = around.folder
        wechat = _kept(
            around.folder / "wechat",
            wechat_keys.load_credentials,
            wechat_keys.generate_credentials,
            wechat_keys.save_credentials,
        )
        qq, tenpay = (
            _kept(
                around.folder / name,
                keys.load_credentials,
                keys.generate_credentials,
                keys.save_credentials,
            )
            for name, keys in (("qq", qq_keys), ("tenpay", tenpay_keys))
        )
        cards = _kept(
            around.folder / "cards",
            card_keys.load_credentials,
            card_keys.generate_credentials,
            card_keys.save_credentials,
        )
        domains, recorder, delays = (
            around.merchant_domains,
            around.recorder,
            around.retry_delays_s,
        )
        self.wechat = WechatPay(
            credentials=wechat, h5_domains=domains, recorder=recorder, retry_delays_s=delays
        )
        self.qq = QqWallet(
            credentials=qq, merchant_domains=domains, recorder=recorder, retry_delays_s=delays
        )
        self.tenpay = Tenpay(
            credentials=tenpay, merchant_domains=domains, recorder=recorder, retry_delays_s=delays
        )
        self.stripe = Stripe(
            credentials=cards,
            webhook_url=f"{around.bot_url}/notify/stripe",
            recorder=recorder,
            retry_delays_s=delays,
        )

    def sides(self) -> tuple[WechatPay, QqWallet, Tenpay, Stripe]:
        return (self.wechat, self.qq, self.tenpay, self.stripe)

    def routes(self) -> list[BaseRoute]:
        return [
            *wechat_routes(self.wechat),
            *qq_routes(self.qq),
            *tenpay_routes(self.tenpay),
            *stripe_routes(self.stripe),
        ]

    def bot_settings(self, sandbox_url: str) -> dict[str, str]:
        """The bot's environment for all of them."""
        folder = self._folder
        return {
            **wechat_keys.bot_settings(
                self.wechat.credentials, folder / "wechat", f"{sandbox_url}/wechat"
            ),
            **qq_keys.bot_settings(self.qq.credentials, folder / "qq", f"{sandbox_url}/qq"),
            **tenpay_keys.bot_settings(
                self.tenpay.credentials, folder / "tenpay", f"{sandbox_url}/tenpay"
            ),
            **card_keys.bot_settings(self.stripe.credentials, f"{sandbox_url}/stripe"),
        }

    async def aclose(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for each in self.sides():
                stack.push_async_callback(each.aclose)


def _kept(
    folder: Path,
    load: Callable[[Path], Keys | None],
    generate: Callable[[], Keys],
    save: Callable[[Keys, Path], None],
) -> Keys:
    """The keys of the last time, or new ones."""
    found = load(folder)
    if found is None:
        found = generate()
        save(found, folder)
    return found

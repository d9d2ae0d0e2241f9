"""What the HTTP edge has to know of the installation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """`platform_api_keys` empty turns the platform API off, `webhook_secret` None the webhook.

    `bot_username` is asked when it is needed: it is known only once Telegram was reached, and is
    empty before.
    """

    platform_api_keys: tuple[str, ...] = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    public_url: str
    default_language: str
    bot_username: Callable[[], str]

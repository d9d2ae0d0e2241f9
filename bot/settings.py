"""What an installation is set to, as plain frozen data: read once at the start."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from core.payee import Payee
from core.providers.registry import ProviderSettings
from core.remittance.calendar import Overrides
from core.remittance.receipt_places import Bucket


class TelegramMode(StrEnum):
    """How updates reach us."""

    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that shows itself only when asked."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    token: Secret
    api: str
    mode: TelegramMode
    webhook_secret: Secret | None
    review_chat_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """`public_url` has no slash at its end; None where nobody has to reach us."""

    public_url: str | None
    host: str
    port: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """No keys: the platform API is off. No webhook address: nothing is sent."""

    api_keys: tuple[Secret, ...]
    webhook_url: str | None
    webhook_secret: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits of time and money."""

    order_life: timedelta
    four_eyes_fen: int
    undo: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole of it. `without_effect` names what is set but not read by this version."""

    database_url: Secret
    telegram: TelegramSettings
    http: HttpSettings
    platform: PlatformSettings
    rules: Rules
    payee: Payee | None
    receipts: Path | Bucket
    bank_days: Overrides
    code_keys: tuple[Secret, ...]
    timezone: ZoneInfo
    default_language: str
    channels: ProviderSettings
    without_effect: tuple[str, ...] = field(default=())

    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be seen in a log."""
        held = [
            self.telegram.token,
            self.telegram.webhook_secret,
            *self.platform.api_keys,
            self.platform.webhook_secret,
            *self.code_keys,
        ]
        texts = [secret.reveal() for secret in held if secret is not None]
        texts += self.channels.secrets()
        if password := urlsplit(self.database_url.reveal()).password:
            texts += [password, unquote(password)]
        return tuple(texts)

"""The merchant's keys at the Stripe stand-in: made, kept in a folder, handed to the bot."""

import json
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path

_LETTERS = string.ascii_letters + string.digits
_FILE = "keys.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    secret_key: str
    webhook_secret: str
    account_id: str

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))

    @property
    def mode(self) -> str:
        return "live" if self.is_live else "test"


def random_letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def generate_credentials() -> Credentials:
    return Credentials(
        secret_key=f"sk_test_{random_letters(40)}",
        webhook_secret=f"whsec_{random_letters(32)}",
        account_id=f"acct_{random_letters(16)}",
    )


def save_credentials(credentials: Credentials, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / _FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(credentials), indent=2))


def load_credentials(folder: Path) -> Credentials | None:
    path = folder / _FILE
    return Credentials(**json.loads(path.read_text())) if path.exists() else None


def bot_settings(credentials: Credentials, base_url: str) -> dict[str, str]:
    """The bot's environment for this merchant."""
    return {
        "TOPUP_STRIPE_BASE_URL": base_url,
        "TOPUP_STRIPE_SECRET_KEY": credentials.secret_key,
        "TOPUP_STRIPE_WEBHOOK_SECRET": credentials.webhook_secret,
    }

"""The bot's settings for a Tenpay merchant."""

from pathlib import Path

from sandbox.tenpay.house.keys import (
    Credentials,
    generate_credentials,
    load_credentials,
    refund_settings,
    save_credentials,
)

__all__ = [
    "Credentials",
    "bot_settings",
    "generate_credentials",
    "load_credentials",
    "save_credentials",
]


def bot_settings(credentials: Credentials, folder: Path, base_url: str) -> dict[str, str]:
    """The bot's environment for this merchant, once the credentials are saved in `folder`."""
    return {
        "TOPUP_TENPAY_BASE_URL": base_url,
        "TOPUP_TENPAY_PARTNER": credentials.merchant,
        "TOPUP_TENPAY_KEY": credentials.key,
        **refund_settings(credentials, folder, "TOPUP_TENPAY"),
    }

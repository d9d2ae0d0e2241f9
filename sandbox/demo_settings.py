"""What the demo hands the bot: addresses, play secrets that last as long as the demo's folder."""

import base64
import json
import os
import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from sandbox.platform.webhooks import PATH as WEBHOOK_PATH

_SECRETS_FILE = "secrets.json"
_TOKEN_LETTERS = string.ascii_letters + string.digits
BOT_ID = 7_000_000_001


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSecrets:
    """Random for each fresh demo, kept so that a restart continues the same one."""

    bot_token: str
    platform_api_key: str
    code_key: str
    webhook_secret: str

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """An older demo's file may lack some: those are made now."""
        path = folder / _SECRETS_FILE
        made = cls._made()
        kept = json.loads(path.read_text()) if path.exists() else {}
        found = replace(made, **{name: kept[name] for name in asdict(made) if name in kept})
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(found), indent=2))
        return found

    @classmethod
    def _made(cls) -> Self:
        return cls(
            bot_token=f"{BOT_ID}:" + "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(35)),
            platform_api_key=secrets.token_urlsafe(32),
            code_key=secrets.token_hex(32),
            webhook_secret=f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
        )


def bot_environment(
    *,
    folder: Path,
    demo: DemoSecrets,
    sandbox_url: str,
    bot_port: int,
    channels: Mapping[str, str],
) -> dict[str, str]:
    """The caller's environment without its own settings of the product, and ours instead."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("TOPUP_")
    }
    return inherited | {
        "TOPUP_BOT_TOKEN": demo.bot_token,
        "TOPUP_TELEGRAM_API": sandbox_url,
        "TOPUP_PUBLIC_URL": f"http://127.0.0.1:{bot_port}",
        "TOPUP_LISTEN": f"127.0.0.1:{bot_port}",
        "TOPUP_DATABASE_URL": f"sqlite+aiosqlite:///{folder.resolve() / 'topup.db'}",
        "TOPUP_RECEIPTS": str(folder.resolve() / "receipts"),
        "TOPUP_PLATFORM_API_KEY": demo.platform_api_key,
        "TOPUP_PLATFORM_WEBHOOK_URL": f"{sandbox_url}{WEBHOOK_PATH}",
        "TOPUP_PLATFORM_WEBHOOK_SECRET": demo.webhook_secret,
        "TOPUP_CODE_KEY": demo.code_key,
        "TOPUP_PAYEE_NAME": "腾讯云计算（北京）有限责任公司",
        "TOPUP_PAYEE_ACCOUNT": "110907316810601",
        "TOPUP_PAYEE_BANK": "招商银行股份有限公司北京上地支行",
        "PYTHONUNBUFFERED": "1",
        **channels,
    }

"""The product's settings for a run: a seeded database, webhook mode, WeChat Pay switched on."""

import os
from dataclasses import dataclass
from pathlib import Path

from sandbox.pay.keys import Credentials, bot_settings, generate_credentials, save_credentials
from tests.bench.aiogram_default import TOKEN
from tests.bench.load import SECRET
from tests.bench.seeding import Waiting, address, play_provider, seed_at
from tests.bench.servers import free_port
from tests.bench.wire import HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Everything `topup serve` needs, not started."""

    folder: Path
    port: int
    credentials: Credentials
    waiting: list[Waiting]
    environment: dict[str, str]

    @property
    def log(self) -> Path:
        return self.folder / "product.log"


async def install(
    folder: Path, api: str, *, url: str = "", accounts: int = 0, orders_each: int = 0
) -> Installation:
    """Settings and a database with the crowd and, if asked for, orders that wait.

    Without a `url` it is a SQLite file in the folder.
    """
    credentials, port = generate_credentials(), free_port()
    save_credentials(credentials, folder / "wechat")
    provider = play_provider(credentials.mchid, credentials.appid)
    url = url or address(folder / "topup.db")
    waiting = await seed_at(url, provider, accounts=accounts, orders_each=orders_each)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TOPUP_")}
    environment = {
        **inherited,
        "TOPUP_BOT_TOKEN": TOKEN,
        "TOPUP_TELEGRAM_API": api,
        "TOPUP_TELEGRAM_MODE": "webhook",
        "TOPUP_WEBHOOK_SECRET": SECRET,
        "TOPUP_PUBLIC_URL": f"http://{HOST}:{port}",
        "TOPUP_LISTEN": f"{HOST}:{port}",
        "TOPUP_DATABASE_URL": url,
        "TOPUP_RECEIPTS": str(folder / "receipts"),
        "TOPUP_CODE_KEY": "0f" * 32,
        **bot_settings(credentials, folder / "wechat", f"{api}/wechat"),
    }
    return Installation(
        folder=folder,
        port=port,
        credentials=credentials,
        waiting=waiting,
        environment=environment,
    )

"""A whole installation: Telegram and WeChat Pay as stand-ins, the bot as a process of its own."""

import asyncio
import json
import os
import socket
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from core.audit.service import Audit
from core.ledger.service import Ledger
from core.storage.engine import open_database
from sandbox.app import running
from sandbox.channels import Channels, Surroundings
from sandbox.connection import trusting_nobody
from sandbox.pay.wechat import WechatPay
from sandbox.platform.client import PlatformClient
from sandbox.platform.console import console_routes
from sandbox.platform.webhooks import PATH as EVENTS_PATH
from sandbox.telegram.model import PersonRecord
from sandbox.telegram.person import Person
from sandbox.telegram.world import World
from tests.e2e.bots import STOPPED_WITHIN_S, Process, Start, start_cold

HOST = "127.0.0.1"
READY_WITHIN_S = 90
FIRST_PERSON = 6_000_000_001
# A provider repeats after 15 s and later; tests do not have the time.
REPEATS_S = (0.3, 0.7, 1, 2, 2, 3, 5, 5, 5, 10, 10, 10, 30)
BOT_TOKEN = "7000000001:AAGk3zTestsOnlyNeverARealToken00000000"
API_KEY = "platform-key-for-tests-0123456789abcdef"
EVENTS_SECRET = "whsec_dGVzdHMtb25seS1uZXZlci1hLXJlYWwtc2VjcmV0"
CODE_KEY = "0f" * 32
WEBHOOK_SECRET = "webhook-secret-for-tests-0123456789"


@dataclass(slots=True, kw_only=True)
class Installation:
    """What a test needs of a running product and the world around it."""

    world: World
    channels: Channels
    platform: PlatformClient
    http: httpx.AsyncClient
    environment: dict[str, str]
    folder: Path
    sandbox_url: str
    bot_url: str
    start_process: Start
    resources: AsyncExitStack
    process: Process | None = None
    log_read: int = 0
    expected_errors: set[str] = field(default_factory=set)

    @property
    def wechat(self) -> WechatPay:
        return self.channels.wechat

    # --- the bot's life -----------------------------------------------------------------------

    async def start(self, *, shift_s: float = 0) -> None:
        """Start the bot and wait until it is ready; `shift_s` moves its clock."""
        self.process = await self.start_process(self.environment, self.log, shift_s=shift_s)
        await self.wait_until_ready()

    async def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        await self.process.ended()
        self.process = None

    async def stop(self) -> int:
        """SIGTERM, as a service manager does it; gives the exit code."""
        assert self.process is not None
        process, self.process = self.process, None
        process.terminate()
        try:
            return await asyncio.wait_for(process.ended(), STOPPED_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.ended()
            raise

    async def wait_until_ready(self) -> None:
        assert self.process is not None
        ended = asyncio.ensure_future(self.process.ended())
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await self._is_ready():
                    if ended.done():
                        raise AssertionError(f"the bot ended ({ended.result()}):\n{self._tail()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not ready in {READY_WITHIN_S} s:\n{self._tail()}") from None
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)

    async def _is_ready(self) -> bool:
        try:
            return (await self.http.get(f"{self.bot_url}/readyz")).is_success
        except httpx.HTTPError:
            return False

    # --- people and accounts ------------------------------------------------------------------

    def person(self, name: str, language: str = "zh-hans") -> Person:
        """Somebody new, who has not met the bot yet."""
        record = PersonRecord(
            id=FIRST_PERSON + len(self.world.people), first_name=name, language_code=language
        )
        self.world.add_person(record)
        return self.again(record.id)

    def again(self, person_id: int) -> Person:
        """A known person, at an app of their own."""
        person = Person(self.sandbox_url, person_id, client=_client(self.sandbox_url))
        self.resources.push_async_callback(person.close)
        return person

    async def account(self, name: str = "星河科技") -> str:
        account_id = f"1{uuid.uuid4().int % 10**11:011d}"
        await self.platform.put_account(account_id, name)
        return account_id

    async def link(self, account_id: str, role: str, *, ttl_s: int = 600) -> str:
        """A one-time link's payload, as the chat's start button sends it."""
        answer = await self.http.post(
            f"{self.bot_url}/v1/accounts/{account_id}/links",
            json={"role": role, "ttl_seconds": ttl_s},
            headers={"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": str(uuid.uuid4())},
        )
        assert answer.status_code == 201, answer.text
        return f"link_{answer.json()['token']}"

    async def available_fen(self, account_id: str) -> int:
        return int((await self.platform.balance(account_id))["available_fen"])

    # --- what is proved at the end ------------------------------------------------------------

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    @property
    def database_path(self) -> Path:
        return self.folder / "topup.db"

    def log_lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines() if self.log.exists() else []

    async def check(self) -> None:
        """The books and the audit trail hold, and the log is clean since the last check.

        `expected_errors` names events that the test provoked; they count for this check alone.
        """
        lines = self.log_lines()
        new, self.log_read = lines[self.log_read :], len(lines)
        unexpected = [line for line in new if not _is_harmless(line, self.expected_errors)]
        self.expected_errors.clear()
        assert not unexpected, "\n".join(unexpected)
        told = [name for name, secret in self.secrets().items() if secret in "\n".join(new)]
        assert not told, f"the log tells {told}"
        database = await open_database(self.environment["TOPUP_DATABASE_URL"], readers=1)
        try:
            await Ledger(database).verify()
            await Audit(database).verify()
        finally:
            await database.close()

    def secrets(self) -> dict[str, str]:
        credentials = self.wechat.credentials
        return {
            "bot token": BOT_TOKEN.partition(":")[2],
            "platform key": API_KEY,
            "events secret": EVENTS_SECRET,
            "code key": CODE_KEY,
            "webhook secret": WEBHOOK_SECRET,
            "API v3 key": credentials.api_v3_key,
            "QQ key": self.channels.qq.credentials.key,
            "Tenpay key": self.channels.tenpay.credentials.key,
            "Stripe key": self.channels.stripe.credentials.secret_key,
            "Stripe webhook secret": self.channels.stripe.credentials.webhook_secret,
            "a private key": "PRIVATE KEY",
        }

    def _tail(self) -> str:
        return "\n".join(self.log_lines()[-30:])


def _is_harmless(line: str, expected: set[str]) -> bool:
    """A log event below error, or one that the test provoked; a bare line is never harmless."""
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return False
    return event.get("level") not in {"error", "critical"} or event.get("event") in expected


@asynccontextmanager
async def installation(
    folder: Path,
    *,
    start: Start = start_cold,
    mode: str = "polling",
    settings: Mapping[str, str] | None = None,
    world: World | None = None,
) -> AsyncIterator[Installation]:
    """Everything up and ready, with a fresh SQLite database in `folder`."""
    world, port = world or World(), free_port()
    bot_url = f"http://{HOST}:{port}"
    channels = Channels(
        Surroundings(
            folder=folder,
            bot_url=bot_url,
            merchant_domains=(f"{HOST}:{port}",),
            recorder=world.trace,
            retry_delays_s=REPEATS_S,
        )
    )
    async with AsyncExitStack() as resources:
        platform = PlatformClient(base_url=bot_url, api_key=API_KEY, trace=world.trace)
        resources.push_async_callback(platform.aclose)
        resources.push_async_callback(channels.aclose)
        routes = [*channels.routes(), *console_routes(platform, webhook_secret=EVENTS_SECRET)]
        sandbox_url = await resources.enter_async_context(running(world, extra_routes=routes))
        http = await resources.enter_async_context(_client())
        one = Installation(
            world=world,
            channels=channels,
            platform=platform,
            http=http,
            environment={
                **_environment(folder, port, sandbox_url, mode),
                **channels.bot_settings(sandbox_url),
                **(settings or {}),
            },
            folder=folder,
            sandbox_url=sandbox_url,
            bot_url=bot_url,
            start_process=start,
            resources=resources,
        )
        try:
            await one.start()
            yield one
            await one.check()
            if one.process is not None:
                assert await one.stop() == 0
        finally:
            if one.process is not None:
                await one.stop()


def _client(base_url: str = "") -> httpx.AsyncClient:
    """Lets connections go before the servers do (after 5 s), lest a call meets a closing one."""
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=30,
        trust_env=False,
        verify=trusting_nobody(),
        limits=httpx.Limits(keepalive_expiry=2),
    )


def _environment(folder: Path, port: int, sandbox_url: str, mode: str) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("TOPUP_")
    }
    webhook = {"TOPUP_WEBHOOK_SECRET": WEBHOOK_SECRET} if mode == "webhook" else {}
    return {
        **inherited,
        **webhook,
        "TOPUP_BOT_TOKEN": BOT_TOKEN,
        "TOPUP_TELEGRAM_API": sandbox_url,
        "TOPUP_TELEGRAM_MODE": mode,
        "TOPUP_PUBLIC_URL": f"http://{HOST}:{port}",
        "TOPUP_LISTEN": f"{HOST}:{port}",
        "TOPUP_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'topup.db'}",
        "TOPUP_RECEIPTS": str(folder / "receipts"),
        "TOPUP_PLATFORM_API_KEY": API_KEY,
        "TOPUP_PLATFORM_WEBHOOK_URL": f"{sandbox_url}{EVENTS_PATH}",
        "TOPUP_PLATFORM_WEBHOOK_SECRET": EVENTS_SECRET,
        "TOPUP_CODE_KEY": CODE_KEY,
        "PYTHONUNBUFFERED": "1",
    }


def free_port() -> int:
    """A port for a process to come; it has to be the same again after a restart."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

"""`topup doctor`: one line for each thing an installation needs, and whether it is there."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import typer

from bot.commands.database import current_revision, schema_fault
from bot.settings import Settings
from bot.settings_faults import Fault, SettingsRefused
from bot.settings_reading import read_database_url, read_settings, read_telegram_access
from bot.telegram_probe import Identity, ask_who_we_are
from core.clock import SystemClock
from core.errors import StorageFault, TopupError
from core.ids import OrderNo, RandomIds
from core.providers.base import ChecksItself, Provider
from core.providers.registry import build, new_http_client
from core.storage.address import sqlite_path

T = TypeVar("T")
LARGEST_SKEW_S = 60
LEAST_FREE_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and whether it is a fault."""

    subject: str
    text: str
    is_fault: bool = False

    def __str__(self) -> str:
        return f"{'FAULT' if self.is_fault else 'ok':5}  {self.subject}: {self.text}"


async def examine() -> bool:
    """Print every finding as it is made; says whether all is well."""
    is_well = True
    async for finding in _findings():
        typer.echo(finding)
        is_well = is_well and not finding.is_fault
    return is_well


async def _findings() -> AsyncIterator[Finding]:
    """Parts of the settings that hold are examined even where others do not."""
    settings, faults = _readable(read_settings)
    if not faults:
        yield Finding("settings", "complete")
    for fault in faults:
        yield Finding("settings", str(fault), is_fault=True)
    parts = [_storage(), _telegram()]
    if settings is not None:
        parts += [_channels(settings), _receipts(settings)]
    for part in parts:
        async for finding in part:
            yield finding


def _readable(read: Callable[[], T]) -> tuple[T | None, tuple[Fault, ...]]:
    try:
        return read(), ()
    except SettingsRefused as refused:
        return None, refused.faults


async def _storage() -> AsyncIterator[Finding]:
    url, _ = _readable(read_database_url)
    if url is not None:
        yield await _database(url.reveal())
        yield _disk("database", sqlite_path(url.reveal()) or Path())


async def _receipts(settings: Settings) -> AsyncIterator[Finding]:
    if isinstance(settings.receipts, Path):
        yield _disk("receipts", settings.receipts)


async def _telegram() -> AsyncIterator[Finding]:
    access, _ = _readable(read_telegram_access)
    if access is None:
        return
    token, api = access
    try:
        bot = await ask_who_we_are(api, token)
    except TopupError as error:
        yield Finding("telegram", str(error), is_fault=True)
        return
    yield Finding("telegram", f"the bot is @{bot.username}")
    yield _clock(bot)


async def _database(url: str) -> Finding:
    try:
        revision = await current_revision(url)
    except StorageFault as error:
        return Finding("database", str(error), is_fault=True)
    if revision is None and sqlite_path(url) is not None:
        return Finding("database", "has no tables yet; `topup serve` makes them")
    if fault := schema_fault(revision):
        return Finding("database", fault, is_fault=True)
    return Finding("database", f"revision {revision}")


def _clock(bot: Identity) -> Finding:
    if bot.date is None:
        return Finding("clock", "not compared: the Bot API server sends no date")
    skew_s = round(abs((SystemClock().now() - bot.date).total_seconds()))
    text = f"{skew_s} s from Telegram's, at most {LARGEST_SKEW_S} s are allowed"
    return Finding("clock", text, is_fault=skew_s > LARGEST_SKEW_S)


async def _channels(settings: Settings) -> AsyncIterator[Finding]:
    http = new_http_client()
    try:
        providers = build(
            settings.channels,
            http=http,
            clock=SystemClock(),
            ids=RandomIds(),
        )
        for channel, provider in providers.items():
            yield await _channel(channel, provider)
        if not providers:
            yield Finding("channels", "none is configured")
    finally:
        await http.aclose()


async def _channel(name: str, provider: Provider) -> Finding:
    """A signed question about an order that never was: only true credentials get an answer."""
    order_no = OrderNo(f"DOCTOR{RandomIds().short(20)}")
    try:
        if isinstance(provider, ChecksItself):
            await provider.self_check()
        else:
            await provider.look_up(order_no)
    except TopupError as error:
        return Finding(name, str(error), is_fault=True)
    return Finding(name, f"merchant {provider.merchant} was answered")


def _disk(subject: str, path: Path) -> Finding:
    folder = path.absolute()
    while not folder.is_dir():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return Finding(f"disk ({subject})", f"{folder} cannot be written to", is_fault=True)
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB free in {folder}, at least 1 GiB is needed"
    return Finding(f"disk ({subject})", text, is_fault=free < LEAST_FREE_BYTES)

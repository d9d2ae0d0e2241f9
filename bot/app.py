"""The composition root: settings in, a running product out."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TextIO

import structlog
import uvloop
from aiogram import Bot
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from bot.duties import (
    Sealing,
    Sharing,
    Verifying,
    plan_reconciliation,
    refresh_certificates,
    sweep,
)
from bot.observations import Observations
from bot.serve_role import ServeRole
from bot.server import HttpServer
from bot.settings import Settings
from bot.telegram.setup import build_bot
from bot.telegram_edge import TelegramEdge
from bot.watching import Watching
from bot.workers import Workers
from core.app import Core, CoreSettings
from core.clock import SystemClock
from core.errors import StorageFault
from core.ids import RandomIds
from core.observing import Observer
from core.providers.base import Refunds
from core.providers.platform_webhook import target_at
from core.providers.registry import build, new_http_client
from core.stepup.sealing import key_from
from core.storage import schema
from core.storage.address import sqlite_path
from core.storage.engine import open_database
from core.storage.sqlite import hold_serve_lock
from web.app import build_app, build_health_app
from web.settings import WebSettings

log = structlog.get_logger()


def serve(settings: Settings, role: ServeRole) -> None:
    """Run until SIGTERM or SIGINT; exits 1 when a part of it died."""
    if not uvloop.run(_serve(settings, role)):
        sys.exit(1)


async def _serve(settings: Settings, role: ServeRole) -> bool:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    registry = CollectorRegistry()
    observations = Observations(registry)
    async with running_core(settings, role, observations) as core, _bot(settings) as bot:
        holder = f"{socket.gethostname()}:{os.getpid()}:{core.ids.short(6)}"
        edge = TelegramEdge(core, settings, bot, holder, observations.telegram_called)
        workers = Workers()
        app = _http_app(core, settings, role, edge, registry)
        workers.add("http", HttpServer(app, settings.http.host, settings.http.port).run)
        if role is not ServeRole.WORKER:
            workers.add("listener", edge.listen)
        workers.add("certificates", lambda until: refresh_certificates(core, until))
        if role is not ServeRole.WEB:
            workers.add("telegram", edge.work)
            workers.add("sharing", Sharing(core, holder, edge.share).run)
            workers.add("drain", core.drain(edge.messenger(), exporter=edge.exporter()).run)
            workers.add("sealer", Sealing(core, holder).run)
            workers.add("reconciler", lambda until: plan_reconciliation(core, until))
            workers.add("sweeper", lambda until: sweep(core, until))
            workers.add("watcher", Watching(core, holder).run)
            workers.add("verifier", Verifying(core, holder, observations.ledger_checked).run)
        log.info(
            "serve.started", role=role.value, listen=f"{settings.http.host}:{settings.http.port}"
        )
        ended_well = await workers.run(stop)
        log.info("serve.stopped", well=ended_well)
        return ended_well


def _http_app(
    core: Core,
    settings: Settings,
    role: ServeRole,
    edge: TelegramEdge,
    registry: CollectorRegistry,
) -> FastAPI:
    if role is ServeRole.WORKER:
        return build_health_app(core, {}, registry=registry)
    secret = settings.telegram.webhook_secret
    web = WebSettings(
        platform_api_keys=tuple(key.reveal() for key in settings.platform.api_keys),
        webhook_secret=secret.reveal() if secret else None,
        trusted_proxies=settings.http.trusted_proxies,
        public_url=settings.http.public_url or "",
        default_language=settings.default_language,
        bot_username=lambda: edge.username,
    )
    return build_app(core, web, telegram=core.inbox, checks={}, registry=registry)


@asynccontextmanager
async def running_core(
    settings: Settings, role: ServeRole, observer: Observer
) -> AsyncIterator[Core]:
    """The core over its database, brought to the newest schema where that is ours to do."""
    url = settings.database_url.reveal()
    lock = await _claim_database(url, role)
    database = await open_database(url)
    http = new_http_client()
    clock, ids = SystemClock(), RandomIds()
    try:
        providers = build(settings.channels, http=http, clock=clock, ids=ids)
        for channel, provider in providers.items():
            if not isinstance(provider, Refunds) or not provider.can_refund:
                log.warning("refunds.by_hand", channel=channel.value)
        core_settings = CoreSettings(
            public_url=settings.http.public_url or "",
            order_life=settings.rules.order_life,
            default_language=settings.default_language,
            payee=settings.payee,
            receipts=settings.receipts,
            bank_days=settings.bank_days,
            four_eyes_fen=settings.rules.four_eyes_fen,
            undo=settings.rules.undo,
            review_chat_id=settings.telegram.review_chat_id,
            sealing_keys=_sealing_keys(settings),
            zone=settings.timezone,
            code_keys=tuple(key.reveal() for key in settings.code_keys),
        )
        platform = settings.platform
        secret = platform.webhook_secret.reveal() if platform.webhook_secret else None
        webhook = target_at(platform.webhook_url, secret, http=http)
        core = Core(
            database,
            providers,
            core_settings,
            clock=clock,
            ids=ids,
            observer=observer,
            webhook=webhook,
        )
        if lock is not None:
            await core.jobs.take_over()
        yield core
    finally:
        await http.aclose()
        await database.close()
        if lock is not None:
            lock.close()


def _sealing_keys(settings: Settings) -> tuple[bytes, ...]:
    """The key of the codes seals where there is one; what the bot's token sealed still opens."""
    secrets = (*settings.code_keys, settings.telegram.token)
    return tuple(key_from(secret.reveal()) for secret in secrets)


async def _claim_database(url: str, role: ServeRole) -> TextIO | None:
    """On SQLite: be its only `serve`, and migrate. On PostgreSQL: insist on the newest schema."""
    if (path := sqlite_path(url)) is not None:
        if role is not ServeRole.ALL:
            raise StorageFault("SQLite serves one process: use --role all, or PostgreSQL")
        lock = hold_serve_lock(path)
        await schema.migrate(url)
        return lock
    if (found := await schema.revision_of(url)) != schema.head():
        raise StorageFault(
            f"the database is at revision {found}, not {schema.head()}: run `topup migrate`"
        )
    return None


@asynccontextmanager
async def _bot(settings: Settings) -> AsyncIterator[Bot]:
    bot = build_bot(settings.telegram.token.reveal(), settings.telegram.api)
    try:
        yield bot
    finally:
        await bot.session.close()

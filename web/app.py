"""Puts the HTTP edge together: everything machines and payers' browsers call."""

from collections.abc import Mapping

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from core.app import Core
from web.bridge import BridgePages
from web.edge import Edge
from web.errors import ErrorAnswers
from web.gate import Gate
from web.health import Check, Health
from web.metrics import Metrics
from web.notifications import Notifications
from web.platform import PlatformApi
from web.settings import WebSettings
from web.telegram import TelegramSink, TelegramWebhook


def build_app(
    core: Core,
    settings: WebSettings,
    *,
    telegram: TelegramSink | None,
    checks: Mapping[str, Check],
    registry: CollectorRegistry | None = None,
) -> FastAPI:
    """The roles `web` and `all`. The webhook needs a sink and a secret, else it is not there."""
    metrics = Metrics(registry or CollectorRegistry())
    app = _bare(core)
    if telegram is not None and settings.webhook_secret:
        webhook = TelegramWebhook(telegram, settings.webhook_secret, metrics)
        app.include_router(webhook.router())  # first: routes are tried in order
    keys = tuple(key for key in settings.platform_api_keys if key)
    if keys:
        platform = PlatformApi(core, settings).router()
        app.include_router(platform)
        app.add_middleware(Gate, keys=keys, routes=platform.routes)
    app.include_router(Notifications(core, metrics).router())
    app.include_router(BridgePages(core, settings).router())
    app.include_router(Health(core, checks, metrics).router())
    app.add_middleware(Edge, metrics=metrics, ids=core.ids)  # added last, it stands outermost
    return app


def build_health_app(
    core: Core, checks: Mapping[str, Check], *, registry: CollectorRegistry | None = None
) -> FastAPI:
    """The role `worker`: health and metrics alone."""
    metrics = Metrics(registry or CollectorRegistry())
    app = _bare(core)
    app.include_router(Health(core, checks, metrics).router())
    app.add_middleware(Edge, metrics=metrics, ids=core.ids)
    return app


def _bare(core: Core) -> FastAPI:
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    ErrorAnswers(core.ids).install(app)
    return app

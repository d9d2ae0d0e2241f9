"""Telegram's webhook: an update is stored and committed, then acknowledged, and handled later."""

import asyncio
import hmac
from collections.abc import Sequence
from typing import Protocol

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.correlation import correlated, of_update
from core.errors import InvalidRequest
from core.inbox.envelope import read_update
from core.inbox.model import Incoming
from web.body import BodyBounds, read_body
from web.errors import Problem, ProblemError
from web.metrics import Metrics

HEADER = "x-telegram-bot-api-secret-token"
BOUNDS = BodyBounds(largest=1024 * 1024, seconds=5.0)
STORE_S = 5.0
log = structlog.get_logger()


class TelegramSink(Protocol):
    """Where updates go; returns after the commit. `core.inbox` is one."""

    async def receive(self, incoming: Sequence[Incoming]) -> int: ...


class TelegramWebhook:
    """The route Telegram calls, for whoever knows the secret."""

    def __init__(self, sink: TelegramSink, secret: str, metrics: Metrics) -> None:
        self._sink = sink
        self._secret = secret.encode()
        self._metrics = metrics

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/telegram/webhook", self.receive, methods=["POST"])
        return router

    async def receive(self, request: Request) -> Response:
        shown = request.headers.get(HEADER, "").encode("latin-1")
        if not hmac.compare_digest(shown, self._secret):
            self._metrics.update_refused("secret")
            raise ProblemError(Problem(status=401, code="unauthorized"))
        body = await read_body(request, BOUNDS)
        try:
            incoming = read_update(body)
        except InvalidRequest as error:
            self._metrics.update_refused("form")
            problem = Problem(status=400, code="invalid_request", detail=str(error))
            raise ProblemError(problem) from error
        with correlated(of_update(incoming.update_id)):
            async with asyncio.timeout(STORE_S):
                is_new = await self._sink.receive([incoming])
            log.info("update.stored", update=incoming.update_id, is_new=bool(is_new))
        self._metrics.update_received()
        return Response(status_code=200)

"""Alive, ready, and the figures behind both."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.app import Core
from core.errors import BooksBroken
from core.storage import schema
from web.metrics import Backlog, Metrics

Check = Callable[[], Awaitable[str | None]]  # None, or a sentence that says what is wrong
CHECK_S = 2.0
DEEP_S = 60.0
DEEP_KEPT_S = 10.0  # a deep check reads the whole ledger: a crowd of callers shares one
OLDEST_S = 300.0
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
log = structlog.get_logger()


class Health:
    """`checks` are the installation's own, by name, asked with the rest."""

    def __init__(self, core: Core, checks: Mapping[str, Check], metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics
        self._checks: Mapping[str, Check] = {
            "database": self._database,
            "revision": self._revision,
            "backlog": self._backlog,
            **checks,
        }
        self._deep_turn = asyncio.Lock()
        self._deep_found: tuple[float, str | None] | None = None

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/healthz", self.alive, methods=["GET"])
        router.add_api_route("/readyz", self.ready, methods=["GET"])
        router.add_api_route("/metrics", self.figures, methods=["GET"])
        return router

    async def alive(self) -> Response:
        return PlainTextResponse("ok")

    async def ready(self, request: Request) -> Response:
        found = {name: await _ask(name, check, CHECK_S) for name, check in self._checks.items()}
        if request.query_params.get("deep", "") not in {"", "0"}:
            found["ledger"] = await self._deep()
        is_ready = all(wrong is None for wrong in found.values())
        body = {
            "ready": is_ready,
            "checks": {name: "ok" if wrong is None else wrong for name, wrong in found.items()},
        }
        return JSONResponse(body, 200 if is_ready else 503, headers={"Cache-Control": "no-store"})

    async def figures(self) -> Response:
        found: Mapping[str, Backlog] | None = None
        try:
            async with asyncio.timeout(CHECK_S):
                found = await self._backlogs()
                figures = await self._core.figures()
            self._metrics.state(figures, now=self._core.clock.now())
        except Exception:  # logged; the other figures still count
            log.exception("metrics.backlog_unread")
        body = self._metrics.scrape(found, now=self._core.clock.now())
        return Response(body, media_type=EXPOSITION)

    async def _backlogs(self) -> Mapping[str, Backlog]:
        return {
            "jobs": await self._core.jobs.backlog(),
            "inbox": await self._core.inbox.backlog(),
        }

    async def _database(self) -> str | None:
        await self._core.jobs.backlog()
        return None

    async def _revision(self) -> str | None:
        wanted = await asyncio.to_thread(schema.head)
        found = await schema.revision_of(self._core.database.url)
        return None if found == wanted else f"at revision {found}, needs {wanted}"

    async def _backlog(self) -> str | None:
        now = self._core.clock.now()
        for queue, (waiting, _, since) in (await self._backlogs()).items():
            waited_s = 0.0 if since is None else (now - since).total_seconds()
            if waited_s > OLDEST_S:
                return f"{queue}: {waiting} wait, the oldest for {waited_s:.0f} s"
        return None

    async def _deep(self) -> str | None:
        async with self._deep_turn:
            now = time.monotonic()
            if self._deep_found is None or now - self._deep_found[0] > DEEP_KEPT_S:
                wrong = await _ask("ledger", self._ledger, DEEP_S)
                self._deep_found = (time.monotonic(), wrong)
            return self._deep_found[1]

    async def _ledger(self) -> str | None:
        try:
            await self._core.ledger.verify()
        except BooksBroken as error:
            log.exception("ledger.broken")
            return f"{str(error).partition(':')[0]} does not hold"  # rows name customers
        return None


async def _ask(name: str, check: Check, seconds: float) -> str | None:
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except Exception:  # logged; a check that fails is an answer
        log.exception("health.failed", check=name)
        return "failed"

"""The outermost layer of the HTTP edge: counts every answer and catches what nothing else did."""

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.correlation import correlated
from core.ids import Ids
from web.errors import answer, our_failure, route_of
from web.metrics import Metrics

CUT_OFF = 499  # nobody was there any more to be answered


class Edge:
    """ASGI middleware: an unexpected failure is logged, and becomes a 500 with its reference."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, ids: Ids) -> None:
        self._app = app
        self._metrics = metrics
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with correlated():
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.monotonic(), CUT_OFF

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last resort: logged and answered
            problem = our_failure(self._ids, error, where=route_of(Request(scope)))
            if status == CUT_OFF:
                await answer(problem)(scope, receive, watched)
        finally:
            self._metrics.answered(
                route=route_of(Request(scope)),
                method=scope["method"],
                status=status,
                seconds=time.monotonic() - started,
            )

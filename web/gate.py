"""The gate before the platform API: who calls, how often, under which key, and how much.

It stands before routing and parsing, so that nobody without a bearer key learns anything, not even
whether a path exists, and so that an answer about a missing key never depends on the body.
"""

import hmac
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.body import BodyBounds, read_body
from web.errors import Problem, ProblemError, answer
from web.limits import TokenBucket

PREFIX = "/v1/"
BOUNDS = BodyBounds(largest=64 * 1024, seconds=5.0)
RATE = 500.0
BURST = 2000
POLICY = f'"bearer";q={BURST};w={math.ceil(BURST / RATE)}'
LONGEST_KEY = 255
CALLER = "platform_caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever holds this bearer key."""

    bearer: str = field(repr=False)


class Gate:
    """ASGI middleware over every path of the platform API."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: tuple[str, ...],
        routes: Sequence[BaseRoute] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`routes` are those of the API: a POST that one of them takes needs a key."""
        self._app = app
        self._keys = keys
        self._routes = routes
        self._buckets = {
            key: TokenBucket(rate=RATE, burst=BURST, monotonic=monotonic) for key in keys
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            bearer = self._bearer(request)
        except ProblemError as error:
            await answer(error.problem, error.headers)(scope, receive, send)
            return
        bucket = self._buckets[bearer]
        wait_s = bucket.take()
        told = _telling(bucket, send)
        try:
            body = await self._let_in(request, bearer, wait_s)
        except ProblemError as error:
            await answer(error.problem, error.headers)(scope, receive, told)
            return
        await self._app(scope, _replay(body, receive), told)

    async def _let_in(self, request: Request, bearer: str, wait_s: float) -> bytes:
        if wait_s:
            problem = Problem(status=429, code="rate_limited")
            raise ProblemError(problem, {"Retry-After": str(math.ceil(wait_s))})
        if request.method == "POST" and self._is_taken(request):
            _check_key(request.headers.get("idempotency-key", "").strip())
        request.scope.setdefault("state", {})[CALLER] = Caller(bearer=bearer)
        return await read_body(request, BOUNDS)

    def _is_taken(self, request: Request) -> bool:
        """Others are a wrong path or method, whatever key they carry."""
        return any(route.matches(request.scope)[0] is Match.FULL for route in self._routes)

    def _bearer(self, request: Request) -> str:
        """The configured key that was shown; each is compared, in constant time."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        given = shown.strip().encode("latin-1")
        found = [key for key in self._keys if hmac.compare_digest(given, key.encode())]
        if scheme.lower() != "bearer" or not found:
            raise ProblemError(
                Problem(status=401, code="unauthorized"), {"WWW-Authenticate": "Bearer"}
            )
        return found[0]


def _telling(bucket: TokenBucket, send: Send) -> Send:
    """Adds to each answer how many requests are left."""
    left, full_in_s = bucket.left, math.ceil(bucket.full_in_s)

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Policy"] = POLICY
            headers["RateLimit"] = f'"bearer";r={left};t={full_in_s}'
        await send(message)

    return told


def caller_of(request: Request) -> Caller:
    """Who came through the gate; without it nobody is served."""
    caller = request.scope.get("state", {}).get(CALLER)
    if not isinstance(caller, Caller):
        raise ProblemError(Problem(status=401, code="unauthorized"))
    return caller


def _check_key(key: str) -> None:
    if not key:
        detail = "a POST needs an Idempotency-Key header"
        raise ProblemError(Problem(status=400, code="idempotency_key_missing", detail=detail))
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        detail = f"an Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters"
        raise ProblemError(Problem(status=422, code="invalid_request", detail=detail))


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hands the body that was read already to whoever reads it next."""
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed

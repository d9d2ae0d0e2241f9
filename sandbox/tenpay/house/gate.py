"""The gate before a merchant's calls: faults, the record of the traffic, lost answers."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from sandbox.connection import drop_connection
from sandbox.tenpay.house.faults import Faults
from sandbox.tenpay.house.provider import Provider

_LARGEST_SHOWN = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`shown` is what the record says where the body is not text to read."""

    body: bytes
    media_type: str = "text/xml"
    status: int = 200
    shown: str = ""
    location: str = ""


Handler = Callable[[Request, bytes], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]
F = TypeVar("F", bound=Faults)
# a digest of a password opens what the password opens
_PASSWORD = re.compile(rb"(op_user_passwd(?:=|>(?:<!\[CDATA\[)?))\w+")


class Gate(Generic[F]):
    """Wraps each handler with what is the same for all of an interface."""

    def __init__(self, provider: Provider[F], prefix: str) -> None:
        self._provider = provider
        self._prefix = prefix

    def endpoint(self, handler: Handler) -> Endpoint:
        async def answer(request: Request) -> Response:
            body = await request.body()
            faults = self._provider.faults
            if faults.slow_s:
                await asyncio.sleep(faults.slow_s)
            given = _DOWN if faults.down else handler(request, body)
            # the handler has seen the faults; what it did not, counts for the next request
            self._provider.faults = self._provider.faults.counted_down()
            self._record(request, body, given)
            if faults.lose_answers:
                return await drop_connection(request)
            headers = {"Location": given.location} if given.location else None
            return Response(given.body, given.status, headers, given.media_type)

        return answer

    def _record(self, request: Request, body: bytes, answer: Answer) -> None:
        path = request.url.path.removeprefix(self._prefix)
        asked = body or request.scope["query_string"]
        self._provider.recorder.record(
            self._provider.SIDE,
            f"{request.method} {path}",
            _PASSWORD.sub(rb"\1***", asked).decode(errors="replace")[:_LARGEST_SHOWN],
            answer.shown
            or answer.body.decode("gb18030" if _is_gb(answer) else "utf-8", "replace"),
            answer.status,
        )


def _is_gb(answer: Answer) -> bool:
    return b"gb2312" in answer.body[:60]


_DOWN = Answer(body=b"service unavailable", media_type="text/plain", status=503)

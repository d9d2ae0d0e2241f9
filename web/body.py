"""Reads request bodies within a size and a time."""

import asyncio
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from web.errors import Problem, ProblemError

DRAINED_BYTES = 16 * 1024 * 1024
CLOSE = {"Connection": "close"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyBounds:
    """The largest body in bytes, and how many seconds it may take to arrive."""

    largest: int
    seconds: float


async def read_body(request: Request, bounds: BodyBounds) -> bytes:
    """The raw body, or a problem: 413 when larger, 408 when slower than allowed.

    A body that is too large is read and dropped for a while: a client that is still sending
    would see a broken connection instead of the answer.
    """
    kept, size = bytearray(), 0
    try:
        async with asyncio.timeout(bounds.seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= bounds.largest:
                    kept += chunk
                elif size > DRAINED_BYTES:
                    break
    except TimeoutError:
        if size <= bounds.largest:
            raise _too_slow(bounds) from None
    except ClientDisconnect:
        raise _too_slow(bounds) from None
    if size > bounds.largest:
        raise _too_large(bounds)
    return bytes(kept)


def _too_slow(bounds: BodyBounds) -> ProblemError:
    detail = f"a body has to arrive within {bounds.seconds:g} seconds"
    return ProblemError(Problem(status=408, code="body_too_slow", detail=detail), CLOSE)


def _too_large(bounds: BodyBounds) -> ProblemError:
    detail = f"a body has at most {bounds.largest} bytes"
    return ProblemError(Problem(status=413, code="body_too_large", detail=detail), CLOSE)

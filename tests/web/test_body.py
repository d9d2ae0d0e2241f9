"""Bodies that are too large or too slow, over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from core.ids import RandomIds
from tests.web.conftest import serve
from web.body import BodyBounds, read_body
from web.errors import ErrorAnswers

BOUNDS = BodyBounds(largest=1000, seconds=0.3)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = FastAPI()
    ErrorAnswers(RandomIds()).install(app)

    @app.post("/")
    async def length(request: Request) -> Response:
        return Response(str(len(await read_body(request, BOUNDS))))

    async with serve(app) as found:
        yield found


async def dripping(pieces: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield b"x"
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1000, 200), (1001, 413), (10**7, 413)])
async def test_a_body_has_a_largest_size(address: str, size: int, status: int) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(address, content=b"x" * size)

    assert answer.status_code == status
    assert answer.text == str(size) if status == 200 else answer.json()["code"] == "body_too_large"


async def answer_to(address: str, length: int, first: bytes) -> bytes:
    """What comes back to a client that announces a body, sends some of it, and then waits."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
    writer.write(first)
    await writer.drain()
    async with asyncio.timeout(3):
        received = await reader.read()
    writer.close()
    return received


async def test_a_body_has_a_time_to_arrive_and_then_the_connection_ends(address: str) -> None:
    async with httpx.AsyncClient() as client:
        in_time = await client.post(address, content=dripping(2))
    late = await answer_to(address, 500, b"x")

    assert in_time.text == "2"
    assert late.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in late


async def test_a_large_body_that_is_also_slow_is_answered_in_time(address: str) -> None:
    late = await answer_to(address, 5000, b"x" * 2000)

    assert late.startswith(b"HTTP/1.1 413")


async def test_a_client_that_leaves_in_the_middle_harms_nobody(address: str) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async with httpx.AsyncClient() as client:
        answer = await client.post(address, content=b"abc")

    assert answer.text == "3"

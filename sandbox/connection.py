"""Connections of the sandbox: closed without an answer on purpose, and made cheaply."""

import asyncio
import ssl
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "transport"


def trusting_nobody() -> ssl.SSLContext:
    """For clients that speak plain http: reading the machine's certificates takes 60 ms."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class DroppableProtocol(H11Protocol):
    """Shows the request its own transport, so that it can be closed on purpose."""

    def connection_made(  # type: ignore[override]  # uvicorn names asyncio.Transport, its base the wider type
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, TRANSPORT: transport}


async def drop_connection(request: Request) -> Response:
    """To be returned by an endpoint: the caller sees its connection closed, and no answer."""
    transport = request.scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        return Response(status_code=502)
    transport.abort()
    # The server notices a lost connection a turn of the loop later, and then drops the answer.
    await asyncio.sleep(0.001)
    return Response(status_code=502)

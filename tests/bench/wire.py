"""The other end of every connection: a lean HTTP client, and a Bot API server that says yes.

Both are bare protocols, so that the machine's time goes to what is measured.
"""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

HOST = "127.0.0.1"
ANSWER_WITHIN_S = 15.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHAT = re.compile(rb"chat_id=(\d+)")
_USER = {"id": 7000000001, "is_bot": True, "first_name": "bench", "username": "bench_bot"}
Heard = Callable[[str, int, bytes], None]  # method, chat (0: none), body


class _Messages(asyncio.Protocol, ABC):
    """Cuts a stream into HTTP messages that name their length."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 2]
            found = _LENGTH.search(head)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            self.message(head, body)

    @abstractmethod
    def message(self, head: bytes, body: bytes) -> None:
        """One whole message came."""


class Caller(_Messages):
    """One kept connection; one request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[int] | None = None

    def message(self, head: bytes, body: bytes) -> None:
        assert self._answer is not None
        if not self._answer.done():  # nobody waits any more: it came too late
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed before the answer"))

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer; raises `TimeoutError` when none comes."""
        assert self.transport is not None
        if self.transport.is_closing():  # the other end went between two requests
            raise ConnectionError("closed before the request")
        named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{named}Content-Length: {len(body)}\r\n\r\n"
        )
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(head.encode() + body)
        return await asyncio.wait_for(self._answer, ANSWER_WITHIN_S)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


async def connect(port: int) -> Caller:
    _, caller = await asyncio.get_running_loop().create_connection(Caller, HOST, port)
    return caller


class _BotApi(_Messages):
    """Answers every Bot API call at once."""

    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self._heard = heard

    def message(self, head: bytes, body: bytes) -> None:
        assert self.transport is not None
        method = head.split(b" ", 2)[1].rsplit(b"/", 1)[1].decode()
        found = _CHAT.search(body)
        chat_id = int(found[1]) if found else 0
        answer = json.dumps({"ok": True, "result": _result_of(method, chat_id)}).encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )
        self._heard(method, chat_id, body)


def _result_of(method: str, chat_id: int) -> object:
    if method == "getMe":
        return _USER
    if method != "sendMessage":
        return True
    chat = {"id": chat_id, "type": "private", "first_name": "bench"}
    return {"message_id": 1, "date": 1, "from": _USER, "chat": chat, "text": "said"}


@asynccontextmanager
async def silent_telegram(heard: Heard) -> AsyncIterator[str]:
    """A Bot API server that tells nobody but `heard`; gives its address."""
    server = await asyncio.get_running_loop().create_server(lambda: _BotApi(heard), HOST, 0)
    async with server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"

"""People at their phones: each sends a text, waits for the message back, and sends the next."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.bench.wire import ANSWER_WITHIN_S, Caller, connect

CHATS = 64
FIRST_CHAT = 500_000_001
SECRET = "bench-webhook-secret"
HEADERS = {
    "Content-Type": "application/json",
    "X-Telegram-Bot-Api-Secret-Token": SECRET,
}
_numbers = itertools.count(1)


@dataclass(slots=True)
class Answers:
    """Who waits for which chat's next message."""

    waiting: dict[int, asyncio.Future[None]] = field(default_factory=dict)

    def heard(self, method: str, chat_id: int, _body: bytes) -> None:
        if method == "sendMessage" and (waiter := self.waiting.pop(chat_id, None)):
            waiter.set_result(None)

    def next_in(self, chat_id: int) -> asyncio.Future[None]:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting[chat_id] = waiter
        return waiter


@dataclass(slots=True)
class Crowd:
    """All chats of one bot, each with a connection of its own."""

    answers: Answers
    port: int
    path: str
    callers: list[Caller] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        """Connections for now: servers close those that are idle for a while."""
        self.callers = [await connect(self.port) for _ in range(CHATS)]
        try:
            yield
        finally:
            for caller in self.callers:
                caller.close()

    async def all_say(self, text: str) -> None:
        """Everybody says this once and hears back."""
        async with self._connected():
            await asyncio.gather(*(self._say(chat, text) for chat in range(CHATS)))

    async def talk(self, seconds: float, most: int | None = None) -> float:
        """Everybody says amounts for so long, or `most` in all; returns steps per second."""
        self.took_s.clear()
        async with self._connected():
            started = time.perf_counter()
            until, left = started + seconds, itertools.count()
            await asyncio.gather(
                *(self._talk(chat, until, left, most or 10**9) for chat in range(CHATS))
            )
            return len(self.took_s) / (time.perf_counter() - started)

    async def _talk(
        self, chat: int, until: float, left: "itertools.count[int]", most: int
    ) -> None:
        while time.perf_counter() < until and next(left) < most:
            began = time.perf_counter()
            await self._say(chat, str(100 + chat))
            self.took_s.append(time.perf_counter() - began)

    async def _say(self, chat: int, text: str) -> None:
        chat_id = FIRST_CHAT + chat
        heard = self.answers.next_in(chat_id)
        status = await self.callers[chat].post(self.path, update(chat_id, text), HEADERS)
        if status != 200:
            raise AssertionError(f"the webhook answered {status}")
        await asyncio.wait_for(heard, ANSWER_WITHIN_S)


def update(chat_id: int, text: str) -> bytes:
    """A text message as Telegram sends it."""
    number = next(_numbers)
    sender = {
        "id": chat_id,
        "is_bot": False,
        "first_name": "陈",
        "last_name": "静",
        "language_code": "zh-hans",
    }
    message: dict[str, object] = {
        "message_id": number,
        "from": sender,
        "chat": {"id": chat_id, "first_name": "陈", "last_name": "静", "type": "private"},
        "date": int(time.time()),
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return json.dumps({"update_id": number, "message": message}, ensure_ascii=False).encode()

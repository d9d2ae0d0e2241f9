"""Brings updates and callbacks to the product until they are acknowledged."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from sandbox.pay.letters import Letter
from tests.bench.wire import Caller, connect

CONNECTIONS = 16
AGAIN_S = 0.2
TRIES = 300
# No answer at all, a proxy's word that nobody is behind it, or ours that it was not kept in time.
BEARABLE = frozenset({0, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is posted, and where."""

    path: str
    body: bytes
    headers: Mapping[str, str]


def called_back(letter: Letter) -> Envelope:
    return Envelope("/notify/wechat", letter.body, letter.headers)


@dataclass(frozen=True, slots=True)
class Post:
    """A few kept connections to one port."""

    port: int
    free: asyncio.Queue[Caller | None] = field(default_factory=asyncio.Queue)

    async def __aenter__(self) -> Self:
        for _ in range(CONNECTIONS):
            self.free.put_nowait(None)
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self.free.empty():
            if (caller := self.free.get_nowait()) is not None:
                caller.close()

    async def deliver(self, letter: Envelope) -> None:
        """Send until it is acknowledged, as Telegram and the providers do."""
        for _ in range(TRIES):
            if (status := await self._send(letter)) in {200, 204}:
                return
            assert status in BEARABLE, f"answered {status}"
            await asyncio.sleep(AGAIN_S)
        raise AssertionError(f"never acknowledged: {letter.path}")

    async def _send(self, letter: Envelope) -> int:
        caller, status = await self.free.get(), 0
        try:
            caller = caller or await connect(self.port)
            status = await caller.post(letter.path, letter.body, letter.headers)
        except (ConnectionError, TimeoutError, OSError):
            if caller is not None:
                caller.close()
            caller = None
        self.free.put_nowait(caller)
        return status

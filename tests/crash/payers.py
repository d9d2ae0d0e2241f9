"""Providers and Telegram around a product that dies again and again: what they sent and heard."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.pay.letters import Sender, honest
from tests.bench.callbacks import notice_of
from tests.bench.installation import Installation
from tests.bench.seeding import Waiting
from tests.scale.post import Post, called_back
from tests.scale.progress import Progress

AT_ONCE = 8
REPEATS = 0.2  # the share of callbacks that tell of a trade acknowledged before
TRADE_NO_LENGTH = 28
TRADE_NO_START = b"4200"


@dataclass(slots=True)
class Heard:
    """How often each person was told of each trade."""

    of: Counter[tuple[int, str]] = field(default_factory=Counter)

    def heard(self, method: str, chat_id: int, body: bytes) -> None:
        start = body.find(TRADE_NO_START)
        if method == "sendMessage" and start >= 0:
            self.of[chat_id, body[start : start + TRADE_NO_LENGTH].decode()] += 1


@dataclass(slots=True, kw_only=True)
class Payers:
    """Callbacks of paid orders without end: new ones while there are any, and repeats."""

    installed: Installation
    chance: random.Random
    progress: Progress = field(default_factory=Progress)
    paid: dict[int, Waiting] = field(default_factory=dict)  # by the number of the trade

    async def go_on(self, enough: asyncio.Event) -> None:
        """Send until it is enough; what is under way then is finished."""
        fresh = iter(enumerate(self.installed.waiting))
        async with Post(self.installed.port) as post, asyncio.TaskGroup() as sending:
            for _ in range(AT_ONCE):
                sending.create_task(self._send(post, fresh, enough))

    async def _send(
        self, post: Post, fresh: Iterator[tuple[int, Waiting]], enough: asyncio.Event
    ) -> None:
        while not enough.is_set():
            number, order = self._next(fresh)
            sender = Sender(credentials=self.installed.credentials, timestamp=int(time.time()))
            notice = notice_of(self.installed.credentials, order.order_no, number)
            await post.deliver(called_back(honest(notice, sender)))
            self.paid[number] = order
            self.progress.count()

    def _next(self, fresh: Iterator[tuple[int, Waiting]]) -> tuple[int, Waiting]:
        if self.paid and self.chance.random() < REPEATS:
            return self.chance.choice(list(self.paid.items()))
        return next(fresh, None) or self.chance.choice(list(self.paid.items()))

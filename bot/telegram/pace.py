"""When a call may go: the buckets of all and of each chat, and the pauses Telegram asked for."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from bot.telegram.limits import Bucket, Limits


@dataclass(slots=True)
class Chat:
    """One chat's turn and pace; `users` counts the calls that hold or await its turn.

    Calls that nobody waits for stand in `line` first, so that they keep their order among
    themselves while others go before them.
    """

    bucket: Bucket
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    closed_until: float = 0
    users: int = 0

    def is_idle(self, now: float) -> bool:
        return self.users == 0 and self.closed_until <= now and self.bucket.is_full(now)


class Pace:
    """Keeps the rates; times are those of the event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall: Bucket | None = None
        self._closed_until = 0.0
        self._chats: OrderedDict[int, Chat] = OrderedDict()
        self._processes = 1

    def share(self, processes: int) -> None:
        """Telegram counts all processes of a bot together: each takes its part of every rate."""
        self._processes = max(1, processes)

    def chat(self, chat_id: int, now: float) -> Chat:
        """The chat's record, made when it is new; those long idle are forgotten."""
        found = self._chats.get(chat_id)
        rate = self._limits.private if chat_id > 0 else self._limits.group
        rate = rate.shared_by(self._processes)
        if found is None:
            found = self._chats[chat_id] = Chat(Bucket(rate, now))
            self._forget_idle(now)
        found.bucket.slow_down(rate, now)
        self._chats.move_to_end(chat_id)
        return found

    def _forget_idle(self, now: float) -> None:
        excess = len(self._chats) - self._limits.chats_remembered
        for chat_id in list(self._chats)[: max(0, excess)]:
            if self._chats[chat_id].is_idle(now):
                del self._chats[chat_id]

    def take(self, chat_id: int | None, chat: Chat | None, now: float, *, urgent: bool) -> float:
        """Take a token and return 0, or return the seconds to wait before asking again.

        Without a chat (answers to presses, settings) only Telegram's own pauses count.
        """
        if (pause := self._closed_until - now) > 0:
            return pause
        if chat is None or chat_id is None:
            return 0
        if (pause := chat.closed_until - now) > 0:
            return pause
        rate = self._limits.overall.shared_by(self._processes)
        overall = self._overall = self._overall or Bucket(rate, now)
        overall.slow_down(rate, now)
        # Only a person's own chat is overdrawn: a group's limit counts for all its members.
        floor = -self._limits.overdraft if urgent and chat_id > 0 else 0
        reserve = 0 if urgent else self._limits.reserve / self._processes
        wait_s = max(chat.bucket.wait_s(now, floor), overall.wait_s(now, reserve))
        if wait_s > 0:
            return wait_s
        overall.take()
        chat.bucket.take()
        return 0

    def close(self, chat: Chat | None, until: float) -> None:
        """Telegram asked for a pause: of this chat, or of everything when it names none."""
        if chat is None:
            self._closed_until = max(self._closed_until, until)
        else:
            chat.closed_until = max(chat.closed_until, until)

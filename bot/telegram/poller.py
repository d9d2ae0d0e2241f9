"""Our own long polling: a batch is stored, with one commit, before Telegram may forget it."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiogram.methods import DeleteWebhook, TelegramMethod

from core.errors import InvalidRequest, StorageFault
from core.inbox.envelope import incoming_of
from core.inbox.model import Incoming
from core.inbox.service import Inbox
from core.jobs.drain import backoff_s

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_S = 25
BATCH = 100
REQUEST_S = 10
LONGEST_BACKOFF_S = 30.0
T = TypeVar("T")
log = structlog.get_logger()


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates whose answer is left as it came: no update is refused for its form."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = BATCH
    timeout: int = POLL_S
    allowed_updates: list[str] = ALLOWED_UPDATES


class _Stopped(Exception):
    """The stop came while we waited."""


class Poller:
    """Fetches updates until it is stopped. `offset` moves only after the commit."""

    def __init__(self, bot: Bot, inbox: Inbox, *, poll_s: int = POLL_S) -> None:
        self._bot = bot
        self._inbox = inbox
        self._poll_s = poll_s
        self._offset: int | None = None
        self._failures = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; a poll under way is broken off."""
        is_ours = False
        while not stop.is_set():
            try:
                if not is_ours:
                    is_ours = await self._until(stop, self._bot(DeleteWebhook(), REQUEST_S))
                await self._poll(stop)
                self._failures = 0
            except _Stopped:
                return
            except (AiogramError, StorageFault, TypeError, OSError) as error:
                await self._back_off(stop, error)

    async def _poll(self, stop: asyncio.Event) -> None:
        method = RawUpdates(offset=self._offset, timeout=self._poll_s)
        found = await self._until(stop, self._bot(method, self._poll_s + REQUEST_S))
        if not found:
            # All is confirmed. After a quiet week Telegram may number from a lower start, and
            # an offset kept till then would skip what comes.
            self._offset = None
            return
        incoming = _readable(found)
        await self._inbox.receive(incoming)
        if incoming:
            self._offset = max(item.update_id for item in incoming) + 1

    async def _until(self, stop: asyncio.Event, call: Coroutine[Any, Any, T]) -> T:
        """The call's result, or `_Stopped` as soon as the stop comes."""
        asked = asyncio.ensure_future(call)
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                return asked.result()
            raise _Stopped
        finally:
            for task in (asked, stopped):
                task.cancel()
            await asyncio.gather(asked, stopped, return_exceptions=True)

    async def _back_off(self, stop: asyncio.Event, error: Exception) -> None:
        self._failures += 1
        pause_s = min(backoff_s(self._failures), LONGEST_BACKOFF_S)
        if isinstance(error, TelegramRetryAfter):
            pause_s = float(error.retry_after)
        # Only the kind of error: its text may hold the address with the token.
        log.warning("poll.failed", error=type(error).__name__, again_in_s=round(pause_s, 1))
        try:
            await self._until(stop, asyncio.sleep(pause_s))
        except _Stopped:
            return


def _readable(found: Sequence[dict[str, Any]]) -> list[Incoming]:
    """What can be stored; an update without a number must not block those behind it."""
    incoming: list[Incoming] = []
    for update in found:
        try:
            incoming.append(incoming_of(update))
        except InvalidRequest:
            log.warning("poll.unreadable_update", fields=sorted(update)[:10])
    return incoming

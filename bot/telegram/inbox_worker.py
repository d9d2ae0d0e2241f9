"""Takes stored updates through the dispatcher: each until it is handled, in order per chat."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update

from core.app import Core
from core.correlation import correlated, of_update
from core.errors import RetryLater, StorageFault, TopupError, Undeliverable
from core.inbox.model import Claimed, Handled, Place
from core.jobs.drain import backoff_s
from core.storage.signals import wait_at_most

WIDTH = 8
MOST_ATTEMPTS = 5
MOST_WAITS = 60  # tries of an update that only waits for Telegram
LOOK_EVERY_S = 0.5
HANDLING_S = 75.0  # less than the lease of the inbox
log = structlog.get_logger()

Apologise = Callable[[Update, str], Awaitable[None]]


class InboxWorker:
    """Handles up to `width` chats at once until it is stopped; a stop finishes what runs."""

    def __init__(
        self,
        core: Core,
        dispatcher: Dispatcher,
        bot: Bot,
        *,
        apologise: Apologise,
        width: int = WIDTH,
    ) -> None:
        self._core = core
        self._dispatcher = dispatcher
        self._bot = bot
        self._apologise = apologise
        self._width = width
        self._running: set[asyncio.Task[None]] = set()
        self._handled: list[Handled] = []  # ended, but not yet in the database
        self._wake = core.inbox.wake()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then wait for what is under way."""
        while not stop.is_set():
            self._wake.clear()
            if not await self.step():
                await wait_at_most(self._wake, LOOK_EVERY_S)
        if self._running:
            await asyncio.wait(self._running)
        await self._turn_over(0)

    async def step(self) -> int:
        """End what was handled, claim what fits and start it; 0 when there is nothing to do."""
        free = self._width - len(self._running)
        if free <= 0 and not self._handled:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        claimed = await self._turn_over(free)
        for item in claimed:
            task = asyncio.create_task(self._work(item))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(claimed) + len(self._handled)

    async def settle(self) -> None:
        """Handle everything that is due now, to the end: for tests."""
        while await self.step():
            if self._running:
                await asyncio.wait(self._running)

    async def _turn_over(self, limit: int) -> list[Claimed]:
        """One commit for what ended and what begins; what could not be kept is tried again."""
        handled, self._handled = self._handled, []
        try:
            return await self._core.inbox.turn_over(handled, limit)
        except StorageFault as error:
            log.warning("update.outcome_waits", updates=len(handled), why=str(error))
            self._handled = handled + self._handled
            await asyncio.sleep(LOOK_EVERY_S)
            return []

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _work(self, item: Claimed) -> None:
        with correlated(of_update(item.update_id)):
            await self._work_through_outages(item)

    async def _work_through_outages(self, item: Claimed) -> None:
        try:
            await self._handle_or_put_off(item)
        except StorageFault as error:
            # The outcome could not be kept: the lease runs out, and it is handled once more.
            log.warning("update.outcome_lost", update=item.update_id, why=str(error))

    async def _handle_or_put_off(self, item: Claimed) -> None:
        try:
            place = await self._handle(item)
        except Undeliverable as error:
            log.info("update.unreachable", update=item.update_id, why=str(error))
            self._handled.append(Handled(update=item))
        except RetryLater as error:
            await self._later(item, error, error.after_s, MOST_WAITS)
        except Exception as error:
            log.exception("update.failed", update=item.update_id, attempt=item.attempts)
            await self._later(item, error, backoff_s(item.attempts), MOST_ATTEMPTS)
        else:
            log.info("update.handled", update=item.update_id, attempt=item.attempts)
            self._handled.append(Handled(update=item, place=place))

    async def _handle(self, item: Claimed) -> Place | None:
        async with asyncio.timeout(HANDLING_S):
            update = Update.model_validate_json(item.payload, context={"bot": self._bot})
            result = await self._dispatcher.feed_update(self._bot, update)
        return result if isinstance(result, Place) else None

    async def _later(
        self, item: Claimed, error: Exception, after_s: float, most_attempts: int
    ) -> None:
        if item.attempts >= most_attempts:
            await self._bury(item, error)
        else:
            await self._core.inbox.retry(item, after_s=after_s, error=_reason(error))

    async def _bury(self, item: Claimed, error: Exception) -> None:
        """Set it aside, tell the operators, and tell the person that it came to nothing."""
        reference = f"U{item.update_id}"
        reason = _reason(error)
        log.error("update.dead", update=item.update_id, reference=reference, reason=reason)
        await self._core.inbox.bury(item, error=reason)
        facts = {"what": "dead_update", "detail": f"{reference}: {reason}"[:300]}
        await self._core.raise_alarm(f"update:{item.update_id}", facts)
        try:
            update = Update.model_validate_json(item.payload)
            await self._apologise(update, reference)
        except (TopupError, ValueError) as failed:
            log.warning("update.no_apology", reference=reference, why=type(failed).__name__)


def _reason(error: Exception) -> str:
    """Ours in full; of other errors only the name, for their texts may quote what people typed."""
    name = type(error).__name__
    return f"{name}: {error}"[:300] if isinstance(error, TopupError) else name

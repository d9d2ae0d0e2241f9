"""Hands updates to a bot's own server, in order within a chat, until it takes them."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from sandbox.connection import trusting_nobody
from sandbox.telegram.limits import (
    WEBHOOK_LONGEST_PAUSE_S,
    WEBHOOK_LONGEST_RETRY_AFTER_S,
    WEBHOOK_TIMEOUT_S,
)
from sandbox.telegram.updates import Update, UpdateFeed
from sandbox.trace import Trace

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, not a secret
OK = 200
REDIRECT = 300

# The answer to a delivery may itself be a call of a method.
OnReply = Callable[[httpx.Response], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    url: str
    secret: str | None = None
    max_connections: int = 40
    ip_address: str | None = None


@dataclass(slots=True, kw_only=True)
class LastError:
    at: float = 0
    text: str = ""


@dataclass(slots=True, kw_only=True)
class Lane:
    """Updates that must keep their order: the messages of a chat, or the presses of a person."""

    waiting: deque[int] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Webhook:
    """Delivers what is pending in the feed; only the head of each lane is under way."""

    def __init__(
        self, settings: WebhookSettings, feed: UpdateFeed, trace: Trace, on_reply: OnReply
    ) -> None:
        self.settings = settings
        self.last_error = LastError()
        self._feed = feed
        self._trace = trace
        self._on_reply = on_reply
        self._lanes: dict[str, Lane] = {}
        self._slots = asyncio.Semaphore(settings.max_connections)
        self._client = httpx.AsyncClient(
            timeout=WEBHOOK_TIMEOUT_S,
            trust_env=False,
            verify=True if settings.url.startswith("https:") else trusting_nobody(),
        )
        for update in feed.pending.values():
            self._queue(update)
        feed.on_added = self._queue

    async def close(self) -> None:
        self._feed.on_added = None
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def _queue(self, update: Update) -> None:
        lane = self._lanes.setdefault(update.lane, Lane())
        lane.waiting.append(update.id)
        if lane.task is None:
            lane.task = asyncio.get_running_loop().create_task(self._empty(update.lane))

    async def _empty(self, name: str) -> None:
        lane = self._lanes[name]
        while lane.waiting:
            update = self._feed.pending.get(lane.waiting[0])
            if update:
                await self._deliver_until_taken(update)
                self._feed.done(update.id)
                for repeated in self._feed.take_repeats():
                    await self._post(repeated)
            lane.waiting.popleft()
        del self._lanes[name]

    async def _deliver_until_taken(self, update: Update) -> None:
        pause_s = 0.0
        while update.id in self._feed.pending:
            async with self._slots:
                retry_after_s = await self._post(update)
            if retry_after_s is None:
                return
            self._feed.expire()
            await asyncio.sleep(retry_after_s or pause_s)
            pause_s = next_pause_s(pause_s)

    async def _post(self, update: Update) -> float | None:
        """None when taken; else the pause the other side asks for, 0 if it names none."""
        settings = self.settings
        headers = {SECRET_HEADER: settings.secret} if settings.secret else {}
        try:
            response = await self._client.post(settings.url, json=update.data(), headers=headers)
        except httpx.HTTPError as failure:
            self._failed(update, f"Connection failed: {type(failure).__name__}", 0)
            return 0
        if OK <= response.status_code < REDIRECT:
            self._trace.record("updates", update.kind, update.data(), response.content, OK)
            await self._on_reply(response)
            return None
        self._failed(
            update,
            f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}",
            response.status_code,
        )
        return _retry_after_s(response)

    def _failed(self, update: Update, text: str, status: int) -> None:
        self.last_error = LastError(at=self._feed.now(), text=text)
        self._trace.record("updates", update.kind, update.data(), text, status)


def next_pause_s(pause_s: float) -> float:
    """0, 2, 4, 8 … and in the end a random one to two minutes."""
    longer_s = pause_s * 2 if pause_s else 2.0
    shortest_s, longest_s = WEBHOOK_LONGEST_PAUSE_S
    return longer_s if longer_s < shortest_s else random.uniform(shortest_s, longest_s)


def _retry_after_s(response: httpx.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return float(min(int(asked), WEBHOOK_LONGEST_RETRY_AFTER_S)) if asked.isdigit() else 0.0

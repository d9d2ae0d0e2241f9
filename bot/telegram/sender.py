"""The one way out to the Bot API: paced, in order per chat, patient with Telegram's bad days."""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never, cast

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
)
from aiogram.methods import TelegramMethod

from bot.telegram.answers import HELD
from bot.telegram.errors import CallRefused, MessageGone
from bot.telegram.limits import Limits
from bot.telegram.pace import Chat, Pace
from bot.telegram.verdicts import Verdict, verdict_on
from core.errors import RetryLater, Undeliverable

T = TypeVar("T")
Called = Callable[[str], None]
LATER_S = 15.0  # when to come back after a call's patience is over
MISCONFIGURED_S = 60.0
log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class _Call:
    """A call under way; `chat` is None for what is no message."""

    method: TelegramMethod[Any]
    chat: Chat | None
    chat_id: int | None
    urgent: bool
    deadline: float
    failures: int = 0

    def facts(self) -> dict[str, object]:
        return {"method": self.method.__api_method__, "chat": self.chat_id}


class Sender:
    """Makes calls. An error that leaves it is one of ours and never holds the token."""

    def __init__(
        self, bot: Bot, limits: Limits | None = None, *, called: Called | None = None
    ) -> None:
        """`called` hears how each call to Telegram ended."""
        self._bot = bot
        self._called = called or _unheard
        self._limits = limits or Limits()
        self._pace = Pace(self._limits)
        self._answers = HELD
        self._moved: dict[int, int] = {}  # groups that became supergroups

    def share(self, processes: int) -> None:
        """How many processes speak as this bot now, this one included."""
        self._pace.share(processes)

    async def call(
        self,
        method: TelegramMethod[T],
        *,
        chat_id: int | None,
        urgent: bool = False,
        patience_s: float | None = None,
    ) -> T:
        """Make the call, in its turn among those of `chat_id`.

        `chat_id` is None for what is no message (answers to presses, settings): it neither waits
        for a turn nor counts. `urgent` calls, for which a person waits, go before others. Raises
        `RetryLater`, `Undeliverable`, `MessageGone` or `CallRefused`.
        """
        patience_s = self._limits.patience_s if patience_s is None else patience_s
        made = _Call(
            method=method,
            chat=None if chat_id is None else self._pace.chat(chat_id, _now()),
            chat_id=chat_id,
            urgent=urgent,
            deadline=_now() + patience_s,
        )
        async with self._turn(made):
            if chat_id in self._moved:
                _lead_to(made, self._moved[chat_id])
            return cast("T", await self._make(made))

    @asynccontextmanager
    async def _turn(self, call: _Call) -> AsyncIterator[None]:
        """Alone in its chat, with the pace's consent; urgent calls pass those that wait for it."""
        if call.chat is None:
            await self._await_pace(call)
            yield
            return
        call.chat.users += 1
        try:
            async with AsyncExitStack() as held:
                if not call.urgent:
                    await _acquire(call.chat.line, call.deadline)
                    held.callback(call.chat.line.release)
                await self._take_turn(call, call.chat)
                held.callback(call.chat.turn.release)
                yield
        finally:
            call.chat.users -= 1

    async def _take_turn(self, call: _Call, chat: Chat) -> None:
        """The turn is not kept while the pace makes the call wait."""
        while True:
            await _acquire(chat.turn, call.deadline)
            pause_s = self._pace.take(call.chat_id, chat, _now(), urgent=call.urgent)
            if not pause_s:
                return
            chat.turn.release()
            await _sleep(pause_s, call.deadline)

    async def _make(self, call: _Call) -> object:
        """Try, and judge what came of it, until it ends or patience does."""
        while True:
            try:
                answer = await self._try(call)
            except TelegramRetryAfter as error:
                self._called("paused")
                log.warning("telegram.paused", seconds=error.retry_after, **call.facts())
                self._pace.close(call.chat, _now() + error.retry_after)
            except TelegramMigrateToChat as error:
                self._called("moved")
                self._follow(call, error.migrate_to_chat_id)
            except (AiogramError, TypeError, OSError) as error:
                self._called(verdict_on(error).name.lower())
                if _is_done(call, error):
                    return True
                await self._back_off(call, error)
            else:
                self._called("done")
                log.info("telegram.called", **call.facts())
                return answer
            await self._await_pace(call)

    async def _await_pace(self, call: _Call) -> None:
        while pause_s := self._pace.take(call.chat_id, call.chat, _now(), urgent=call.urgent):
            await _sleep(pause_s, call.deadline)

    async def _try(self, call: _Call) -> object:
        left_s = max(1.0, min(self._limits.request_s, call.deadline - _now()))
        return await self._bot(call.method, request_timeout=math.ceil(left_s))

    def _follow(self, call: _Call, new_chat_id: int) -> None:
        if call.chat_id is None or call.chat_id in self._moved:
            raise CallRefused("the chat moved twice") from None
        log.warning("telegram.group_moved", to=new_chat_id, **call.facts())
        self._moved[call.chat_id] = new_chat_id
        _lead_to(call, new_chat_id)

    async def _back_off(self, call: _Call, error: Exception) -> None:
        longest_s = self._limits.longest_backoff_s
        whole_s = min(self._limits.first_backoff_s * 2.0**call.failures, longest_s)
        pause_s = whole_s * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
        call.failures += 1
        log.info("telegram.failed", error=type(error).__name__, **call.facts())
        if _now() + pause_s > call.deadline:
            raise RetryLater(LATER_S) from None
        await asyncio.sleep(pause_s)


def _unheard(_outcome: str) -> None:
    """Nobody counts."""


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _sleep(pause_s: float, deadline: float) -> None:
    """A pause that would outlast the patience is left to whoever can wait."""
    if _now() + pause_s > deadline:
        raise RetryLater(pause_s)
    await asyncio.sleep(pause_s)


async def _acquire(turn: asyncio.Lock, deadline: float) -> None:
    try:
        async with asyncio.timeout_at(deadline):
            await turn.acquire()
    except TimeoutError:
        raise RetryLater(LATER_S) from None


def _lead_to(call: _Call, chat_id: int) -> None:
    call.method = call.method.model_copy(update={"chat_id": chat_id})


def _is_done(call: _Call, error: Exception) -> bool:
    """True for a refusal that means success, false for what passes; raises for all else.

    `from None` keeps foreign errors, whose texts may hold the address with the token, out of logs.
    """
    verdict = verdict_on(error)
    match verdict:
        case Verdict.DONE:
            return True
        case Verdict.TRANSIENT:
            return False
        case Verdict.MESSAGE_GONE:
            raise MessageGone(_said(error)) from None
        case Verdict.PERSON_GONE:
            raise Undeliverable(_said(error)) from None
        case Verdict.MISCONFIGURED:
            log.error("telegram.misconfigured", said=_said(error), **call.facts())
            raise RetryLater(MISCONFIGURED_S) from None
        case Verdict.OUR_FAULT:
            log.error("telegram.refused", said=_said(error), **call.facts())
            raise CallRefused(_said(error)) from None
    assert_never(verdict)


def _said(error: Exception) -> str:
    """Telegram's own words; never the text of an error that the client made."""
    message = getattr(error, "message", "") if isinstance(error, TelegramAPIError) else ""
    return message[:200] or type(error).__name__

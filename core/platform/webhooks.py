"""Use cases of events on their way to the platform: sending, the log, sending again."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import NotFound
from core.platform import events, store
from core.platform.model import (
    Delivery,
    Event,
    EventMove,
    EventState,
    Tried,
    WebhookTarget,
    next_try,
    step,
)
from core.storage.database import Database
from core.storage.transaction import Tx

AT_ONCE = 2  # a target that hangs must not keep the worker from everything else
BUSY_S = 2.0
AWAY_S = 4.0  # how long a target is left alone after it could not be reached
KEPT = timedelta(days=30)
OnGivenUp = Callable[[Tx, Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An event with every try of it."""

    event: Event
    deliveries: tuple[Delivery, ...]


class Webhooks:
    """At least once each, in no promised order. Without a target, events are only kept."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        target: WebhookTarget | None,
        *,
        on_given_up: OnGivenUp = lambda _tx, _event: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._target = target
        self._on_given_up = on_given_up
        self._busy = 0
        self._away_until: datetime | None = None

    async def send(self, event_id: str) -> datetime | Callable[[Tx], None]:
        """One try; returns what is to be kept of it in the commit that ends the job.

        A time instead means that it was not tried, and when to come back.
        """
        event = await self._database.read(lambda tx: store.event(tx, event_id))
        if event is None or event.state is not EventState.WAITING:
            return _nothing
        if self._target is None:
            return lambda tx: self._skip(tx, event_id)
        if (pause_s := self._pause_s()) > 0:
            return self._clock.now() + timedelta(seconds=pause_s + random.random())  # noqa: S311
        self._busy += 1
        try:
            return await self._try(event, self._target)
        finally:
            self._busy -= 1

    def _pause_s(self) -> float:
        """How long others come first, or the target is left alone."""
        if self._away_until is not None:
            left_s = (self._away_until - self._clock.now()).total_seconds()
            if left_s > 0:
                return left_s
        return BUSY_S if self._busy >= AT_ONCE else 0.0

    async def _try(self, event: Event, target: WebhookTarget) -> Callable[[Tx], None]:
        begun = self._clock.now()
        tried = await target.send(event, begun)
        now = self._clock.now()
        is_away = tried.status is None
        self._away_until = now + timedelta(seconds=AWAY_S) if is_away else None
        took_ms = int((now - begun).total_seconds() * 1000)
        return lambda tx: self._tried(tx, event.event_id, tried, took_ms)

    def _tried(self, tx: Tx, event_id: str, tried: Tried, took_ms: int) -> None:
        now = self._clock.now()
        found = store.event(tx, event_id, lock=True)
        if found is None or found.state is not EventState.WAITING:
            return
        attempts = found.attempts + 1
        delivery = Delivery(
            event_id=event_id, attempt=attempts, at=now, tried=tried, took_ms=took_ms
        )
        store.add_delivery(tx, delivery)
        if tried.is_delivered:
            self._end(tx, found, EventMove.DELIVER, attempts=attempts)
        elif (again := next_try(attempts, now)) is None:
            self._end(tx, found, EventMove.GIVE_UP, attempts=attempts)
            self._on_given_up(tx, found)
        else:
            store.set_event(tx, event_id, found.state, attempts=attempts, ended_at=None)
            events.send_soon(tx, event_id, at=again)

    def _skip(self, tx: Tx, event_id: str) -> None:
        found = store.event(tx, event_id, lock=True)
        if found is not None and found.state is EventState.WAITING:
            self._end(tx, found, EventMove.SKIP, attempts=found.attempts)

    def _end(self, tx: Tx, event: Event, move: EventMove, *, attempts: int) -> None:
        state = step(event.state, move)
        store.set_event(tx, event.event_id, state, attempts=attempts, ended_at=self._clock.now())

    # --- for operators ------------------------------------------------------------------------

    async def replay(self, *, since: datetime | None = None, event_id: str | None = None) -> int:
        """Send again: one event, all since a time, or else all that did not get through.

        Raises `NotFound` for an event that is not there. Returns how many there are.
        """
        return await self._database.write(lambda tx: self._replay(tx, since, event_id))

    def _replay(self, tx: Tx, since: datetime | None, event_id: str | None) -> int:
        if event_id is not None:
            found = store.event(tx, event_id)
            if found is None:
                raise NotFound(event_id)
            chosen = [found]
        else:
            chosen = store.undelivered(tx) if since is None else store.events_since(tx, since)
        for event in chosen:
            state = step(event.state, EventMove.REPLAY)
            store.set_event(tx, event.event_id, state, attempts=0, ended_at=None)
            events.send_soon(tx, event.event_id, at=self._clock.now())
        return len(chosen)

    async def log(self, *, event_id: str | None = None, limit: int = 20) -> list[Logged]:
        """The newest events, or one, with every try; `NotFound` when it is not there."""

        def work(tx: Tx) -> list[Logged]:
            found = store.newest_events(tx, limit=limit) if event_id is None else []
            if event_id is not None:
                if (one := store.event(tx, event_id)) is None:
                    raise NotFound(event_id)
                found = [one]
            return [
                Logged(event=event, deliveries=tuple(store.deliveries(tx, event.event_id)))
                for event in found
            ]

        return await self._database.read(work)

    async def sweep(self) -> None:
        """Forget events that ended long ago."""
        before = self._clock.now() - KEPT
        await self._database.write(lambda tx: store.sweep_events(tx, before=before))


def _nothing(_tx: Tx) -> None:
    """It ended meanwhile."""

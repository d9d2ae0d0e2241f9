"""What the cloud platform asks of us and is answered, and what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.errors import IllegalStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A request under an idempotency key; `request_hash` tells a repeat from another request."""

    bearer: str = field(repr=False)
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP status and a JSON body."""

    status: int
    body: Mapping[str, object]


class EventType(StrEnum):
    """What the platform is told of, by webhook."""

    FUNDS_ARRIVED = "funds.arrived"
    HOLD_FUNDABLE = "hold.fundable"
    HOLD_EXPIRED = "hold.expired"
    REMITTANCE_DECIDED = "remittance.decided"


class EventState(StrEnum):
    """The life of an event on its way to the platform."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"  # three days of tries, none answered well
    UNSENT = "unsent"  # there was no address to send it to


class EventMove(StrEnum):
    DELIVER = "deliver"
    GIVE_UP = "give_up"
    SKIP = "skip"
    REPLAY = "replay"


_S, _M = EventState, EventMove
EVENT_STEPS: Mapping[tuple[EventState, EventMove], EventState] = {
    (_S.WAITING, _M.DELIVER): _S.DELIVERED,
    (_S.WAITING, _M.GIVE_UP): _S.GIVEN_UP,
    (_S.WAITING, _M.SKIP): _S.UNSENT,
    (_S.WAITING, _M.REPLAY): _S.WAITING,
    (_S.DELIVERED, _M.REPLAY): _S.WAITING,
    (_S.GIVEN_UP, _M.REPLAY): _S.WAITING,
    (_S.UNSENT, _M.REPLAY): _S.WAITING,
}


def step(state: EventState, move: EventMove) -> EventState:
    """The state after `move`, or `IllegalStep`."""
    try:
        return EVENT_STEPS[state, move]
    except KeyError:
        raise IllegalStep(record="Event", state=state, event=move) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `event_id` is the same in every try, so that it counts once."""

    event_id: str
    type: EventType
    data: Mapping[str, object]
    happened_at: datetime
    state: EventState
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one try: the status of an answer, or why there was none."""

    status: int | None = None
    fault: str | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One line of the delivery log."""

    event_id: str
    attempt: int
    at: datetime
    tried: Tried
    took_ms: int


class WebhookTarget(Protocol):
    """Where events go."""

    async def send(self, event: Event, at: datetime) -> Tried:
        """One try, within 10 s; raises nothing."""
        ...


# After each failed try: soon, then rarer, over three days in all.
GAPS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=18),
    timedelta(hours=22),
)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed tries; None when it was the last."""
    return now + GAPS[attempts - 1] if attempts <= len(GAPS) else None

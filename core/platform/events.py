"""Telling the platform what happened: written where it happens, sent by a job."""

from collections.abc import Mapping
from datetime import datetime

from core.ids import RandomIds
from core.jobs import queue
from core.platform import store
from core.platform.model import Event, EventState, EventType
from core.storage.transaction import Tx

SEND = "send_event"
EVENT_ID_LENGTH = 26
_ids = RandomIds()  # never repeated, not even by a database that was restored


def add(tx: Tx, event_type: EventType, data: Mapping[str, object], at: datetime) -> Event:
    """Have the platform told, at least once, in the commit of what happened.

    `data` are JSON values and name the account as `account_id`.
    """
    event = Event(
        event_id=f"evt_{_ids.short(EVENT_ID_LENGTH)}",
        type=event_type,
        data=data,
        happened_at=at,
        state=EventState.WAITING,
        attempts=0,
    )
    store.add_event(tx, event)
    send_soon(tx, event.event_id, at=at)
    return event


def send_soon(tx: Tx, event_id: str, *, at: datetime) -> None:
    """Have it sent from `at` on; one that waits for its next try does not wait longer."""
    key = f"{SEND}:{event_id}"
    if not queue.enqueue(tx, SEND, {"event": event_id}, at=at, dedupe_key=key):
        queue.hasten(tx, key, at=at)

"""SQL of idempotency keys with the answers kept under them, and of events for the platform."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row, Select, delete, select, update

from core.platform.model import Delivery, Event, EventState, EventType, Tried
from core.storage.platform_tables import platform_deliveries, platform_events
from core.storage.tables import idempotency
from core.storage.transaction import Tx

UNANSWERED = 0


def reserve(tx: Tx, scope: str, key: str, request_hash: str, *, at: datetime) -> bool:
    """Take the key; false when it was taken before. A twin under way is waited for."""
    values = {
        "scope": scope,
        "key": key,
        "request_hash": request_hash,
        "status": UNANSWERED,
        "answer": {},
        "created_at": at,
    }
    return tx.insert_once(idempotency, values)


def keep(tx: Tx, scope: str, key: str, *, status: int, answer: Mapping[str, object]) -> None:
    """Put the answer beside the key; only seen together, in one commit."""
    tx.execute(
        update(idempotency)
        .where(idempotency.c.scope == scope, idempotency.c.key == key)
        .values(status=status, answer=dict(answer))
    )


def kept(tx: Tx, scope: str, key: str) -> Row[tuple[object, ...]] | None:
    return tx.first(
        select(idempotency.c.request_hash, idempotency.c.status, idempotency.c.answer).where(
            idempotency.c.scope == scope, idempotency.c.key == key
        )
    )


def sweep(tx: Tx, *, before: datetime) -> None:
    """Forget keys nobody will repeat any more."""
    tx.execute(delete(idempotency).where(idempotency.c.created_at < before))


# --- events -------------------------------------------------------------------------------------


def add_event(tx: Tx, event: Event) -> None:
    values = {
        "id": event.event_id,
        "type": event.type,
        "data": dict(event.data),
        "state": event.state,
        "attempts": event.attempts,
        "happened_at": event.happened_at,
    }
    tx.insert(platform_events, values)


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(
        event_id=row.id,
        type=EventType(row.type),
        data=row.data,
        happened_at=row.happened_at,
        state=EventState(row.state),
        attempts=row.attempts,
    )


def event(tx: Tx, event_id: str, *, lock: bool = False) -> Event | None:
    row = tx.one(platform_events, lock=lock, id=event_id)
    return None if row is None else _event(row)


def set_event(
    tx: Tx, event_id: str, state: EventState, *, attempts: int, ended_at: datetime | None
) -> None:
    tx.change(platform_events, {"id": event_id}, state=state, attempts=attempts, ended_at=ended_at)


def add_delivery(tx: Tx, delivery: Delivery) -> None:
    values = {
        "event_id": delivery.event_id,
        "attempt": delivery.attempt,
        "at": delivery.at,
        "status": delivery.tried.status,
        "fault": delivery.tried.fault,
        "took_ms": delivery.took_ms,
    }
    tx.insert(platform_deliveries, values)


def undelivered(tx: Tx) -> list[Event]:
    """Those that nobody tries to send any more, oldest first."""
    query = select(platform_events).where(
        platform_events.c.state.in_((EventState.GIVEN_UP, EventState.UNSENT))
    )
    return _oldest_first(tx, query)


def events_since(tx: Tx, since: datetime) -> list[Event]:
    """All of them, delivered ones too, oldest first."""
    return _oldest_first(tx, select(platform_events).where(platform_events.c.happened_at >= since))


def _oldest_first(tx: Tx, query: Select[tuple[object, ...]]) -> list[Event]:
    ordered = query.order_by(platform_events.c.happened_at, platform_events.c.id)
    return [_event(row) for row in tx.all(ordered)]


def newest_events(tx: Tx, *, limit: int) -> list[Event]:
    query = select(platform_events).order_by(
        platform_events.c.happened_at.desc(), platform_events.c.id.desc()
    )
    return [_event(row) for row in tx.all(query.limit(limit))]


def deliveries(tx: Tx, event_id: str) -> list[Delivery]:
    query = select(platform_deliveries).where(platform_deliveries.c.event_id == event_id)
    return [
        Delivery(
            event_id=row.event_id,
            attempt=row.attempt,
            at=row.at,
            tried=Tried(status=row.status, fault=row.fault),
            took_ms=row.took_ms,
        )
        for row in tx.all(query.order_by(platform_deliveries.c.id))
    ]


def sweep_events(tx: Tx, *, before: datetime) -> None:
    """Forget events that ended long ago, with their deliveries."""
    tx.execute(delete(platform_events).where(platform_events.c.ended_at < before))

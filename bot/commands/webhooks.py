"""The platform's webhooks: what was sent, and sending it again."""

from datetime import datetime

import typer

from bot.commands.database import opened_database
from core.clock import SystemClock
from core.errors import InvalidRequest, NotFound
from core.platform.model import Delivery, Tried
from core.platform.webhooks import Webhooks
from core.storage.database import Database


def read_time(text: str) -> datetime:
    """An RFC 3339 time; one without a zone says nothing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time such as 2026-11-22T20:00:00+08:00") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no zone: write it as 2026-11-22T20:00:00+08:00")
    return moment


async def print_log(event_id: str | None, limit: int) -> None:
    async with opened_database() as database:
        try:
            found = await _webhooks(database).log(event_id=event_id, limit=limit)
        except NotFound as error:
            raise InvalidRequest(f"there is no event {event_id}") from error
    for logged in found:
        event = logged.event
        happened = event.happened_at.isoformat(timespec="seconds")
        typer.echo(f"{event.event_id} {event.type} {happened} {event.state}")
        for delivery in logged.deliveries:
            typer.echo(f"  {_line(delivery)}")


def _line(delivery: Delivery) -> str:
    at = delivery.at.isoformat(timespec="seconds")
    return f"try {delivery.attempt} {at} {_outcome(delivery.tried)} in {delivery.took_ms} ms"


def _outcome(tried: Tried) -> str:
    return f"no answer ({tried.fault})" if tried.status is None else f"HTTP {tried.status}"


async def replay(event_id: str | None, since: datetime | None) -> None:
    async with opened_database() as database:
        try:
            count = await _webhooks(database).replay(since=since, event_id=event_id)
        except NotFound as error:
            raise InvalidRequest(f"there is no event {event_id}") from error
    typer.echo(f"{count} to be sent again by the running `topup serve`")


def _webhooks(database: Database) -> Webhooks:
    return Webhooks(database, SystemClock(), None)

"""The id that one update, callback or call carries through log lines, jobs and messages."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from core.ids import RandomIds

LONGEST = 40
_NAME = "correlation_id"


@contextmanager
def correlated(correlation_id: str | None = None) -> Iterator[str]:
    """Every event and job made inside, awaited calls included, carries this id, or a new one."""
    chosen = (correlation_id or RandomIds().short(12))[:LONGEST]
    with structlog.contextvars.bound_contextvars(**{_NAME: chosen}):
        yield chosen


def current() -> str | None:
    """What the caller's events carry."""
    found = structlog.contextvars.get_contextvars().get(_NAME)
    return None if found is None else str(found)


def of_update(update_id: int) -> str:
    """Known from the update alone, so that who stored it and who handles it agree."""
    return f"update-{update_id}"

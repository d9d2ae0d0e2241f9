"""Which days the clock compares by itself, and when."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from core.reconciliation.model import day_of, ready_at

CATCH_UP_DAYS = 7  # days missed while nobody ran, each compared once
UNSETTLED_DAYS = 31  # days with breaks left, compared again each morning
AGAIN = timedelta(minutes=10)
OVERDUE = timedelta(hours=4)

Runs = Mapping[date, tuple[datetime, bool]]  # by day: the last run, and whether it is settled


def newest_bill(now: datetime, hour: time) -> date:
    """The last day whose bill is out."""
    yesterday = day_of(now) - timedelta(days=1)
    return yesterday if now >= ready_at(yesterday, hour) else yesterday - timedelta(days=1)


def due_days(runs: Runs, now: datetime, hour: time) -> list[date]:
    """Days never compared, oldest first; then those with breaks left, once each morning."""
    last = newest_bill(now, hour)
    missing = [last - timedelta(days=back) for back in reversed(range(CATCH_UP_DAYS))]
    fresh = [day for day in missing if day not in runs]
    if last < day_of(now) - timedelta(days=1):
        return fresh
    oldest = last - timedelta(days=UNSETTLED_DAYS)
    unsettled = [
        day
        for day, (ran_at, is_settled) in sorted(runs.items())
        if oldest <= day <= last and not is_settled and day_of(ran_at) < day_of(now)
    ]
    return [*fresh, *unsettled]

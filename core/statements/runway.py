"""How long the balance lasts at the present rate: an estimate, and what it rests on.

Spending is what purchases took on each day of the last 30, as a mean for each weekday. It is
taken from what is available: frozen money is already spoken for. With less than 14 days since the
first of these purchases, or purchases on fewer than 5 days, there is too little to say anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.statements.model import Day

LOOK_BACK = 30
LEAST_DAYS = 14
LEAST_SPENDING_DAYS = 5
HORIZON = 365
FILL_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Runway:
    """`enough_until` is None where the money lasts beyond the horizon.

    `fill_fen` is what a top-up would have to bring to last `FILL_DAYS` more days.
    """

    enough_until: date | None
    days: int
    mean_fen: int
    looked_at: int
    fill_fen: int


def estimate(days: Sequence[Day], available_fen: int, today: date) -> Runway | None:
    """From the days before today; None where there is too little history."""
    spending = [index for index, day in enumerate(days) if day.captured_fen > 0]
    if not spending or len(spending) < LEAST_SPENDING_DAYS:
        return None
    known = days[spending[0] :]
    if len(known) < LEAST_DAYS:
        return None
    by_weekday = _means(known)
    lasts = _lasts(by_weekday, available_fen, today)
    needed = sum(_of(by_weekday, today + timedelta(days=ahead)) for ahead in range(FILL_DAYS))
    return Runway(
        enough_until=None if lasts >= HORIZON else today + timedelta(days=lasts),
        days=lasts,
        mean_fen=sum(day.captured_fen for day in known) // len(known),
        looked_at=len(known),
        fill_fen=max(0, needed - available_fen),
    )


def _means(days: Sequence[Day]) -> dict[int, int]:
    """What a weekday takes on average, rounded up: an estimate errs on the safe side."""
    found: dict[int, list[int]] = {}
    for day in days:
        found.setdefault(date.fromisoformat(day.on).weekday(), []).append(day.captured_fen)
    return {weekday: -(-sum(taken) // len(taken)) for weekday, taken in found.items()}


def _of(by_weekday: dict[int, int], day: date) -> int:
    return by_weekday.get(day.weekday(), 0)


def _lasts(by_weekday: dict[int, int], available_fen: int, today: date) -> int:
    """How many whole days, today included, the money covers."""
    left = available_fen
    for ahead in range(HORIZON):
        left -= _of(by_weekday, today + timedelta(days=ahead))
        if left < 0:
            return ahead
    return HORIZON

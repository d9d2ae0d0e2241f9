"""When a remittance is due: bank days, stretched by the time its payer was asked for more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.jobs import queue
from core.remittance.calendar import END_OF_DAY, FARTHEST, BankCalendar, Pause
from core.remittance.model import Happened, RemittanceId, TimelineEntry
from core.storage.transaction import Tx

CLOCK = "remittance_clock"
BANK_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a payer is told, and when reviewers are reminded of it."""

    due_at: datetime
    half_at: datetime
    is_estimated: bool


def promise(
    days: BankCalendar, submitted_at: datetime, lines: Iterable[TimelineEntry], now: datetime
) -> Promise:
    """Three bank days, without the pauses; never in the past, however late it is already."""
    due = days.due(submitted_at, pauses=pauses_of(lines, now), now=now)
    if due.at <= now:
        return late_promise(days, now)
    half_at = due.half_at if due.half_at > now else now + (due.at - now) / 2
    return Promise(due_at=due.at, half_at=half_at, is_estimated=due.estimated)


def late_promise(days: BankCalendar, now: datetime) -> Promise:
    """The end of the next bank day, when the first promise was broken."""
    today = now.astimezone(BANK_ZONE).date()
    later = (today + timedelta(days=count) for count in range(1, FARTHEST))
    day = next(day for day in later if days.is_bank_day(day))
    due_at = datetime.combine(day, END_OF_DAY, BANK_ZONE).astimezone(UTC)
    is_estimated = not days.knows(day.year)
    return Promise(due_at=due_at, half_at=now + (due_at - now) / 2, is_estimated=is_estimated)


def pauses_of(lines: Iterable[TimelineEntry], now: datetime) -> list[Pause]:
    """From the first question until everything was submitted again, which has no words."""
    pauses: list[Pause] = []
    began: datetime | None = None
    for line in lines:
        if line.what is Happened.ASKED and began is None:
            began = line.at
        elif line.what is Happened.ANSWERED and line.text is None and began is not None:
            pauses.append(Pause(began=began, ended=line.at))
            began = None
    return pauses if began is None else [*pauses, Pause(began=began, ended=now)]


def wind(tx: Tx, remittance_id: RemittanceId, *, at: datetime) -> None:
    """Have the clock look at the remittance; it goes on by itself until the end."""
    key = f"clock:{remittance_id}"
    queue.enqueue(tx, CLOCK, {"remittance": remittance_id}, at=at, dedupe_key=key)

"""The clock of a remittance: bank working days of mainland China, and times counted in them.

A bank day is a weekday that is no statutory holiday. Weekends on which offices work to make up
for a holiday are no bank days. The days come from `chinesecalendar`; a file of the operator may
add or correct some. A year that neither knows is estimated: its weekdays.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import chinese_calendar

from core.errors import InvalidRequest

PROMISED_DAYS = 3
END_OF_DAY = time(23, 59)
ALARM_FROM_MONTH = 12
FARTHEST = 400  # days looked ahead: longer than any holiday, so that no search is endless
_LINE = re.compile(r"(\d{4})(?:-(\d\d)-(\d\d)(?:\s*,\s*|\s+)(closed|off|open))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Days said by the operator: open or not; and years that are complete thereby."""

    days: Mapping[date, bool]
    years: frozenset[int]


NO_OVERRIDES = Overrides(days={}, years=frozenset())


def read_overrides(text: str) -> Overrides:
    """One a line: `2027-01-01,closed`, `2027-02-20,open`, or `2027` when its list is complete.

    A blank may stand for the comma and `off` for `closed`; `#` begins a comment. Raises
    `InvalidRequest` with the first line that is neither, or says a day in both ways.
    """
    days: dict[date, bool] = {}
    years: set[int] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        match = _LINE.fullmatch(said)
        if match is None:
            raise InvalidRequest(f"line {number} is not a bank day: {said[:80]}")
        year, month, day, what = match.groups()
        if month is None:
            years.add(int(year))
            continue
        is_open = what == "open"
        if days.setdefault(_day(number, f"{year}-{month}-{day}"), is_open) is not is_open:
            raise InvalidRequest(f"line {number} says otherwise than one before: {said}")
    return Overrides(days=days, years=frozenset(years))


def _day(number: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"line {number} is not a bank day: {text}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """While more was asked of the payer, the clock stood still; open until they answered."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a decision is promised, and when to remind at half of the working time.

    `estimated` says that holidays of a year on the way are not known yet; `paused`, that the
    clock stands still, and what the time would be if it went on now.
    """

    at: datetime
    half_at: datetime
    estimated: bool
    paused: bool


class BankCalendar:
    """Knows bank days, and counts time in them."""

    def __init__(self, zone: tzinfo, overrides: Overrides = NO_OVERRIDES) -> None:
        self._zone = zone
        self._overrides = overrides

    def is_bank_day(self, day: date) -> bool:
        said = self._overrides.days.get(day)
        if said is not None:
            return said
        if day.weekday() >= 5:
            return False
        return not (self._in_data(day.year) and chinese_calendar.is_holiday(day))

    def knows(self, year: int) -> bool:
        """Whether the year's holidays are known; else its days are estimated."""
        return year in self._overrides.years or self._in_data(year)

    def missing_year(self, now: datetime) -> int | None:
        """The year to raise an alarm about: this one, and from 1 December the next one."""
        today = now.astimezone(self._zone).date()
        years = [today.year, today.year + 1] if today.month >= ALARM_FROM_MONTH else [today.year]
        return next((year for year in years if not self.knows(year)), None)

    def due(
        self, submitted_at: datetime, *, pauses: Sequence[Pause] = (), now: datetime | None = None
    ) -> Due:
        """The end of the third bank day after the day of submission, moved on by pauses.

        The day itself never counts, whatever the hour: submitted on a Friday or at the weekend,
        the promise is Wednesday evening. A pause moves the time on by the bank days, hours and
        minutes it took; for an open one `now` is needed.
        """
        last = submitted_at.astimezone(self._zone).date()
        for _ in range(PROMISED_DAYS):
            last = self._next_bank_day(last)
        due = datetime.combine(last, END_OF_DAY, self._zone)
        for pause in sorted(pauses, key=lambda item: item.began):
            due = self._later(due, self.working_time(pause.began, pause.ended or now or due))
        half = self._later(submitted_at, self.working_time(submitted_at, due) / 2)
        first, end = submitted_at.astimezone(self._zone).year, due.astimezone(self._zone).year
        return Due(
            at=due.astimezone(UTC),
            half_at=half.astimezone(UTC),
            estimated=not all(self.knows(year) for year in range(first, end + 1)),
            paused=any(pause.ended is None for pause in pauses),
        )

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much of this time lay on bank days, each of 24 hours; nothing when it ends first."""
        total = timedelta()
        at = start.astimezone(self._zone)
        end = end.astimezone(self._zone)
        while at < end:
            midnight = self._midnight_after(at)
            if self.is_bank_day(at.date()):
                total += min(midnight, end) - at
            at = midnight
        return total

    def _later(self, start: datetime, working: timedelta) -> datetime:
        """The moment by which this much time on bank days has passed."""
        at = start.astimezone(self._zone)
        while working > timedelta():
            midnight = self._midnight_after(at)
            if self.is_bank_day(at.date()):
                if midnight - at > working:
                    return at + working
                working -= midnight - at
            at = midnight
        return at

    def _midnight_after(self, at: datetime) -> datetime:
        return datetime.combine(at.date() + timedelta(days=1), time(), self._zone)

    def _next_bank_day(self, day: date) -> date:
        for step in range(1, FARTHEST):
            if self.is_bank_day(found := day + timedelta(days=step)):
                return found
        raise InvalidRequest("the overrides leave no bank day")

    def _in_data(self, year: int) -> bool:
        try:
            chinese_calendar.is_holiday(date(year, 6, 30))
        except NotImplementedError:
            return False
        return True

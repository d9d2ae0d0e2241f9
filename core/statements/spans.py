"""Spans of time as people name them: this month, last month, seven days, or typed dates."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from core.errors import DatesRefused
from core.statements.model import Span

_FOLDED = str.maketrans("０１２３４５６７８９．／－～", "0123456789./-~")
_DATE = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})(?!\d)日?"
    r"|(?P<solid>\d{8})(?!\d)"
    r"|(?P<only_year>\d{4})[-/.年](?P<only_month>\d{1,2})月?(?![\d])"
    r"|(?P<short_month>\d{1,2})[-/.月](?P<short_day>\d{1,2})(?!\d)日?"
)
_LAST_DAYS = re.compile(r"(?P<count>[1-9]\d{0,2})_days")
_BETWEEN = re.compile(r"\s*to\s*|[\s~,，、至到-]*", re.IGNORECASE)
FIRST_YEAR = 2000


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in the zone."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def days(first: date, last: date, zone: tzinfo) -> Span:
    """From the first to the last day, both included."""
    return Span(since=day_start(first, zone), until=day_start(last + timedelta(days=1), zone))


def month(day: date) -> tuple[date, date]:
    """First and last day of the month this day is in."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


def named(name: str, today: date, zone: tzinfo) -> Span:
    """`this_month`, `last_month`, `7_days` and the like; anything else is all there is."""
    first, last = month(today)
    if name == "this_month":
        return days(first, last, zone)
    if name == "last_month":
        return days(*month(first - timedelta(days=1)), zone)
    if match := _LAST_DAYS.fullmatch(name):
        return days(today - timedelta(days=int(match["count"]) - 1), today, zone)
    return Span()


def days_until(span: Span, today: date, zone: tzinfo, *, most: int) -> list[date]:
    """The days of a span up to today, the last `most` of them; none where it begins later.

    An open end is today; an open beginning leaves as many days as may be.
    """
    last, first = today, date.min
    if span.until is not None:
        last = min(today, span.until.astimezone(zone).date() - timedelta(days=1))
    if span.since is not None:
        first = span.since.astimezone(zone).date()
    count = min(most, (last - first).days + 1)
    return [last - timedelta(days=ago) for ago in reversed(range(count))]


def read_days(text: str, today: date) -> tuple[date, date]:
    """One or two dates (a whole month counts as two), or `DatesRefused`.

    Reads `2026-11-01 2026-11-24`, `20261101-20261124`, `11.1-11.24`, `2026-11`, 今天, 昨天. A date
    without a year is the last one that was.
    """
    folded = text.strip().translate(_FOLDED)
    words = {"今天": today, "today": today, "昨天": today - timedelta(days=1)}
    words["yesterday"] = words["昨天"]
    if (known := words.get(folded.lower())) is not None:
        return known, known
    try:
        found = list(_dates(folded, today))
    except ValueError:
        raise DatesRefused from None
    if not 1 <= len(found) <= 2:
        raise DatesRefused
    first, last = found[0][0], found[-1][1]
    if first > last or first.year < FIRST_YEAR:
        raise DatesRefused
    return first, last


def _dates(text: str, today: date) -> Iterator[tuple[date, date]]:
    """Each date of the text as its first and last day; `ValueError` when there is more."""
    position = 0
    while position < len(text):
        match = _DATE.match(text, position)
        if match is None:
            raise ValueError(text)
        yield _days_of(match, today)
        between = _BETWEEN.match(text, match.end())
        position = match.end() if between is None else between.end()


def _days_of(match: re.Match[str], today: date) -> tuple[date, date]:
    if match["year"]:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    elif match["solid"]:
        day = date.fromisoformat(match["solid"])
    elif match["only_year"]:
        return month(date(int(match["only_year"]), int(match["only_month"]), 1))
    else:
        day = date(today.year, int(match["short_month"]), int(match["short_day"]))
        if day > today:
            day = day.replace(year=today.year - 1)
    return day, day

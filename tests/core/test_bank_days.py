"""Bank days of mainland China, and the promise of three of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidRequest
from core.remittance.calendar import BankCalendar, Pause, read_overrides

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = BankCalendar(ZONE)
MOMENTS = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def shown(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-11-24", True),  # a Tuesday
        ("2026-11-28", False),  # a Saturday
        ("2025-10-01", False),  # National Day
        ("2025-10-08", False),  # the holiday's last day
        ("2025-10-09", True),
        ("2025-09-28", False),  # a Sunday on which offices make up for it
        ("2025-10-11", False),  # a Saturday likewise
        ("2025-01-29", False),  # Spring Festival
        ("2024-02-18", False),  # a Sunday of work in offices
        ("2026-01-01", False),
    ],
)
def test_banks_work_on_weekdays_that_are_no_holiday(day: str, open_: bool) -> None:
    assert CALENDAR.is_bank_day(date.fromisoformat(day)) is open_


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        ("2026-11-24T00:00", "2026-11-27 23:59"),  # Tuesday → Friday
        ("2026-11-24T23:59", "2026-11-27 23:59"),
        ("2026-11-27T10:00", "2026-12-02 23:59"),  # Friday → Wednesday
        ("2026-11-28T10:00", "2026-12-02 23:59"),  # Saturday → Wednesday
        ("2026-11-29T10:00", "2026-12-02 23:59"),
        ("2025-09-30T10:00", "2025-10-13 23:59"),  # before the long holiday, over its weekend
        ("2025-10-03T10:00", "2025-10-13 23:59"),  # in the middle of it
    ],
)
def test_the_promise_is_the_end_of_the_third_bank_day_after(submitted: str, due: str) -> None:
    found = CALENDAR.due(at(submitted))

    assert shown(found.at) == due
    assert not found.estimated
    assert not found.paused


def test_the_day_is_the_zones() -> None:
    """17:00 in UTC is the next day in Shanghai."""
    assert shown(CALENDAR.due(datetime(2026, 11, 23, 17, tzinfo=UTC)).at) == "2026-11-27 23:59"
    assert shown(CALENDAR.due(datetime(2026, 11, 23, 15, tzinfo=UTC)).at) == "2026-11-26 23:59"


def test_half_time_is_half_of_the_working_time() -> None:
    assert shown(CALENDAR.due(at("2026-11-23T23:59")).half_at) == "2026-11-25 11:59"
    # a weekend in the middle does not count: three days and 14 hours are on bank days
    assert shown(CALENDAR.due(at("2026-11-27T10:00")).half_at) == "2026-12-01 04:59"


def test_a_pause_moves_the_time_on_by_its_working_time() -> None:
    submitted = at("2026-11-23T10:00")
    plain = CALENDAR.due(submitted).at
    pause = Pause(began=at("2026-11-24T09:00"), ended=at("2026-11-25T10:30"))
    over_weekend = Pause(began=at("2026-11-27T22:00"), ended=at("2026-11-30T01:00"))

    assert shown(plain) == "2026-11-26 23:59"
    moved = CALENDAR.due(submitted, pauses=[pause])
    assert CALENDAR.working_time(plain, moved.at) == timedelta(hours=25, minutes=30)
    both = CALENDAR.due(submitted, pauses=[over_weekend, pause])
    assert CALENDAR.working_time(plain, both.at) == timedelta(hours=28, minutes=30)


def test_an_open_pause_stops_the_clock() -> None:
    submitted, asked = at("2026-11-23T10:00"), at("2026-11-24T10:00")
    pause = Pause(began=asked, ended=None)
    early = CALENDAR.due(submitted, pauses=[pause], now=asked + timedelta(hours=1))
    late = CALENDAR.due(submitted, pauses=[pause], now=asked + timedelta(hours=5))

    assert early.paused
    assert CALENDAR.working_time(early.at, late.at) == timedelta(hours=4)


@settings(deadline=None)
@given(MOMENTS)
def test_a_due_time_holds_three_whole_bank_days(submitted: datetime) -> None:
    due = CALENDAR.due(submitted)
    day = submitted.astimezone(ZONE).date() + timedelta(days=1)
    last = due.at.astimezone(ZONE).date()
    days = [day + timedelta(days=n) for n in range((last - day).days + 1)]

    assert sum(CALENDAR.is_bank_day(item) for item in days) == 3
    assert CALENDAR.is_bank_day(last)
    assert submitted < due.half_at < due.at


@settings(deadline=None)
@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=20)))
def test_a_pause_never_makes_it_due_earlier(submitted: datetime, length: timedelta) -> None:
    pause = Pause(began=submitted, ended=submitted + length)
    plain, moved = CALENDAR.due(submitted).at, CALENDAR.due(submitted, pauses=[pause]).at

    assert moved >= plain
    assert CALENDAR.working_time(plain, moved) == CALENDAR.working_time(pause.began, pause.ended)


def test_a_year_without_data_is_estimated_and_says_so() -> None:
    far = CALENDAR.due(at("2040-10-01T10:00"))

    assert far.estimated
    assert shown(far.at) == "2040-10-04 23:59"
    assert not CALENDAR.knows(2040)


def test_the_alarm_begins_in_december() -> None:
    last = max(year for year in range(2024, 2060) if CALENDAR.knows(year))

    assert CALENDAR.missing_year(at(f"{last}-11-30T23:59")) is None
    assert CALENDAR.missing_year(at(f"{last}-12-01T00:00")) == last + 1
    assert CALENDAR.missing_year(at(f"{last + 1}-03-01T00:00")) == last + 1
    assert CALENDAR.missing_year(at(f"{last - 1}-12-15T00:00")) is None


def test_the_operators_file_has_the_last_word() -> None:
    text = "# 2040\n2040\n2040-10-01,closed\n\n2040-09-29 , open # a Saturday\n"
    overrides = read_overrides(text)
    assert overrides == read_overrides("2040\n2040-10-01 off\n2040-09-29 open\n")
    calendar = BankCalendar(ZONE, overrides)

    assert not calendar.is_bank_day(date(2040, 10, 1))
    assert calendar.is_bank_day(date(2040, 9, 29))
    assert calendar.knows(2040)
    assert not calendar.due(at("2040-09-28T10:00")).estimated
    assert shown(calendar.due(at("2040-09-28T10:00")).at) == "2040-10-03 23:59"


@pytest.mark.parametrize(
    "line",
    ["2040-13-01,closed", "2040-01-01", "2040-01-01 shut", "holiday", "2040-01-01,open"],
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(InvalidRequest, match=f"line 2 .*{line[:10]}"):
        read_overrides(f"2040-01-01,closed\n{line}\n")

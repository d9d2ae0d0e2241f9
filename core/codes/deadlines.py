"""Until when a batch lives, as people write it."""

import re
from datetime import datetime, time, timedelta, tzinfo

from core.errors import InvalidRequest

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－／．", "0123456789-/.")


def read_deadline(text: str, zone: tzinfo) -> datetime:
    """The end of a day (`2027-05-01`, `20270501`) in the zone; raises `InvalidRequest`."""
    match = _DAY.fullmatch(text.translate(_FULL_WIDTH).strip())
    if match is not None:
        year, month, day = map(int, match.groups())
        try:
            return end_of(datetime(year, month, day, tzinfo=zone))
        except (ValueError, OverflowError):
            pass  # there is no such day
    raise InvalidRequest(f"{text!r} is not a day such as 2027-05-01")


def end_of(day: datetime) -> datetime:
    """The moment at which the day is over, in its own zone."""
    return datetime.combine(day.date() + timedelta(days=1), time(), tzinfo=day.tzinfo)

"""Alerts of an account: thresholds, what each person chose to be told, and quiet hours."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from core.access.model import Role
from core.ids import AccountId, PersonId

MOST_FEN = 99_999_999_999  # nine digits of yuan and two of fen, as consoles take them
MOST_DAYS = 5  # reminders of one fall, one a day
MOST_THRESHOLDS = 10
MORNING = time(9)
DAY_MINUTES = 24 * 60


class Topic(StrEnum):
    """What people can choose to be told."""

    ARRIVALS = "arrivals"
    BLOCKED = "blocked"
    LOW_BALANCE = "low_balance"


class Digest(StrEnum):
    """How often a summary comes."""

    OFF = "off"
    DAY = "day"
    WEEK = "week"


ALWAYS = {Role.CREATOR: frozenset({Topic.ARRIVALS, Topic.BLOCKED})}
FIRST = {
    Role.CREATOR: frozenset(Topic),
    Role.FINANCE: frozenset(Topic),
    Role.VIEWER: frozenset[Topic](),
    Role.MEMBER: frozenset[Topic](),
}
OPEN_TO = {
    Role.CREATOR: frozenset(Topic),
    Role.FINANCE: frozenset(Topic),
    Role.VIEWER: frozenset({Topic.ARRIVALS, Topic.LOW_BALANCE}),
    Role.MEMBER: frozenset[Topic](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """One person's choices on one account; None is what the role has by default.

    `above_fen`: arrivals below it are not told. Quiet hours are minutes of the account's day.
    """

    arrivals: bool | None = None
    blocked: bool | None = None
    low_balance: bool | None = None
    above_fen: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest: Digest = Digest.OFF
    snoozed_until: datetime | None = None

    def wants(self, role: Role, topic: Topic, amount_fen: int | None = None) -> bool:
        """Whether the person is told of it; the creator cannot be kept from what is theirs."""
        if topic in ALWAYS.get(role, frozenset()):
            return True
        if topic not in OPEN_TO[role]:
            return False
        chosen: bool | None = getattr(self, topic.value)
        told = topic in FIRST[role] if chosen is None else chosen
        enough = topic is not Topic.ARRIVALS or amount_fen is None or amount_fen >= self.above_fen
        return told and enough

    def quiet_end(self, at: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet hours end that this moment lies in; None outside of them."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        length = (self.quiet_until - self.quiet_from) % DAY_MINUTES
        if (minute - self.quiet_from) % DAY_MINUTES >= length:
            return None
        left = (self.quiet_until - minute) % DAY_MINUTES
        ends = local.replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=left)
        return ends.replace(tzinfo=zone).astimezone(at.tzinfo)

    def is_snoozed(self, at: datetime) -> bool:
        return self.snoozed_until is not None and at < self.snoozed_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """An available balance below which people are told.

    `below_since`: since when it is below; None while there is enough.
    """

    threshold_id: str
    account_id: AccountId
    amount_fen: int
    below_since: datetime | None
    days_told: int
    last_told_on: str | None
    taken_by: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """A threshold as its card shows it."""

    threshold: Threshold
    account_name: str
    available_fen: int
    taker: str | None
    may_top_up: bool


def next_morning(at: datetime, zone: tzinfo, *, week: bool = False) -> datetime:
    """The next morning in the zone; of a Monday when it is about weeks."""
    day = at.astimezone(zone).date() + timedelta(days=1)
    if week:
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(at.tzinfo)

"""The story of one movement: who did what, and when, from the wish to the last push."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.statements.model import Line


class Part(StrEnum):
    """Who acted; staff are not named to customers."""

    PERSON = "person"
    STAFF = "staff"
    PROVIDER = "provider"
    PLATFORM = "platform"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody or something that acted."""

    part: Part
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One moment of the story. `what` is an action of the audit trail, or one of ours:
    `opened`, `paid`, `callback`, `told`, `not_told`, `booked`.
    """

    at: datetime
    what: str
    who: Who
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A movement with everything known of it, oldest first."""

    line: Line
    order_no: str | None
    trade_no: str | None
    product: str | None
    steps: tuple[Step, ...]

"""Step-up: what is kept of a person's authenticator app, and what is told of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ids import PersonId

GOOD_FOR = timedelta(minutes=5)  # a code shown opens this time
LOCKED_FOR = timedelta(minutes=15)
TRIES = 5  # wrong codes until it is locked
STEP_S = 30  # an app shows another code each step
LARGEST_LIMIT_FEN = 9_999_999_00


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A person's app: its sealed secret, whether it counts already, and how codes went lately.

    `last_step` is the step of the clock of the last code taken: an older one is a replay.
    """

    person_id: PersonId
    sealed: str
    is_on: bool
    limit_fen: int | None
    last_step: int
    failures: int
    locked_until: datetime | None
    passed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpView:
    """How it stands with a person; `limit_fen` is for their top-ups."""

    is_offered: bool
    is_on: bool = False
    limit_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What the app is to be given, as a code to scan and as letters to type; told once."""

    uri: str
    secret: str

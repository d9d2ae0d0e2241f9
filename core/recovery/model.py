"""A copy that was brought back: what happened after it was made has to be found again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecoveryState(StrEnum):
    """The life of a copy; money commands are refused while one is `restored`."""

    COPIED = "copied"  # this database is a copy, never used
    RESTORED = "restored"  # in use again; what happened since the copy is not all known yet
    RECONCILED = "reconciled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What was copied when, and when it was brought back."""

    copied_at: datetime
    restored_at: datetime | None
    state: RecoveryState

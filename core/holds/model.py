"""Holds: money a purchase has frozen, as frozen data with their state table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import HoldEnded
from core.ids import AccountId, HoldId


class HoldState(StrEnum):
    """The life of a hold: exactly one end."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


class HoldEvent(StrEnum):
    CAPTURE = "capture"
    RELEASE = "release"
    EXPIRE = "expire"


HOLD_STEPS: Mapping[tuple[HoldState, HoldEvent], HoldState] = {
    (HoldState.OPEN, HoldEvent.CAPTURE): HoldState.CAPTURED,
    (HoldState.OPEN, HoldEvent.RELEASE): HoldState.RELEASED,
    (HoldState.OPEN, HoldEvent.EXPIRE): HoldState.EXPIRED,
}


def step(state: HoldState, event: HoldEvent) -> HoldState:
    """The state after `event`, or `HoldEnded`."""
    try:
        return HOLD_STEPS[state, event]
    except KeyError:
        raise HoldEnded(state=state, event=event) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """A purchase asks to freeze an amount; the platform chooses the id and keeps it over retries.

    `requested_by` is whom the platform names as the buyer, in its own words.
    """

    hold_id: HoldId
    account_id: AccountId
    amount_fen: int
    product: str
    requested_by: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A request that was granted, and what became of it."""

    request: HoldRequest
    captured_fen: int
    state: HoldState
    created_at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Its time is over, though it may not have been ended yet."""
        return self.request.expires_at is not None and now >= self.request.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The hold behind a request; `repeated` when it had been there before."""

    hold: Hold
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A request that was refused: this much is missing. It waits for funds from now on."""

    shortfall_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What purchases have frozen on an account: the newest holds, and how many there are."""

    newest: tuple[Hold, ...]
    count: int

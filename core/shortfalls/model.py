"""Purchases that were refused for want of funds, as frozen data with their state table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import IllegalStep
from core.ids import AccountId, HoldId
from core.money import FEN_PER_YUAN, MAXIMUM_FEN, MINIMUM_FEN


class BlockedState(StrEnum):
    """The life of a blocked purchase; one that ended lives again when it is refused again."""

    WAITING = "waiting"
    FUNDABLE = "fundable"  # the funds are there: the platform may place its hold again
    PLACED = "placed"
    DISMISSED = "dismissed"
    EXPIRED = "expired"


class BlockedEvent(StrEnum):
    FUND = "fund"
    LACK = "lack"  # the funds went elsewhere
    PLACE = "place"
    DISMISS = "dismiss"
    EXPIRE = "expire"
    REFUSE = "refuse"


_S, _E = BlockedState, BlockedEvent
BLOCKED_STEPS: Mapping[tuple[BlockedState, BlockedEvent], BlockedState] = {
    (_S.WAITING, _E.FUND): _S.FUNDABLE,
    (_S.WAITING, _E.PLACE): _S.PLACED,
    (_S.WAITING, _E.DISMISS): _S.DISMISSED,
    (_S.WAITING, _E.EXPIRE): _S.EXPIRED,
    (_S.WAITING, _E.REFUSE): _S.WAITING,
    (_S.FUNDABLE, _E.LACK): _S.WAITING,
    (_S.FUNDABLE, _E.PLACE): _S.PLACED,
    (_S.FUNDABLE, _E.DISMISS): _S.DISMISSED,
    (_S.FUNDABLE, _E.EXPIRE): _S.EXPIRED,
    (_S.FUNDABLE, _E.REFUSE): _S.WAITING,
    (_S.DISMISSED, _E.REFUSE): _S.WAITING,
    (_S.EXPIRED, _E.REFUSE): _S.WAITING,
}
LIVING = frozenset({_S.WAITING, _S.FUNDABLE})


def step(state: BlockedState, event: BlockedEvent) -> BlockedState:
    """The state after `event`, or `IllegalStep`."""
    try:
        return BLOCKED_STEPS[state, event]
    except KeyError:
        raise IllegalStep(record="Blocked purchase", state=state, event=event) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What was refused, in the platform's words; `ends_at` is when it would have ended."""

    hold_id: HoldId
    account_id: AccountId
    amount_fen: int
    product: str
    requested_by: str | None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A blocked purchase; `blocked_at` is when it was refused first."""

    blocked_id: int
    purchase: Purchase
    state: BlockedState
    blocked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A blocked purchase beside the balance: zero is missing when it can go on."""

    blocked: Blocked
    buyer: str | None
    missing_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What waits for funds on an account, oldest first; `missing_fen` lets all of it go on."""

    account_id: AccountId
    account_name: str
    available_fen: int
    missing_fen: int
    waiting: tuple[Waiting, ...]

    @property
    def first_missing_fen(self) -> int:
        """What the oldest purchase that cannot go on yet is short of; zero when there is none."""
        return next((item.missing_fen for item in self.waiting if item.missing_fen), 0)


def shared_out(available_fen: int, living: Iterable[Blocked]) -> list[tuple[Blocked, int]]:
    """What each purchase is short of when funds go to the oldest first; one that does not fit
    leaves them to those after it.
    """
    rest_fen, shares = available_fen, []
    for blocked in living:
        missing_fen = max(blocked.purchase.amount_fen - rest_fen, 0)
        if not missing_fen:
            rest_fen -= blocked.purchase.amount_fen
        shares.append((blocked, missing_fen))
    return shares


def to_top_up(missing_fen: int, *, least_fen: int = MINIMUM_FEN) -> int:
    """A missing sum as a top-up: raised to whole yuan and to the least that can be paid."""
    yuan = -(-missing_fen // FEN_PER_YUAN)
    least_yuan = -(-max(least_fen, MINIMUM_FEN) // FEN_PER_YUAN)
    return min(max(yuan, least_yuan) * FEN_PER_YUAN, MAXIMUM_FEN)

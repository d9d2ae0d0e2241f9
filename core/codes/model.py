"""Top-up codes and their batches, as frozen data with their state tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import IllegalStep, InvalidRequest
from core.ids import AccountId, BatchId, CodeId, PersonId
from core.money import MAXIMUM_FEN

MOST_CODES = 10_000
LONGEST_NAME = 64
LONGEST_LIFE = timedelta(days=3660)
NAME_FORM = r"^[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]*$"


class CodeState(StrEnum):
    """The life of a code: exactly one end."""

    ACTIVE = "active"
    REDEEMED = "redeemed"
    REVOKED = "revoked"
    EXPIRED = "expired"


class CodeEvent(StrEnum):
    REDEEM = "redeem"
    REVOKE = "revoke"
    EXPIRE = "expire"


CODE_STEPS: Mapping[tuple[CodeState, CodeEvent], CodeState] = {
    (CodeState.ACTIVE, CodeEvent.REDEEM): CodeState.REDEEMED,
    (CodeState.ACTIVE, CodeEvent.REVOKE): CodeState.REVOKED,
    (CodeState.ACTIVE, CodeEvent.EXPIRE): CodeState.EXPIRED,
}


class BatchState(StrEnum):
    """The life of a batch: it has codes and a budget from its release on."""

    DRAFT = "draft"
    RELEASED = "released"
    REVOKED = "revoked"
    EXPIRED = "expired"


class BatchEvent(StrEnum):
    RELEASE = "release"
    REVOKE = "revoke"
    EXPIRE = "expire"


BATCH_STEPS: Mapping[tuple[BatchState, BatchEvent], BatchState] = {
    (BatchState.DRAFT, BatchEvent.RELEASE): BatchState.RELEASED,
    (BatchState.DRAFT, BatchEvent.REVOKE): BatchState.REVOKED,
    (BatchState.DRAFT, BatchEvent.EXPIRE): BatchState.EXPIRED,
    (BatchState.RELEASED, BatchEvent.REVOKE): BatchState.REVOKED,
    (BatchState.RELEASED, BatchEvent.EXPIRE): BatchState.EXPIRED,
}


def step(state: BatchState, event: BatchEvent) -> BatchState:
    """The batch's state after `event`, or `IllegalStep`."""
    try:
        return BATCH_STEPS[state, event]
    except KeyError:
        raise IllegalStep(record="CodeBatch", state=state, event=event) from None


def step_code(state: CodeState, event: CodeEvent) -> CodeState:
    """The code's state after `event`, or `IllegalStep`."""
    try:
        return CODE_STEPS[state, event]
    except KeyError:
        raise IllegalStep(record="Code", state=state, event=event) from None


def check_name(name: str) -> None:
    """Raises `InvalidRequest`."""
    if len(name) > LONGEST_NAME or not re.fullmatch(NAME_FORM, name):
        raise InvalidRequest(
            f"a batch is named by 1 to {LONGEST_NAME} letters, digits, dots, hyphens and _"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWish:
    """A batch somebody asks for; `per_account` is how many of it one account may redeem."""

    batch_id: BatchId
    count: int
    amount_fen: int
    expires_at: datetime
    per_account: int | None = None

    @property
    def budget_fen(self) -> int:
        return self.count * self.amount_fen

    def check(self, now: datetime) -> None:
        """Raises `InvalidRequest`, naming what is allowed."""
        check_name(self.batch_id)
        if not 1 <= self.count <= MOST_CODES:
            raise InvalidRequest(f"a batch has 1 to {MOST_CODES} codes")
        if not 1 <= self.amount_fen <= MAXIMUM_FEN:
            raise InvalidRequest(f"a code is worth 1 to {MAXIMUM_FEN} fen")
        if not now < self.expires_at <= now + LONGEST_LIFE:
            raise InvalidRequest("a batch expires in the future, within ten years")
        if self.per_account is not None and not 1 <= self.per_account <= self.count:
            raise InvalidRequest(f"the limit of one account is 1 to {self.count} codes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it stands; `maker` and `releaser` are None for what no person in a chat did."""

    wish: BatchWish
    state: BatchState
    maker: PersonId | None
    releaser: PersonId | None
    created_at: datetime
    released_at: datetime | None
    ended_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Its time is over, though it may not have been ended yet."""
        return now >= self.wish.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many codes of a batch are in which state."""

    active: int = 0
    redeemed: int = 0
    revoked: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """A batch, its counts, the names of its people, and when codes were redeemed."""

    batch: Batch
    counts: Counts
    maker_name: str
    releaser_name: str
    redeemed_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCodes:
    """Fresh codes, told once: only their HMACs are stored."""

    batch: Batch
    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code as it is stored, with what its batch says of it."""

    code_id: CodeId
    batch_id: BatchId
    state: CodeState
    amount_fen: int
    expires_at: datetime
    per_account: int | None
    redeemed_by: PersonId | None
    account_id: AccountId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCode:
    """A code as somebody typed it, in the forms it may be stored under; `tail` is its end."""

    digests: tuple[str, ...]
    tail: str


class Result(StrEnum):
    """What came of typing a code."""

    REDEEMED = "redeemed"  # now, or before by the same person
    UNUSABLE = "unusable"  # unknown, used, expired or revoked: not told apart
    LIMIT = "limit"  # this account has redeemed as many of the batch as it may
    WAIT = "wait"  # too many wrong ones: nothing was looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """The answer to a code; all but `result` and `until` only where it is `REDEEMED`."""

    result: Result
    until: datetime | None = None
    code_id: CodeId | None = None
    account_id: AccountId | None = None
    account_name: str = ""
    amount_fen: int = 0
    available_fen: int = 0

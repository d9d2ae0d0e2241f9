"""Transfers and entries: what moves money, as frozen data that cannot be out of balance."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import AccountId, TransferId
from core.ledger.chart import LedgerAccount


class TransferKind(StrEnum):
    """Why money moved, in the words of the platform API."""

    PAYMENT = "payment"
    REMITTANCE = "remittance"
    CODE = "code"
    HOLD_PLACED = "hold_placed"
    HOLD_CAPTURED = "hold_captured"
    HOLD_RELEASED = "hold_released"
    HOLD_EXPIRED = "hold_expired"
    REFUND = "refund"
    CORRECTION = "correction"
    SUSPENSE = "suspense"
    SETTLEMENT = "settlement"
    PROMOTION = "promotion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One side of a transfer: positive fen flow into the account, negative out of it."""

    account: LedgerAccount
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A balanced movement, made once per `reference`; `shown_reference` is what people quote."""

    reference: str
    kind: TransferKind
    legs: tuple[Leg, ...]
    occurred_at: datetime
    shown_reference: str
    channel: str | None = None
    account_id: AccountId | None = None

    def __post_init__(self) -> None:
        names = [leg.account.name for leg in self.legs]
        if sum(leg.amount_fen for leg in self.legs) != 0:
            raise ValueError(f"{self.reference}: legs do not sum to zero")
        if len(self.legs) < 2 or 0 in {leg.amount_fen for leg in self.legs}:
            raise ValueError(f"{self.reference}: a transfer has two or more moving legs")
        if len(set(names)) != len(names):
            raise ValueError(f"{self.reference}: an account stands on two legs")

    def content_hash(self) -> str:
        """Tells a repeat from another transfer under the same reference; times do not count."""
        legs = sorted(f"{leg.account.name}={leg.amount_fen}" for leg in self.legs)
        parts = [self.kind, self.channel or "", self.account_id or "", *legs]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transfer in the books; `repeated` when it had been there before."""

    transfer_id: TransferId
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a customer account holds, in fen."""

    available_fen: int
    frozen_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a customer's history: a change of the available balance."""

    entry_id: int
    at: datetime
    kind: str
    channel: str | None
    amount_fen: int
    available_after_fen: int
    reference: str

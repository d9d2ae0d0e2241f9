"""Refunds to source: frozen data, their state table, and when to ask the provider again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.channels import Channel
from core.ids import AccountId, OrderNo, PaymentId, PersonId, TopUpId
from core.topup.model import Mark

LONGEST_REASON = 200
BY_HAND = "by_hand"
# Why people have to look at a refund that was given to its provider.
PUZZLES = ("abnormal", "amount", "contradiction", "slow", "unclear")


class RefundState(StrEnum):
    """The life of a refund; the money is out from `approved` on, until `failed` brings it back."""

    ASKED = "asked"
    APPROVED = "approved"  # the money is set aside, a person sends it by hand
    SENDING = "sending"  # given to the provider
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


class RefundEvent(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    SEND = "send"
    FINISH = "finish"
    FAIL = "fail"


_S, _E = RefundState, RefundEvent
REFUND_STEPS: Mapping[tuple[RefundState, RefundEvent], RefundState] = {
    (_S.ASKED, _E.APPROVE): _S.APPROVED,
    (_S.ASKED, _E.REFUSE): _S.REFUSED,
    (_S.APPROVED, _E.SEND): _S.SENDING,
    (_S.APPROVED, _E.FINISH): _S.DONE,
    (_S.APPROVED, _E.FAIL): _S.FAILED,
    (_S.SENDING, _E.FINISH): _S.DONE,
    (_S.SENDING, _E.FAIL): _S.FAILED,
}
OUT = frozenset({_S.APPROVED, _S.SENDING})  # under way: the money left the balance, no end yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A payment that was credited, and what of it can still go back."""

    trade_id: int
    payment_id: PaymentId
    top_up_id: TopUpId
    account_id: AccountId
    account_name: str
    channel: Channel
    order_no: OrderNo
    trade_no: str
    amount_fen: int
    mark: Mark | None
    occurred_at: datetime
    refunded_fen: int  # gone back before, or about to
    is_busy: bool  # a refund of it is under way: one at a time

    @property
    def rest_fen(self) -> int:
        return self.amount_fen - self.refunded_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """What a finance person asks for; the same `key` again is the same refund."""

    person_id: PersonId
    trade_id: int
    amount_fen: int
    reason: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One refund of one trade; its id is also the number the provider knows it by."""

    refund_id: str
    trade_id: int
    account_id: AccountId
    amount_fen: int
    total_fen: int
    state: RefundState
    reason: str
    asked_by: PersonId
    asked_at: datetime
    decided_at: datetime | None
    answer: str | None  # why it was refused or failed
    provider_refund_no: str | None
    tries: int
    sent_at: datetime | None


LOOKS_S = (30, 60, 300, 600, 1800, 3600)
LOOK_RARELY = timedelta(hours=6)
SLOW_AFTER = timedelta(days=7)


def next_look(tries: int, now: datetime) -> datetime:
    """When to ask the provider again: soon at first, four times a day in the end."""
    if tries <= len(LOOKS_S):
        return now + timedelta(seconds=LOOKS_S[max(tries, 1) - 1])
    return now + LOOK_RARELY


def case_key(refund_id: str, what: str = "") -> str:
    """The key of a case about a refund: the asking, or what came later."""
    return f"refund:{refund_id}:{what}" if what else f"refund:{refund_id}"


def case_keys(refund_id: str) -> list[str]:
    """All keys that cases about a refund can have."""
    return [case_key(refund_id, what) for what in ("", BY_HAND, *PUZZLES)]

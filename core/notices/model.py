"""What people are told: a closed list of notices, and the port that carries them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.ids import AccountId, NoticeId, PersonId


class NoticeKind(StrEnum):
    """Every message the product sends on its own; each has a text in every language."""

    FUNDS_ARRIVED = "funds_arrived"
    DIGEST = "digest"
    PAYMENT_IN_REVIEW = "payment_in_review"
    PAYMENT_REFUSED = "payment_refused"
    CASE_OPENED = "case_opened"
    CASE_DECIDED = "case_decided"
    REFUND_DECIDED = "refund_decided"
    REFUND_ENDED = "refund_ended"
    PURCHASES_FUNDED = "purchases_funded"
    PURCHASE_GOES_ON = "purchase_goes_on"
    REMITTANCE_REJECTED = "remittance_rejected"
    REMITTANCE_NEEDS_INFO = "remittance_needs_info"
    REMITTANCE_LATE = "remittance_late"
    REMITTANCE_REVERSED = "remittance_reversed"
    REVIEW_REMINDER = "review_reminder"
    REVIEW_ESCALATED = "review_escalated"
    REVERSAL_ASKED = "reversal_asked"
    MEMBER_LINKED = "member_linked"
    BOOKS_DIFFER = "books_differ"
    LINK_ENDING = "link_ending"
    RENEWAL_ASKED = "renewal_asked"
    REQUEST_ENDED = "request_ended"
    BATCH_WAITS = "batch_waits"
    BATCH_RELEASED = "batch_released"
    STEP_UP_RESET = "step_up_reset"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom to tell, and the account whose data the notice shows (None: it shows none)."""

    person_id: PersonId
    account_id: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice for one person; `facts` are JSON values the text names as fields."""

    notice_id: NoticeId
    person_id: PersonId
    account_id: AccountId | None
    kind: NoticeKind
    facts: Mapping[str, object]
    created_at: datetime


class Messenger(Protocol):
    """How notices leave: raises `RetryLater` or `Undeliverable`."""

    async def tell(self, notice: Notice, language: str) -> None:
        """Send a new message."""
        ...

    async def refresh(self, subject: str) -> None:
        """Redraw every living card of `subject` (`topup:<id>`)."""
        ...

    async def show(self, subject: str, chat_id: int, *, anew: bool) -> None:
        """Bring the living card of `subject` to a chat: redrawn where it stands there already,
        unless `anew` sends it again as a new message.
        """
        ...

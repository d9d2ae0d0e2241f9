"""Requests to pay: a colleague without the right to top up asks those who have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.access.model import Account
from core.errors import IllegalStep
from core.ids import AccountId, PersonId

REQUEST_LIFE = timedelta(days=7)
LONGEST_REASON = 200
MOST_OPEN = 3  # of one person on one account


class RequestState(StrEnum):
    """The life of a request to pay."""

    OPEN = "open"
    PAID = "paid"  # somebody pressed to pay it, and money that covers it has arrived
    DECLINED = "declined"
    EXPIRED = "expired"


class RequestEvent(StrEnum):
    PAY = "pay"
    DECLINE = "decline"
    EXPIRE = "expire"


REQUEST_STEPS: Mapping[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.OPEN, RequestEvent.PAY): RequestState.PAID,
    (RequestState.OPEN, RequestEvent.DECLINE): RequestState.DECLINED,
    (RequestState.OPEN, RequestEvent.EXPIRE): RequestState.EXPIRED,
}


def step(state: RequestState, event: RequestEvent) -> RequestState:
    """The state after `event`, or `IllegalStep`."""
    try:
        return REQUEST_STEPS[state, event]
    except KeyError:
        raise IllegalStep(record="Request", state=state, event=event) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRequest:
    """Who asks for how much on which account, why, and what became of it."""

    request_id: str
    account: Account
    person_id: PersonId
    person_name: str
    amount_fen: int
    reason: str
    state: RequestState
    created_at: datetime
    expires_at: datetime
    ended_by: PersonId | None
    ended_by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWish:
    """What somebody asks for; `key` names the asking, so that it happens once."""

    person_id: PersonId
    account_id: AccountId
    amount_fen: int
    reason: str
    key: str

"""SQL of requests to pay."""

from datetime import datetime

from sqlalchemy import func, select

from core.access.model import Account
from core.access.store import account as account_of
from core.access.store import person
from core.ids import AccountId, PersonId, TopUpId
from core.requests.model import PayRequest, RequestState, RequestWish
from core.storage.people_tables import pay_request_wishes, pay_requests
from core.storage.transaction import Tx


def request(tx: Tx, request_id: str, *, lock: bool = False) -> PayRequest | None:
    row = tx.one(pay_requests, lock=lock, id=request_id)
    if row is None:
        return None
    account_id = AccountId(row.account_id)
    account = account_of(tx, account_id) or Account(account_id=account_id, name="")
    return PayRequest(
        request_id=row.id,
        account=account,
        person_id=PersonId(row.person_id),
        person_name=_name(tx, PersonId(row.person_id)),
        amount_fen=row.amount_fen,
        reason=row.reason,
        state=RequestState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_by=None if row.ended_by is None else PersonId(row.ended_by),
        ended_by_name="" if row.ended_by is None else _name(tx, PersonId(row.ended_by)),
    )


def _name(tx: Tx, person_id: PersonId) -> str:
    found = person(tx, person_id)
    return str(person_id) if found is None else found.display_name


def add(tx: Tx, wish: RequestWish, *, at: datetime, expires_at: datetime) -> bool:
    """Says whether it is new: its key is its id."""
    values = {
        "id": wish.key,
        "account_id": wish.account_id,
        "person_id": wish.person_id,
        "amount_fen": wish.amount_fen,
        "reason": wish.reason,
        "state": RequestState.OPEN,
        "created_at": at,
        "expires_at": expires_at,
    }
    return tx.insert_once(pay_requests, values)


def end(
    tx: Tx, request_id: str, state: RequestState, *, by: PersonId | None, at: datetime
) -> None:
    tx.change(pay_requests, {"id": request_id}, state=state, ended_by=by, ended_at=at)


def open_of(tx: Tx, account_id: AccountId, person_id: PersonId) -> int:
    """How many requests the person has open on the account."""
    found = tx.scalar(
        select(func.count()).where(
            pay_requests.c.account_id == account_id,
            pay_requests.c.person_id == person_id,
            pay_requests.c.state == RequestState.OPEN,
        )
    )
    return found or 0


def begin_wish(tx: Tx, request_id: str, top_up_id: TopUpId) -> None:
    values = {"top_up_id": top_up_id, "request_id": request_id}
    tx.insert_once(pay_request_wishes, values)


def request_of_wish(tx: Tx, top_up_id: str) -> str | None:
    row = tx.one(pay_request_wishes, top_up_id=top_up_id)
    return None if row is None else row.request_id


def being_paid(tx: Tx, account_id: AccountId) -> list[str]:
    """Open requests of the account that somebody pressed to pay, the oldest first."""
    begun = select(pay_request_wishes.c.top_up_id).where(
        pay_request_wishes.c.request_id == pay_requests.c.id
    )
    rows = tx.all(
        select(pay_requests.c.id)
        .where(
            pay_requests.c.account_id == account_id,
            pay_requests.c.state == RequestState.OPEN,
            begun.exists(),
        )
        .order_by(pay_requests.c.created_at, pay_requests.c.id)
    )
    return [row.id for row in rows]

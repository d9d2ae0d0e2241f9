"""Use cases of requests to pay: ask, look, pay, decline; and what an arrival and time do."""

from collections.abc import Mapping
from datetime import datetime

from core.access import rights
from core.access import store as access
from core.access.model import Right
from core.audit import store as audit
from core.clock import Clock
from core.errors import AmountRefused, InvalidRequest, NotFound, NotLinked, TooManyRequests
from core.ids import AccountId, Ids, PersonId, TopUpId
from core.jobs import queue
from core.money import MAXIMUM_FEN, MINIMUM_FEN
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.requests import store
from core.requests.model import (
    LONGEST_REASON,
    MOST_OPEN,
    REQUEST_LIFE,
    PayRequest,
    RequestEvent,
    RequestState,
    RequestWish,
    step,
)
from core.storage.database import Database
from core.storage.transaction import Tx

EXPIRE = "expire_request"
WISH_LENGTH = 12


class Requests:
    """A colleague asks; whoever may move the account's money pays or declines."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def ask(self, wish: RequestWish) -> tuple[PayRequest, int]:
        """Put a request before the finance people, once per key; returns how many have it.

        Raises `TooManyRequests`; nobody may ask for accounts they are not linked to.
        """
        if not MINIMUM_FEN <= wish.amount_fen <= MAXIMUM_FEN:
            raise AmountRefused(minimum_fen=MINIMUM_FEN, maximum_fen=MAXIMUM_FEN)
        if not 1 <= len(wish.reason) <= LONGEST_REASON:
            raise InvalidRequest(f"a reason has 1 to {LONGEST_REASON} characters")
        return await self._database.write(lambda tx: self._ask(tx, wish))

    def _ask(self, tx: Tx, wish: RequestWish) -> tuple[PayRequest, int]:
        rights.require_member(tx, wish.person_id, wish.account_id)
        access.lock_person(tx, wish.person_id)
        payers = rights.who_may(tx, wish.account_id, Right.MOVE_MONEY)
        if (before := store.request(tx, wish.key)) is not None:
            if before.person_id != wish.person_id:
                raise NotFound
            return before, len(payers)
        if store.open_of(tx, wish.account_id, wish.person_id) >= MOST_OPEN:
            raise TooManyRequests
        now = self._clock.now()
        store.add(tx, wish, at=now, expires_at=now + REQUEST_LIFE)
        made = _found(tx, wish.key)
        for payer in payers:
            subject = subject_of(made.request_id)
            notices.show_card(tx, subject, payer.person_id, at=now, anew=True)
        queue.enqueue(tx, EXPIRE, {"request": made.request_id}, at=made.expires_at)
        _record(tx, made, "request.asked", f"person:{wish.person_id}", at=now)
        return made, len(payers)

    async def view(self, request_id: str, person_id: PersonId) -> PayRequest:
        """For somebody who may move money there; else the error says why."""
        return await self._database.read(lambda tx: _for_payer(tx, request_id, person_id))

    async def begin(self, request_id: str, person_id: PersonId) -> tuple[PayRequest, TopUpId]:
        """Pay it: a wish to top up. Its arrival, or one that covers it, answers the request."""

        def work(tx: Tx) -> tuple[PayRequest, TopUpId]:
            found = _for_payer(tx, request_id, person_id, lock=True)
            step(found.state, RequestEvent.PAY)
            top_up_id = TopUpId(self._ids.short(WISH_LENGTH))
            store.begin_wish(tx, request_id, top_up_id)
            return found, top_up_id

        return await self._database.write(work)

    async def decline(self, request_id: str, person_id: PersonId) -> PayRequest:
        def work(tx: Tx) -> PayRequest:
            found = _for_payer(tx, request_id, person_id, lock=True)
            actor = f"person:{person_id}"
            return _end(tx, found, RequestEvent.DECLINE, person_id, actor, at=self._clock.now())

        return await self._database.write(work)

    async def expire(self, request_id: str) -> None:
        def work(tx: Tx) -> None:
            found = _found(tx, request_id, lock=True)
            if found.state is RequestState.OPEN:
                _end(tx, found, RequestEvent.EXPIRE, None, "clock", at=self._clock.now())

        await self._database.write(work)


def subject_of(request_id: str) -> str:
    """The subject of a request's living cards."""
    return f"request:{request_id}"


def answer(
    tx: Tx, account_id: AccountId, amount_fen: int, top_up_id: object, *, at: datetime
) -> None:
    """Money has arrived: a request that somebody pressed to pay is paid by it, if it is open.

    By its own top-up, else by any arrival that covers it, whatever way the payer took then; one
    sum answers several as far as it reaches, the oldest first.
    """
    own = store.request_of_wish(tx, str(top_up_id)) if top_up_id else None
    others = [item for item in store.being_paid(tx, account_id) if item != own]
    left_fen = amount_fen
    for request_id in [own, *others] if own else others:
        found = _found(tx, request_id, lock=True)
        if found.state is RequestState.OPEN and (
            request_id == own or found.amount_fen <= left_fen
        ):
            left_fen -= found.amount_fen
            _end(tx, found, RequestEvent.PAY, None, "arrival", at=at)


def _found(tx: Tx, request_id: str, *, lock: bool = False) -> PayRequest:
    found = store.request(tx, request_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def _for_payer(tx: Tx, request_id: str, person_id: PersonId, *, lock: bool = False) -> PayRequest:
    """Whether there is such a request is told to nobody else."""
    found = store.request(tx, request_id, lock=lock)
    if found is None or access.membership(tx, person_id, found.account.account_id) is None:
        raise NotLinked
    rights.require(tx, person_id, found.account.account_id, Right.MOVE_MONEY)
    return found


def _end(
    tx: Tx,
    found: PayRequest,
    event: RequestEvent,
    by: PersonId | None,
    actor: str,
    *,
    at: datetime,
) -> PayRequest:
    """Once: the asker is told, and every card shows it."""
    state = step(found.state, event)
    store.end(tx, found.request_id, state, by=by, at=at)
    ended = _found(tx, found.request_id)
    notices.refresh_card(tx, subject_of(found.request_id), at=at)
    asker = [Recipient(person_id=found.person_id, account_id=found.account.account_id)]
    facts = {
        "account": found.account.name,
        "amount_fen": found.amount_fen,
        "reason": found.reason,
        "outcome": state.value,
        "name": ended.ended_by_name,
    }
    notices.add(tx, asker, NoticeKind.REQUEST_ENDED, key=found.request_id, facts=facts, at=at)
    _record(tx, ended, f"request.{state}", actor, at=at)
    return ended


def _record(tx: Tx, found: PayRequest, action: str, actor: str, *, at: datetime) -> None:
    facts: Mapping[str, object] = {"amount_fen": found.amount_fen, "reason": found.reason}
    audit.append(
        tx,
        at=at,
        actor=actor,
        action=action,
        subject=f"request:{found.request_id}",
        account_id=found.account.account_id,
        facts=facts,
    )

"""Use cases of holds: freeze an amount for a purchase, then take it or give it back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.access import rights
from core.access import store as access
from core.access.model import Right
from core.audit import store as audit
from core.clock import Clock
from core.errors import (
    AccountNotFound,
    HoldConflict,
    HoldEnded,
    HoldNotFound,
    InsufficientBalance,
    InvalidRequest,
)
from core.holds import store
from core.holds.model import (
    Frozen,
    Hold,
    HoldEvent,
    HoldRequest,
    HoldState,
    Placed,
    Short,
    step,
)
from core.ids import AccountId, HoldId, PersonId
from core.jobs import queue
from core.ledger import postings
from core.ledger import store as ledger
from core.ledger.model import Transfer
from core.platform import events
from core.platform.model import EventType
from core.shortfalls import reckoning
from core.shortfalls.model import Purchase
from core.storage.database import Database
from core.storage.transaction import Tx

EXPIRE = "expire_hold"
PLATFORM = "platform"
NOBODY = "clock"


class Holds:
    """Each `…_in` is its namesake inside a transaction of the caller's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def hold(self, hold_id: HoldId) -> Hold:
        found = await self._database.read(lambda tx: store.hold(tx, hold_id))
        if found is None:
            raise HoldNotFound(hold_id)
        return found

    async def frozen(self, account_id: AccountId, person_id: PersonId, *, limit: int) -> Frozen:
        """What the account's freezes are for, for somebody who may see its money."""

        def work(tx: Tx) -> Frozen:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            newest, count = store.open_of(tx, account_id, limit=limit)
            return Frozen(newest=tuple(newest), count=count)

        return await self._database.read(work)

    async def place(self, request: HoldRequest) -> Placed:
        """Freeze the amount, once per hold id.

        The same request again gives the hold as it stands; another one under the same id raises
        `HoldConflict`. `InsufficientBalance` leaves no hold, so that the id may come again, but a
        blocked purchase.
        """
        placed = await self._database.write(lambda tx: self.place_in(tx, request))
        if isinstance(placed, Short):
            raise InsufficientBalance(shortfall_fen=placed.shortfall_fen)
        return placed

    def place_in(self, tx: Tx, request: HoldRequest) -> Placed | Short:
        try:
            with tx.savepoint():
                return self._place(tx, request)
        except InsufficientBalance:
            available_fen = ledger.lock_available(tx, request.account_id)
        if available_fen >= request.amount_fen:  # funds came between the two looks
            return self._place(tx, request)
        reckoning.block(tx, _refused(request), at=self._clock.now())
        return Short(shortfall_fen=request.amount_fen - available_fen)

    def _place(self, tx: Tx, request: HoldRequest) -> Placed:
        if request.amount_fen <= 0:
            raise InvalidRequest("a hold freezes 1 fen or more")
        if access.account(tx, request.account_id) is None:
            raise AccountNotFound(request.account_id)
        now = self._clock.now()
        if not store.add(tx, request, at=now):
            return Placed(hold=_placed_before(tx, request), repeated=True)
        _freeze(tx, request, at=now)
        hold = Hold(request=request, captured_fen=0, state=HoldState.OPEN, created_at=now)
        return Placed(hold=hold, repeated=False)

    async def capture(self, hold_id: HoldId, amount_fen: int | None = None) -> Hold:
        """Take what was bought (all of it, unless a part is named); the rest is free again."""
        return await self._database.write(lambda tx: self.capture_in(tx, hold_id, amount_fen))

    def capture_in(self, tx: Tx, hold_id: HoldId, amount_fen: int | None = None) -> Hold:
        return self._end(tx, hold_id, HoldEvent.CAPTURE, capture_fen=amount_fen)

    async def release(self, hold_id: HoldId) -> Hold:
        """Give all of it back."""
        return await self._database.write(lambda tx: self.release_in(tx, hold_id))

    def release_in(self, tx: Tx, hold_id: HoldId) -> Hold:
        return self._end(tx, hold_id, HoldEvent.RELEASE)

    async def expire(self, hold_id: HoldId) -> datetime | None:
        """End a hold whose time is over; says when to come back for one that still has time."""
        return await self._database.write(lambda tx: self.expire_in(tx, hold_id))

    def expire_in(self, tx: Tx, hold_id: HoldId) -> datetime | None:
        found = store.hold(tx, hold_id, lock=True)
        if found is None or found.state is not HoldState.OPEN:
            return None
        if not found.is_overdue(self._clock.now()):
            return found.request.expires_at
        self._end(tx, hold_id, HoldEvent.EXPIRE)
        return None

    def _end(
        self, tx: Tx, hold_id: HoldId, event: HoldEvent, *, capture_fen: int | None = None
    ) -> Hold:
        found = store.hold(tx, hold_id, lock=True)
        if found is None:
            raise HoldNotFound(hold_id)
        now = self._clock.now()
        state = step(found.state, event)
        if event is not HoldEvent.EXPIRE and found.is_overdue(now):
            # The deadline decides, not whether the job that returns the money ran already.
            raise HoldEnded(state=HoldState.EXPIRED, event=event)
        captured_fen = _captured_fen(found, event, capture_fen)
        if not store.end(tx, hold_id, state, captured_fen=captured_fen, at=now):
            raise HoldEnded(state=found.state, event=event)
        ledger.append(tx, _transfer(found, event, captured_fen, at=now), at=now)
        actor = NOBODY if event is HoldEvent.EXPIRE else PLATFORM
        facts = {"amount_fen": found.request.amount_fen, "captured_fen": captured_fen}
        _record(tx, found.request, f"hold.{state}", facts, actor=actor, at=now)
        _follow(tx, found.request, event, captured_fen, at=now)
        return replace(found, state=state, captured_fen=captured_fen)


def _placed_before(tx: Tx, request: HoldRequest) -> Hold:
    found = store.hold(tx, request.hold_id)
    if found is None or found.request != request:
        raise HoldConflict(request.hold_id)
    return found


def _freeze(tx: Tx, request: HoldRequest, *, at: datetime) -> None:
    if request.expires_at is not None:
        if request.expires_at <= at:
            raise InvalidRequest("expires_at has to be in the future")
        queue.enqueue(tx, EXPIRE, {"hold": request.hold_id}, at=request.expires_at)
    transfer = postings.hold_placed(
        hold_id=request.hold_id,
        account_id=request.account_id,
        amount_fen=request.amount_fen,
        occurred_at=at,
    )
    ledger.append(tx, transfer, at=at)
    facts = {"amount_fen": request.amount_fen, "product": request.product}
    _record(tx, request, "hold.placed", facts, actor=PLATFORM, at=at)
    reckoning.placed(tx, request.hold_id, at=at)
    reckoning.reckon(tx, request.account_id, at=at)


def _refused(request: HoldRequest) -> Purchase:
    return Purchase(
        hold_id=request.hold_id,
        account_id=request.account_id,
        amount_fen=request.amount_fen,
        product=request.product,
        requested_by=request.requested_by,
        ends_at=request.expires_at,
    )


def _follow(
    tx: Tx, request: HoldRequest, event: HoldEvent, captured_fen: int, *, at: datetime
) -> None:
    """What the end of a hold leads to elsewhere."""
    if event is HoldEvent.EXPIRE:
        data = {
            "account_id": request.account_id,
            "hold_id": request.hold_id,
            "amount_fen": request.amount_fen,
        }
        events.add(tx, EventType.HOLD_EXPIRED, data, at)
    if captured_fen < request.amount_fen:
        reckoning.reckon(tx, request.account_id, at=at)


def _captured_fen(hold: Hold, event: HoldEvent, wanted_fen: int | None) -> int:
    if event is not HoldEvent.CAPTURE:
        return 0
    held = hold.request.amount_fen
    captured = held if wanted_fen is None else wanted_fen
    if not 1 <= captured <= held:
        raise InvalidRequest(f"a capture takes 1 to {held} fen of this hold")
    return captured


def _transfer(hold: Hold, event: HoldEvent, captured_fen: int, *, at: datetime) -> Transfer:
    request = hold.request
    if event is HoldEvent.CAPTURE:
        return postings.hold_captured(
            hold_id=request.hold_id,
            account_id=request.account_id,
            held_fen=request.amount_fen,
            captured_fen=captured_fen,
            occurred_at=at,
        )
    return postings.hold_returned(
        hold_id=request.hold_id,
        account_id=request.account_id,
        amount_fen=request.amount_fen,
        is_expired=event is HoldEvent.EXPIRE,
        occurred_at=at,
    )


def _record(
    tx: Tx,
    request: HoldRequest,
    action: str,
    facts: Mapping[str, object],
    *,
    actor: str,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor=actor,
        action=action,
        subject=f"hold:{request.hold_id}",
        account_id=request.account_id,
        facts=facts,
    )

"""Use cases of blocked purchases: what waits for funds, what is missing, letting one go."""

from datetime import datetime, timedelta

from core.access import rights
from core.access import store as access
from core.access.model import Right
from core.alerts import watch
from core.alerts.model import Topic
from core.audit import store as audit
from core.clock import Clock
from core.errors import AccountNotFound, NotFound
from core.ids import AccountId, HoldId, PersonId
from core.ledger import store as ledger
from core.notices import store as notices
from core.shortfalls import reckoning, store
from core.shortfalls.model import LIVING, BlockedEvent, Shortfall, Waiting, shared_out
from core.storage.database import Database
from core.storage.transaction import Tx

KEPT = timedelta(days=30)


class Shortfalls:
    """What finance people see of purchases that the balance does not cover."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(
        self, account_id: AccountId, person_id: PersonId, right: Right = Right.MOVE_MONEY
    ) -> Shortfall:
        """What waits on the account, for somebody who has the right there now."""

        def work(tx: Tx) -> Shortfall:
            rights.require(tx, person_id, account_id, right)
            return _shortfall(tx, account_id)

        return await self._database.read(work)

    async def dismiss(self, blocked_id: int, person_id: PersonId) -> AccountId:
        """Take a purchase off the list; it comes back when the platform tries it again.

        Returns its account. One that has ended already stays as it ended.
        """
        return await self._database.write(lambda tx: self._dismiss(tx, blocked_id, person_id))

    def _dismiss(self, tx: Tx, blocked_id: int, person_id: PersonId) -> AccountId:
        now = self._clock.now()
        found = store.blocked(tx, blocked_id)
        if found is None:
            raise NotFound
        account_id = found.purchase.account_id
        rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
        if _end(tx, blocked_id, BlockedEvent.DISMISS, at=now):
            audit.append(
                tx,
                at=now,
                actor=f"person:{person_id}",
                action="blocked.dismissed",
                subject=f"hold:{found.purchase.hold_id}",
                account_id=account_id,
                facts={"amount_fen": found.purchase.amount_fen},
            )
        return account_id

    # --- background ---------------------------------------------------------------------------

    async def expire(self, hold_id: HoldId, account_id: AccountId) -> datetime | None:
        """End one whose time is over; says when to come back for one that still has time."""
        return await self._database.write(lambda tx: self.expire_in(tx, hold_id, account_id))

    def expire_in(self, tx: Tx, hold_id: HoldId, account_id: AccountId) -> datetime | None:
        """The same inside a transaction of the caller's."""
        now = self._clock.now()
        for item in store.of_hold(tx, hold_id):
            if item.purchase.account_id != account_id or item.state not in LIVING:
                continue
            if item.expires_at > now:
                return item.expires_at
            _end(tx, item.blocked_id, BlockedEvent.EXPIRE, at=now)
        return None

    def draw(self, tx: Tx, account_id: AccountId) -> None:
        """Have the card redrawn, with all that was refused while this waited.

        A moment later: a refusal that found this job waiting may not be committed yet.
        """
        at = self._clock.now() + reckoning.DRAW_AFTER
        notices.refresh_card(tx, reckoning.subject_of(account_id), at=at)

    def push(self, tx: Tx, account_id: AccountId) -> None:
        """Bring the card to all finance people who want to be told, as a new message."""
        now = self._clock.now()
        store.note_push(tx, account_id, at=now)
        subject = reckoning.subject_of(account_id)
        for member in watch.listeners(tx, account_id, Topic.BLOCKED):
            notices.show_card(tx, subject, member.person_id, at=now, anew=True)

    async def sweep(self) -> None:
        before = self._clock.now() - KEPT
        await self._database.write(lambda tx: store.sweep(tx, before=before))


def _end(tx: Tx, blocked_id: int, event: BlockedEvent, *, at: datetime) -> bool:
    """End it if it lives; what it would have taken may serve those after it."""
    found = store.blocked(tx, blocked_id)
    if found is None:
        return False
    ledger.lock_available(tx, found.purchase.account_id)
    found = store.blocked(tx, blocked_id)
    if found is None or found.state not in LIVING:
        return False
    reckoning.end(tx, found, event, at=at)
    reckoning.reckon(tx, found.purchase.account_id, at=at)
    return True


def _shortfall(tx: Tx, account_id: AccountId) -> Shortfall:
    account = access.account(tx, account_id)
    if account is None:
        raise AccountNotFound(account_id)
    available_fen = ledger.balance(tx, account_id).available_fen
    living = store.living(tx, account_id)
    members = {str(item.member_id): item for item in access.members_of(tx, account_id)}
    waiting = tuple(
        Waiting(
            blocked=item,
            buyer=reckoning.buyer_of(members, item.purchase),
            missing_fen=missing_fen,
        )
        for item, missing_fen in shared_out(available_fen, living)
    )
    wanted_fen = sum(item.purchase.amount_fen for item in living)
    return Shortfall(
        account_id=account_id,
        account_name=account.name,
        available_fen=available_fen,
        missing_fen=max(wanted_fen - available_fen, 0) if living else 0,
        waiting=waiting,
    )

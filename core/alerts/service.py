"""Use cases of alerts: thresholds, each person's choices, reminders and digests."""

from datetime import datetime, timedelta, tzinfo

from core.access import rights
from core.access import store as access
from core.access.model import Membership, Right
from core.alerts import store, watch
from core.alerts.model import (
    ALWAYS,
    MOST_DAYS,
    MOST_FEN,
    MOST_THRESHOLDS,
    OPEN_TO,
    AlertView,
    Choices,
    Digest,
    Threshold,
    Topic,
    next_morning,
)
from core.audit import store as audit
from core.clock import Clock
from core.errors import CannotSwitchOff, InvalidRequest, NotFound, ThresholdRefused
from core.ids import AccountId, Ids, PersonId
from core.jobs import queue
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.statements import spans
from core.statements import store as statements
from core.statements.model import Span
from core.storage.database import Database
from core.storage.transaction import Tx

REMIND_ONE = "alert_remind_one"
DIGEST = "alert_digest"


class Alerts:
    """What people are told of an account's balance, and when not."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, zone: tzinfo) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._zone = zone

    # --- thresholds ---------------------------------------------------------------------------

    async def thresholds(self, person_id: PersonId, account_id: AccountId) -> list[Threshold]:
        def work(tx: Tx) -> list[Threshold]:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return store.of_account(tx, account_id)

        return await self._database.read(work)

    async def add(self, person_id: PersonId, account_id: AccountId, amount_fen: int) -> None:
        """Have people told when less than this is available; told at once when it is already."""
        if not 0 <= amount_fen <= MOST_FEN:
            raise ThresholdRefused(maximum_fen=MOST_FEN)

        def work(tx: Tx) -> None:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            if store.count(tx, account_id) >= MOST_THRESHOLDS:
                raise InvalidRequest(f"an account has up to {MOST_THRESHOLDS} thresholds")
            now, threshold_id = self._clock.now(), self._ids.short(12)
            if store.add(tx, threshold_id, account_id, amount_fen, person_id=person_id, at=now):
                _record(tx, person_id, account_id, "alert.added", amount_fen, at=now)
                watch.balance_moved(tx, account_id, at=now)

        await self._database.write(work)

    async def remove(self, person_id: PersonId, account_id: AccountId, threshold_id: str) -> None:
        def work(tx: Tx) -> None:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            found = store.threshold(tx, threshold_id)
            if found is None or not store.remove(tx, account_id, threshold_id):
                raise NotFound
            now = self._clock.now()
            _record(tx, person_id, account_id, "alert.removed", found.amount_fen, at=now)

        await self._database.write(work)

    async def view(self, person_id: PersonId, threshold_id: str) -> AlertView:
        """The threshold as its card shows it to this person."""

        def work(tx: Tx) -> AlertView:
            found, held = _seen_by(tx, person_id, threshold_id)
            taker = None if found.taken_by is None else access.person(tx, found.taken_by)
            return AlertView(
                threshold=found,
                account_name=held.account.name,
                available_fen=ledger.balance(tx, found.account_id).available_fen,
                taker=None if taker is None else taker.display_name,
                may_top_up=held.may(Right.MOVE_MONEY),
            )

        return await self._database.read(work)

    async def take(self, person_id: PersonId, threshold_id: str) -> None:
        """Say that this person takes care of it: the others see it, and are left in peace."""

        def work(tx: Tx) -> None:
            found, _held = _seen_by(tx, person_id, threshold_id, lock=True)
            if found.below_since is None or found.taken_by is not None:
                return
            now = self._clock.now()
            store.take(tx, threshold_id, person_id)
            _record(tx, person_id, found.account_id, "alert.taken", found.amount_fen, at=now)
            notices.refresh_card(tx, watch.subject_of(threshold_id), at=now)

        await self._database.write(work)

    async def snooze(self, person_id: PersonId, threshold_id: str, *, days: int = 1) -> None:
        """No low-balance alerts of this account for this person until that morning.

        Nothing happens when the balance is enough again: the next fall is told.
        """

        def work(tx: Tx) -> None:
            found, _held = _seen_by(tx, person_id, threshold_id)
            if found.below_since is None:
                return
            until = next_morning(self._clock.now() + timedelta(days=days), self._zone)
            store.choose(tx, person_id, found.account_id, snoozed_until=until)

        await self._database.write(work)

    # --- choices ------------------------------------------------------------------------------

    async def choices(
        self, person_id: PersonId, account_id: AccountId
    ) -> tuple[Membership, Choices]:
        def work(tx: Tx) -> tuple[Membership, Choices]:
            held = rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return held, store.choices(tx, person_id, account_id)

        return await self._database.read(work)

    async def switch(self, person_id: PersonId, account_id: AccountId, topic: Topic) -> None:
        """On if it was off, off if it was on; raises `CannotSwitchOff`."""

        def work(tx: Tx) -> None:
            held = rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            fixed = topic in ALWAYS.get(held.role, frozenset())
            if fixed or topic not in OPEN_TO[held.role]:
                raise CannotSwitchOff
            now_on = store.choices(tx, person_id, account_id).wants(held.role, topic)
            store.choose(tx, person_id, account_id, **{topic.value: not now_on})

        await self._database.write(work)

    async def tell_above(
        self, person_id: PersonId, account_id: AccountId, amount_fen: int
    ) -> None:
        """Arrivals below the amount are not told."""
        if not 0 <= amount_fen <= MOST_FEN:
            raise ThresholdRefused(maximum_fen=MOST_FEN)
        await self._choose(person_id, account_id, above_fen=amount_fen)

    async def keep_quiet(
        self, person_id: PersonId, account_id: AccountId, hours: tuple[int, int] | None
    ) -> None:
        """Minutes of the day from and until which alerts and digests wait; None: never."""
        begins, ends = hours if hours and hours[0] != hours[1] else (None, None)
        await self._choose(person_id, account_id, quiet_from=begins, quiet_until=ends)

    async def digest(self, person_id: PersonId, account_id: AccountId, how: Digest) -> None:
        def work(tx: Tx) -> None:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            store.choose(tx, person_id, account_id, digest=how)
            if how is not Digest.OFF:
                payload = {"person": person_id, "account": account_id, "how": how.value}
                at = next_morning(self._clock.now(), self._zone, week=how is Digest.WEEK)
                key = f"digest:{person_id}:{account_id}:{how}"
                queue.enqueue(tx, DIGEST, payload, at=at, dedupe_key=key)

        await self._database.write(work)

    async def _choose(self, person_id: PersonId, account_id: AccountId, **values: object) -> None:
        def work(tx: Tx) -> None:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            store.choose(tx, person_id, account_id, **values)

        await self._database.write(work)

    # --- background ---------------------------------------------------------------------------

    async def remind(self, threshold_id: str, since: datetime) -> datetime | None:
        """Tell of a fall, once a day and on five days; says when to come back."""
        return await self._database.write(lambda tx: self._remind(tx, threshold_id, since))

    def _remind(self, tx: Tx, threshold_id: str, since: datetime) -> datetime | None:
        found = store.threshold(tx, threshold_id, lock=True)
        if found is None or found.below_since != since or found.days_told >= MOST_DAYS:
            return None
        now = self._clock.now()
        today = now.astimezone(self._zone).date().isoformat()
        if found.last_told_on == today:
            return next_morning(now, self._zone)
        for held in watch.listeners(tx, found.account_id, Topic.LOW_BALANCE):
            self._tell(tx, found, held.person_id, at=now)
        store.told(tx, threshold_id, on=today, days=found.days_told + 1)
        return next_morning(now, self._zone) if found.days_told + 1 < MOST_DAYS else None

    def _tell(self, tx: Tx, found: Threshold, person_id: PersonId, *, at: datetime) -> None:
        choices = store.choices(tx, person_id, found.account_id)
        if choices.is_snoozed(at) or found.taken_by not in {None, person_id}:
            return
        if (later := choices.quiet_end(at, self._zone)) is not None:
            payload = {"threshold": found.threshold_id, "person": person_id}
            key = f"alert:{found.threshold_id}:{person_id}:{later.isoformat()}"
            queue.enqueue(tx, REMIND_ONE, payload, at=later, dedupe_key=key)
            return
        notices.show_card(tx, watch.subject_of(found.threshold_id), person_id, at=at, anew=True)

    async def remind_one(self, threshold_id: str, person_id: PersonId) -> None:
        """After quiet hours: only if there still is something to tell."""

        def work(tx: Tx) -> None:
            found = store.threshold(tx, threshold_id)
            if found is None or found.below_since is None:
                return
            wanting = watch.listeners(tx, found.account_id, Topic.LOW_BALANCE)
            if person_id in {item.person_id for item in wanting}:
                self._tell(tx, found, person_id, at=self._clock.now())

        await self._database.write(work)

    async def send_digest(
        self, person_id: PersonId, account_id: AccountId, how: Digest
    ) -> datetime | None:
        """Sum up the day or the week before, and say when the next one is due."""

        def work(tx: Tx) -> datetime | None:
            held = access.membership(tx, person_id, account_id)
            choices = store.choices(tx, person_id, account_id)
            if held is None or not held.may(Right.SEE_MONEY) or choices.digest is not how:
                return None
            now = self._clock.now()
            if (later := choices.quiet_end(now, self._zone)) is not None:
                return later
            self._add_digest(tx, held, how, at=now)
            return next_morning(now, self._zone, week=how is Digest.WEEK)

        return await self._database.write(work)

    def _add_digest(self, tx: Tx, held: Membership, how: Digest, *, at: datetime) -> None:
        today = at.astimezone(self._zone).date()
        first = today - timedelta(days=7 if how is Digest.WEEK else 1)
        span = Span(
            since=spans.day_start(first, self._zone), until=spans.day_start(today, self._zone)
        )
        account_id = held.account.account_id
        sums = statements.sums(tx, account_id, span)
        facts = {
            "account": held.account.name,
            "first": first.isoformat(),
            "last": (today - timedelta(days=1)).isoformat(),
            "opening_fen": sums.opening["available"],
            "closing_fen": sums.closing["available"],
            "in_fen": sum(item.in_fen for item in sums.moved),
            "out_fen": -sum(item.out_fen for item in sums.moved),
            "count": sums.count,
        }
        to = [Recipient(person_id=held.person_id, account_id=account_id)]
        key = f"{account_id}:{how}:{today.isoformat()}"
        notices.add(tx, to, NoticeKind.DIGEST, key=key, facts=facts, at=at)


def _seen_by(
    tx: Tx, person_id: PersonId, threshold_id: str, *, lock: bool = False
) -> tuple[Threshold, Membership]:
    found = store.threshold(tx, threshold_id, lock=lock)
    if found is None:
        raise NotFound
    return found, rights.require(tx, person_id, found.account_id, Right.SEE_MONEY)


def _record(
    tx: Tx,
    person_id: PersonId,
    account_id: AccountId,
    action: str,
    amount_fen: int,
    *,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor=f"person:{person_id}",
        action=action,
        subject=f"account:{account_id}",
        account_id=account_id,
        facts={"amount_fen": amount_fen},
    )

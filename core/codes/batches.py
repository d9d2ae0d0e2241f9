"""Use cases of batches: for the platform and the command line, and for operators in the chat."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from core.access import store as access
from core.access.model import StaffRole
from core.access.rights import staff_with
from core.clock import Clock
from core.codes import issuing, store
from core.codes.keys import CodeKeys
from core.codes.model import (
    Batch,
    BatchEvent,
    BatchReport,
    BatchState,
    BatchWish,
    Counts,
    IssuedCodes,
)
from core.errors import NotAllowed, SamePerson
from core.ids import BatchId, Ids, PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.stepup import service as stepup
from core.storage.database import Database
from core.storage.transaction import Tx

PAGE = 8
SEALED_FOR = timedelta(minutes=15)


class Batches:
    """Each `…_in` is its namesake inside a transaction of the caller's."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        keys: CodeKeys,
        *,
        actor: str = "platform",
    ) -> None:
        """`actor` is whom the audit trail names for what no person in a chat did."""
        self._database = database
        self._clock = clock
        self._ids = ids
        self._keys = keys
        self._actor = actor

    # --- without the chat: active at once -----------------------------------------------------

    async def create(self, wish: BatchWish) -> IssuedCodes:
        """Make a batch whose codes are active at once.

        Raises `CodesOff`, `InvalidRequest`, and `BatchExists` for a name that is taken.
        """
        return await self._database.write(lambda tx: self.create_in(tx, wish))

    def create_in(self, tx: Tx, wish: BatchWish) -> IssuedCodes:
        self._keys.newest()
        at = self._clock.now()
        batch = issuing.draft(tx, wish, None, actor=self._actor, at=at)
        codes = self._release(tx, batch, None, self._actor)
        return IssuedCodes(batch=issuing.found(tx, wish.batch_id), codes=codes)

    async def revoke(self, batch_id: BatchId) -> int:
        """Take back what nobody redeemed; returns how many codes that were."""
        return await self._database.write(
            lambda tx: self._end(tx, batch_id, BatchEvent.REVOKE, self._actor)
        )

    async def report(self, batch_id: BatchId) -> BatchReport:
        """Raises `BatchNotFound`."""
        return await self._database.read(lambda tx: self._report(tx, batch_id))

    async def expire(self, batch_id: BatchId) -> datetime | None:
        """End a batch whose time is over; says when to come back for one that still has time."""

        def work(tx: Tx) -> datetime | None:
            batch = store.batch(tx, batch_id, lock=True)
            if batch is None or batch.ended_at is not None:
                return None
            at = self._clock.now()
            if not batch.is_overdue(at):
                return batch.wish.expires_at
            issuing.end(tx, batch, BatchEvent.EXPIRE, actor=issuing.NOBODY, at=at)
            return None

        return await self._database.write(work)

    async def sweep(self) -> None:
        """Forget sealed codes that nobody will ask for again."""
        before = self._clock.now() - SEALED_FOR
        await self._database.write(lambda tx: store.forget_sealed(tx, before=before))

    # --- in the chat: two operators -----------------------------------------------------------

    async def draft(self, wish: BatchWish, person_id: PersonId) -> Batch:
        """Ask for a batch; the other operators are told that it waits for one of them.

        The same wish of the same person again is the batch that is there.
        """

        def work(tx: Tx) -> Batch:
            _require_acting(tx, person_id)
            self._keys.newest()
            before = store.batch(tx, wish.batch_id)
            if before is not None and (before.wish, before.maker) == (wish, person_id):
                return before
            at, actor = self._clock.now(), f"person:{person_id}"
            batch = issuing.draft(tx, wish, person_id, actor=actor, at=at)
            others = [one for one in staff_with(tx, StaffRole.OPERATOR) if one != person_id]
            self._tell(tx, NoticeKind.BATCH_WAITS, batch, others, person_id)
            return batch

        return await self._database.write(work)

    async def release(self, batch_id: BatchId, person_id: PersonId, key: str) -> IssuedCodes:
        """Make the codes of somebody else's draft; the same `key` again gets the same codes.

        Raises `SamePerson` for who made it, and `IllegalStep` for what is no draft any more.
        """

        def work(tx: Tx) -> IssuedCodes:
            _require_acting(tx, person_id)
            batch = issuing.found(tx, batch_id, lock=True)
            sealed = store.sealed(tx, batch_id, key)
            if sealed is not None and batch.releaser == person_id:
                return IssuedCodes(batch=batch, codes=tuple(json.loads(self._keys.unseal(sealed))))
            if batch.maker == person_id:
                raise SamePerson
            codes = self._release(tx, batch, person_id, f"person:{person_id}")
            store.keep_sealed(tx, batch_id, key, self._keys.seal(json.dumps(codes)))
            makers = [] if batch.maker is None else [batch.maker]
            self._tell(tx, NoticeKind.BATCH_RELEASED, batch, makers, person_id)
            return IssuedCodes(batch=issuing.found(tx, batch_id), codes=codes)

        return await self._database.write(work)

    async def revoke_as(self, batch_id: BatchId, person_id: PersonId) -> int:
        """An operator takes back the rest; one of them is enough for that."""

        def work(tx: Tx) -> int:
            _require_acting(tx, person_id)
            return self._end(tx, batch_id, BatchEvent.REVOKE, f"person:{person_id}")

        return await self._database.write(work)

    async def report_for(self, batch_id: BatchId, person_id: PersonId) -> BatchReport:
        def work(tx: Tx) -> BatchReport:
            _require_operator(tx, person_id)
            return self._report(tx, batch_id)

        return await self._database.read(work)

    async def listed(self, person_id: PersonId, *, page: int = 0) -> tuple[list[Batch], bool]:
        """A page of batches, newest first, and whether there are more."""

        def work(tx: Tx) -> list[Batch]:
            _require_operator(tx, person_id)
            return store.batches(tx, skip=page * PAGE, limit=PAGE + 1)

        found = await self._database.read(work)
        return found[:PAGE], len(found) > PAGE

    # --- inside -------------------------------------------------------------------------------

    def _release(
        self, tx: Tx, batch: Batch, releaser: PersonId | None, actor: str
    ) -> tuple[str, ...]:
        at = self._clock.now()
        return issuing.release(
            tx, batch, releaser, actor=actor, keys=self._keys, ids=self._ids, at=at
        )

    def _end(self, tx: Tx, batch_id: BatchId, event: BatchEvent, actor: str) -> int:
        batch = issuing.found(tx, batch_id, lock=True)
        return issuing.end(tx, batch, event, actor=actor, at=self._clock.now())

    def _report(self, tx: Tx, batch_id: BatchId) -> BatchReport:
        batch = issuing.found(tx, batch_id)
        return BatchReport(
            batch=batch,
            counts=_told(store.counts(tx, batch_id), batch, self._clock.now()),
            maker_name=_name(tx, batch.maker),
            releaser_name=_name(tx, batch.releaser),
            redeemed_at=store.redemption_times(tx, batch_id),
        )

    def _tell(
        self,
        tx: Tx,
        kind: NoticeKind,
        batch: Batch,
        people: list[PersonId],
        by: PersonId,
    ) -> None:
        wish = batch.wish
        facts = {
            "batch": wish.batch_id,
            "count": wish.count,
            "amount_fen": wish.amount_fen,
            "budget_fen": wish.budget_fen,
            "name": _name(tx, by),
        }
        recipients = [Recipient(person_id=person) for person in people]
        notices.add(tx, recipients, kind, key=wish.batch_id, facts=facts, at=self._clock.now())


def _require_operator(tx: Tx, person_id: PersonId) -> None:
    if StaffRole.OPERATOR not in access.staff_roles(tx, person_id):
        raise NotAllowed


def _require_acting(tx: Tx, person_id: PersonId) -> None:
    """An operator, who has proved who they are if they switched that on."""
    _require_operator(tx, person_id)
    stepup.require(tx, person_id)


def _told(counts: Counts, batch: Batch, now: datetime) -> Counts:
    """The deadline decides, not whether the job that ends the batch ran already."""
    if batch.state is not BatchState.RELEASED or not batch.is_overdue(now):
        return counts
    return replace(counts, active=0, expired=counts.expired + counts.active)


def _name(tx: Tx, person_id: PersonId | None) -> str:
    person = None if person_id is None else access.person(tx, person_id)
    return str(person_id or "") if person is None else person.display_name

"""Use cases of who pays: open a draft, fill it, submit, answer, take back, and see how it goes."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.access import rights
from core.access.model import Right
from core.banklines import claiming
from core.banklines.model import KnownLine
from core.clock import Clock
from core.errors import IllegalStep, InvalidRequest
from core.ids import AccountId, Ids, PersonId
from core.remittance import audience, claims, drafting, store, timing
from core.remittance.drafts import Drafts, Surroundings
from core.remittance.model import (
    LONGEST_TEXT,
    WAITING,
    Declared,
    Happened,
    Remittance,
    RemittanceEvent,
    RemittanceState,
    RemittanceView,
    Way,
    step,
)
from core.storage.database import Database
from core.storage.transaction import Tx

PAGE = 6
ID_LENGTH = 12
BANK_ZONE = ZoneInfo("Asia/Shanghai")


class Remittances:
    """What finance people do with bank transfers. Files are looked into between transactions."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, surroundings: Surroundings
    ) -> None:
        self._database = database
        self._clock = clock
        self._around = surroundings
        self.drafts = Drafts(database, clock, ids, surroundings)

    # --- seeing -------------------------------------------------------------------------------

    async def listed(
        self, person_id: PersonId, account_id: AccountId, *, page: int = 0
    ) -> tuple[list[Remittance], bool]:
        """A page of the account's remittances, newest first, and whether more follow."""

        def work(tx: Tx) -> tuple[list[Remittance], bool]:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            found = store.of_account(tx, account_id, person_id, skip=page * PAGE, limit=PAGE + 1)
            return found[:PAGE], len(found) > PAGE

        return await self._database.read(work)

    async def unfinished(self, person_id: PersonId, account_id: AccountId) -> list[Remittance]:
        """What one more receipt may belong to, the likeliest first."""

        def work(tx: Tx) -> list[Remittance]:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            return store.unfinished(tx, account_id, person_id)

        return await self._database.read(work)

    async def view(self, remittance_id: str, person_id: PersonId) -> RemittanceView:
        def work(tx: Tx) -> RemittanceView:
            found = drafting.find(tx, remittance_id, person_id, Right.SEE_MONEY)
            return drafting.view(tx, found, at=self._clock.now())

        return await self._database.read(work)

    async def named(self, hashes: Collection[str]) -> set[str]:
        """Which of these files some remittance names: the others may be swept."""
        return await self._database.read(lambda tx: store.named_files(tx, hashes))

    async def preview(self, sha256: str) -> bytes:
        """A picture of a receipt; asked for after the right to see its remittance."""
        return await self._around.receipts.preview(sha256)

    async def original(self, sha256: str) -> bytes:
        return await self._around.receipts.original(sha256)

    # --- submitting and after -----------------------------------------------------------------

    async def submit(self, remittance_id: str, person_id: PersonId) -> RemittanceView:
        """Put it before the reviewers; again by the same person changes nothing.

        Raises `InvalidRequest` while something is missing.
        """

        def work(tx: Tx) -> RemittanceView:
            found = drafting.take(tx, remittance_id, person_id)
            if found.state in WAITING and found.submitted_by == person_id:
                return drafting.view(tx, found, at=self._clock.now())
            return self._submit(tx, found, person_id, at=self._clock.now())

        return await self._database.write(work)

    async def knows_line(
        self, person_id: PersonId, account_id: AccountId, known: KnownLine
    ) -> bool:
        """Whether a line of the bank's is there to claim; nothing else of it is told.

        For who may move the account's money, and knows amount, day and payer.
        """

        def work(tx: Tx) -> bool:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            return bool(claims.free_lines(tx, account_id, known))

        return await self._database.read(work)

    async def claim_line(
        self, person_id: PersonId, account_id: AccountId, known: KnownLine, *, key: str
    ) -> RemittanceView:
        """Put a transfer that the bank's statement has before the reviewers, as the account's.

        The line is kept for it and stands for a receipt. Once per key. Raises `NotFound` when no
        free line agrees in all three, and changes nothing then.
        """
        said = Declared(
            amount_fen=known.amount_fen,
            payer_name=known.payer_name,
            transfer_date=known.booked_on,
        )

        def work(tx: Tx) -> RemittanceView:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            now = self._clock.now()
            declared = drafting.merged(Declared(), said, today=now.astimezone(BANK_ZONE).date())
            made = self.drafts.add(
                tx, person_id, account_id, Way.WIRE, declared, key=key, replaces=None
            )
            if made.state is not RemittanceState.DRAFT:
                return drafting.view(tx, made, at=now)
            lines = claims.free_lines(tx, account_id, known)
            line = claiming.take_first(tx, lines, made.remittance_id, person_id=person_id, at=now)
            facts = {"bank_line": line.line_id}
            audience.record(tx, made, "line_claimed", person_id, facts, at=now)
            return self._submit(tx, made, person_id, at=now)

        return await self._database.write(work)

    def _submit(
        self, tx: Tx, found: Remittance, person_id: PersonId, *, at: datetime
    ) -> RemittanceView:
        state = step(found.state, RemittanceEvent.SUBMIT)
        has_line = claiming.line_of(tx, found.remittance_id) is not None
        if drafting.missing(found, has_proof=has_line or drafting.has_files(tx, found)):
            raise InvalidRequest("something is missing")
        is_answer = found.state is RemittanceState.NEEDS_INFO
        lines = store.timeline(tx, found.remittance_id)
        since = found.submitted_at or at
        promise = timing.promise(self._around.days, since, lines, at)
        store.change(
            tx,
            found.remittance_id,
            state=state,
            submitted_by=person_id,
            submitted_at=found.submitted_at or at,
            due_at=promise.due_at,
            half_at=promise.half_at,
            due_is_estimated=promise.is_estimated,
            paused_at=None,
            clock_stage=0,
        )
        what = Happened.ANSWERED if is_answer else Happened.SUBMITTED
        submitted = drafting.again(tx, found.remittance_id)
        store.note(tx, found.remittance_id, what, person_id, at=at)
        facts = {"amount_fen": found.declared.amount_fen, "due_at": promise.due_at.isoformat()}
        audience.record(tx, found, what.value, person_id, facts, at=at)
        timing.wind(tx, found.remittance_id, at=promise.half_at)
        self._to_the_desk(tx, submitted, at=at)
        return drafting.view(tx, submitted, at=self._clock.now())

    def _to_the_desk(self, tx: Tx, found: Remittance, *, at: datetime) -> None:
        """A completed case comes back to who asked, everybody else sees it change."""
        audience.redraw(tx, found, at=at)
        asker = found.asked_by
        if asker is not None and asker in audience.reviewers_of(tx, found):
            audience.show_review(tx, found, int(asker), at=at)
        else:
            audience.show_to_reviewers(tx, found, self._around.review_chat_id, at=at)

    async def say(self, remittance_id: str, person_id: PersonId, text: str) -> RemittanceView:
        """A message to the reviewer who asked for more."""
        said = drafting.one_line(text)
        if not 1 <= len(said) <= LONGEST_TEXT:
            raise InvalidRequest(f"a message has 1 to {LONGEST_TEXT} characters")

        def work(tx: Tx) -> RemittanceView:
            now = self._clock.now()
            found = drafting.take(tx, remittance_id, person_id)
            if found.state is not RemittanceState.NEEDS_INFO:
                raise IllegalStep(record="Remittance", state=found.state, event="say")
            store.note(tx, remittance_id, Happened.ANSWERED, person_id, said, at=now)
            audience.redraw(tx, found, at=now)
            return drafting.view(tx, found, at=self._clock.now())

        return await self._database.write(work)

    async def withdraw(self, remittance_id: str, person_id: PersonId) -> RemittanceView:
        """Take it back while no reviewer has it in work; again changes nothing."""

        def work(tx: Tx) -> RemittanceView:
            now = self._clock.now()
            found = drafting.take(tx, remittance_id, person_id)
            if found.state is RemittanceState.WITHDRAWN:
                return drafting.view(tx, found, at=self._clock.now())
            drafting.require_free(found, "withdraw", is_free=found.is_free(now))
            state: RemittanceState = found.state
            if state is RemittanceState.IN_REVIEW:  # the lease is over
                state = step(state, RemittanceEvent.RELEASE)
            store.change(
                tx,
                remittance_id,
                state=step(state, RemittanceEvent.WITHDRAW),
                claimed_by=None,
                claimed_until=None,
                paused_at=None,
            )
            claiming.release(tx, remittance_id, at=now)
            audience.changed(tx, found, Happened.WITHDRAWN, person_id, at=now)
            return drafting.view(tx, drafting.again(tx, remittance_id), at=self._clock.now())

        return await self._database.write(work)

    async def resubmit(
        self, remittance_id: str, person_id: PersonId, *, key: str
    ) -> RemittanceView:
        """A new draft with everything a rejected remittance had; one at a time."""

        def work(tx: Tx) -> RemittanceView:
            found = drafting.take(tx, remittance_id, person_id)
            if found.state is not RemittanceState.REJECTED:
                raise IllegalStep(record="Remittance", state=found.state, event="resubmit")
            made = store.replacement_of(tx, remittance_id)
            return drafting.view(
                tx, made or self._copy(tx, found, person_id, key), at=self._clock.now()
            )

        return await self._database.write(work)

    def _copy(self, tx: Tx, found: Remittance, person_id: PersonId, key: str) -> Remittance:
        made = self.drafts.add(
            tx,
            person_id,
            found.account_id,
            found.way,
            replace(found.declared),
            key=key,
            replaces=found.remittance_id,
        )
        for file in store.files(tx, found.remittance_id):
            store.add_file(tx, made.remittance_id, file, person_id, at=self._clock.now())
        return made

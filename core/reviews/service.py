"""Use cases of reviewers: the queue, claims, decisions, and taking a credit back."""

from collections.abc import Callable
from datetime import datetime

from core.access import store as access
from core.clock import Clock
from core.errors import InsufficientBalance, InvalidRequest, NotAllowed, NotFound
from core.ids import PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.remittance import audience
from core.remittance import store as remittances
from core.remittance.drafting import one_line
from core.remittance.model import (
    LONGEST_TEXT,
    Happened,
    RejectCode,
    Remittance,
    RemittanceState,
)
from core.reviews import crediting, deciding, desk, store
from core.reviews.model import Outcome, Reviewed, ReviewRules, ReviewView
from core.stepup import service as stepup
from core.storage.database import Database
from core.storage.transaction import Tx

PAGE = 6


class Reviews:
    """What reviewers do. Every act answers with its outcome and the case as it then stood."""

    def __init__(self, database: Database, clock: Clock, rules: ReviewRules) -> None:
        self._database = database
        self._clock = clock
        self.rules = rules

    # --- seeing -------------------------------------------------------------------------------

    async def queue(self, person_id: PersonId, *, page: int = 0) -> tuple[list[ReviewView], bool]:
        """A page of the person's queue, oldest due first, and whether more follow."""

        def work(tx: Tx) -> tuple[list[ReviewView], bool]:
            desk.require_reviewer(tx, person_id)
            found = store.waiting(tx, person_id, skip=page * PAGE, limit=PAGE + 1)
            now = self._clock.now()
            return [desk.view(tx, item, at=now) for item in found[:PAGE]], len(found) > PAGE

        return await self._database.read(work)

    async def view(self, remittance_id: str, person_id: PersonId) -> ReviewView:
        def work(tx: Tx) -> ReviewView:
            found = desk.find(tx, remittance_id, person_id)
            return desk.view(tx, found, at=self._clock.now())

        return await self._database.read(work)

    async def view_in_group(self, remittance_id: str) -> ReviewView:
        """What the reviewers' group sees; `NotFound` once a reviewer there may not see it."""

        def work(tx: Tx) -> ReviewView:
            found = remittances.remittance(tx, remittance_id)
            if found is None or found.submitted_at is None:
                raise NotFound
            return desk.view(tx, found, at=self._clock.now())

        return await self._database.read(work)

    async def find(self, reference: str, person_id: PersonId) -> ReviewView:
        """By the reference people quote."""

        def work(tx: Tx) -> ReviewView:
            desk.require_reviewer(tx, person_id)
            remittance_id = remittances.id_of_reference(tx, reference)
            if remittance_id is None:
                raise NotFound
            found = desk.find(tx, remittance_id, person_id)
            return desk.view(tx, found, at=self._clock.now())

        return await self._database.read(work)

    # --- claims -------------------------------------------------------------------------------

    async def claim(self, remittance_id: str, person_id: PersonId) -> Reviewed:
        """Take it in work for 15 minutes; doing so again starts them anew."""

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            found = desk.find(tx, remittance_id, person_id, lock=True)
            if (outcome := desk.in_the_way(tx, found, person_id, at=now)) is not None:
                return desk.reviewed(tx, found, outcome, at=now)
            held = desk.claim(tx, found, person_id, at=now)
            return desk.reviewed(tx, held, Outcome.DONE, at=now)

        return await self._database.write(work)

    async def release(self, remittance_id: str, person_id: PersonId) -> Reviewed:
        """Put it back for others."""

        def let_go(tx: Tx, found: Remittance, now: datetime) -> Reviewed:
            desk.let_go(tx, found)
            desk.log(tx, found, Happened.RELEASED, person_id, at=now)
            return desk.reviewed(tx, found, Outcome.DONE, at=now)

        return await self._decide(remittance_id, person_id, let_go)

    async def bring(self, remittance_id: str, person_id: PersonId) -> None:
        """Have the review card sent to this reviewer's private chat."""

        def work(tx: Tx) -> None:
            found = desk.find(tx, remittance_id, person_id)
            audience.show_review(tx, found, int(person_id), at=self._clock.now())

        await self._database.write(work)

    async def lapse(self, remittance_id: str) -> datetime | None:
        """Put back what nobody works on any more; returns when to look again."""

        def work(tx: Tx) -> datetime | None:
            now = self._clock.now()
            found = remittances.remittance(tx, remittance_id, lock=True)
            if found is None or found.claimed_until is None:
                return None
            if found.claimed_until > now:
                return found.claimed_until
            desk.let_go(tx, found)
            desk.log(tx, found, Happened.RELEASED, None, at=now)
            return None

        return await self._database.write(work)

    # --- decisions ----------------------------------------------------------------------------

    async def approve(
        self,
        remittance_id: str,
        person_id: PersonId,
        received_fen: int,
        reason: str | None = None,
        *,
        line_id: int | None = None,
    ) -> Reviewed:
        """So much arrived; a sum other than declared needs a reason the payer reads.

        By this bank line, which is of the same sum: None stays with the one that is kept for it,
        `NO_LINE` approves without any. Raises `StepUpNeeded` for who has switched that on.
        """
        said = _checked(reason) if reason else None

        def approve(tx: Tx, found: Remittance, now: datetime) -> Reviewed:
            stepup.require(tx, person_id)
            return deciding.approve(
                tx, found, person_id, received_fen, said, line_id=line_id, rules=self.rules, at=now
            )

        return await self._decide(remittance_id, person_id, approve)

    async def reject(
        self, remittance_id: str, person_id: PersonId, code: RejectCode, text: str = ""
    ) -> Reviewed:
        said = _checked(text) if text else ""

        def reject(tx: Tx, found: Remittance, now: datetime) -> Reviewed:
            return deciding.reject(tx, found, person_id, code, said, at=now)

        return await self._decide(remittance_id, person_id, reject)

    async def ask(self, remittance_id: str, person_id: PersonId, text: str) -> Reviewed:
        """Ask the payer for more, or, having asked, say more."""
        said = _checked(text)

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            found = desk.find(tx, remittance_id, person_id, lock=True)
            if found.state is RemittanceState.NEEDS_INFO and found.asked_by == person_id:
                return deciding.ask_again(tx, found, person_id, said, at=now)
            taken = desk.take(tx, remittance_id, person_id, at=now)
            if isinstance(taken, Reviewed):
                return taken
            return deciding.ask(tx, taken, person_id, said, at=now)

        return await self._database.write(work)

    async def _decide(
        self,
        remittance_id: str,
        person_id: PersonId,
        act: Callable[[Tx, Remittance, datetime], Reviewed],
    ) -> Reviewed:
        """Run the act on the locked case if this person may act on it now."""

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            taken = desk.take(tx, remittance_id, person_id, at=now)
            return taken if isinstance(taken, Reviewed) else act(tx, taken, now)

        return await self._database.write(work)

    # --- after a decision ---------------------------------------------------------------------

    async def undo(self, remittance_id: str, person_id: PersonId) -> Reviewed:
        """Take an approval back before it is posted; only who gave it may."""

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            found = desk.find(tx, remittance_id, person_id, lock=True)
            if found.state is not RemittanceState.APPROVED:
                return desk.reviewed(tx, found, Outcome.DECIDED, at=now)
            words = store.decisions(tx, remittance_id)
            if person_id not in {item.person_id for item in words if item.round == found.round}:
                raise NotAllowed
            if found.credited_at is not None:
                return desk.reviewed(tx, found, Outcome.TOO_LATE, at=now)
            deciding.undo(tx, found, person_id, at=now)
            return desk.reviewed(tx, found, Outcome.DONE, at=now)

        return await self._database.write(work)

    async def post(self, remittance_id: str) -> datetime | None:
        """Post the credit when its time of grace is over; returns when to try again."""

        def work(tx: Tx) -> datetime | None:
            now = self._clock.now()
            found = remittances.remittance(tx, remittance_id, lock=True)
            if found is None or found.credited_at is not None or found.post_at is None:
                return None
            if not crediting.is_due(found, now):
                return found.post_at if found.post_at > now else None
            crediting.post(tx, found, at=now)
            return None

        return await self._database.write(work)

    async def ask_reversal(self, remittance_id: str, person_id: PersonId, reason: str) -> Reviewed:
        """Ask for a credit to be taken back; somebody else has to confirm.

        Raises `StepUpNeeded` for who has switched that on.
        """
        said = _checked(reason)

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            found = desk.find(tx, remittance_id, person_id, lock=True)
            stepup.require(tx, person_id)
            if found.credited_at is None or found.reversed_at is not None:
                return desk.reviewed(tx, found, Outcome.DECIDED, at=now)
            if not store.ask_reversal(tx, remittance_id, person_id, said, at=now):
                return desk.reviewed(tx, found, Outcome.DECIDED, at=now)
            desk.log(tx, found, Happened.REVERSAL_ASKED, person_id, said, at=now)
            self._tell_others(tx, found, person_id, said, at=now)
            return desk.reviewed(tx, found, Outcome.DONE, at=now)

        return await self._database.write(work)

    def _tell_others(
        self, tx: Tx, found: Remittance, person_id: PersonId, reason: str, *, at: datetime
    ) -> None:
        others = [
            Recipient(person_id=person)
            for person in audience.reviewers_of(tx, found)
            if person != person_id
        ]
        facts = {**audience.facts_of(found), "answer": reason}
        key = f"{found.remittance_id}:{at.isoformat()}"
        notices.add(tx, others, NoticeKind.REVERSAL_ASKED, key=key, facts=facts, at=at)

    async def end_reversal(
        self, remittance_id: str, person_id: PersonId, *, confirmed: bool
    ) -> Reviewed:
        """The second person's word; `NOT_COVERED` when the money is not there any more.

        Raises `StepUpNeeded` for who has switched that on.
        """

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            found = desk.find(tx, remittance_id, person_id, lock=True)
            stepup.require(tx, person_id)
            asked = store.reversal(tx, remittance_id)
            if asked is None or asked.state != "asked":
                return desk.reviewed(tx, found, Outcome.DECIDED, at=now)
            if asked.asked_by == person_id:
                return desk.reviewed(tx, found, Outcome.OWN_DECISION, at=now)
            return self._end_reversal(
                tx, found, asked.reversal_id, asked.reason, person_id, confirmed=confirmed, at=now
            )

        return await self._database.write(work)

    def _end_reversal(
        self,
        tx: Tx,
        found: Remittance,
        reversal_id: int,
        reason: str,
        person_id: PersonId,
        *,
        confirmed: bool,
        at: datetime,
    ) -> Reviewed:
        if not confirmed:
            store.end_reversal(tx, reversal_id, "refused", person_id, at=at)
            desk.log(tx, found, Happened.REVERSAL_REFUSED, person_id, at=at)
            return desk.reviewed(tx, found, Outcome.DONE, at=at)
        try:
            with tx.savepoint():
                crediting.reverse(tx, found, person_id, reason, at=at)
        except InsufficientBalance:
            return desk.reviewed(tx, found, Outcome.NOT_COVERED, at=at)
        store.end_reversal(tx, reversal_id, "done", person_id, at=at)
        return desk.reviewed(tx, found, Outcome.DONE, at=at)

    # --- the group ----------------------------------------------------------------------------

    async def chat(self) -> int | None:
        """Where the reviewers' group is now, if there is one."""
        chat_id = self.rules.review_chat_id
        if chat_id is None:
            return None
        return await self._database.read(lambda tx: access.present_chat(tx, chat_id))


def _checked(text: str) -> str:
    said = one_line(text)
    if not 1 <= len(said) <= LONGEST_TEXT:
        raise InvalidRequest(f"a text has 1 to {LONGEST_TEXT} characters")
    return said

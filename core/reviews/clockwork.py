"""The promise of three working days: reminders, a call to operators, a word to who pays."""

from datetime import datetime, timedelta
from enum import IntEnum
from typing import assert_never

from core.access import store as access
from core.access.model import StaffRole
from core.access.rights import staff_with
from core.clock import Clock
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.remittance import audience
from core.remittance import store as remittances
from core.remittance.calendar import BankCalendar
from core.remittance.model import WAITING, Happened, Remittance
from core.remittance.timing import late_promise
from core.storage.database import Database
from core.storage.transaction import Tx

BEFORE_THE_BREACH = timedelta(hours=4)


class Stage(IntEnum):
    """What comes next for a remittance that waits."""

    REMIND = 0
    ESCALATE = 1
    LATE = 2


class Clockwork:
    """Looks at one waiting remittance at a time, when its moment has come."""

    def __init__(self, database: Database, clock: Clock, days: BankCalendar) -> None:
        self._database = database
        self._clock = clock
        self._days = days

    async def tick(self, remittance_id: str) -> datetime | None:
        """Do what is due; returns when to look again, None while the clock stands still."""
        return await self._database.write(lambda tx: self._tick(tx, remittance_id))

    def _tick(self, tx: Tx, remittance_id: str) -> datetime | None:
        found = remittances.remittance(tx, remittance_id, lock=True)
        if found is None or found.state not in WAITING:
            return None
        now = self._clock.now()
        moment = _moment(found)
        if moment > now:
            return moment
        stage = Stage(found.clock_stage)
        match stage:
            case Stage.REMIND:
                _remind(tx, found, at=now)
                remittances.change(tx, remittance_id, clock_stage=Stage.ESCALATE)
            case Stage.ESCALATE:
                _escalate(tx, found, at=now)
                remittances.change(tx, remittance_id, clock_stage=Stage.LATE)
            case Stage.LATE:
                self._late(tx, found, at=now)
            case _:
                assert_never(stage)
        again = remittances.remittance(tx, remittance_id)
        return None if again is None else max(_moment(again), now)

    def _late(self, tx: Tx, found: Remittance, *, at: datetime) -> None:
        """An honest word to who pays, with the new time; operators hear before that one too."""
        promise = late_promise(self._days, at)
        remittances.change(
            tx,
            found.remittance_id,
            due_at=promise.due_at,
            due_is_estimated=promise.is_estimated,
            clock_stage=Stage.ESCALATE,
        )
        remittances.note(tx, found.remittance_id, Happened.LATE, None, at=at)
        facts = {"due_at": promise.due_at.isoformat()}
        audience.record(tx, found, "late", None, facts, at=at)
        key = f"late:{promise.due_at.isoformat()}"
        audience.tell_payers(tx, found, NoticeKind.REMITTANCE_LATE, facts, key=key, at=at)
        audience.redraw(tx, found, at=at)


def _moment(found: Remittance) -> datetime:
    """When the present stage comes."""
    due = found.due_at or found.created_at
    stage = Stage(found.clock_stage)
    match stage:
        case Stage.REMIND:
            return found.half_at or due
        case Stage.ESCALATE:
            return due - BEFORE_THE_BREACH
        case Stage.LATE:
            return due
    assert_never(stage)


def _remind(tx: Tx, found: Remittance, *, at: datetime) -> None:
    """Who has it in work, else everybody who may take it."""
    holder = found.holder(at)
    people = audience.reviewers_of(tx, found) if holder is None else [holder]
    recipients = [Recipient(person_id=person) for person in people]
    _tell(tx, found, NoticeKind.REVIEW_REMINDER, recipients, at=at)


def _escalate(tx: Tx, found: Remittance, *, at: datetime) -> None:
    recipients = [
        Recipient(person_id=person)
        for person in staff_with(tx, StaffRole.OPERATOR)
        if access.membership(tx, person, found.account_id) is None
    ]
    _tell(tx, found, NoticeKind.REVIEW_ESCALATED, recipients, at=at)
    audience.record(tx, found, "escalated", None, at=at)


def _tell(
    tx: Tx, found: Remittance, kind: NoticeKind, recipients: list[Recipient], *, at: datetime
) -> None:
    due_at = None if found.due_at is None else found.due_at.isoformat()
    facts = {**audience.facts_of(found), "due_at": due_at}
    key = f"{found.remittance_id}:{due_at}"
    notices.add(tx, recipients, kind, key=key, facts=facts, at=at)

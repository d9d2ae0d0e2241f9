"""How often somebody may guess: failures are kept in the database and counted under a lock.

A person has 5 failures in any 15 minutes, an account 10 an hour; an account that used them up
waits an hour, and twice as long each next time, until it was quiet for a day. 100 failures in 10
minutes over all slow everybody down to a fifth of that, and operators hear of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.access.model import StaffRole
from core.access.rights import staff_with
from core.codes import store
from core.ids import AccountId, PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.storage.transaction import Tx

PER_PERSON, PERSON_SPAN = 5, timedelta(minutes=15)
PER_ACCOUNT, ACCOUNT_SPAN = 10, timedelta(hours=1)
LONGEST_WAIT, QUIET = timedelta(days=1), timedelta(days=1)
OVERALL, OVERALL_SPAN = 100, timedelta(minutes=10)
MOST_DOUBLINGS = 5  # the longest wait is reached by then
SLOWER = 5
KEPT = timedelta(days=2)
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesser:
    """Whose failures count together."""

    person_id: PersonId
    account_id: AccountId

    @property
    def person(self) -> str:
        return f"person:{self.person_id}"

    @property
    def account(self) -> str:
        return f"account:{self.account_id}"


def hold(tx: Tx, guesser: Guesser) -> None:
    """Let nobody else count these two until the commit: always the account first."""
    store.hold_brake(tx, guesser.account)
    store.hold_brake(tx, guesser.person)


def wait_until(tx: Tx, guesser: Guesser, *, at: datetime) -> datetime | None:
    """When the next code may be looked up, if it may not be now."""
    slower = SLOWER if _is_slow(tx, at) else 1
    waits = [_person_waits(tx, guesser, PER_PERSON // slower, at=at)]
    brake = store.brake(tx, guesser.account)
    waits.append(None if brake is None else brake.until)
    if slower > 1:
        waits.append(_account_waits_slowed(tx, guesser, at=at))
    return max((until for until in waits if until is not None and until > at), default=None)


def _person_waits(tx: Tx, guesser: Guesser, allowed: int, *, at: datetime) -> datetime | None:
    failures = store.failures_of_person(tx, guesser.person_id, after=at - PERSON_SPAN)
    return failures[-allowed] + PERSON_SPAN if len(failures) >= allowed else None


def _account_waits_slowed(tx: Tx, guesser: Guesser, *, at: datetime) -> datetime | None:
    """While everybody is slowed, an account waits for the others to become quiet."""
    after = at - ACCOUNT_SPAN
    failures = store.count_failures(tx, after=after, account_id=guesser.account_id)
    brake = store.brake(tx, ALL)
    return brake.until if brake is not None and failures >= PER_ACCOUNT // SLOWER else None


def note(tx: Tx, guesser: Guesser, *, at: datetime) -> None:
    """Count one failure of somebody who is held."""
    store.add_failure(tx, guesser.person_id, guesser.account_id, at=at)
    _brake_account(tx, guesser, at=at)
    _brake_all(tx, at=at)


def _brake_account(tx: Tx, guesser: Guesser, *, at: datetime) -> None:
    brake = store.hold_brake(tx, guesser.account)
    after = max(at - ACCOUNT_SPAN, brake.since or at - ACCOUNT_SPAN)
    failures = store.count_failures(tx, after=after, account_id=guesser.account_id)
    if failures < PER_ACCOUNT:
        return
    is_quiet = brake.until is None or at - brake.until > QUIET
    level = 0 if is_quiet else min(brake.level, MOST_DOUBLINGS)
    until = at + min(ACCOUNT_SPAN * 2**level, LONGEST_WAIT)
    store.set_brake(tx, guesser.account, level=level + 1, since=at, until=until)


def _is_slow(tx: Tx, at: datetime) -> bool:
    brake = store.brake(tx, ALL)
    return brake is not None and brake.until is not None and brake.until > at


def _brake_all(tx: Tx, *, at: datetime) -> None:
    brake = store.hold_brake(tx, ALL)
    failures = store.count_failures(tx, after=at - OVERALL_SPAN)
    if failures < OVERALL:
        return
    if brake.until is None or brake.until <= at:
        _alarm(tx, failures, at=at)
    store.set_brake(tx, ALL, level=1, since=at, until=at + OVERALL_SPAN)


def _alarm(tx: Tx, failures: int, *, at: datetime) -> None:
    operators = [Recipient(person_id=person) for person in staff_with(tx, StaffRole.OPERATOR)]
    facts = {"what": "code_guessing", "detail": f"{failures} wrong codes in 10 minutes"}
    key = f"code_guessing:{at.isoformat()}"
    notices.add(tx, operators, NoticeKind.ALARM, key=key, facts=facts, at=at)

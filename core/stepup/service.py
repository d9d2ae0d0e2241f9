"""Use cases of step-up: a second proof by an authenticator app, for who switched it on.

`require` stands in the acting transactions of others.
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

import pyotp

from core.audit import store as audit
from core.clock import Clock
from core.errors import InvalidRequest, NotFound, StepUpLocked, StepUpNeeded, StepUpWrong
from core.ids import PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.stepup import sealing, store
from core.stepup.model import (
    GOOD_FOR,
    LARGEST_LIMIT_FEN,
    LOCKED_FOR,
    STEP_S,
    TRIES,
    Enrolment,
    Kept,
    StepUpView,
)
from core.storage.database import Database
from core.storage.transaction import Tx

ISSUER = "Cloud top-up"
Passed = Callable[[Tx, Kept, int, datetime], None]


def require(tx: Tx, person_id: PersonId, *, amount_fen: int | None = None) -> None:
    """Raise `StepUpNeeded` when the person switched it on and has shown no code lately.

    With an amount, only above the limit the person set.
    """
    kept = store.kept(tx, person_id)
    if kept is None or not kept.is_on:
        return
    if amount_fen is not None and (kept.limit_fen is None or amount_fen <= kept.limit_fen):
        return
    if kept.passed_at is None or tx.now - kept.passed_at > GOOD_FOR:
        raise StepUpNeeded


class StepUp:
    """Enrolling, showing codes, and switching it off again."""

    def __init__(self, database: Database, clock: Clock, keys: Sequence[bytes]) -> None:
        """Without a key to seal secrets under, it is not offered."""
        self._database = database
        self._clock = clock
        self._keys = keys

    async def view(self, person_id: PersonId) -> StepUpView:
        kept = await self._database.read(lambda tx: store.kept(tx, person_id))
        if kept is None:
            return StepUpView(is_offered=bool(self._keys))
        return StepUpView(is_offered=bool(self._keys), is_on=kept.is_on, limit_fen=kept.limit_fen)

    async def enrol(self, person_id: PersonId) -> Enrolment:
        """A fresh secret, which is on once a code of it was shown."""
        if not self._keys:
            raise NotFound
        secret = pyotp.random_base32()

        def work(tx: Tx) -> None:
            kept = store.kept(tx, person_id, lock=True)
            if kept is not None and kept.is_on:
                raise InvalidRequest("it is on: switch it off first")
            text = sealing.seal(self._keys, person_id, secret)
            store.begin(tx, person_id, text, at=self._clock.now())

        await self._database.write(work)
        uri = pyotp.TOTP(secret).provisioning_uri(name=str(person_id), issuer_name=ISSUER)
        return Enrolment(uri=uri, secret=secret)

    async def switch_on(self, person_id: PersonId, code: str) -> None:
        """The first code shows that the app has the secret."""

        def passed(tx: Tx, kept: Kept, step: int, now: datetime) -> None:
            store.passed(tx, kept.person_id, step, is_on=True, at=now)
            _record(tx, kept.person_id, "step_up.on", now)

        await self._try(person_id, code, passed, is_on=False)

    async def show(self, person_id: PersonId, code: str) -> None:
        """A code opens the next minutes. Raises `StepUpWrong` or `StepUpLocked`."""

        def passed(tx: Tx, kept: Kept, step: int, now: datetime) -> None:
            store.passed(tx, kept.person_id, step, is_on=True, at=now)
            _record(tx, kept.person_id, "step_up.passed", now)

        await self._try(person_id, code, passed)

    async def switch_off(self, person_id: PersonId) -> None:
        """Needs a code shown lately, like every act it guards."""

        def work(tx: Tx) -> None:
            require(tx, person_id)
            if store.remove(tx, person_id):
                _record(tx, person_id, "step_up.off", self._clock.now())

        await self._database.write(work)

    async def set_limit(self, person_id: PersonId, limit_fen: int | None) -> None:
        """Above which of the person's own top-ups a code is asked for; None: for none."""
        if limit_fen is not None and not 0 < limit_fen <= LARGEST_LIMIT_FEN:
            raise InvalidRequest(f"a limit is 1 to {LARGEST_LIMIT_FEN} fen")

        def work(tx: Tx) -> None:
            kept = store.kept(tx, person_id, lock=True)
            if kept is None or not kept.is_on:
                raise NotFound
            require(tx, person_id)
            store.set_limit(tx, person_id, limit_fen)
            _record(tx, person_id, "step_up.limit", self._clock.now(), limit_fen=limit_fen)

        await self._database.write(work)

    async def reset(self, person_id: PersonId) -> bool:
        """For operators, when somebody lost the app; says whether there was anything.

        The person is told: whoever did not ask for it should hear of it.
        """

        def work(tx: Tx) -> bool:
            now = self._clock.now()
            if not store.remove(tx, person_id):
                return False
            _record(tx, person_id, "step_up.reset", now, actor="operator")
            told = [Recipient(person_id=person_id)]
            key = f"{person_id}:{now.isoformat()}"
            notices.add(tx, told, NoticeKind.STEP_UP_RESET, key=key, facts={}, at=now)
            return True

        return await self._database.write(work)

    async def _try(
        self, person_id: PersonId, code: str, passed: Passed, *, is_on: bool = True
    ) -> None:
        """One code. A wrong one is written down, so it is told after the commit."""

        def work(tx: Tx) -> StepUpWrong | StepUpLocked | None:
            now = self._clock.now()
            kept = store.kept(tx, person_id, lock=True)
            if kept is None or kept.is_on is not is_on:
                raise NotFound
            if kept.locked_until is not None and kept.locked_until > now:
                raise StepUpLocked(kept.locked_until)
            if (step := self._step_of(kept, code, now)) is None:
                return _failed(tx, kept, now)
            passed(tx, kept, step, now)
            return None

        wrong = await self._database.write(work)
        if wrong is not None:
            raise wrong

    def _step_of(self, kept: Kept, code: str, now: datetime) -> int | None:
        """Which step of the clock the code belongs to: the present one or a neighbour, once."""
        typed = code.replace(" ", "").encode()
        totp = pyotp.TOTP(sealing.unseal(self._keys, kept.person_id, kept.sealed))
        present = int(now.timestamp()) // STEP_S
        for step in (present, present - 1, present + 1):
            is_right = hmac.compare_digest(totp.generate_otp(step).encode(), typed)
            if is_right and step > kept.last_step:
                return step
        return None


def _failed(tx: Tx, kept: Kept, now: datetime) -> StepUpWrong | StepUpLocked:
    failures = kept.failures + 1
    if failures < TRIES:
        store.failed(tx, kept.person_id, failures, None)
        return StepUpWrong(left=TRIES - failures)
    until = now + LOCKED_FOR
    store.failed(tx, kept.person_id, 0, until)
    _record(tx, kept.person_id, "step_up.locked", now)
    return StepUpLocked(until)


def _record(
    tx: Tx,
    person_id: PersonId,
    action: str,
    at: datetime,
    *,
    actor: str | None = None,
    **facts: object,
) -> None:
    audit.append(
        tx,
        at=at,
        actor=actor or f"person:{person_id}",
        action=action,
        subject=f"person:{person_id}",
        account_id=None,
        facts=facts,
    )

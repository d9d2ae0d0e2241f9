"""Doing once what the platform may send twice."""

from collections.abc import Callable
from datetime import timedelta

from core.clock import Clock
from core.errors import IdempotencyConflict, InvalidRequest, Refusal, StorageFault
from core.platform import store
from core.platform.model import Answer, Command
from core.platform.sealing import scope_of, seal, unseal
from core.storage.database import Database
from core.storage.transaction import Tx

Effect = Callable[[Tx], Answer]
Refused = Callable[[Refusal], Answer]

KEPT = timedelta(days=7)


class Idempotency:
    """One effect and one answer per idempotency key of a bearer key, committed together."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def sweep(self) -> None:
        """Answers are kept for `KEPT`, well over the day that is promised."""
        before = self._clock.now() - KEPT
        await self._database.write(lambda tx: store.sweep(tx, before=before))

    async def run(self, command: Command, effect: Effect, refused: Refused) -> Answer:
        """The answer of `effect`, or the one kept from the first time.

        A refusal undoes the effect and is kept as an answer too, in the words of `refused`; an
        `InvalidRequest` and every failure of ours keep nothing, so that the key stays free.
        Raises `IdempotencyConflict` when the key was used for another request.
        """
        return await self._database.write(lambda tx: self._once(tx, command, effect, refused))

    def _once(self, tx: Tx, command: Command, effect: Effect, refused: Refused) -> Answer:
        scope = scope_of(command.bearer)
        now = self._clock.now()
        if not store.reserve(tx, scope, command.key, command.request_hash, at=now):
            return _kept(tx, scope, command)
        answer = _attempt(tx, effect, refused)
        sealed = seal(command, answer)
        store.keep(tx, scope, command.key, status=answer.status, answer=sealed)
        return answer


def _attempt(tx: Tx, effect: Effect, refused: Refused) -> Answer:
    try:
        with tx.savepoint():
            return effect(tx)
    except InvalidRequest:
        raise
    except Refusal as refusal:
        return refused(refusal)


def _kept(tx: Tx, scope: str, command: Command) -> Answer:
    row = store.kept(tx, scope, command.key)
    if row is None:
        raise StorageFault("an idempotency key is taken but not there")
    if row.request_hash != command.request_hash:
        raise IdempotencyConflict(command.key)
    return unseal(command, row.status, row.answer)

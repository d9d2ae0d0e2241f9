"""Use cases of top-up codes for the people who redeem them."""

from datetime import datetime

from core.clock import Clock
from core.codes import guesses, redeeming, store, symbols
from core.codes.guesses import Guesser
from core.codes.keys import CodeKeys
from core.codes.model import Redemption, TypedCode
from core.errors import CodesOff
from core.ids import AccountId, PersonId
from core.storage.database import Database
from core.storage.transaction import Tx

TAIL = 4


class Codes:
    """What becomes of a code that somebody typed. Codes stay in memory: only digests go on."""

    def __init__(self, database: Database, clock: Clock, keys: CodeKeys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys

    @property
    def are_on(self) -> bool:
        return self._keys.are_there

    def read(self, text: str) -> TypedCode | None:
        """A text that is a code and nothing else; None where a symbol is wrong.

        Raises `CodesOff`.
        """
        self._keys.newest()
        code = symbols.read(text) or symbols.found_in(text)
        return None if code is None else self._typed(code)

    def is_near(self, text: str) -> bool:
        """Whether a text looks like an attempt at a code, right or wrong."""
        return symbols.is_near(text)

    def found_in(self, text: str) -> TypedCode | None:
        """A code that stands anywhere in what somebody wrote."""
        code = symbols.found_in(text) if self.are_on else None
        return None if code is None else self._typed(code)

    def _typed(self, code: str) -> TypedCode:
        return TypedCode(digests=self._keys.digests(code), tail=code[-TAIL:])

    async def waits_until(self, person_id: PersonId, account_id: AccountId) -> datetime | None:
        """Until when nothing this person types is looked up."""
        guesser = Guesser(person_id=person_id, account_id=account_id)
        now = self._clock.now()
        return await self._database.read(lambda tx: guesses.wait_until(tx, guesser, at=now))

    async def redeem(
        self, person_id: PersonId, account_id: AccountId, typed: TypedCode
    ) -> Redemption:
        """Credit the account with what the code is worth, once.

        The same person again sees the same success. Raises `NotLinked` and `NotAllowed`, and
        `CodesOff`.
        """
        if not self.are_on:
            raise CodesOff
        return await self._database.write(
            lambda tx: redeeming.redeem(tx, person_id, account_id, typed, at=self._clock.now())
        )

    async def sweep(self) -> None:
        """Forget failures that no limit counts any more."""
        before = self._clock.now() - guesses.KEPT

        def work(tx: Tx) -> None:
            store.sweep_failures(tx, before=before)

        await self._database.write(work)

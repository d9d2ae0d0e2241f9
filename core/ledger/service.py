"""Reading the books: balance, history and the check of every invariant."""

from core.ids import AccountId
from core.ledger import audit, store
from core.ledger.model import Balance, Entry
from core.storage.database import Database


class Ledger:
    """Reads of the books; movements are posted by the subject that causes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def balance(self, account_id: AccountId) -> Balance:
        return await self._database.read(lambda tx: store.balance(tx, account_id))

    async def history(
        self, account_id: AccountId, *, before: int | None = None, limit: int = 10
    ) -> list[Entry]:
        return await self._database.read(
            lambda tx: store.history(tx, account_id, before=before, limit=limit)
        )

    async def verify(self) -> None:
        """Raises `BooksBroken` with the first row that breaks an invariant."""
        await self._database.read(audit.check_all)

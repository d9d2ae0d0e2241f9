"""The audit chain: sealing it and proving it."""

from core.audit import store
from core.storage.database import Database


class Audit:
    """Rows are written by whoever acts; this seals and verifies them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seal(self) -> int:
        """Chain what is not chained yet; only the holder of the sealer's lease calls this."""
        return await self._database.write(store.seal)

    async def verify(self) -> tuple[int, str]:
        """Length and head hash of the chain; raises `BooksBroken` at its first broken row."""
        return await self._database.read(store.verify)

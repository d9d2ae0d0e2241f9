"""The story of an entry, for whoever may see the account's money."""

from core.access import rights
from core.access.model import Right
from core.errors import NotFound
from core.ids import AccountId, PersonId, TransferId
from core.storage.database import Database
from core.storage.transaction import Tx
from core.stories import store
from core.stories.model import Story


class Stories:
    """Reads what is known of a movement; writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def story(
        self, person_id: PersonId, account_id: AccountId, transfer_id: TransferId
    ) -> Story:
        """Raises `NotFound` where the account has no such movement."""

        def work(tx: Tx) -> Story:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            found = store.story(tx, account_id, transfer_id)
            if found is None:
                raise NotFound
            return found

        return await self._database.read(work)

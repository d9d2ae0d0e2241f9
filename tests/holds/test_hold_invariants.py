"""Holds and books that contradict each other are found, whatever was damaged."""

import pytest
from sqlalchemy import text

from core.app import Core
from core.errors import BooksBroken
from core.ids import HoldId
from core.storage.database import Database
from tests.conftest import SETTINGS
from tests.holds.purse import fund, purchase
from tests.people import ACCOUNT
from tests.play import PlayClock

DAMAGES = [
    ("UPDATE holds SET amount_fen = 99 WHERE id = 'H1'", "frozen is the sum of open holds"),
    ("DELETE FROM holds WHERE id = 'H2'", "no movement without its hold"),
    (
        "UPDATE holds SET state = 'expired', ended_at = created_at WHERE id = 'H3'",
        "one beginning, one end",
    ),
    ("UPDATE holds SET captured_fen = 7 WHERE id = 'H2'", "revenue is what was captured"),
    (
        """INSERT INTO holds SELECT 'H9', account_id, amount_fen, captured_fen, state, product,
        requested_by, created_at, expires_at, ended_at FROM holds WHERE id = 'H3'""",
        "one beginning, one end",
    ),
]


@pytest.mark.parametrize(("damage", "invariant"), DAMAGES)
async def test_damaged_holds_are_found(database: Database, damage: str, invariant: str) -> None:
    core = Core(database, {}, SETTINGS, clock=PlayClock())
    await core.access.save_account(ACCOUNT, "星河科技")
    await fund(core, 1000)
    for hold_id in ("H1", "H2", "H3"):
        await core.holds.place(purchase(hold_id))
    await core.holds.capture(HoldId("H2"), 40)
    await core.holds.release(HoldId("H3"))
    await core.ledger.verify()
    await database.write(lambda tx: tx.execute(text(damage)))

    with pytest.raises(BooksBroken, match=invariant):
        await core.ledger.verify()

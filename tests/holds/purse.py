"""Money on an account and purchases that want it, for the tests of holds."""

from datetime import datetime
from itertools import count

from core.app import Core
from core.arrivals.model import Arrival
from core.arrivals.service import announce
from core.holds.model import HoldRequest
from core.ids import AccountId, HoldId
from core.ledger import postings, store
from core.ledger.model import Balance
from core.storage.transaction import Tx
from tests.people import ACCOUNT

_trades = count(1)


async def fund(core: Core, fen: int, account: AccountId = ACCOUNT) -> None:
    await core.database.write(lambda tx: fund_in(tx, core, fen, account))


def fund_in(tx: Tx, core: Core, fen: int, account: AccountId = ACCOUNT) -> None:
    """A credit and what follows from it, the way every channel lands one."""
    now, trade_no = core.clock.now(), f"trade{next(_trades)}"
    transfer = postings.payment_received(
        account_id=account,
        channel="wechat",
        merchant="M",
        trade_no=trade_no,
        amount_fen=fen,
        occurred_at=now,
    )
    store.append(tx, transfer, at=now)
    arrival = Arrival(
        account_id=account, amount_fen=fen, channel="wechat", reference=trade_no, key=trade_no
    )
    announce(tx, arrival, at=now)


def purchase(
    hold_id: str = "H1",
    fen: int = 100,
    *,
    account: AccountId = ACCOUNT,
    product: str = "云服务器",
    requested_by: str | None = None,
    expires_at: datetime | None = None,
) -> HoldRequest:
    return HoldRequest(
        hold_id=HoldId(hold_id),
        account_id=account,
        amount_fen=fen,
        product=product,
        requested_by=requested_by,
        expires_at=expires_at,
    )


async def purse(core: Core, account: AccountId = ACCOUNT) -> tuple[int, int]:
    """What is available and what is frozen."""
    held: Balance = await core.ledger.balance(account)
    return held.available_fen, held.frozen_fen

"""A disaster: a copy taken under load comes back, and nothing that was acknowledged is missing."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from core.app import Core
from core.errors import MoneyPaused
from core.holds.model import HoldRequest
from core.ids import AccountId, HoldId
from core.recovery import store as recovery
from core.storage import copies
from core.storage.engine import open_database
from core.storage.schema import migrate
from core.topup import store as topup
from tests.conftest import SETTINGS
from tests.desk import OPERATOR, REVIEWER, add_staff, on_desk
from tests.people import ACCOUNT, link_everybody
from tests.play import PlayClock
from tests.reconciliation.bills import PlayBiller, Shop

pytestmark = pytest.mark.proof
DRILLS = 20 if os.environ.get("PROOF") == "release" else 1
PAYERS, EACH = 6, 8


async def open_shop(path: Path, clock: PlayClock, provider: PlayBiller) -> Shop:
    database = await open_database(f"sqlite+aiosqlite:///{path}")
    core = Core(database, {provider.channel: provider}, SETTINGS, clock=clock)
    return Shop(core=core, clock=clock, provider=provider)


async def trade_on(shop: Shop, name: str, paid: dict[str, int]) -> None:
    """One payer after the other: ordered, paid, acknowledged after the commit."""
    for number in range(EACH):
        fen = (number + 1) * 100 + len(name)
        paid[await shop.paid(fen)] = fen


async def a_copy_under_load(shop: Shop, path: Path, copy: Path) -> dict[str, int]:
    """Trades by number, all acknowledged; the copy was made somewhere in between."""
    paid: dict[str, int] = {}
    now = shop.clock.now()

    async def take_it() -> None:
        await asyncio.sleep(0.05)
        mark = lambda tx: recovery.add_copied(tx, at=now)  # noqa: E731
        await asyncio.to_thread(copies.copy_to, path, copy, mark=mark)

    await asyncio.gather(
        take_it(), *(trade_on(shop, f"payer {number}", paid) for number in range(PAYERS))
    )
    return paid


async def where_they_are(shop: Shop, paid: dict[str, int]) -> dict[str, int | None]:
    """Of each acknowledged trade the fen that are in the books: credited, or with a case."""
    found: dict[str, int | None] = {}
    for trade_no in paid:
        report = next(
            row.report
            for bill in shop.provider.bills.values()
            for row in bill.rows
            if row.trade_no == trade_no
        )
        found[trade_no] = await shop.core.database.read(
            lambda tx, report=report: topup.trade_amount(tx, report)  # type: ignore[misc]
        )
    return found


def hold(number: int) -> HoldRequest:
    return HoldRequest(
        hold_id=HoldId(f"hold-{number}"),
        account_id=AccountId(ACCOUNT),
        amount_fen=100,
        product="云服务器",
    )


async def decide_everything(shop: Shop) -> None:
    """What people do then: orders made after the copy are unknown, their money is in suspense."""
    desk = shop.core.cases
    while views := await on_desk(shop.core, REVIEWER):
        for view in views:
            await desk.claim(view.case.case_id, REVIEWER)
            await desk.credit(view.case.case_id, REVIEWER, AccountId(ACCOUNT))
    while views := await on_desk(shop.core, OPERATOR):
        for view in views:
            await desk.claim(view.case.case_id, OPERATOR)
            await desk.resolve(view.case.case_id, OPERATOR, "credited by hand")


@pytest.mark.parametrize("drill", range(DRILLS))
async def test_after_a_restore_every_acknowledged_credit_is_found_again(
    drill: int, migrated_sqlite: Path, tmp_path: Path, clock: PlayClock
) -> None:
    path, copy = tmp_path / "topup.db", tmp_path / "copy.db"
    shutil.copy(migrated_sqlite, path)
    provider = PlayBiller(clock)
    shop = await open_shop(path, clock, provider)
    await link_everybody(shop.core)
    await add_staff(shop.core)
    paid = await a_copy_under_load(shop, path, copy)
    await shop.core.database.close()

    aside = copies.bring_back(copy, path, at=clock.now())
    await migrate(f"sqlite+aiosqlite:///{path}")
    shop = await open_shop(path, clock, provider)
    await shop.core.recoveries.begin()
    lost = [trade for trade, fen in (await where_they_are(shop, paid)).items() if fen is None]
    with pytest.raises(MoneyPaused):
        await shop.core.holds.place(hold(1))
    shop.next_morning()
    await shop.reconcile()

    assert aside is not None
    assert len(paid) == PAYERS * EACH
    assert lost, "the copy was made before the last trade"
    assert await where_they_are(shop, paid) == paid
    await decide_everything(shop)
    await shop.reconcile()
    assert await shop.core.recoveries.under_way() is None
    await shop.core.holds.place(hold(2))
    await shop.core.ledger.verify()
    await shop.core.audit.seal()
    await shop.core.audit.verify()
    await shop.core.database.close()

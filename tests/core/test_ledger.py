"""The books: balanced, append-only, once per reference, and checked."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import (
    BooksBroken,
    DuplicateKey,
    InsufficientBalance,
    ReferenceConflict,
    RuleBroken,
    StorageFault,
)
from core.ids import AccountId
from core.ledger import audit, chart, postings, store
from core.ledger.model import Leg, Posted, Transfer, TransferKind
from core.storage.database import Database
from core.storage.tables import accounts, entries, ledger_accounts
from core.storage.transaction import Tx

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = AccountId("A1")


@pytest.fixture(autouse=True)
async def account(database: Database) -> None:
    values = {"id": ACCOUNT, "name": "A", "created_at": AT}
    await database.write(lambda tx: tx.insert_once(accounts, values))


def credit(trade_no: str, fen: int = 100) -> Transfer:
    return postings.payment_received(
        account_id=ACCOUNT,
        channel="wechat",
        merchant="M",
        trade_no=trade_no,
        amount_fen=fen,
        occurred_at=AT,
    )


def spend(reference: str, fen: int) -> Transfer:
    return Transfer(
        reference=reference,
        kind=TransferKind.CORRECTION,
        legs=(
            Leg(account=chart.available(ACCOUNT), amount_fen=-fen),
            Leg(account=chart.REVENUE, amount_fen=fen),
        ),
        occurred_at=AT,
        shown_reference=reference,
        account_id=ACCOUNT,
    )


async def append(database: Database, transfer: Transfer) -> Posted:
    return await database.write(lambda tx: store.append(tx, transfer, at=AT))


async def test_a_transfer_is_made_once_per_reference(database: Database) -> None:
    first, again = await append(database, credit("1")), await append(database, credit("1"))

    balance = await database.read(lambda tx: store.balance(tx, ACCOUNT))
    assert (first.repeated, again.repeated) == (False, True)
    assert first.transfer_id == again.transfer_id
    assert balance.available_fen == 100


async def test_the_same_reference_with_other_content_is_an_error(database: Database) -> None:
    await append(database, credit("1"))

    with pytest.raises(ReferenceConflict):
        await append(database, credit("1", fen=101))


async def test_many_credits_at_once_leave_gapless_versions(database: Database) -> None:
    trades = [str(number % 20) for number in range(60)]

    await asyncio.gather(*(append(database, credit(trade)) for trade in trades))

    history = await database.read(lambda tx: store.history(tx, ACCOUNT, before=None, limit=100))
    assert [entry.entry_id for entry in history] == list(range(20, 0, -1))
    assert history[0].available_after_fen == 2000
    await database.read(audit.check_all)


async def test_concurrent_spending_never_goes_below_zero(database: Database) -> None:
    await append(database, credit("1", fen=1000))

    results = await asyncio.gather(
        *(append(database, spend(f"s{n}", 100)) for n in range(60)), return_exceptions=True
    )

    granted = [item for item in results if isinstance(item, Posted)]
    refused = [item for item in results if isinstance(item, InsufficientBalance)]
    assert (len(granted), len(refused)) == (10, 50)
    assert refused[0].shortfall_fen == 100
    await database.read(audit.check_all)


@pytest.mark.parametrize(
    "legs",
    [
        (Leg(account=chart.SUSPENSE, amount_fen=1),),
        (
            Leg(account=chart.SUSPENSE, amount_fen=1),
            Leg(account=chart.clearing("wechat"), amount_fen=-2),
        ),
        (
            Leg(account=chart.SUSPENSE, amount_fen=0),
            Leg(account=chart.clearing("wechat"), amount_fen=0),
        ),
        (
            Leg(account=chart.SUSPENSE, amount_fen=1),
            Leg(account=chart.SUSPENSE, amount_fen=-1),
        ),
    ],
)
def test_a_transfer_that_does_not_balance_cannot_be_built(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(ValueError, match="r:"):
        Transfer(
            reference="r",
            kind=TransferKind.CORRECTION,
            legs=legs,
            occurred_at=AT,
            shown_reference="r",
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET amount_fen = amount_fen + 1",
        "DELETE FROM entries",
        "UPDATE transfers SET kind = 'refund'",
        "DELETE FROM transfers",
    ],
)
async def test_the_books_cannot_be_changed(database: Database, change: str) -> None:
    await append(database, credit("1"))

    with pytest.raises((StorageFault, DBAPIError), match="append-only"):
        await database.write(lambda tx: tx.execute(text(change)))

    await database.read(audit.check_all)


@pytest.mark.parametrize(
    ("damage", "invariant"),
    [
        ("UPDATE ledger_accounts SET balance_fen = 7 WHERE version IS NOT NULL", "BALANCE-IS-SUM"),
        ("UPDATE ledger_accounts SET version = 9 WHERE version IS NOT NULL", "BALANCE-IS-SUM"),
        (
            """INSERT INTO entries (transfer_id, ledger_account_id, amount_fen)
            SELECT MIN(transfer_id), MIN(ledger_account_id), 5 FROM entries""",
            "CONSERVE",
        ),
    ],
)
async def test_damaged_books_are_found(database: Database, damage: str, invariant: str) -> None:
    await append(database, credit("1"))
    await database.write(lambda tx: tx.execute(text(damage)))

    with pytest.raises(BooksBroken, match=invariant):
        await database.read(audit.check_all)


async def test_broken_constraints_are_named_alike_on_both_databases(database: Database) -> None:
    await append(database, credit("1"))

    def duplicate(tx: Tx) -> None:
        tx.insert_all(accounts, [{"id": ACCOUNT, "name": "again", "created_at": AT}])

    def negative(tx: Tx) -> None:
        tx.execute(ledger_accounts.update().values(balance_fen=-1, version=1))

    def still(tx: Tx) -> None:
        entry = {"transfer_id": 1, "ledger_account_id": 1, "amount_fen": 0}
        tx.insert_all(entries, [entry])

    with pytest.raises(DuplicateKey, match="pk_accounts"):
        await database.write(duplicate)
    with pytest.raises(RuleBroken, match="ck_ledger_accounts_"):
        await database.write(negative)
    with pytest.raises(RuleBroken, match="ck_entries_moves_money"):
        await database.write(still)

"""The database's promises: all or nothing, answered after the commit, one commit for many."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from core.errors import StorageFault
from core.storage import schema
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.signals import wait_at_most
from core.storage.sqlite import SqliteDatabase, hold_serve_lock
from core.storage.tables import accounts, metadata
from core.storage.transaction import Tx

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def row(name: str) -> dict[str, object]:
    return {"id": name, "name": name, "created_at": AT}


async def names(database: Database) -> set[str]:
    return await database.read(lambda tx: {item.id for item in tx.all(select(accounts.c.id))})


async def test_a_failing_unit_leaves_nothing_and_its_neighbours_everything(
    database: Database,
) -> None:
    def work(tx: Tx, name: str) -> str:
        tx.insert_once(accounts, row(name))
        if name == "bad":
            raise ValueError(name)
        return name

    results = await asyncio.gather(
        *(database.write(lambda tx, n=n: work(tx, n)) for n in ("a", "bad", "b")),
        return_exceptions=True,
    )

    assert [str(item) for item in results] == ["a", "bad", "b"]
    assert await names(database) == {"a", "b"}


async def test_a_savepoint_undoes_only_what_is_inside(database: Database) -> None:
    def work(tx: Tx) -> None:
        tx.insert_once(accounts, row("kept"))
        try:
            with tx.savepoint():
                tx.insert_once(accounts, row("undone"))
                raise ValueError
        except ValueError:
            tx.insert_once(accounts, row("after"))

    await database.write(work)

    assert await names(database) == {"kept", "after"}


async def test_a_signal_wakes_waiters_after_the_commit_only(database: Database) -> None:
    woken = database.signals.listen("topic")

    def fails(tx: Tx) -> None:
        tx.signal("topic")
        raise ValueError

    with pytest.raises(ValueError):
        await database.write(fails)
    assert not woken.is_set()
    await database.write(lambda tx: tx.signal("topic"))
    await wait_at_most(woken, 2)
    assert woken.is_set()


async def test_times_come_back_aware_and_equal(database: Database) -> None:
    await database.write(lambda tx: tx.insert_once(accounts, row("a")))

    kept = await database.read(lambda tx: tx.scalar(select(accounts.c.created_at)))

    assert kept == AT
    assert kept is not None
    assert kept.tzinfo is not None


async def test_waiting_writes_share_one_commit(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = tmp_path / "shared.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = await open_database(f"sqlite+aiosqlite:///{path}")
    blocker = threading.Event()
    first = asyncio.ensure_future(database.write(lambda _tx: blocker.wait(5)))
    await asyncio.sleep(0.05)
    rest = [
        asyncio.ensure_future(
            database.write(
                lambda tx: tx.driver_sql("SELECT total_changes()").scalar()  # in one transaction
            )
        )
        for _ in range(20)
    ]
    await asyncio.sleep(0.05)
    blocker.set()
    await first

    assert len(set(await asyncio.gather(*rest))) == 1
    await database.close()


async def test_readers_cannot_write(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = tmp_path / "r.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = await open_database(f"sqlite+aiosqlite:///{path}")

    with pytest.raises(Exception, match="readonly"):
        await database.read(lambda tx: tx.insert_once(accounts, row("a")))

    await database.close()


async def test_a_second_process_can_write_beside_the_first(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    path = tmp_path / "two.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite+aiosqlite:///{path}"
    one, two = await open_database(url), await open_database(url)

    await asyncio.gather(
        *(
            (one if n % 2 else two).write(lambda tx, n=n: tx.insert_once(accounts, row(str(n))))
            for n in range(100)
        )
    )

    assert len(await names(one)) == 100
    await one.close()
    await two.close()


def test_a_second_serve_is_refused(tmp_path: Path) -> None:
    held = hold_serve_lock(tmp_path / "topup.db")

    with pytest.raises(StorageFault, match="another serve"):
        hold_serve_lock(tmp_path / "topup.db")

    held.close()
    hold_serve_lock(tmp_path / "topup.db").close()


async def test_a_closed_database_refuses_writes(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = tmp_path / "c.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = await open_database(f"sqlite+aiosqlite:///{path}")
    await database.close()

    with pytest.raises(StorageFault, match="closed"):
        await database.write(lambda tx: tx.scalar(select(func.count()).select_from(accounts)))


async def test_sqlite_is_opened_for_durability(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'd.db'}"
    await schema.migrate(url)
    database = await open_database(url)
    assert isinstance(database, SqliteDatabase)

    def settings(tx: Tx) -> tuple[object, ...]:
        return tuple(
            tx.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )

    assert await database.write(settings) == ("wal", 2, 1)
    await database.close()


async def test_migrations_walk_up_and_down_and_match_the_tables(database_url: str) -> None:
    assert await schema.revision_of(database_url) == schema.head()

    await schema.migrate(database_url, "base")
    assert await schema.revision_of(database_url) is None
    await schema.migrate(database_url)
    database = await open_database(database_url)
    tables = await database.read(_tables)
    await database.close()

    assert set(metadata.tables) <= tables


def _tables(tx: Tx) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if tx.dialect == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {item[0] for item in tx.driver_sql(query).all()}

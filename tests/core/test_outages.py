"""PostgreSQL cuts every connection: callers are told so, and all goes on with the next call."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from core.errors import StorageAway
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.signals import wait_at_most
from core.storage.transaction import Tx
from tests.conftest import DATABASE
from tests.postgresql import Server


@pytest.fixture
async def two(postgresql: Server) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' views of one database."""
    one, other = [await open_database(postgresql.url(DATABASE)) for _ in range(2)]
    yield one, other
    await one.close()
    await other.close()


async def cut_all(server: Server) -> None:
    connection = await asyncpg.connect(
        host="127.0.0.1", port=server.port, user="postgres", database="postgres"
    )
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", DATABASE
    )
    await connection.close()


async def until_it_works(database: Database) -> None:
    ends_at = time.monotonic() + 10
    while True:
        with suppress(StorageAway):
            return await database.write(lambda _tx: None)
        assert time.monotonic() < ends_at
        await asyncio.sleep(0.05)


async def test_a_connection_cut_in_a_transaction_is_told_as_away(
    two: tuple[Database, Database], postgresql: Server
) -> None:
    def cut_itself(tx: Tx) -> None:
        tx.driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    for attempt in (two[0].write, two[0].read):
        with pytest.raises(StorageAway):
            await attempt(cut_itself)
    await until_it_works(two[0])


async def test_wake_ups_from_other_processes_come_again_after_a_cut(
    two: tuple[Database, Database], postgresql: Server
) -> None:
    one, other = two
    woken = one.signals.listen("topic")

    await cut_all(postgresql)

    ends_at = time.monotonic() + 10
    while not woken.is_set():  # who listens may hear of the cut a moment after it works again
        assert time.monotonic() < ends_at
        await until_it_works(one)
        await until_it_works(other)
        await other.write(lambda tx: tx.signal("topic"))
        await wait_at_most(woken, 0.2)


async def test_a_server_that_is_not_there_is_told_as_away() -> None:
    with pytest.raises(StorageAway):
        await open_database("postgresql+asyncpg://postgres@127.0.0.1:9/nothing")

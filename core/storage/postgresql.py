"""PostgreSQL through asyncpg: the engine beyond one machine."""

import asyncio
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from core.clock import Clock, SystemClock
from core.errors import StorageFault
from core.storage.database import Work
from core.storage.signals import Signals
from core.storage.transaction import Tx

T = TypeVar("T")
ATTEMPTS = 5
CHANNEL = "topup"
# Serialization failure and deadlock: the transaction did nothing and may run again.
_AGAIN = {"40001", "40P01"}


class PostgresqlDatabase:
    """READ COMMITTED; whoever changes rows locks them first. Commits wake other processes by
    NOTIFY, behind which everybody still looks by the clock.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.signals = Signals()
        self.clock: Clock = SystemClock()
        self._engine = create_async_engine(url, pool_size=10, max_overflow=5, pool_pre_ping=True)
        # What is read belongs together: all of one snapshot, whatever is committed meanwhile.
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._listener: Any = None

    async def start(self) -> None:
        """Raises `StorageFault` when the server cannot be reached."""
        try:
            self._listener = await self._engine.connect()
        except (OSError, SQLAlchemyError) as error:
            raise StorageFault(f"PostgreSQL cannot be reached: {error}") from error
        listening = (await self._listener.get_raw_connection()).driver_connection
        await listening.add_listener(CHANNEL, self._heard)

    async def close(self) -> None:
        if self._listener is not None:
            await self._listener.invalidate()
            await self._listener.close()
            self._listener = None
        await self._engine.dispose()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self.signals.fire(payload.split(","))

    async def write(self, work: Work[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await self._write_once(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN or attempt == ATTEMPTS - 1:
                    raise StorageFault(str(error.orig)) from error
                await asyncio.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    async def _write_once(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            result, topics = await connection.run_sync(lambda sync: _run(sync, work, self.clock))
        self.signals.fire(topics)
        return result

    async def read(self, work: Work[T]) -> T:
        async with self._snapshots.connect() as connection:
            return await connection.run_sync(lambda sync: work(Tx(sync, self.clock)))


def _run(connection: Connection, work: Work[T], clock: Clock) -> tuple[T, set[str]]:
    tx = Tx(connection, clock)
    result = work(tx)
    if tx.topics:
        names = ",".join(sorted(tx.topics))
        connection.exec_driver_sql("SELECT pg_notify($1, $2)", (CHANNEL, names))
    return result, tx.topics

"""PostgreSQL through asyncpg: the engine beyond one machine."""

import asyncio
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from core.clock import Clock, SystemClock
from core.errors import StorageAway, StorageFault
from core.storage.database import Work
from core.storage.signals import Signals
from core.storage.transaction import Tx

T = TypeVar("T")
ATTEMPTS = 5
CHANNEL = "topup"
# Serialization failure and deadlock: the transaction did nothing and may run again.
_AGAIN = {"40001", "40P01"}
# Connection lost, no room, stopping or starting: the server is away, by the class of its state.
_AWAY = ("08", "53", "57")
# What listening raises comes from asyncpg as it is, all else through SQLAlchemy.
_FAULTS = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


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
        self._is_deaf = False  # the connection that listens was lost

    async def start(self) -> None:
        """Raises `StorageAway` when the server cannot be reached."""
        try:
            await self._listen()
        except _FAULTS as error:
            raise StorageAway(f"PostgreSQL cannot be reached: {error}") from error

    async def close(self) -> None:
        if self._listener is not None:
            await self._listener.invalidate()
            await self._listener.close()
            self._listener = None
        await self._engine.dispose()

    async def _listen(self) -> None:
        self._listener = await self._engine.connect()
        listening = (await self._listener.get_raw_connection()).driver_connection
        listening.add_termination_listener(self._lost)
        await listening.add_listener(CHANNEL, self._heard)

    async def _listen_again(self) -> None:
        """After the server was away; the next who comes tries again when it still is."""
        self._is_deaf = False
        try:
            if self._listener is not None:
                await self._listener.invalidate()
                await self._listener.close()
                self._listener = None
            await self._listen()
        except BaseException:
            self._is_deaf = True
            raise

    def _lost(self, _connection: object) -> None:
        self._is_deaf = True

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self.signals.fire(payload.split(","))

    async def write(self, work: Work[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await self._write_once(work)
            except _FAULTS as error:
                if _sqlstate(error) not in _AGAIN or attempt == ATTEMPTS - 1:
                    raise _our_fault(error) from error
                await asyncio.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    async def _write_once(self, work: Work[T]) -> T:
        if self._is_deaf:
            await self._listen_again()
        async with self._engine.begin() as connection:
            result, topics = await connection.run_sync(lambda sync: _run(sync, work, self.clock))
        self.signals.fire(topics)
        return result

    async def read(self, work: Work[T]) -> T:
        try:
            async with self._snapshots.connect() as connection:
                return await connection.run_sync(lambda sync: work(Tx(sync, self.clock)))
        except _FAULTS as error:
            raise _our_fault(error) from error


def _sqlstate(error: BaseException) -> str | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None)


def _our_fault(error: BaseException) -> StorageFault:
    """A statement that was refused is a fault; all else means that the server is away."""
    why = str(error.orig if isinstance(error, DBAPIError) else error)  # without parameters
    is_refusal = isinstance(error, DBAPIError) and not error.connection_invalidated
    if is_refusal and not (_sqlstate(error) or "").startswith(_AWAY):
        return StorageFault(why)
    return StorageAway(why)


def _run(connection: Connection, work: Work[T], clock: Clock) -> tuple[T, set[str]]:
    tx = Tx(connection, clock)
    result = work(tx)
    if tx.topics:
        names = ",".join(sorted(tx.topics))
        connection.exec_driver_sql("SELECT pg_notify($1, $2)", (CHANNEL, names))
    return result, tx.topics

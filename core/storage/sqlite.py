"""SQLite, embedded: one writer connection in one thread, a few read-only ones beside it."""

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock, SystemClock
from core.errors import StorageAway, StorageFault
from core.storage.database import Work
from core.storage.signals import Signals
from core.storage.transaction import Tx

T = TypeVar("T")
BATCH = 64  # writes that may share one commit
BUSY_S = 10


@dataclass(slots=True)
class _Write:
    work: Work[Any]
    answer: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    topics: frozenset[str] = frozenset()
    context: Context = field(default_factory=copy_context)  # the caller's, in another thread


class SqliteDatabase:
    """The engine of a one-machine installation.

    Writes wait in a queue; those that wait together share one commit, each in its own savepoint,
    and each caller hears back only after that commit. Every write transaction holds an `flock` on
    `<database>.lock`, so that short commands of other processes can write in between.
    """

    def __init__(self, url: str, *, readers: int, loop: asyncio.AbstractEventLoop) -> None:
        path = make_url(url).database
        if not path:
            raise ValueError("a SQLite database needs a file")
        self.url = url
        self.path = Path(path)
        self.signals = Signals()
        self.clock: Clock = SystemClock()
        self._loop = loop
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._engine = _engine(f"sqlite:///{self.path}", read_only=False)
        self._read_engine = _engine(f"sqlite:///{self.path}", read_only=True)
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-read")
        self._local = threading.local()
        self._thread = threading.Thread(target=self._run, name="sqlite-write", daemon=True)
        self._started: asyncio.Future[None]
        self._closed = False

    async def start(self) -> None:
        """Raises `StorageFault` when the file or its lock cannot be opened for writing."""
        started: asyncio.Future[None] = self._loop.create_future()
        self._started = started
        self._thread.start()
        await started

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._readers.shutdown)
        self._read_engine.dispose()
        self._engine.dispose()

    async def write(self, work: Work[T]) -> T:
        if self._closed:
            raise StorageFault("the database is closed")
        item = _Write(work, asyncio.get_running_loop().create_future())
        self._queue.put(item)
        result: T = await item.answer
        return result

    async def read(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._read_engine.connect()
        control = _control(connection)
        control("BEGIN")
        try:
            return work(Tx(connection, self.clock))
        finally:
            control("ROLLBACK")

    # --- the writer thread --------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = Path(f"{self.path}.lock").open("wb")  # noqa: SIM115 - closed below
            connection = self._engine.connect()
        except (OSError, SQLAlchemyError) as error:
            fault = StorageFault(f"{self.path} cannot be opened for writing: {error}")
            self._loop.call_soon_threadsafe(self._started.set_exception, fault)
            return
        self._loop.call_soon_threadsafe(self._started.set_result, None)
        self._work(connection, lock)

    def _work(self, connection: Connection, lock: IO[bytes]) -> None:
        with lock, connection:
            while (first := self._queue.get()) is not None:
                batch, last = self._gather(first)
                self._commit_together(connection, lock, batch)
                self._loop.call_soon_threadsafe(self._answer, batch)
                if last:
                    break

    def _gather(self, first: _Write) -> tuple[list[_Write], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False

    def _commit_together(
        self, connection: Connection, lock: IO[bytes], batch: list[_Write]
    ) -> None:
        control = _control(connection)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            control("BEGIN IMMEDIATE")
            for item in batch:
                _run_in_savepoint(Tx(connection, self.clock), control, item)
            control("COMMIT")
        except (SQLAlchemyError, sqlite3.Error) as error:
            _roll_back(connection)
            for item in batch:
                item.error = StorageAway(f"not committed: {error}")
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)

    def _answer(self, batch: list[_Write]) -> None:
        topics: set[str] = set()
        for item in batch:
            if not item.answer.done():
                if item.error is not None:
                    item.answer.set_exception(item.error)
                else:
                    item.answer.set_result(item.result)
            if item.error is None:
                topics |= item.topics
        self.signals.fire(topics)


def _control(connection: Connection) -> Callable[[str], object]:
    """Says words of transaction control to the driver itself, without SQLAlchemy's ceremony."""
    driver: Any = connection.connection.dbapi_connection
    return cast("Callable[[str], object]", driver.execute)


def _run_in_savepoint(tx: Tx, control: Callable[[str], object], item: _Write) -> None:
    control("SAVEPOINT unit")
    try:
        item.result = item.context.run(item.work, tx)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is the caller's answer
        item.error = error
        control("ROLLBACK TO unit")
    item.topics = frozenset(tx.topics)
    control("RELEASE unit")


def _roll_back(connection: Connection) -> None:
    if connection.connection.dbapi_connection is not None:
        connection.exec_driver_sql("ROLLBACK")


def _engine(url: str, *, read_only: bool) -> Engine:
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",  # transactions are begun in words: BEGIN IMMEDIATE
        connect_args={"check_same_thread": False, "timeout": BUSY_S},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in _pragmas(read_only=read_only):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _pragmas(*, read_only: bool) -> list[str]:
    common = ["foreign_keys=ON", f"busy_timeout={BUSY_S * 1000}", "temp_store=MEMORY"]
    if read_only:
        return [*common, "query_only=ON"]
    return ["journal_mode=WAL", "synchronous=FULL", *common]


def hold_serve_lock(path: Path) -> TextIO:
    """Lock `<database>.serve.lock` for as long as the returned file stays open.

    Raises `StorageFault` when another `serve` holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = Path(f"{path}.serve.lock").open("w")  # noqa: SIM115 - its life is the lock's life
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StorageFault(f"another serve is running on {path}") from error
    file.write(str(os.getpid()))
    file.flush()
    return file

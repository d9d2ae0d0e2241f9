"""Bringing a database to a revision, and asking which one it has."""

import asyncio
import fcntl
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.errors import StorageFault

T = TypeVar("T")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision this code knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def migrate(url: str, revision: str = "head") -> None:
    """Upgrade (or, for an older revision's name, downgrade) the database at `url`."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            await asyncio.to_thread(_migrate_sqlite, url, revision)
        else:
            await _migrate_postgresql(url, revision)
    except (OSError, SQLAlchemyError) as error:
        raise StorageFault(f"the database cannot be migrated: {error}") from error


def _migrate_sqlite(url: str, revision: str) -> None:
    path = Path(str(make_url(url).database))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with Path(f"{path}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("PRAGMA synchronous=FULL")
            _run(connection, revision)
            connection.commit()


async def _migrate_postgresql(url: str, revision: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(726174)")
        await connection.run_sync(_run, revision)
    await engine.dispose()


def _run(connection: Connection, revision: str) -> None:
    config = _config(connection)
    known = [item.revision for item in ScriptDirectory.from_config(config).walk_revisions()]
    current = MigrationContext.configure(connection).get_current_revision()
    wanted = known[0] if revision == "head" else revision
    down = wanted == "base" or (
        current in known and wanted in known and known.index(wanted) > known.index(current)
    )
    (command.downgrade if down else command.upgrade)(config, wanted)


async def revision_of(url: str) -> str | None:
    """The revision the database has, or None for an empty one."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return await asyncio.to_thread(_revision_of_sqlite, url)
        return await _revision_of_postgresql(url)
    except (OSError, SQLAlchemyError) as error:
        raise StorageFault(f"the database cannot be read: {error}") from error


async def _revision_of_postgresql(url: str) -> str | None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_current)
    finally:
        await engine.dispose()


def _revision_of_sqlite(url: str) -> str | None:
    path = Path(str(make_url(url).database))
    if not path.exists():
        return None
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()

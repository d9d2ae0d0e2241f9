"""Copies of a SQLite installation: taken while it runs, brought back while nothing runs."""

from pathlib import Path

import typer

from bot.commands.database import opened_database
from bot.settings_reading import read_database_url
from core.clock import SystemClock
from core.errors import StorageFault
from core.recovery import store
from core.recovery.model import Recovery
from core.recovery.service import Recoveries
from core.storage import copies, schema
from core.storage.address import sqlite_path

ON_POSTGRESQL = "this installation is on PostgreSQL: use pg_dump and pg_restore (docs/run-book.md)"


async def back_up(target: Path) -> None:
    now = SystemClock().now()
    size = copies.copy_to(_database(), target, mark=lambda tx: store.add_copied(tx, at=now))
    typer.echo(f"{target}: {size:,} bytes, consistent as of {now:%Y-%m-%d %H:%M:%S} UTC, checked")


async def restore(copy: Path | None) -> None:
    """Bring a copy back; without one, only mark a database that was restored otherwise."""
    if copy is not None:
        aside = copies.bring_back(copy, _database(), at=SystemClock().now())
        if aside is not None:
            typer.echo(f"the database that was here is now {aside}")
        await schema.migrate(read_database_url().reveal())
    async with opened_database() as database:
        found = await Recoveries(database, SystemClock()).begin()
    typer.echo(_told(found))


def _told(found: Recovery) -> str:
    return (
        f"restored as of {found.copied_at:%Y-%m-%d %H:%M:%S} UTC. Money commands are refused"
        " until `topup reconcile --date DAY` was run for each day since then"
    )


def _database() -> Path:
    path = sqlite_path(read_database_url().reveal())
    if path is None:
        raise StorageFault(ON_POSTGRESQL)
    return path

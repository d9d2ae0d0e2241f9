"""The database of a command: opened beside a running `serve`, once its schema is ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from bot.redaction import Redaction
from bot.settings_reading import read_database_url
from core.errors import StorageFault
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.schema import head, migrate, revision_of


@asynccontextmanager
async def opened_database() -> AsyncIterator[Database]:
    """Raises `StorageFault` where the schema is not the one this version was written for."""
    url = read_database_url().reveal()
    if fault := schema_fault(await current_revision(url)):
        raise StorageFault(fault)
    database = await open_database(url, readers=1)
    try:
        yield database
    finally:
        await database.close()


async def current_revision(url: str) -> str | None:
    """None for an empty database; raises `StorageFault` for one that gives no answer."""
    try:
        return await revision_of(url)
    except StorageFault:
        raise
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        reason = Redaction([url]).text(str(error).partition("\n")[0])
        raise StorageFault(
            f"the database cannot be reached: {type(error).__name__}: {reason}"
        ) from None


def schema_fault(revision: str | None) -> str | None:
    """What is wrong with a database of this revision, and what to do."""
    needed = head()
    if revision == needed:
        return None
    if revision is None:
        return "the database has no tables yet: run `topup migrate` first"
    return (
        f"the database has revision {revision}, this version needs {needed}: run `topup migrate`"
    )


async def migrate_to_head() -> None:
    url = read_database_url().reveal()
    before = await current_revision(url)
    await migrate(url)
    after = await current_revision(url)
    change = "unchanged" if before == after else f"was {before or 'empty'}"
    typer.echo(f"database at revision {after} ({change})")

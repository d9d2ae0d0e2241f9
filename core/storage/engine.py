"""Opening the database an address names."""

import asyncio

from core.storage.database import Database
from core.storage.postgresql import PostgresqlDatabase
from core.storage.sqlite import SqliteDatabase


async def open_database(url: str, *, readers: int = 2) -> Database:
    """Open a SQLAlchemy address: `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`."""
    database: Database
    if url.startswith("sqlite"):
        database = SqliteDatabase(url, readers=readers, loop=asyncio.get_running_loop())
    else:
        database = PostgresqlDatabase(url)
    await database.start()
    return database

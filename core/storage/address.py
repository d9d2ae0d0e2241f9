"""What a database's address says: which engine, and where SQLite's file is."""

from pathlib import Path

from sqlalchemy import make_url


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite address; None for PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(str(parsed.database))

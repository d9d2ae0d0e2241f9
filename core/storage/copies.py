"""Copies of a SQLite database: taken while it runs, brought back while nothing runs."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from core.errors import StorageFault
from core.storage.sqlite import hold_serve_lock
from core.storage.transaction import Tx

PAGES = 2_000  # copied at once, so that writers are never held up for long


def copy_to(source: Path, target: Path, *, mark: Callable[[Tx], None]) -> int:
    """A consistent copy in a new file, checked and marked; returns its bytes.

    Raises `StorageFault`, and then leaves no file.
    """
    if target.exists():
        raise StorageFault(f"{target} is there already: name a new file")
    if not source.exists():
        raise StorageFault(f"{source} is not there")
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, part)
        _mark(part, mark)
        check(part)
        _settle(part, target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StorageFault(f"no copy was made: {error}") from error
    return target.stat().st_size


def bring_back(copy: Path, target: Path, *, at: datetime) -> Path | None:
    """Put a copy in the place of the database; returns where the present one was laid aside.

    Raises `StorageFault` while a `serve` runs there, or when the copy is not sound.
    """
    if not copy.exists():
        raise StorageFault(f"{copy} is not there")
    with hold_serve_lock(target):
        try:
            check(copy)
            part = target.with_name(f"{target.name}.part")
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            _copy(copy, part)
            aside = _lay_aside(target, at)
            _settle(part, target)
        except (OSError, sqlite3.Error) as error:
            raise StorageFault(f"not restored: {error}") from error
    return aside


def check(path: Path) -> None:
    """Raises `StorageFault` for a file that is no sound database of ours."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
            is_ours = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
    except sqlite3.Error as error:
        raise StorageFault(f"{path} is no SQLite database: {error}") from error
    if verdict != "ok" or not is_ours:
        raise StorageFault(f"{path} is not a sound database of this product: {verdict}")


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new, pages=PAGES, sleep=0.01)
        new.execute("PRAGMA journal_mode=DELETE")


def _mark(path: Path, mark: Callable[[Tx], None]) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        mark(Tx(connection))


def _lay_aside(target: Path, at: datetime) -> Path | None:
    if not target.exists():
        return None
    aside = target.with_name(f"{target.name}.before-{at:%Y%m%dT%H%M%S}")
    for end in ("", "-wal", "-shm"):
        part = Path(f"{target}{end}")
        if part.exists():
            part.rename(f"{aside}{end}")
    return aside


def _settle(part: Path, target: Path) -> None:
    """The file's bytes, then its name, are on disk when this returns."""
    _sync(part)
    part.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

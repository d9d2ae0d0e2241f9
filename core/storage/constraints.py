"""Turns a database's complaint about a constraint into our error with the constraint's name."""

import re

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from core.errors import DuplicateKey, RuleBroken, StorageFault
from core.storage.tables import metadata

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)$")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)$")


def _unique_by_columns() -> dict[str, str]:
    """SQLite names the columns of a broken UNIQUE, not the constraint.

    Read anew each time: tables of other files join the metadata when their subject is loaded.
    """
    found: dict[str, str] = {}
    for table in metadata.tables.values():
        keyed: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key]
        keyed += [item for item in table.constraints if isinstance(item, UniqueConstraint)]
        keyed += [item for item in table.indexes if item.unique]
        for item in keyed:
            columns = ", ".join(f"{table.name}.{column.name}" for column in item.columns)
            found[columns] = str(item.name)
    return found


def _checks() -> set[str]:
    return {
        str(item.name)
        for table in metadata.tables.values()
        for item in table.constraints
        if isinstance(item, CheckConstraint)
    }


def fault_of(error: IntegrityError) -> StorageFault:
    """The named fault behind a driver's integrity error."""
    message = str(error.orig)
    if match := _SQLITE_UNIQUE.search(message):
        return DuplicateKey(_unique_by_columns().get(match[1], match[1]))
    if match := _SQLITE_CHECK.search(message):
        return RuleBroken(match[1])
    name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if name is None:
        return StorageFault(message)
    return RuleBroken(name) if name in _checks() else DuplicateKey(name)

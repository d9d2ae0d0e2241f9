"""What a unit of work sees of the database: statements, never commit."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache, cached_property
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Row,
    Select,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.selectable import TypedReturnsRows

from core.clock import Clock, SystemClock
from core.storage.constraints import fault_of

T = TypeVar("T")


class Tx:
    """An open transaction. Functions take it first, run statements, and return plain data.

    A broken constraint raises `DuplicateKey` or `RuleBroken` with the constraint's name.
    """

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()
        self.dialect = connection.dialect.name
        self.topics: set[str] = set()

    @cached_property
    def now(self) -> datetime:
        """The transaction's own time: one moment, by the clock of whoever opened the database."""
        return self._clock.now()

    def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
    ) -> CursorResult[Any]:
        try:
            return self._connection.execute(statement, parameters)
        except IntegrityError as error:
            raise fault_of(error) from error

    def first(self, statement: Executable) -> Row[Any] | None:
        return self.execute(statement).first()

    def all(self, statement: Executable) -> Sequence[Row[Any]]:
        return self.execute(statement).all()

    def scalar(self, statement: TypedReturnsRows[T]) -> T | None:
        return self.execute(statement).scalar()

    def driver_sql(self, statement: str, parameters: tuple[object, ...] = ()) -> CursorResult[Any]:
        """The hottest statements, in the driver's own words."""
        try:
            return self._connection.exec_driver_sql(statement, parameters)
        except IntegrityError as error:
            raise fault_of(error) from error

    def one(self, table: Table, *, lock: bool = False, **key: object) -> Row[Any] | None:
        """The row whose columns have these values, locked until the commit if asked."""
        return self.execute(_select(table, tuple(key), lock), _keyed(key)).first()

    def rows(self, table: Table, **key: object) -> Sequence[Row[Any]]:
        """All rows whose columns have these values, in no order."""
        return self.execute(_select(table, tuple(key), False), _keyed(key)).all()

    def insert(self, table: Table, values: Mapping[str, object]) -> None:
        self.execute(_insert(table), values)

    def change(self, table: Table, key: Mapping[str, object], **values: object) -> int:
        """Set columns of the rows that have the key; returns how many there were."""
        return self.execute(_update(table, tuple(key)), {**_keyed(key), **values}).rowcount

    def insert_once(self, table: Table, values: Mapping[str, object]) -> bool:
        """Insert unless some UNIQUE key of the table has the row already; says whether it did.

        On PostgreSQL a twin that is still uncommitted is waited for.
        """
        return self.execute(_insert_once(self.dialect, table), values).rowcount == 1

    def insert_new(self, table: Table, values: Mapping[str, object]) -> int | None:
        """The id of the new row, or None where some UNIQUE key of the table has it already."""
        row = self.execute(_insert_new(self.dialect, table), values).first()
        return None if row is None else int(row.id)

    def insert_all(self, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
        rows = list(rows)
        if rows:
            self.execute(table.insert(), rows)

    def savepoint(self) -> AbstractContextManager[object]:
        """Undoes what was done inside when an error leaves it."""
        return self._connection.begin_nested()

    def signal(self, topic: str) -> None:
        """Wake those who wait for `topic`, once this transaction is committed."""
        self.topics.add(topic)


# Statements are made once: building one costs more than running it.


def _keyed(key: Mapping[str, object]) -> dict[str, object]:
    return {f"key_{name}": value for name, value in key.items()}


def _has(table: Table, names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(f"key_{name}") for name in names]


@cache
def _select(table: Table, names: tuple[str, ...], lock: bool) -> Select[Any]:
    statement = select(table).where(*_has(table, names))
    return statement.with_for_update() if lock else statement


@cache
def _update(table: Table, names: tuple[str, ...]) -> Executable:
    return update(table).where(*_has(table, names))


@cache
def _insert(table: Table) -> Executable:
    return insert(table)


@cache
def _insert_once(dialect: str, table: Table) -> Executable:
    return _ignoring_twins(dialect, table)


@cache
def _insert_new(dialect: str, table: Table) -> Executable:
    return _ignoring_twins(dialect, table).returning(table.c.id)


def _ignoring_twins(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()

"""Reading one account's balance and a page from the middle of its history, as it grows.

The platform's page and the chat's, whole, filtered to a rare kind, by time and by reference: the
same reads through the use cases, on an account with 1,000 entries and on one with 1,000,000
(with `--quick`: 100,000), in turns; medians of many reads each round.
"""

import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.ids import AccountId, TransferId
from core.ledger import chart
from core.ledger.service import Ledger
from core.statements import store as statements
from core.statements.model import Mark, Sight
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.schema import migrate
from tests.bench.frame import Figure, Options, at_most, figure, ratios
from tests.bench.seeding import address

LINE = "history"
ACCOUNT = AccountId("100000001")
FEN = 100
AT = "2026-11-22 12:00:00.000000"
START = datetime(2026, 1, 1, tzinfo=UTC)
RARE = 100  # so many refunds, spread over the whole history
Read = Callable[[Database, int], Awaitable[object]]


async def measure(options: Options) -> list[Figure]:
    rounds, reads = (2, 50) if options.quick else (9, 200)
    sizes = [1_000, 100_000 if options.quick else 1_000_000]
    databases = {}
    for size in sizes:
        path = options.folder / f"{size}.db"
        await migrate(address(path))
        fill(path, size)
        databases[size] = await open_database(address(path))
    figures = []
    for what, read in READS.items():
        took: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(rounds):
            for size, database in databases.items():
                took[size].append(await _took_us(read, database, size, reads))
        for size in sizes[1:]:
            against = ratios(took[size], took[sizes[0]])
            name = f"{what}, {size:,} ÷ {sizes[0]:,} entries"
            figures.append(figure(LINE, name, "×", against, at_most(1.5)))
        figures.append(figure(LINE, f"{what}, {sizes[-1]:,} entries", "µs", took[sizes[-1]]))
    for database in databases.values():
        await database.close()
    return figures


async def _balance(database: Database, _size: int) -> object:
    return await Ledger(database).balance(ACCOUNT)


async def _page(database: Database, size: int) -> object:
    return await Ledger(database).history(ACCOUNT, before=size // 2, limit=10)


async def _chat_page(database: Database, size: int) -> object:
    return await _seen(database, size, Sight())


async def _rare_kind(database: Database, size: int) -> object:
    return await _seen(database, size, Sight(kind="refund"))


async def _kind_and_channel(database: Database, size: int) -> object:
    return await _seen(database, size, Sight(kind="payment", channel="wechat"))


async def _by_reference(database: Database, size: int) -> object:
    return await database.read(lambda tx: statements.find(tx, ACCOUNT, str(size // 2), limit=8))


async def _seen(database: Database, size: int, sight: Sight) -> object:
    """A page from the middle."""
    before = Mark(at=_moment(size // 2), transfer_id=TransferId(size // 2))
    page = await database.read(
        lambda tx: statements.page(tx, ACCOUNT, sight, before=before, limit=8)
    )
    if len(page.lines) != 8:
        raise AssertionError(f"{sight}: {len(page.lines)} lines")
    return page


READS: Mapping[str, Read] = {
    "balance": _balance,
    "history page": _page,
    "chat page": _chat_page,
    "page of a rare kind": _rare_kind,
    "page of kind and channel": _kind_and_channel,
    "find a reference": _by_reference,
}


def _moment(number: int) -> datetime:
    return START + timedelta(seconds=number)


async def _took_us(read: Read, database: Database, size: int, reads: int) -> float:
    took = []
    for _ in range(reads):
        began = time.perf_counter()
        await read(database, size)
        took.append((time.perf_counter() - began) * 1e6)
    return statistics.median(took)


def fill(path: Path, size: int) -> None:
    """Payments of one account, written as the ledger would have, but all at once."""
    with closing(sqlite3.connect(path)) as connection, _in_bulk(connection):
        connection.execute("INSERT INTO accounts VALUES (?, ?, ?)", (ACCOUNT, "星河科技", AT))
        connection.executemany(
            "INSERT INTO ledger_accounts (id, name, kind, balance_fen, version)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (1, chart.available(ACCOUNT).name, "customer", size * FEN, size),
                (2, chart.clearing("wechat").name, "clearing", None, None),
            ],
        )
        connection.executemany(
            "INSERT INTO transfers (id, reference, kind, channel, account_id, shown_reference,"
            " content_hash, occurred_at, recorded_at)"
            " VALUES (?, ?, ?, 'wechat', ?, ?, 'x', ?, ?)",
            _transfers(size),
        )
        connection.executemany(
            "INSERT INTO entries (transfer_id, ledger_account_id, amount_fen, balance_after_fen,"
            " version) VALUES (?, ?, ?, ?, ?)",
            _entries(size),
        )


@contextmanager
def _in_bulk(connection: sqlite3.Connection) -> Iterator[None]:
    """Nothing of it has to survive a crash, and the indexes are made at the end."""
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}")
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('transfers', 'entries')"
    )
    indexes = connection.execute(query).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _, made_by in indexes:
        connection.execute(made_by)
    connection.commit()


def _transfers(size: int) -> Iterator[tuple[object, ...]]:
    every = size // RARE
    for n in range(1, size + 1):
        kind, at = "payment" if n % every else "refund", f"{_moment(n):%Y-%m-%d %H:%M:%S.%f}"
        yield n, f"credit:{n}", kind, ACCOUNT, str(n), at, at


def _entries(size: int) -> Iterator[tuple[int, int, int, int | None, int | None]]:
    for number in range(1, size + 1):
        yield number, 2, -FEN, None, None
        yield number, 1, FEN, number * FEN, number

"""Credits a second on PostgreSQL, beside bare asyncpg with the same statements, and two workers.

`core.topups.record_payment` at 8 callers over 1,000 accounts and over one hot account. The
reference sends what the product sent for the same credits, recorded beforehand on a copy of the
database: the same statements with the same values in a transaction each, on asyncpg alone, without
any thinking in between and without checks of foreign keys (they would meet values of another
order). Both sides go in turns, on copies of one database. Then the same credits by one process
and by two, each with 8 callers of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Engine, event

from core.ids import AccountId
from core.ledger import store as ledger
from core.providers.base import Report
from core.storage.engine import open_database
from core.storage.tables import accounts as accounts_table
from core.storage.transaction import Tx
from tests.bench import creditor
from tests.bench.crediting import rate, reports_of
from tests.bench.frame import Figure, Options, Target, at_least, figure, ratios
from tests.bench.seeding import Waiting, core_over, play_provider, seed_at
from tests.play import PlayProvider
from tests.postgresql import Server, running_server

LINE = "credits-pg"
CALLERS = 8
HALF, SIX_TENTHS = at_least(0.5), at_least(0.6)
TWO_WORKERS = at_least(1.5)


@dataclass(slots=True)
class Statements:
    """What one credit sent: each statement with its values, or several sets of them."""

    sent: list[tuple[str, Any, bool]] = field(default_factory=list)

    async def send(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        async with connection.transaction():
            for statement, values, are_many in self.sent:
                if are_many:
                    await connection.executemany(statement, values)
                else:
                    await connection.fetch(statement, *values)


async def measure(options: Options) -> list[Figure]:
    rounds, a_round = (2, 100) if options.quick else (5, 300)
    figures = []
    async with running_server(is_durable=True) as server:
        for what, accounts, target in (
            ("1,000 accounts", 100 if options.quick else 1000, HALF),
            ("one account", 1, SIX_TENTHS),
        ):
            seeded = await _seed(server, f"seeded_{accounts}", accounts, rounds * a_round)
            figures += await _against_bare(server, seeded, a_round, what, target)
            if accounts > 1:
                figures += await _workers(server, seeded, a_round, options.folder)
    return figures


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seeded:
    """A database to copy, and what is going to be credited there."""

    name: str
    provider: PlayProvider
    waiting: list[Waiting]

    @property
    def reports(self) -> list[Report]:
        return reports_of(self.provider, dict(enumerate(self.waiting)))


async def _seed(server: Server, name: str, accounts: int, count: int) -> _Seeded:
    provider = play_provider()
    url = await asyncio.to_thread(server.create, name)
    waiting = await seed_at(
        url, provider, accounts=accounts, orders_each=max(1, count // accounts)
    )
    await _open_accounts(url)
    return _Seeded(name=name, provider=provider, waiting=waiting[:count])


async def _open_accounts(url: str) -> None:
    """Accounts that moved before: a first credit is a thing apart."""
    database = await open_database(url)

    def work(tx: Tx) -> None:
        for row in tx.rows(accounts_table):
            ledger.lock_available(tx, AccountId(row.id))

    await database.write(work)
    await database.close()


async def _copy(server: Server, seeded: _Seeded, purpose: str) -> str:
    name = f"{seeded.name}_{purpose}"
    return await asyncio.to_thread(lambda: server.create(name, like=seeded.name))


async def _against_bare(
    server: Server, seeded: _Seeded, a_round: int, what: str, target: Target
) -> list[Figure]:
    recorded = await _record(await _copy(server, seeded, "recorded"), seeded)
    database = await open_database(await _copy(server, seeded, "ours"))
    core = core_over(database, seeded.provider)
    ours, bare = [], []
    try:
        async with _bare(await _copy(server, seeded, "bare")) as send:
            for start in range(0, len(recorded), a_round):
                some = slice(start, start + a_round)
                ours.append(await rate(core.topups.record_payment, seeded.reports[some], CALLERS))
                bare.append(await rate(send, recorded[some], CALLERS))
        await core.ledger.verify()
    finally:
        await database.close()
    trips = sum(len(item.sent) for item in recorded) / len(recorded)
    return [
        figure(LINE, f"{what}: product ÷ bare asyncpg", "×", ratios(ours, bare), target),
        figure(LINE, f"{what}: product", "credits/s", ours),
        figure(LINE, f"{what}: bare asyncpg", "credits/s", bare),
        figure(LINE, f"{what}: statements a credit", "", [trips]),
    ]


async def _record(url: str, seeded: _Seeded) -> list[Statements]:
    """Credit everything one by one, and note what is sent."""
    database = await open_database(url)
    core, noted = core_over(database, seeded.provider), [Statements()]

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, are_many: bool) -> None:
        noted[-1].sent.append((statement, values, are_many))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for report in seeded.reports:
            await core.topups.record_payment(report)
            noted.append(Statements())
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        await database.close()
    return noted[:-1]


@asynccontextmanager
async def _bare(url: str) -> AsyncIterator[Any]:
    """A connection for each caller, which checks no foreign key."""
    address = url.replace("+asyncpg", "")
    settings = {"session_replication_role": "replica"}
    free: asyncio.Queue[asyncpg.Connection[asyncpg.Record]] = asyncio.Queue()
    for _ in range(CALLERS):
        free.put_nowait(await asyncpg.connect(address, server_settings=settings))

    async def send(statements: Statements) -> None:
        connection = await free.get()
        await statements.send(connection)
        free.put_nowait(connection)

    yield send
    while not free.empty():
        await free.get_nowait().close()


async def _workers(server: Server, seeded: _Seeded, a_round: int, folder: Path) -> list[Figure]:
    """The same credits by one process and by two, in turns."""
    one, two = [], []
    for start in range(0, len(seeded.waiting), a_round):
        some = list(enumerate(seeded.waiting))[start : start + a_round]
        for processes, rates in ((1, one), (2, two)):
            url = await _copy(server, seeded, f"workers_{start}_{processes}")
            shares = [some[number::processes] for number in range(processes)]
            rates.append(await creditor.rate_of_processes(url, shares, folder))
    return [
        figure(LINE, "two workers ÷ one", "×", ratios(two, one), TWO_WORKERS),
        figure(LINE, "one worker", "credits/s", one),
        figure(LINE, "two workers", "credits/s", two),
    ]

"""Credits a second on SQLite at 32 callers, each heard back after a durable commit.

`core.topups.record_payment` as a callback calls it, over 1,000 accounts and over one hot account.
Beside it the same statements, each awaited through SQLAlchemy's async engine on aiosqlite, one
transaction after the other on one connection with the same pragmas: what an application gets that
writes its transactions with `await`. Both sides credit the same orders in copies of one file, in
turns, and the product's books are verified at the end.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.clock import SystemClock
from core.ids import OrderNo, RandomIds
from core.providers.base import Outcome, Report, Source
from core.storage.engine import open_database
from core.storage.transaction import Tx
from core.topup.recording import record
from tests.bench.frame import Figure, Options, at_least, figure, ratios
from tests.bench.seeding import AMOUNT_FEN, Waiting, address, core_over, play_provider, seed
from tests.play import START, PlayProvider

LINE = "credits"
CALLERS = 32
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")
T = TypeVar("T")
Credit = Callable[[Report], Awaitable[object]]


@dataclass(slots=True)
class _Rates:
    """Credits per second, round by round."""

    ours: list[float] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)


async def measure(options: Options) -> list[Figure]:
    rounds, a_round = (2, 100) if options.quick else (5, 600)
    figures = []
    for what, accounts in (("1,000 accounts", 100 if options.quick else 1000), ("one account", 1)):
        folder = options.folder / str(accounts)
        folder.mkdir()
        rates = await _rates(folder, accounts, rounds, a_round)
        against = ratios(rates.ours, rates.reference)
        figures += [
            figure(LINE, f"{what}: product ÷ aiosqlite", "×", against, at_least(3)),
            figure(LINE, f"{what}: product", "credits/s", rates.ours),
            figure(LINE, f"{what}: SQLAlchemy + aiosqlite", "credits/s", rates.reference),
        ]
    return figures


async def _rates(folder: Path, accounts: int, rounds: int, a_round: int) -> _Rates:
    provider = play_provider()
    reports = await _reports(folder / "ours.db", provider, accounts, rounds * a_round)
    shutil.copy(folder / "ours.db", folder / "reference.db")
    database = await open_database(address(folder / "ours.db"))
    core, rates = core_over(database, provider), _Rates()
    try:
        async with _one_by_one(folder / "reference.db", provider) as reference:
            for start in range(0, len(reports), a_round):
                some = reports[start : start + a_round]
                rates.ours.append(await rate(core.topups.record_payment, some, CALLERS))
                rates.reference.append(await rate(reference, some, CALLERS))
        await core.ledger.verify()
    finally:
        await database.close()
    return rates


async def _reports(path: Path, provider: PlayProvider, accounts: int, count: int) -> list[Report]:
    waiting = await seed(path, provider, accounts=accounts, orders_each=count // accounts)
    return reports_of(provider, dict(enumerate(waiting)))


def reports_of(provider: PlayProvider, numbered: Mapping[int, Waiting]) -> list[Report]:
    """What the provider will say of orders, by the number of the trade: paid as asked."""
    return [
        Report(
            channel=provider.channel,
            source=Source.CALLBACK,
            event_id=f"EV-{item.order_no}",
            order_no=OrderNo(item.order_no),
            outcome=Outcome.PAID,
            merchant=provider.merchant,
            app=provider.app,
            trade_no=f"4200{number:024d}",
            amount_fen=AMOUNT_FEN,
            currency="CNY",
            occurred_at=START,
        )
        for number, item in numbered.items()
    ]


async def rate(
    credit: Callable[[T], Awaitable[object]], items: Sequence[T], callers: int
) -> float:
    """Per second, with so many callers at once."""
    left = iter(items)

    async def caller() -> None:
        for item in left:
            await credit(item)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(items) / (time.perf_counter() - began)


@asynccontextmanager
async def _one_by_one(path: Path, provider: PlayProvider) -> AsyncIterator[Credit]:
    """The reference: every statement a trip to aiosqlite's thread, every credit a commit."""
    engine = create_async_engine(address(path), isolation_level="AUTOCOMMIT")
    turn, clock, ids = asyncio.Lock(), SystemClock(), RandomIds()
    async with engine.connect() as connection:
        for pragma in PRAGMAS:
            await connection.exec_driver_sql(f"PRAGMA {pragma}")

        async def credit(report: Report) -> None:
            work = partial(
                record, report=report, ours=(provider.merchant, provider.app), at=clock.now(),
                ids=ids,
            )  # fmt: skip
            async with turn:
                await _in_transaction(connection, lambda inner: work(Tx(inner)))

        yield credit
    await engine.dispose()


async def _in_transaction(
    connection: AsyncConnection, work: Callable[[Connection], object]
) -> None:
    await connection.exec_driver_sql("BEGIN IMMEDIATE")
    await connection.run_sync(work)
    await connection.exec_driver_sql("COMMIT")

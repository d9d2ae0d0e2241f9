"""An export of 100,000 entries to XLSX, and what others feel of it.

Memory: what the writing process holds at most (its VmHWM, which counts from its start; the
kernel's figure for ended children would begin with the parent's), and what the product's own
process grows by. Others: a balance read every 5 ms, timed before and while the file is made.
"""

import asyncio
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from bot.locales.catalogue import Catalogue
from bot.telegram.exporter import Exporter
from bot.telegram.messages import Messages
from bot.telegram.render import Renderer
from core.clock import SystemClock
from core.ids import PersonId
from core.ledger.service import Ledger
from core.statements.model import ExportForm, ExportOrder, Span
from core.statements.service import Statements
from core.storage.engine import open_database
from core.storage.schema import migrate
from tests.bench.frame import Figure, Options, at_most, figure, percentile
from tests.bench.history import ACCOUNT, fill
from tests.bench.seeding import address

LINE = "export"
ENTRIES = 100_000
ZONE = ZoneInfo("Asia/Shanghai")
BEFORE_S = 5.0
PAUSE_S = 0.005
LOOK_S = 0.02
ORDER = ExportOrder(
    person_id=PersonId(1),
    account_id=ACCOUNT,
    account_name="星河科技",
    form=ExportForm.XLSX,
    span=Span(),
    ordered_at=datetime(2026, 11, 24, tzinfo=UTC),
)


async def measure(options: Options) -> list[Figure]:
    entries = 10_000 if options.quick else ENTRIES
    path = options.folder / "export.db"
    await migrate(address(path))
    fill(path, entries)
    database = await open_database(address(path))
    catalogue = Catalogue.load(ZONE)
    statements = Statements(database, SystemClock(), ZONE)
    nobody = cast("Messages", None)  # nothing is sent
    exporter = Exporter(statements, catalogue, Renderer(catalogue), nobody)
    ledger = Ledger(database)
    alone = await _reads(ledger, asyncio.create_task(asyncio.sleep(BEFORE_S)))
    held, began = _own_mb(), time.perf_counter()
    writing = asyncio.create_task(exporter.write(ORDER, "zh_CN", options.folder / "out.xlsx"))
    watching = asyncio.create_task(_peak_mb(writing))
    beside = await _reads(ledger, writing)
    took = time.perf_counter() - began
    grown = max(0.0, _own_mb() - held)
    child = await watching
    await database.close()
    p99 = [percentile(times, 99) * 1000 for times in (alone, beside)]
    return [
        figure(LINE, f"{entries:,} entries to XLSX", "s", [took]),
        figure(
            LINE, "memory: writer, and growth of the product", "MB", [child + grown], at_most(60)
        ),
        figure(LINE, "p99 of a balance read, alone", "ms", [p99[0]]),
        figure(LINE, "p99 of a balance read, beside it", "ms", [p99[1]]),
        figure(LINE, "p99 beside ÷ alone", "×", [p99[1] / p99[0]], at_most(1.5)),
    ]


async def _reads(ledger: Ledger, until: "asyncio.Task[object]") -> list[float]:
    took = []
    while not until.done():
        began = time.perf_counter()
        await ledger.balance(ACCOUNT)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE_S)
    await until
    return took


async def _peak_mb(until: "asyncio.Task[object]") -> float:
    """The most memory that a child of this process held while the task ran."""
    peak = 0.0
    while not until.done():
        peak = max(peak, *(_held_most_mb(pid) for pid in _children()), 0.0)
        await asyncio.sleep(LOOK_S)
    return peak


def _children() -> list[str]:
    return [
        pid
        for listed in Path("/proc/self/task").glob("*/children")
        for pid in listed.read_text().split()
    ]


def _held_most_mb(pid: str) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def _own_mb() -> float:
    """Resident memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

"""Holds at a steady 50 a second on SQLite, over HTTP, as the platform's billing system asks.

Each is placed on one of 100 accounts of the running product, evenly and without waiting for one
another: the time from sending to the answer, which follows the commit. A fifth are refused for
want of funds, so that blocked purchases are remembered beside it. Percentiles are taken in slices
of four seconds; the figure is the median slice, its spread that of the slices.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field

from core.ids import AccountId
from core.ledger import postings, store
from core.storage.engine import open_database
from core.storage.transaction import Tx
from tests.bench.frame import Figure, Options, at_most, figure, percentile
from tests.bench.installation import Installation, install
from tests.bench.seeding import address
from tests.bench.servers import Server, running
from tests.bench.wire import Caller, connect, silent_telegram
from tests.play import START

LINE = "holds"
A_SECOND = 50
ACCOUNTS = 100
CONNECTIONS = 32
SLICE_S = 4
KEY = "bench-platform-key-0123456789abcdef"
HELD_FEN, PURSE_FEN = 100, 100_000_000
REFUSED_EVERY = 5


@dataclass(slots=True)
class _Seen:
    """How long the answers took, by their status."""

    took_ms: dict[int, list[float]] = field(default_factory=dict)


async def measure(options: Options) -> list[Figure]:
    seconds = 4 if options.quick else 20
    seen = _Seen()
    async with silent_telegram(lambda *_: None) as api:
        installed = await install(options.folder, api, accounts=ACCOUNTS)
        await _fund(installed)
        async with running(
            "tests.bench.product",
            environment={**installed.environment, "TOPUP_PLATFORM_API_KEY": KEY},
            port=installed.port,
            log=installed.log,
        ) as server:
            cpu_ms = await _run(server, seconds, seen)
    return _figures(seen, cpu_ms)


def _account(number: int) -> AccountId:
    return AccountId(f"9{number % ACCOUNTS:08d}")


async def _fund(installed: Installation) -> None:
    def work(tx: Tx) -> None:
        for number in range(ACCOUNTS):
            transfer = postings.payment_received(
                account_id=_account(number),
                channel="wechat",
                merchant="M",
                trade_no=f"T{number}",
                amount_fen=PURSE_FEN,
                occurred_at=START,
            )
            store.append(tx, transfer, at=START)

    database = await open_database(address(installed.folder / "topup.db"))
    await database.write(work)
    await database.close()


async def _run(server: Server, seconds: int, seen: _Seen) -> float:
    """Ask for everything at its time; returns processor milliseconds per hold."""
    callers: asyncio.Queue[Caller] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        callers.put_nowait(await connect(server.port))
    before, began, count = server.cpu_s(), time.perf_counter(), A_SECOND * seconds
    async with asyncio.TaskGroup() as sending:
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
            sending.create_task(_place(callers, number, seen))
    return (server.cpu_s() - before) / count * 1000


async def _place(callers: "asyncio.Queue[Caller]", number: int, seen: _Seen) -> None:
    refused = number % REFUSED_EVERY == 0
    wish = {
        "hold_id": f"bench-{number}",
        "amount_fen": PURSE_FEN * 2 if refused else HELD_FEN,
        "product": "云服务器",
    }
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"bench-{number}",
    }
    path = f"/v1/accounts/{_account(number)}/holds"
    began = time.perf_counter()
    caller = await callers.get()
    status = await caller.post(path, json.dumps(wish).encode(), headers)
    took_ms = (time.perf_counter() - began) * 1000
    callers.put_nowait(caller)
    if status != (402 if refused else 201):
        raise AssertionError(f"a hold was answered {status}")
    seen.took_ms.setdefault(status, []).append(took_ms)


def _figures(seen: _Seen, cpu_ms: float) -> list[Figure]:
    figures = []
    for what, status, share in (("placed", 201, 0.8), ("refused, and remembered", 402, 0.2)):
        times = seen.took_ms[status]
        size = int(A_SECOND * SLICE_S * share)
        slices = [times[start : start + size] for start in range(0, len(times), size)]
        p50 = [percentile(some, 50) for some in slices]
        p99 = [percentile(some, 99) for some in slices]
        target = at_most(50) if status == 201 else None
        figures.append(figure(LINE, f"hold {what}, p50", "ms", p50))
        figures.append(figure(LINE, f"hold {what}, p99", "ms", p99, target))
    figures.append(figure(LINE, "processor time a hold", "ms", [cpu_ms]))
    return figures

"""`python -m tests.bench.creditor`: one of several processes that credit at the same time.

Reads a line of JSON with the database and its share of orders, credits the first few to be warm,
says `ready`, begins with the others at the next line, and says `done`.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from core.storage.engine import open_database
from tests.bench.crediting import rate, reports_of
from tests.bench.frame import log_nowhere
from tests.bench.seeding import Waiting, core_over, play_provider

CALLERS = 8
WARM = 24  # connections are open and statements compiled after these
READY_WITHIN_S = 120.0
Share = Sequence[tuple[int, Waiting]]


async def rate_of_processes(url: str, shares: Sequence[Share], folder: Path) -> float:
    """Credits per second of all processes together, one for each share, begun at once."""
    processes = [await _start(url, share, folder) for share in shares]
    for process in processes:
        await _hear(process)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for process in processes:
        _say(process, "go")
    await asyncio.gather(*(_hear(process) for process in processes))
    took_s = loop.time() - began
    for process in processes:
        await process.wait()
    return sum(len(share) - WARM for share in shares) / took_s


async def _start(url: str, share: Share, folder: Path) -> asyncio.subprocess.Process:
    with (folder / "creditors.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.creditor", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    orders = [(number, item.order_no, item.person_id) for number, item in share]
    _say(process, json.dumps({"url": url, "orders": orders}))
    return process


def _say(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n".encode())


async def _hear(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN_S)
    assert line, "a creditor ended before its time"


def main() -> None:
    log_nowhere()
    uvloop.run(_credit(json.loads(sys.stdin.readline())))


async def _credit(wish: dict[str, object]) -> None:
    provider = play_provider()
    orders = wish["orders"]
    assert isinstance(orders, list)
    numbered = {number: Waiting(order_no, person) for number, order_no, person in orders}
    reports = reports_of(provider, numbered)
    database = await open_database(str(wish["url"]))
    core = core_over(database, provider)
    await rate(core.topups.record_payment, reports[:WARM], CALLERS)
    print("ready", flush=True)
    sys.stdin.readline()
    await rate(core.topups.record_payment, reports[WARM:], CALLERS)
    print("done", flush=True)
    await database.close()


if __name__ == "__main__":
    main()

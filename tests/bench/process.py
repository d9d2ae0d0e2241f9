"""Start and memory of the product as a process of its own, on SQLite in webhook mode.

From starting `python -m bot serve` on a database that is up to date until `/readyz` says yes;
resident memory when idle, and how much more it is after 10,000 updates, each answered with a
message. (The updates go to `tests.bench.product`: under Telegram's own rates they take minutes.)
"""

import asyncio

from tests.bench.aiogram_default import PATH
from tests.bench.frame import Figure, Options, at_most, figure
from tests.bench.installation import Installation, install
from tests.bench.load import Answers, Crowd
from tests.bench.servers import running
from tests.bench.wire import silent_telegram

LINE = "process"
UPDATES = 10_000
IDLE_S = 3.0
LONGEST_S = 1200.0


async def measure(options: Options) -> list[Figure]:
    answers, starts = Answers(), 2 if options.quick else 5
    updates = 500 if options.quick else UPDATES
    async with silent_telegram(answers.heard) as api:
        installed = await install(options.folder, api)
        started, idle = [], []
        for _ in range(starts):
            took_s, memory_mb = await _start(installed)
            started.append(took_s)
            idle.append(memory_mb)
        more = await _growth(installed, answers, updates)
    return [
        figure(LINE, "start to ready", "s", started, at_most(5)),
        figure(LINE, "memory when idle", "MB", idle, at_most(260)),
        figure(LINE, f"more memory after {updates:,} updates", "MB", [more], at_most(20)),
    ]


async def _start(installed: Installation) -> tuple[float, float]:
    async with running(
        "bot",
        "serve",
        environment=installed.environment,
        port=installed.port,
        log=installed.log,
    ) as server:
        await asyncio.sleep(IDLE_S)
        return server.started_s, server.memory_mb()


async def _growth(installed: Installation, answers: Answers, updates: int) -> float:
    async with running(
        "tests.bench.product",
        environment=installed.environment,
        port=installed.port,
        log=installed.log,
    ) as server:
        await asyncio.sleep(IDLE_S)
        before = server.memory_mb()
        crowd = Crowd(answers, installed.port, PATH)
        await crowd.all_say("/topup")
        await crowd.talk(LONGEST_S, updates)
        await asyncio.sleep(IDLE_S)
        return server.memory_mb() - before

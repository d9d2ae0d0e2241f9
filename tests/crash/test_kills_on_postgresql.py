"""kill -9 of the product, and the end of PostgreSQL under it, at random moments of credits.

The product is a process on a server of its own; callbacks come eight at a time and are repeated
until they are acknowledged. Lives are counted by callbacks, not by the clock, so that a slow
machine sees as many kills in the middle of work as a quick one.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.audit.service import Audit
from core.ledger.service import Ledger
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.tables import jobs, ledger_accounts, notices, transfers
from core.storage.transaction import Tx
from tests.bench.installation import Installation, install
from tests.bench.seeding import AMOUNT_FEN, MUCH_LATER
from tests.bench.wire import silent_telegram
from tests.crash.books import credited_other_than_once
from tests.crash.payers import Heard, Payers
from tests.e2e.bots import STOPPED_WITHIN_S, Launcher, Process
from tests.postgresql import Server, start_server

pytestmark = [pytest.mark.crash, pytest.mark.timeout(3600)]

IS_RELEASE = os.environ.get("PROOF") == "release"
KILLS, STOPS = (1_000, 50) if IS_RELEASE else (100, 5)
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
ACCOUNTS = 20
ORDERS = KILLS * 4
LONGEST_LIFE = 5  # callbacks acknowledged before a kill
JITTER_S = 0.05
BEFORE_READY = 0.3  # the share of kills that hit a product which is just starting
STARTS_S = 0.4
AWAY_S = 0.5
LEASES_OVER_S = 120  # the last life begins when nothing of the others is leased any more
QUIET_S = 120.0


@pytest.fixture
def server() -> Iterator[Server]:
    with start_server(is_durable=True) as one:
        yield one


async def while_alive(process: Process, awaited: Awaitable[object]) -> None:
    """Wait; a product that ends by itself is a failure."""
    wanted, ended = asyncio.ensure_future(awaited), asyncio.ensure_future(process.ended())
    await asyncio.wait({wanted, ended}, return_when=asyncio.FIRST_COMPLETED)
    assert not ended.done(), f"the product ended by itself with {ended.result()}"
    ended.cancel()
    await wanted


async def live_a_while(process: Process, payers: Payers, chance: random.Random) -> None:
    if chance.random() < BEFORE_READY:
        await asyncio.sleep(chance.uniform(0, STARTS_S))
        return
    mark = payers.progress.done + chance.randint(1, LONGEST_LIFE)
    await while_alive(process, payers.progress.reached(mark))
    await asyncio.sleep(chance.uniform(0, JITTER_S))


async def lose_the_server(
    server: Server, process: Process, payers: Payers, chance: random.Random
) -> None:
    """The product, once it works, stays, answers that it cannot, and goes on by itself."""
    await while_alive(process, payers.progress.reached(payers.progress.done + 1))
    await asyncio.to_thread(server.stop_at_once)
    await asyncio.sleep(chance.uniform(0, AWAY_S))
    await asyncio.to_thread(server.start)
    await while_alive(process, payers.progress.reached(payers.progress.done + LONGEST_LIFE))


def left(tx: Tx) -> dict[str, int]:
    """What is not done yet, or was set aside."""
    count = func.count()
    questions = {
        "notices": select(count).select_from(notices).where(notices.c.state != "sent"),
        "jobs": select(count).select_from(jobs).where(jobs.c.run_at < MUCH_LATER),
        "dead jobs": select(count).select_from(jobs).where(jobs.c.state == "dead"),
    }
    found = {name: int(tx.scalar(query) or 0) for name, query in questions.items()}
    return {name: number for name, number in found.items() if number}


async def all_is_done(database: Database) -> None:
    ends_at = time.monotonic() + QUIET_S
    while waits := await database.read(left):
        assert time.monotonic() < ends_at, waits
        await asyncio.sleep(0.2)


async def check_the_books(database: Database, payers: Payers) -> None:
    await Ledger(database).verify()
    await Audit(database).seal()
    await Audit(database).verify()
    credited = await database.read(
        lambda tx: [row[0] for row in tx.all(select(transfers.c.shown_reference))]
    )
    held = await database.read(
        lambda tx: tx.scalar(select(func.sum(ledger_accounts.c.balance_fen)))
    )
    paid = [trade_no(number) for number in payers.paid]
    assert credited_other_than_once(credited, paid) == {}
    assert held == AMOUNT_FEN * len(paid)


def check_what_was_told(heard: Heard, payers: Payers) -> int:
    """Everybody was told of everything; returns how many messages came once more."""
    wanted = {(order.person_id, trade_no(number)) for number, order in payers.paid.items()}
    assert wanted - heard.of.keys() == set(), "not told"
    assert heard.of.keys() - wanted == set(), "told to somebody else"
    return heard.of.total() - len(wanted)


def trade_no(number: int) -> str:
    return f"4200{number:024d}"


async def kill_again_and_again(
    launcher: Launcher, server: Server, installed: Installation, payers: Payers
) -> None:
    chance = payers.chance
    losses = set(chance.sample(range(KILLS), STOPS))
    for number in range(KILLS):
        process = await launcher.start(installed.environment, installed.log)
        await live_a_while(process, payers, chance)
        if number in losses:
            await lose_the_server(server, process, payers, chance)
        process.kill()
        await process.ended()


async def test_kills_and_lost_servers_lose_nothing_and_double_nothing(
    server: Server, tmp_path: Path
) -> None:
    print(f"\nSEED={SEED} kills={KILLS} stops={STOPS}")
    heard, enough = Heard(), asyncio.Event()
    url = await asyncio.to_thread(server.create, "kills")
    async with (
        silent_telegram(heard.heard) as api,
        Launcher("tests.crash.unhurried") as launcher,
    ):
        installed = await install(
            tmp_path, api, url=url, accounts=ACCOUNTS, orders_each=ORDERS // ACCOUNTS
        )
        payers = Payers(installed=installed, chance=random.Random(SEED))
        began = time.monotonic()
        async with asyncio.TaskGroup() as sending:
            sending.create_task(payers.go_on(enough))
            await kill_again_and_again(launcher, server, installed, payers)
            killed_s = time.monotonic() - began
            last = await launcher.start(
                installed.environment, installed.log, shift_s=LEASES_OVER_S
            )
            enough.set()
        database = await open_database(url)
        try:
            await while_alive(last, all_is_done(database))
            last.terminate()
            assert await asyncio.wait_for(last.ended(), STOPPED_WITHIN_S) == 0
            await check_the_books(database, payers)
        finally:
            await database.close()
        again = check_what_was_told(heard, payers)
        print(
            f"{KILLS} kills and {STOPS} stops in {killed_s:.0f} s, {len(payers.paid)} trades in "
            f"{payers.progress.done} callbacks, {again} arrivals told again, "
            f"{time.monotonic() - began:.0f} s"
        )

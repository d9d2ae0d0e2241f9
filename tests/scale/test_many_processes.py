"""Two web and two worker processes on PostgreSQL behind the proxy, with workers killed at random.

`make test` runs a short form; `PROOF=release` 10,000 mixed updates and 2,000 callbacks.
"""

import asyncio
import itertools
import os
import random
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.ledger.service import Ledger
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.tables import jobs, notices, trades, updates
from core.storage.transaction import Tx
from sandbox.pay.letters import Sender, honest
from tests.bench.callbacks import notice_of
from tests.bench.load import CHATS, FIRST_CHAT, HEADERS, update
from tests.bench.wire import silent_telegram
from tests.postgresql import Server
from tests.scale.post import Envelope, Post, called_back
from tests.scale.progress import Progress
from tests.scale.topology import Topology, topology

pytestmark = [pytest.mark.crash, pytest.mark.timeout(3600)]

IS_RELEASE = os.environ.get("PROOF") == "release"
UPDATES, CALLBACKS = (10_000, 2_000) if IS_RELEASE else (640, 100)
ACCOUNTS = 50
# Messages that reach Telegram between two kills, on average: a start costs more than many of them.
EVERY = 500 if IS_RELEASE else 200
QUIET_S = 120.0  # how long nothing may move
FIRST_AMOUNT = 1_000
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
_AMOUNT = re.compile(rb"%C2%A5(\d+)%2C(\d{3})\.00")


@dataclass(slots=True)
class Told:
    """What reached Telegram: amounts echoed in each chat, in order."""

    progress: Progress = field(default_factory=Progress)
    amounts: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def heard(self, method: str, chat_id: int, body: bytes) -> None:
        if method != "sendMessage":
            return
        self.progress.count()
        if found := _AMOUNT.search(body):
            self.amounts[chat_id].append(int(found[1] + found[2]))


async def talk(post: Post, chat: int, steps: int) -> None:
    """One person: asks for the amount, then types amounts; nonsense comes in between."""
    chat_id = FIRST_CHAT + chat
    texts = ["/topup", *(str(FIRST_AMOUNT + number) for number in range(steps - 1))]
    for number, text in enumerate(texts):
        await post.deliver(said(chat_id, text))
        if number % 7 == 3:  # the same update once more: Telegram repeats what it is not sure of
            again = said(chat_id, "1,23")
            await post.deliver(again)
            await post.deliver(again)


def said(chat_id: int, text: str) -> Envelope:
    return Envelope("/telegram/webhook", update(chat_id, text), HEADERS)


def letters_of(one: Topology) -> list[Envelope]:
    sender = Sender(credentials=one.credentials, timestamp=int(time.time()))
    made = [
        honest(notice_of(one.credentials, item.order_no, number), sender)
        for number, item in enumerate(one.waiting[:CALLBACKS])
    ]
    return [called_back(letter) for letter in made for _ in range(1 + hash(letter.body) % 2)]


async def everything(one: Topology, chance: random.Random) -> None:
    """All people talk and all callbacks come, shuffled together."""
    letters = letters_of(one)
    chance.shuffle(letters)
    async with Post(one.port) as post, asyncio.TaskGroup() as sending:
        for chat in range(CHATS):
            sending.create_task(talk(post, chat, UPDATES // CHATS))
        for start in range(8):
            sending.create_task(one_after_the_other(post, letters[start::8]))


async def one_after_the_other(post: Post, letters: Sequence[Envelope]) -> None:
    for letter in letters:
        await post.deliver(letter)


@pytest.fixture
def url(postgresql: Server, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    return postgresql.create(f"scale_{abs(hash(request.node.name))}")


def left(tx: Tx) -> dict[str, int]:
    """What is not done yet, or was set aside."""
    count = func.count()
    questions = {
        "updates": select(count).select_from(updates).where(updates.c.state != "done"),
        "notices": select(count).select_from(notices).where(notices.c.state == "pending"),
        "dead jobs": select(count).select_from(jobs).where(jobs.c.state == "dead"),
    }
    found = {name: int(tx.scalar(query) or 0) for name, query in questions.items()}
    return {name: number for name, number in found.items() if number}


async def nothing_is_left(database: Database) -> None:
    """Wait as long as there is less and less of it."""
    before, ends_at = dict[str, int](), time.monotonic() + QUIET_S
    while waits := await database.read(left):
        if waits != before:
            before, ends_at = waits, time.monotonic() + QUIET_S
        assert time.monotonic() < ends_at, waits
        await asyncio.sleep(0.5)


async def settled(url: str) -> None:
    database = await open_database(url)
    try:
        await nothing_is_left(database)
        await Ledger(database).verify()
        credited = await database.read(
            lambda tx: [row.trade_no for row in tx.all(select(trades.c.trade_no))]
        )
    finally:
        await database.close()
    assert len(credited) == len(set(credited)) == CALLBACKS


def check_the_order(told: Told) -> None:
    """Each chat was answered about every amount, in the order they were typed."""
    wanted = list(range(FIRST_AMOUNT, FIRST_AMOUNT + UPDATES // CHATS - 1))
    for chat in range(CHATS):
        amounts = told.amounts[FIRST_CHAT + chat]
        assert sorted(set(amounts)) == wanted
        assert list(dict.fromkeys(amounts)) == wanted, "out of order"
        steps_back = [b for a, b in itertools.pairwise(amounts) if b < a]
        assert steps_back == [], "an older answer came after a newer one"


async def test_nothing_is_lost_doubled_or_out_of_order_while_workers_are_killed(
    url: str, tmp_path: Path
) -> None:
    chance, told = random.Random(SEED), Told()
    print(f"\nSEED={SEED} updates={UPDATES} callbacks={CALLBACKS}")
    began = time.monotonic()

    async def load() -> None:
        await everything(one, chance)
        await settled(url)
        told.progress.end()

    async with (
        silent_telegram(told.heard) as api,
        topology(tmp_path, url, api, accounts=ACCOUNTS, orders_each=CALLBACKS // ACCOUNTS) as one,
    ):
        async with asyncio.TaskGroup() as both:
            both.create_task(load())
            both.create_task(one.keep_killing(chance, told.progress, EVERY))
        print(f"kills={one.kills} seconds={time.monotonic() - began:.0f}")
        assert one.kills > 0
    check_the_order(told)


async def test_a_rolling_restart_under_load_loses_nothing(url: str, tmp_path: Path) -> None:
    chance, told = random.Random(SEED), Told()
    async with (
        silent_telegram(told.heard) as api,
        topology(tmp_path, url, api, accounts=ACCOUNTS, orders_each=CALLBACKS // ACCOUNTS) as one,
    ):
        async with asyncio.TaskGroup() as both:
            both.create_task(everything(one, chance))
            both.create_task(one.restart_one_by_one())
        await settled(url)
    check_the_order(told)

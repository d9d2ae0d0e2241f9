"""kill -9 of the whole bot at random moments of people's top-ups; a restart is all the help."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from tests.crash.books import (
    Acknowledged,
    credited_other_than_once,
    is_whole,
    lost,
)
from tests.crash.patient import Patient
from tests.e2e.bots import Launcher
from tests.e2e.company import Company, count_told, found, told
from tests.e2e.installation import Installation, installation

pytestmark = [pytest.mark.crash, pytest.mark.timeout(3600)]

KILLS = 200 if os.environ.get("PROOF") == "release" else 20
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
PEOPLE = 4
LONGEST_LIFE_S = 1.6  # after it is ready; shorter than a top-up takes, longer than a step
BEFORE_READY = 0.15  # the share of kills that hit a bot which is just starting
QUIET_S = 60.0


async def kill_again_and_again(one: Installation, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S))
        await one.kill()
        if chance.random() < BEFORE_READY:
            one.process = await one.start_process(one.environment, one.log)
            await asyncio.sleep(chance.uniform(0, 1))
            await one.kill()
        await one.start()


async def all_is_handled(one: Installation, acknowledged: Acknowledged) -> None:
    """Every update the bot took has been handled, once there was time for it."""
    patience = time.monotonic() + QUIET_S
    while time.monotonic() < patience:
        if not lost(one.database_path, acknowledged.update_ids) and not one.world.bot.feed.pending:
            return
        await asyncio.sleep(0.2)
    assert lost(one.database_path, acknowledged.update_ids) == {}
    assert one.world.bot.feed.pending == {}


async def check_the_money(one: Installation, company: Company, patients: list[Patient]) -> None:
    paid = {trade: fen for patient in patients for trade, fen in patient.paid.items()}
    entries = await all_entries(one, company)
    assert credited_other_than_once([entry["reference"] for entry in entries], paid) == {}
    assert await company.available_fen() == sum(paid.values())
    for patient in patients:
        for trade in paid:
            await told(patient.person, "已到账", trade, timeout_s=QUIET_S)


async def all_entries(one: Installation, company: Company) -> list[dict[str, object]]:
    headers = {"Authorization": f"Bearer {one.environment['TOPUP_PLATFORM_API_KEY']}"}
    address = f"{one.bot_url}/v1/accounts/{company.account_id}/entries"
    entries: list[dict[str, object]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await one.http.get(address, params={"limit": 100, **cursor}, headers=headers)
        page = answer.json()
        entries += page["items"]
        if page["next_cursor"] is None:
            return entries
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_kills_lose_nothing_and_double_nothing(mode: str, tmp_path: Path) -> None:
    print(f"\nSEED={SEED} mode={mode} kills={KILLS}")
    began = time.monotonic()
    async with (
        Launcher() as launcher,
        installation(tmp_path, start=launcher.start, mode=mode) as one,
    ):
        acknowledged = Acknowledged(one.world.bot.feed)
        company = await found(one)
        patients = [
            Patient(
                person=await company.join("finance"), wechat=one.wechat, first_yuan=1_000 * number
            )
            for number in range(1, PEOPLE + 1)
        ]
        enough = asyncio.Event()
        flows = [asyncio.create_task(patient.go_on(enough)) for patient in patients]
        await kill_again_and_again(one, random.Random(f"{SEED} {mode}"))
        enough.set()
        await asyncio.gather(*flows)
        await all_is_handled(one, acknowledged)
        await check_the_money(one, company, patients)
        assert is_whole(one.database_path)
        orders = len(list(one.wechat.orders.all()))
        assert orders <= sum(patient.presses for patient in patients)
        print(
            f"{mode}: {KILLS} kills, {len(acknowledged.update_ids)} updates acknowledged, "
            f"{sum(len(patient.paid) for patient in patients)} top-ups, {orders} orders, "
            f"{sum(patient.repeats for patient in patients)} repeats by people, "
            f"{await copies(patients)} arrivals told twice, {time.monotonic() - began:.0f} s"
        )


async def copies(patients: list[Patient]) -> int:
    """Messages told once more than needed: a crash fell between sending and noting it."""
    trades = [trade for patient in patients for trade in patient.paid]
    return sum(
        [
            await count_told(patient.person, "已到账", trade) - 1
            for patient in patients
            for trade in trades
        ]
    )

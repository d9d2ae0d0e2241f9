"""`topup reconcile` as an operator types it, beside a running bot: every line and exit status."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from core.access.model import StaffRole
from core.access.service import Access
from core.clock import SystemClock
from core.ids import PersonId, RandomIds
from core.reconciliation.model import day_of
from core.storage.engine import open_database
from sandbox.pay.wechat import Paying
from sandbox.telegram.person import Person
from tests.e2e.bots import ROOT, Launcher
from tests.e2e.company import PATIENCE_S, ZH, Company, found, order, told
from tests.e2e.installation import Installation, installation

pytestmark = pytest.mark.asyncio(loop_scope="session")
AGO = timedelta(days=2)  # a day whose bill is out at any hour


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@pytest_asyncio.fixture(loop_scope="session")
async def own(launcher: Launcher, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path, start=launcher.start) as one:
        yield one


async def topup(one: Installation, *arguments: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=ROOT,
        env=one.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


def the_day() -> str:
    return day_of(datetime.now(UTC) - AGO).isoformat()


@contextmanager
def two_days_ago(one: Installation) -> Iterator[None]:
    """What is paid inside stands in that day's bill."""
    one.wechat.clock.offset_s = -AGO.total_seconds()
    yield
    one.wechat.clock.offset_s = 0


async def paid(one: Installation, payer: Person, yuan: str) -> str:
    """Ordered now, paid on that day, and told of."""
    bought = await order(payer, yuan)
    with two_days_ago(one):
        payment: Any = await one.wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)
    return bought.order_no


async def operator(one: Installation) -> Person:
    person = one.person("operator")
    database = await open_database(one.environment["TOPUP_DATABASE_URL"], readers=1)
    access = Access(database, SystemClock(), RandomIds())
    await access.add_staff(PersonId(person.id), StaffRole.OPERATOR)
    await database.close()
    await person.start()
    await person.wait("运营", timeout_s=PATIENCE_S)
    return person


async def test_a_day_is_reconciled_from_the_command_line_beside_a_running_bot(
    own: Installation,
) -> None:
    company: Company = await found(own)
    payer, watcher = await company.join("finance"), await operator(own)
    first, second = await paid(own, payer, "100"), await paid(own, payer, "30")
    own.wechat.faults = own.wechat.faults.changed({"bill_repeats": first})

    broken = await topup(own, "reconcile", "--date", the_day(), "--channel", "wechat")

    assert (broken.code, broken.err) == (1, "")
    lines = broken.out.splitlines()
    breaks = [line for line in lines if line.startswith("break ")]
    assert len(breaks) == 1, broken.out
    for part in ("duplicate", the_day(), first, "¥100.00", "open 0 h", "with nobody"):
        assert part in breaks[0]
    assert "3 lines in the bill" in broken.out
    assert "2 matched, 0 credited, 0 late, 0 void, 1 break left" in broken.out
    assert "2 payments in the bill of a day that is not settled: ¥130.00" in broken.out
    await told(watcher, "待处理", "账单重复")
    own.wechat.faults = own.wechat.faults.changed({"bill_repeats": ""})

    clean = await topup(own, "reconcile", "--date", the_day(), "--channel", "wechat")

    assert (clean.code, clean.err) == (0, "")
    assert f"wechat {the_day()}: settled" in clean.out
    assert "clearing/wechat: ¥0.00 held by the provider" in clean.out
    assert "explained to zero" in clean.out
    assert second not in clean.out
    everything = await topup(own, "reconcile", "--date", the_day())
    assert (everything.code, everything.err) == (0, "")
    for channel in ("wechat", "qq", "tenpay", "card"):
        assert f"{channel} {the_day()}: settled" in everything.out


async def test_a_payment_that_nobody_told_us_of_is_credited_from_the_bill(
    own: Installation,
) -> None:
    company = await found(own)
    payer = await company.join("finance")
    bought = await order(payer, "59")
    await own.stop()
    with two_days_ago(own):
        payment = await own.wechat.pay(bought.order_no, Paying(announce=False))

    ran = await topup(own, "reconcile", "--date", the_day())

    assert (ran.code, ran.err) == (0, "")
    assert "1 credited" in ran.out
    assert f"wechat {the_day()}: credited from the bill: ¥59.00" in ran.out
    await own.start()
    await told(payer, ZH.arrived, payment.transaction_id)
    assert await company.available_fen() == 59_00
    again = await topup(own, "reconcile", "--date", the_day())
    assert (again.code, "1 matched, 0 credited" in again.out) == (0, True)
    assert await company.available_fen() == 59_00


async def test_a_bill_that_cannot_be_had_is_said_and_the_other_channels_go_on(
    own: Installation,
) -> None:
    own.wechat.faults = own.wechat.faults.changed({"down": True})

    ran = await topup(own, "reconcile", "--date", the_day())

    assert ran.code == 1
    assert f"wechat {the_day()}: not compared: " in ran.err
    assert f"qq {the_day()}: settled" in ran.out

"""A shop over either database; the books must hold when a test is over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.app import Core
from core.storage.database import Database
from tests.conftest import SETTINGS
from tests.desk import add_staff
from tests.people import link_everybody
from tests.play import PlayClock
from tests.reconciliation.bills import PlayBiller, Shop


@asynccontextmanager
async def shop_of(
    database: Database, clock: PlayClock, provider: PlayBiller
) -> AsyncIterator[Shop]:
    core = Core(database, {provider.channel: provider}, SETTINGS, clock=clock)
    await link_everybody(core)
    await add_staff(core)
    yield Shop(core=core, clock=clock, provider=provider)
    await core.ledger.verify()
    await core.audit.seal()
    await core.audit.verify()


@pytest.fixture
async def shop(database: Database, clock: PlayClock) -> AsyncIterator[Shop]:
    async with shop_of(database, clock, PlayBiller(clock)) as built:
        yield built

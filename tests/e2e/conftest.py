"""One installation for most end-to-end tests, and a warm parent for those that need their own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.bots import Launcher
from tests.e2e.company import EN, LANGUAGES, Company, Words, found
from tests.e2e.installation import Installation, installation

NO_TROUBLE = dict.fromkeys(("rate_429", "rate_5xx", "drop_before", "drop_after", "delay_s"), 0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def launcher() -> AsyncIterator[Launcher]:
    async with Launcher() as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Started as a user starts it; polls Telegram."""
    async with installation(tmp_path_factory.mktemp("shared")) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def running(shared: Installation) -> AsyncIterator[Installation]:
    """The shared installation; whatever a test did, its books must hold and its log be clean."""
    yield shared
    shared.world.faults.change(NO_TROUBLE)
    for side in shared.channels.sides():
        side.faults = type(side.faults)()
    await shared.check()


@pytest_asyncio.fixture(loop_scope="session")
async def company(running: Installation, words: Words) -> Company:
    return await found(running, "Galaxy Technology" if words is EN else "星河科技")


@pytest.fixture
def words() -> Words:
    """Chinese, unless a test asks for both languages."""
    return LANGUAGES["zh"]


def in_both_languages() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)

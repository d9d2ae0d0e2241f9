"""What every test may use: a database of either kind, a core with play providers, a clock."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.app import Core, CoreSettings
from core.ids import AccountId, PersonId
from core.payee import Payee
from core.stepup.sealing import key_from
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.schema import migrate
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, VIEWER, link_everybody
from tests.play import PlayClock, PlayProvider
from tests.postgresql import Server, start_server
from tests.ways import Ways, all_ways

DATABASE = "topup"
TESTS = Path(__file__).parent
CODE_KEY = "code-key-of-the-tests"
SETTINGS = CoreSettings(
    public_url="https://pay.example.com",
    order_life=timedelta(minutes=30),
    default_language="zh_CN",
    code_keys=(CODE_KEY,),
    payee=Payee(
        name="腾讯云计算（北京）有限责任公司",
        account="110907316810601",
        bank="招商银行股份有限公司北京上地支行",
    ),
    sealing_keys=(key_from("a key of the tests"),),
)

LONG = (  # begun first, what computes beside what waits, so that the workers end together
    "web/test_described_calls.py",
    "e2e/test_ways.py",
    "holds/test_fifty_thousand_steps.py",
    "e2e/test_ways_in_the_browser.py",
    "core/test_reviews_at_once.py",
    "scale/",
    "e2e/test_odd_acts.py",
    "receipts/test_hostile_receipts.py",
    "crash/",
    "e2e/test_remittances.py",
    "core/test_channel_programmes.py",
    "e2e/test_callbacks.py",
    "web/test_keys_at_once.py",
    "e2e/test_codes.py",
    "talk/test_everywhere.py",
    "e2e/",
    "reconciliation/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; files and what is in them stay in order."""

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(TESTS).as_posix()
        ranks = (number for number, name in enumerate(LONG) if path.startswith(name))
        return next(ranks, len(LONG))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite database to copy: migrating once is enough."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One PostgreSQL server for the run, brought by a package, as an ordinary user."""
    with start_server() as server:
        asyncio.run(migrate(server.create(DATABASE)))
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        shutil.copy(template, tmp_path / "topup.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'topup.db'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    server.empty(DATABASE)
    yield server.url(DATABASE)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> PlayClock:
    return PlayClock()


@pytest.fixture
def provider(clock: PlayClock) -> PlayProvider:
    return PlayProvider(clock)


@pytest.fixture
def core_settings(tmp_path: Path) -> CoreSettings:
    """Receipts of each test in a folder of its own."""
    return replace(SETTINGS, receipts=tmp_path / "receipts")


@pytest.fixture
async def core(
    database: Database, clock: PlayClock, provider: PlayProvider, core_settings: CoreSettings
) -> AsyncIterator[Core]:
    """A core over a fresh database; whatever a test did, the books must hold at its end."""
    built = Core(database, {provider.channel: provider}, core_settings, clock=clock)
    yield built
    await built.ledger.verify()
    await built.audit.seal()
    await built.audit.verify()


@pytest.fixture
async def linked(core: Core) -> dict[str, PersonId]:
    """The account with a creator, a finance collaborator, a viewer and a plain member."""
    await link_everybody(core)
    return {"creator": CREATOR, "finance": FINANCE, "viewer": VIEWER, "member": MEMBER}


@pytest.fixture
def account() -> AccountId:
    return ACCOUNT


@pytest.fixture
async def ways(database: Database, clock: PlayClock) -> AsyncIterator[Ways]:
    """Everybody linked to a core with a channel of each kind."""
    async with all_ways(database, clock, SETTINGS) as built:
        yield built

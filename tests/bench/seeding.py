"""A database with a company in it: accounts, linked people, orders that wait to be paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from core.access import store as access
from core.access.model import Account, Role
from core.app import Core, CoreSettings
from core.channels import Channel
from core.clock import SystemClock
from core.ids import AccountId, MemberId, PersonId, RandomIds, TopUpId
from core.storage.database import Database
from core.storage.engine import open_database
from core.storage.schema import migrate
from core.storage.tables import jobs
from core.storage.transaction import Tx
from core.topup import orders
from core.topup.orders import StartRequest
from tests.bench.load import CHATS, FIRST_CHAT
from tests.play import PlayClock, PlayProvider

SETTINGS = CoreSettings(
    public_url="http://127.0.0.1",
    order_life=timedelta(hours=2),
    default_language="zh_CN",
)
FIRST_PAYER = 600_000_001
AMOUNT_FEN = 1_234_00
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)
CHUNK = 200
_clock, _ids = SystemClock(), RandomIds()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits, and the one person who will be told of its payment."""

    order_no: str
    person_id: int


def address(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def play_provider(
    merchant: str = PlayProvider.merchant, app: str = PlayProvider.app
) -> PlayProvider:
    provider = PlayProvider(PlayClock())
    provider.merchant, provider.app = merchant, app
    return provider


def core_over(database: Database, provider: PlayProvider) -> Core:
    return Core(database, {Channel.WECHAT: provider}, SETTINGS)


async def seed(
    path: Path, provider: PlayProvider, *, accounts: int, orders_each: int
) -> list[Waiting]:
    """Fresh database with accounts of one creator each, their open orders, and the crowd's chats.

    The orders' looks at the provider are put off until long after the run.
    """
    return await seed_at(address(path), provider, accounts=accounts, orders_each=orders_each)


async def seed_at(
    url: str, provider: PlayProvider, *, accounts: int, orders_each: int
) -> list[Waiting]:
    """The same in a database of either kind."""
    await migrate(url)
    database = await open_database(url)
    waiting: list[Waiting] = []
    try:
        await database.write(lambda tx: _people(tx, _crowd()))
        payers = [(FIRST_PAYER + n, AccountId(f"9{n:08d}")) for n in range(accounts)]
        for some in _chunks(payers):
            await database.write(lambda tx, some=some: _people(tx, some))  # type: ignore[misc]
        for some in _chunks(payers * orders_each):
            waiting += await database.write(
                lambda tx, some=some: _orders(tx, provider, some)  # type: ignore[misc]
            )
        await database.write(lambda tx: tx.execute(update(jobs).values(run_at=MUCH_LATER)))
    finally:
        await database.close()
    return waiting


def _crowd() -> list[tuple[int, AccountId]]:
    return [(FIRST_CHAT + chat, AccountId("100000001")) for chat in range(CHATS)]


def _people(tx: Tx, people: Iterable[tuple[int, AccountId]]) -> None:
    now = _clock.now()
    for number, account_id in people:
        person_id = PersonId(number)
        access.save_account(tx, Account(account_id=account_id, name="星河科技"), at=now)
        access.see_person(tx, person_id, display_name="陈 静", language="zh_CN", at=now)
        access.add_member(
            tx,
            MemberId(_ids.short(12)),
            account_id=account_id,
            person_id=person_id,
            role=Role.CREATOR,
            at=now,
        )


def _orders(
    tx: Tx, provider: PlayProvider, payers: Iterable[tuple[int, AccountId]]
) -> list[Waiting]:
    made = []
    for number, account_id in payers:
        request = StartRequest(
            person_id=PersonId(number),
            account_id=account_id,
            amount_fen=AMOUNT_FEN,
            channel=Channel.WECHAT,
            key=_ids.token(),
            top_up_id=TopUpId(_ids.short(12)),
        )
        life = SETTINGS.order_life
        payment, _ = orders.open_order(tx, request, provider, at=_clock.now(), life=life, ids=_ids)
        made.append(Waiting(payment.order_no, number))
    return made


def _chunks(
    items: Sequence[tuple[int, AccountId]],
) -> list[Sequence[tuple[int, AccountId]]]:
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]

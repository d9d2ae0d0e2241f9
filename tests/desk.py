"""The people of the desk, and money that needs them."""

from core.access.model import StaffRole
from core.app import Core
from core.cases.model import CaseView
from core.channels import Channel
from core.ids import PersonId, TopUpId
from core.topup.model import TopUpView
from core.topup.orders import StartRequest
from tests.people import ACCOUNT, FINANCE
from tests.play import PlayMessenger

REVIEWER, SECOND, OPERATOR = PersonId(31), PersonId(32), PersonId(33)


async def add_staff(core: Core) -> None:
    """Two reviewers and an operator."""
    for person, role in (
        (REVIEWER, StaffRole.REVIEWER),
        (SECOND, StaffRole.REVIEWER),
        (OPERATOR, StaffRole.OPERATOR),
    ):
        await core.access.meet(person, f"staff {person}", "zh_CN")
        await core.access.add_staff(person, role)


async def order(core: Core, wish: str = "W1", fen: int = 100_00) -> TopUpView:
    """An order of the finance person's that waits to be paid."""
    request = StartRequest(
        person_id=FINANCE,
        account_id=ACCOUNT,
        amount_fen=fen,
        channel=Channel.WECHAT,
        key=wish,
        top_up_id=TopUpId(wish),
    )
    return await core.topups.start(request)


async def on_desk(core: Core, person: PersonId) -> list[CaseView]:
    """The first page of the person's desk."""
    return (await core.cases.waiting(person))[0]


async def settle(core: Core) -> PlayMessenger:
    """Run what is due; returns who was told what."""
    messenger = PlayMessenger()
    await core.drain(messenger).settle()
    return messenger


async def available(core: Core) -> int:
    return (await core.ledger.balance(ACCOUNT)).available_fen

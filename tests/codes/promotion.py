"""Batches and codes for the tests, and operators to make them."""

from datetime import timedelta

from core.access.model import StaffRole
from core.app import Core
from core.codes.model import BatchWish, IssuedCodes, Redemption, TypedCode
from core.ids import AccountId, BatchId, PersonId
from tests.people import ACCOUNT, FINANCE

MAKER, RELEASER, THIRD = PersonId(41), PersonId(42), PersonId(43)
BATCH = BatchId("spring")


def wish(core: Core, name: str = BATCH, **changes: object) -> BatchWish:
    values: dict[str, object] = {
        "batch_id": BatchId(name),
        "count": 3,
        "amount_fen": 100_00,
        "expires_at": core.clock.now() + timedelta(days=20),
    }
    return BatchWish(**{**values, **changes})  # type: ignore[arg-type]


async def issued(core: Core, name: str = BATCH, **changes: object) -> IssuedCodes:
    return await core.code_batches.create(wish(core, name, **changes))


def typed(core: Core, code: str) -> TypedCode:
    found = core.codes.read(code)
    assert found is not None, code
    return found


async def redeem(
    core: Core, code: str, person: PersonId = FINANCE, account: AccountId = ACCOUNT
) -> Redemption:
    return await core.codes.redeem(person, account, typed(core, code))


async def add_operators(core: Core) -> None:
    for person in (MAKER, RELEASER, THIRD):
        await core.access.meet(person, f"operator {person}", "zh_CN")
        await core.access.add_staff(person, StaffRole.OPERATOR)

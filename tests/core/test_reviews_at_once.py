"""Two reviewers at once, in two processes' worth of core over one database: one effect each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import func, select

from core.app import Core, CoreSettings
from core.ids import PersonId
from core.remittance import store as remittances
from core.remittance.model import Declared, Evidence, RejectCode, Remittance, Way
from core.reviews import store
from core.reviews.model import Outcome
from core.storage.engine import open_database
from core.storage.tables import transfers
from tests.desk import REVIEWER, SECOND, add_staff, available
from tests.people import ACCOUNT, FINANCE
from tests.play import START, PlayClock

ROUNDS = 500
FEN = 100_00
Act = Callable[[Core, Remittance, PersonId], Awaitable[Outcome]]


@pytest.fixture
async def other(
    database_url: str, core_settings: CoreSettings, clock: PlayClock, core: Core
) -> AsyncIterator[Core]:
    """A second process, as far as the database can tell."""
    opened = await open_database(database_url)
    yield Core(opened, core.providers, core_settings, clock=clock)
    await opened.close()


async def _submitted(core: Core, number: int) -> Remittance:
    said = Declared(
        amount_fen=FEN, payer_name="星河科技", transfer_date=START.date(), bank_serial=f"S{number}"
    )
    opened = await core.remittances.drafts.open_draft(
        FINANCE, ACCOUNT, Way.WIRE, key=f"round-{number}", declared=said
    )
    file = Evidence(sha256=f"{number:064x}", media_type="image/png", size=1)
    await core.database.write(
        lambda tx: remittances.add_file(tx, opened.remittance_id, file, FINANCE, at=START)
    )
    return (await core.remittances.submit(opened.remittance_id, FINANCE)).remittance


async def claim_and_approve(core: Core, found: Remittance, person: PersonId) -> Outcome:
    await core.reviews.claim(found.remittance_id, person)
    return await approve(core, found, person)


async def approve(core: Core, found: Remittance, person: PersonId) -> Outcome:
    return (await core.reviews.approve(found.remittance_id, person, FEN)).outcome


async def claim_and_reject(core: Core, found: Remittance, person: PersonId) -> Outcome:
    await core.reviews.claim(found.remittance_id, person)
    return await reject(core, found, person)


async def reject(core: Core, found: Remittance, person: PersonId) -> Outcome:
    reviewed = await core.reviews.reject(found.remittance_id, person, RejectCode.OTHER, "no")
    return reviewed.outcome


RACES: list[tuple[tuple[Act, PersonId], tuple[Act, PersonId], bool]] = [
    ((claim_and_approve, REVIEWER), (claim_and_approve, SECOND), False),
    ((claim_and_approve, REVIEWER), (claim_and_reject, SECOND), False),
    ((approve, REVIEWER), (approve, REVIEWER), True),
    ((approve, REVIEWER), (reject, REVIEWER), True),
]


async def test_two_presses_at_once_have_one_effect(
    core: Core, other: Core, linked: dict[str, PersonId]
) -> None:
    await add_staff(core)
    credited = 0
    for number in range(ROUNDS):
        one, two, is_claimed = RACES[number % len(RACES)]
        found = await _submitted(core, number)
        if is_claimed:
            await core.reviews.claim(found.remittance_id, REVIEWER)
        outcomes = await asyncio.gather(one[0](core, found, one[1]), two[0](other, found, two[1]))
        assert outcomes.count(Outcome.DONE) == 1, (number, outcomes)
        words = await core.database.read(
            lambda tx, found=found: store.decisions(tx, found.remittance_id)
        )
        assert len(words) == 1, (number, words)
        credited += words[0].decision == "approve"
        assert await available(core) == credited * FEN, (number, outcomes)
    posted = await core.database.read(
        lambda tx: tx.scalar(
            select(func.count()).where(transfers.c.reference.like("remittance:%"))
        )
    )
    assert posted == credited
    assert 0 < credited < ROUNDS


async def test_two_second_words_at_once_credit_once(
    core: Core, other: Core, linked: dict[str, PersonId]
) -> None:
    """The same reviewer on two devices, and the posting job beside them."""
    await add_staff(core)
    for number in range(50):
        found = await _submitted(core, number)
        await core.reviews.claim(found.remittance_id, REVIEWER)
        await core.reviews.approve(found.remittance_id, REVIEWER, 2 * FEN, "double")
        await core.reviews.claim(found.remittance_id, SECOND)
        outcomes = await asyncio.gather(
            *(
                side.reviews.approve(found.remittance_id, SECOND, 2 * FEN, "double")
                for side in (core, other)
            ),
            other.reviews.post(found.remittance_id),
        )
        done = [item for item in outcomes[:2] if item.outcome is Outcome.DONE]
        assert len(done) == 1
        assert await available(core) == (number + 1) * 2 * FEN

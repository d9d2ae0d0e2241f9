"""Batches: made at once or by two operators, funded in full, ended with the rest given back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.access.model import StaffRole
from core.app import Core
from core.codes.model import BatchState, BatchWish, Counts, Result
from core.errors import (
    BatchExists,
    BatchNotFound,
    CodesOff,
    IllegalStep,
    InvalidRequest,
    NotAllowed,
    SamePerson,
)
from core.ids import AccountId, BatchId, PersonId
from core.storage.database import Database
from core.storage.transaction import Tx
from tests.codes.promotion import (
    BATCH,
    MAKER,
    RELEASER,
    THIRD,
    add_operators,
    issued,
    redeem,
    typed,
    wish,
)
from tests.conftest import SETTINGS
from tests.desk import settle
from tests.people import CREATOR, FINANCE
from tests.play import PlayClock

pytestmark = pytest.mark.usefixtures("linked")


async def budget(core: Core, name: str = BATCH) -> int:
    def work(tx: Tx) -> int:
        query = (
            "SELECT COALESCE(SUM(balance_fen), 0) FROM ledger_accounts WHERE name = 'promotion/"
        )
        return int(tx.scalar(text(f"{query}{name}'")) or 0)  # type: ignore[arg-type]

    return await core.database.read(work)


async def test_a_batch_made_at_once_is_funded_and_its_codes_are_active(core: Core) -> None:
    made = await issued(core)

    assert len(set(made.codes)) == 3
    assert made.batch.state is BatchState.RELEASED
    assert await budget(core) == 300_00
    report = await core.code_batches.report(BATCH)
    assert report.counts == Counts(active=3)


async def test_a_name_is_used_once_and_the_codes_of_the_first_stay(core: Core) -> None:
    made = await issued(core)

    with pytest.raises(BatchExists):
        await issued(core, count=5)

    assert (await core.code_batches.report(BATCH)).batch.wish == made.batch.wish
    assert await budget(core) == 300_00


@pytest.mark.parametrize(
    "change",
    [
        {"batch_id": BatchId("")},
        {"batch_id": BatchId("a/b")},
        {"batch_id": BatchId("a b")},
        {"batch_id": BatchId("x" * 65)},
        {"batch_id": BatchId("-x")},
        {"batch_id": BatchId("x\n")},
        {"count": 0},
        {"count": 10_001},
        {"amount_fen": 0},
        {"amount_fen": 9_999_999_00 + 1},
        {"expires_at": PlayClock().now()},
        {"expires_at": PlayClock().now() + timedelta(days=4000)},
        {"per_account": 0},
        {"per_account": 4},
    ],
)
async def test_a_batch_outside_the_bounds_is_refused_and_leaves_nothing(
    core: Core, change: dict[str, object]
) -> None:
    with pytest.raises(InvalidRequest):
        await core.code_batches.create(wish(core, **{"name": BATCH, **change}))  # type: ignore[arg-type]
    with pytest.raises(BatchNotFound):
        await core.code_batches.report(BATCH)


async def test_revoking_gives_back_what_nobody_redeemed(core: Core) -> None:
    made = await issued(core)
    await redeem(core, made.codes[0])

    assert await core.code_batches.revoke(BATCH) == 2

    report = await core.code_batches.report(BATCH)
    assert report.counts == Counts(redeemed=1, revoked=2)
    assert report.batch.state is BatchState.REVOKED
    assert await budget(core) == 0
    assert (await redeem(core, made.codes[1])).result is Result.UNUSABLE
    with pytest.raises(IllegalStep):
        await core.code_batches.revoke(BATCH)


async def test_a_batch_that_expires_gives_back_the_rest_and_counts_so_from_the_moment(
    core: Core, clock: PlayClock
) -> None:
    made = await issued(core)
    await redeem(core, made.codes[0])
    clock.forward(days=20)

    assert (await core.code_batches.report(BATCH)).counts == Counts(redeemed=1, expired=2)
    assert (await redeem(core, made.codes[1])).result is Result.UNUSABLE
    await settle(core)

    report = await core.code_batches.report(BATCH)
    assert report.batch.state is BatchState.EXPIRED
    assert report.counts == Counts(redeemed=1, expired=2)
    assert await budget(core) == 0


async def test_the_deadline_is_waited_for(core: Core, clock: PlayClock) -> None:
    await issued(core)
    clock.forward(days=19)

    assert await core.code_batches.expire(BATCH) == clock.now() + timedelta(days=1)
    assert (await core.code_batches.report(BATCH)).counts == Counts(active=3)


async def test_a_batch_of_the_chat_waits_for_a_second_operator(core: Core) -> None:
    await settle(core)
    await add_operators(core)
    draft = await core.code_batches.draft(wish(core), MAKER)

    assert draft.state is BatchState.DRAFT
    assert await budget(core) == 0
    assert (await core.code_batches.report(BATCH)).counts == Counts()
    told = (await settle(core)).told
    assert {(item.person_id, item.kind) for item in told} == {
        (RELEASER, "batch_waits"),
        (THIRD, "batch_waits"),
    }
    with pytest.raises(SamePerson):
        await core.code_batches.release(BATCH, MAKER, "k1")
    made = await core.code_batches.release(BATCH, RELEASER, "k2")

    assert await budget(core) == 300_00
    assert len(made.codes) == 3
    assert (await redeem(core, made.codes[0])).result is Result.REDEEMED
    told = (await settle(core)).told
    assert [item.kind for item in told if item.person_id == MAKER] == ["batch_released"]


async def test_the_same_release_again_gives_the_same_codes_and_no_other_does(
    core: Core, clock: PlayClock
) -> None:
    await add_operators(core)
    await core.code_batches.draft(wish(core), MAKER)
    made = await core.code_batches.release(BATCH, RELEASER, "tap1")

    again = await core.code_batches.release(BATCH, RELEASER, "tap1")
    assert again.codes == made.codes
    for person, key in ((RELEASER, "tap2"), (THIRD, "tap1"), (THIRD, "tap3")):
        with pytest.raises(IllegalStep):
            await core.code_batches.release(BATCH, person, key)
    clock.forward(minutes=20)
    await core.code_batches.sweep()
    with pytest.raises(IllegalStep):
        await core.code_batches.release(BATCH, RELEASER, "tap1")


async def test_only_operators_handle_batches(core: Core) -> None:
    await add_operators(core)
    await core.code_batches.draft(wish(core), MAKER)
    reviewer = PersonId(51)
    await core.access.meet(reviewer, "reviewer", "zh_CN")
    await core.access.add_staff(reviewer, StaffRole.REVIEWER)
    batches = core.code_batches
    acts: list[Callable[[PersonId], object]] = [
        lambda person: batches.draft(wish(core, "other"), person),
        lambda person: batches.release(BATCH, person, "k"),
        lambda person: batches.revoke_as(BATCH, person),
        lambda person: batches.report_for(BATCH, person),
        batches.listed,
    ]
    for person in (reviewer, CREATOR, FINANCE, PersonId(99)):
        for act in acts:
            with pytest.raises(NotAllowed):
                await act(person)  # type: ignore[misc]

    await core.access.remove_staff(RELEASER)
    with pytest.raises(NotAllowed):
        await batches.release(BATCH, RELEASER, "k")
    assert (await batches.report(BATCH)).batch.state is BatchState.DRAFT


async def test_a_draft_can_be_dropped_and_runs_out(core: Core, clock: PlayClock) -> None:
    await add_operators(core)
    await core.code_batches.draft(wish(core), MAKER)
    assert await core.code_batches.revoke_as(BATCH, MAKER) == 0
    with pytest.raises(IllegalStep):
        await core.code_batches.release(BATCH, RELEASER, "k")

    await core.code_batches.draft(wish(core, "late"), MAKER)
    clock.forward(days=21)
    with pytest.raises(IllegalStep):
        await core.code_batches.release(BatchId("late"), RELEASER, "k")
    await settle(core)
    late = await core.code_batches.report(BatchId("late"))
    assert late.batch.state is BatchState.EXPIRED


async def test_without_a_key_there_are_no_codes(database: Database, clock: PlayClock) -> None:
    from dataclasses import replace

    core = Core(database, {}, replace(SETTINGS, code_keys=()), clock=clock)
    with pytest.raises(CodesOff):
        await issued(core)
    with pytest.raises(CodesOff):
        core.codes.read("12345")
    assert core.codes.found_in("12345") is None
    assert not core.codes.are_on


async def test_codes_outlive_a_change_of_keys_until_their_key_goes(
    database: Database, core: Core, clock: PlayClock
) -> None:
    from dataclasses import replace

    old = (await issued(core)).codes
    both = replace(SETTINGS, code_keys=("the next key", *SETTINGS.code_keys))
    rotated = Core(database, {}, both, clock=clock)
    new = (await issued(rotated, "next")).codes

    assert (await redeem(rotated, old[0])).result is Result.REDEEMED
    assert (await redeem(rotated, new[0])).result is Result.REDEEMED
    only = Core(database, {}, replace(SETTINGS, code_keys=("the next key",)), clock=clock)
    assert (await redeem(only, old[1])).result is Result.UNUSABLE
    assert (await redeem(only, new[1])).result is Result.REDEEMED
    key_ids = await database.read(
        lambda tx: {row.under_key for row in tx.all(text("SELECT DISTINCT under_key FROM codes"))}
    )
    assert len(key_ids) == 2


async def test_one_account_redeems_no_more_of_a_batch_than_it_may(core: Core) -> None:
    made = await issued(core, per_account=1)
    other = AccountId("200")
    await core.access.save_account(other, "other")
    from core.access.model import Role
    from tests.people import link

    await link(core, PersonId(77), Role.FINANCE, other)

    assert (await redeem(core, made.codes[0])).result is Result.REDEEMED
    assert (await redeem(core, made.codes[1], CREATOR)).result is Result.LIMIT
    assert (await redeem(core, made.codes[1], PersonId(77), other)).result is Result.REDEEMED
    assert typed(core, made.codes[2])


async def test_the_list_is_newest_first_in_pages(core: Core, clock: PlayClock) -> None:
    await add_operators(core)
    for number in range(9):
        await issued(core, f"b{number}")
        clock.forward(minutes=1)

    first, more = await core.code_batches.listed(MAKER)
    rest, no_more = await core.code_batches.listed(MAKER, page=1)

    assert [item.wish.batch_id for item in first] == [f"b{number}" for number in range(8, 0, -1)]
    assert ([item.wish.batch_id for item in rest], more, no_more) == (["b0"], True, False)


def test_a_wish_names_its_budget() -> None:
    wanted = BatchWish(batch_id=BATCH, count=3, amount_fen=7, expires_at=PlayClock().now())
    assert wanted.budget_fen == 21

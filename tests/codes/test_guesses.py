"""Guessing: few look-ups per person, account and over all, counted so that none slips by."""

import asyncio
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from statistics import median

import pytest

from core.access.model import Role
from core.app import Core
from core.codes import symbols
from core.codes.model import Redemption, Result
from core.ids import AccountId, PersonId, RandomIds
from tests.codes.promotion import add_operators, issued, redeem
from tests.desk import settle
from tests.people import ACCOUNT, CREATOR, FINANCE, link
from tests.play import PlayClock

pytestmark = pytest.mark.usefixtures("linked")
IDS = RandomIds()


async def guess(
    core: Core, person: PersonId = FINANCE, account: AccountId = ACCOUNT
) -> Redemption:
    return await redeem(core, symbols.fresh(IDS), person, account)


async def guesses(core: Core, count: int, person: PersonId = FINANCE) -> list[Result]:
    return [(await guess(core, person)).result for _ in range(count)]


async def new_account(core: Core, number: int) -> tuple[PersonId, AccountId]:
    account, person = AccountId(f"guessing{number}"), PersonId(10_000 + number)
    await core.access.save_account(account, "n")
    await link(core, person, Role.FINANCE, account)
    return person, account


async def test_after_five_failures_a_person_waits_for_the_first_to_be_15_minutes_old(
    core: Core, clock: PlayClock
) -> None:
    began = clock.now()
    for _ in range(5):
        assert (await guess(core)).result is Result.UNUSABLE
        clock.forward(minutes=2)

    waits = await guess(core)
    assert (waits.result, waits.until) == (Result.WAIT, began + timedelta(minutes=15))
    assert await core.codes.waits_until(FINANCE, ACCOUNT) == waits.until
    clock.forward(minutes=5)
    assert await guesses(core, 2) == [Result.UNUSABLE, Result.WAIT]


async def test_while_somebody_waits_not_even_a_good_code_is_looked_up(
    core: Core, clock: PlayClock
) -> None:
    made = await issued(core)
    await guesses(core, 5)

    assert (await redeem(core, made.codes[0])).result is Result.WAIT
    clock.forward(minutes=15)
    assert (await redeem(core, made.codes[0])).result is Result.REDEEMED


async def test_a_success_costs_no_try(core: Core) -> None:
    made = await issued(core, count=30)
    await guesses(core, 4)

    answers = [(await redeem(core, code)).result for code in made.codes]

    assert set(answers) == {Result.REDEEMED}
    assert await guesses(core, 2) == [Result.UNUSABLE, Result.WAIT]


async def test_an_account_has_ten_an_hour_and_then_waits_twice_as_long_each_time(
    core: Core, clock: PlayClock
) -> None:
    third = PersonId(300)
    await link(core, third, Role.FINANCE)
    for hours in (1, 2, 4):
        assert set(await guesses(core, 5, FINANCE)) == {Result.UNUSABLE}
        assert set(await guesses(core, 5, CREATOR)) == {Result.UNUSABLE}
        waits = await guess(core, third)
        assert (waits.result, waits.until) == (
            Result.WAIT,
            clock.now() + timedelta(hours=hours),
        )
        clock.forward(hours=hours)


async def test_an_account_that_was_quiet_for_a_day_begins_anew(
    core: Core, clock: PlayClock
) -> None:
    for _ in range(2):
        await guesses(core, 5, FINANCE)
        await guesses(core, 5, CREATOR)
        waits = await core.codes.waits_until(CREATOR, ACCOUNT)
        assert waits == clock.now() + timedelta(hours=1)
        clock.forward(hours=26)


async def test_one_account_in_waiting_leaves_others_alone(core: Core) -> None:
    await guesses(core, 5, FINANCE)
    await guesses(core, 5, CREATOR)
    person, account = await new_account(core, 1)

    assert (await guess(core, person, account)).result is Result.UNUSABLE


async def test_guesses_at_once_pass_no_limit(core: Core) -> None:
    answers = await asyncio.gather(*(guess(core) for _ in range(40)))
    assert Counter(item.result for item in answers) == {Result.UNUSABLE: 5, Result.WAIT: 35}

    core.clock.forward(hours=30)  # type: ignore[attr-defined]
    people = [FINANCE, CREATOR, *[PersonId(400 + number) for number in range(6)]]
    for person in people[2:]:
        await link(core, person, Role.FINANCE)
    answers = await asyncio.gather(*(guess(core, person) for person in people * 5))
    assert Counter(item.result for item in answers) == {Result.UNUSABLE: 10, Result.WAIT: 30}


async def test_a_hundred_failures_slow_everybody_down_and_alarm_operators_once(
    core: Core, clock: PlayClock
) -> None:
    await settle(core)
    await add_operators(core)
    crowd = [await new_account(core, number) for number in range(30)]
    await settle(core)
    answers: Counter[Result] = Counter()
    for person, account in crowd:
        for _ in range(5):
            answers[(await guess(core, person, account)).result] += 1

    # 20 people have 5 tries each; then each of the other ten has one.
    assert answers == {Result.UNUSABLE: 110, Result.WAIT: 40}
    told = (await settle(core)).told
    assert Counter(item.person_id for item in told) == {41: 1, 42: 1, 43: 1}
    assert {(item.kind, item.facts["what"]) for item in told} == {("alarm", "code_guessing")}

    made = await issued(core)
    fresh_person, fresh_account = await new_account(core, 99)
    good = await redeem(core, made.codes[0], fresh_person, fresh_account)
    assert good.result is Result.REDEEMED
    clock.forward(minutes=11)
    last_person, last_account = crowd[-1]
    assert (await guess(core, last_person, last_account)).result is Result.UNUSABLE


async def test_twenty_thousand_guesses_come_to_nothing(
    core: Core, clock: PlayClock, database_url: str
) -> None:
    """16,000 on SQLite, 4,000 on PostgreSQL: none hits, and never more than five are looked up."""
    await issued(core, count=1000)
    total = 16_000 if database_url.startswith("sqlite") else 4_000
    crowd = [await new_account(core, number) for number in range(20)]
    looked_up: dict[PersonId, list[datetime]] = defaultdict(list)
    seen: set[Redemption] = set()
    for number in range(total):
        person, account = crowd[number % len(crowd)]
        answer = await guess(core, person, account)
        assert answer.result in {Result.UNUSABLE, Result.WAIT}
        if answer.result is Result.UNUSABLE:
            looked_up[person].append(clock.now())
            seen.add(answer)
        clock.forward(seconds=1)

    assert len(seen) == 1
    for moments in looked_up.values():
        for first, sixth in zip(moments, moments[5:], strict=False):
            assert sixth - first >= timedelta(minutes=15)
    assert sum(map(len, looked_up.values())) > 100


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_kind_of_wrong_code_takes_the_same_time(core: Core, clock: PlayClock) -> None:
    """Medians of 60 rounds: no kind is slower than another by more than a half."""
    person, account = await new_account(core, 1)
    used = (await issued(core, "used", count=60, amount_fen=100)).codes
    for code in used:
        await redeem(core, code, person, account)
    revoked = (await issued(core, "revoked", count=60)).codes
    batch = (await core.code_batches.report("revoked")).batch  # type: ignore[arg-type]
    await core.code_batches.revoke(batch.wish.batch_id)
    late = (
        await issued(core, "late", count=60, expires_at=clock.now() + timedelta(hours=1))
    ).codes
    clock.forward(hours=2)
    kinds = {
        "used": used,
        "revoked": revoked,
        "expired": late,
        "unknown": [symbols.fresh(IDS) for _ in range(60)],
    }
    took: dict[str, list[float]] = defaultdict(list)
    for number in range(60):
        for kind, codes in kinds.items():
            clock.forward(minutes=16)
            began = time.perf_counter()
            answer = await redeem(core, codes[number])
            took[kind].append(time.perf_counter() - began)
            assert answer.result is Result.UNUSABLE

    medians = {kind: median(times) for kind, times in took.items()}
    assert max(medians.values()) < 1.5 * min(medians.values()), medians

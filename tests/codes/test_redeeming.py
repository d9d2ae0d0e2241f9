"""Redeeming: the right people, once, with the money told to everybody it concerns."""

import asyncio
import hashlib
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from core.access.model import Role
from core.app import Core
from core.codes import symbols
from core.codes.model import Result
from core.errors import NotAllowed, NotLinked
from core.ids import AccountId, PersonId
from core.inbox.envelope import incoming_of
from tests.codes.promotion import BATCH, issued, redeem, typed
from tests.desk import settle
from tests.people import (
    ACCOUNT,
    CREATOR,
    FINANCE,
    MEMBER,
    OTHER_ACCOUNT,
    STRANGER,
    VIEWER,
    link,
)
from tests.play import PlayClock

pytestmark = pytest.mark.usefixtures("linked")
OTHER = PersonId(77)
ROUNDS = 500 // 2  # on each of the two databases


@pytest.fixture
async def other_account(core: Core) -> AccountId:
    await core.access.save_account(OTHER_ACCOUNT, "远山网络")
    await link(core, OTHER, Role.FINANCE, OTHER_ACCOUNT)
    return OTHER_ACCOUNT


async def balance(core: Core, account: AccountId = ACCOUNT) -> int:
    return (await core.ledger.balance(account)).available_fen


async def test_a_code_is_money_in_the_account(core: Core) -> None:
    made = await issued(core)

    answer = await redeem(core, made.codes[0].lower().replace("-", " "))

    assert answer.result is Result.REDEEMED
    assert (answer.amount_fen, answer.available_fen) == (100_00, 100_00)
    assert (answer.account_id, answer.account_name) == (ACCOUNT, "星河科技")
    (entry,) = await core.ledger.history(ACCOUNT)
    assert (entry.kind, entry.channel, entry.amount_fen) == ("code", "code", 100_00)
    assert entry.reference == answer.code_id


async def test_everybody_of_finance_hears_of_it_and_nobody_else(core: Core) -> None:
    made = await issued(core)
    await settle(core)
    answer = await redeem(core, made.codes[0])

    told = (await settle(core)).told
    assert {item.person_id for item in told} == {CREATOR, FINANCE}
    for notice in told:
        assert notice.kind == "funds_arrived"
        assert notice.facts["channel"] == "code"
        assert notice.facts["reference"] == answer.code_id


async def test_the_own_success_is_seen_again_and_nobody_elses(core: Core) -> None:
    made = await issued(core)
    first = await redeem(core, made.codes[0])
    await redeem(core, made.codes[1])

    again = await redeem(core, made.codes[0])
    assert (again.result, again.code_id) == (Result.REDEEMED, first.code_id)
    assert again.available_fen == 200_00
    assert (await redeem(core, made.codes[0], CREATOR)).result is Result.UNUSABLE
    assert await balance(core) == 200_00


async def test_only_the_creator_and_finance_redeem(core: Core) -> None:
    made = await issued(core)
    for person in (VIEWER, MEMBER):
        with pytest.raises(NotAllowed):
            await redeem(core, made.codes[0], person)
    with pytest.raises(NotLinked):
        await redeem(core, made.codes[0], STRANGER)
    with pytest.raises(NotLinked):
        await redeem(core, made.codes[0], FINANCE, OTHER_ACCOUNT)
    assert await balance(core) == 0

    member = next(item for item in await core.access.members(ACCOUNT) if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, member.member_id)
    with pytest.raises(NotLinked):
        await redeem(core, made.codes[0])
    assert (await redeem(core, made.codes[0], CREATOR)).result is Result.REDEEMED


async def test_unknown_used_expired_and_revoked_get_one_and_the_same_answer(
    core: Core, clock: PlayClock, other_account: AccountId
) -> None:
    used, revoked = await issued(core), await issued(core, "revoked")
    await redeem(core, used.codes[0], OTHER, other_account)
    await core.code_batches.revoke(revoked.batch.wish.batch_id)
    from datetime import timedelta

    late = await issued(core, "late", expires_at=clock.now() + timedelta(minutes=1))
    clock.forward(minutes=2)
    unknown = symbols.fresh(core.ids)

    answers = [
        await redeem(core, code)
        for code in (used.codes[0], revoked.codes[0], late.codes[0], unknown)
    ]
    assert len(set(answers)) == 1
    assert answers[0].result is Result.UNUSABLE
    assert await balance(core) == 0


async def test_two_people_with_one_code_at_once_one_wins(
    core: Core, other_account: AccountId
) -> None:
    """250 rounds here on each database: 500 in all."""
    made = await issued(core, count=ROUNDS, amount_fen=100)
    won: Counter[PersonId] = Counter()
    for number, code in enumerate(made.codes):
        first, second = await _loser_forgiven(core, code, number)
        assert sorted([first.result, second.result]) == [Result.REDEEMED, Result.UNUSABLE]
        won[FINANCE if first.result is Result.REDEEMED else OTHER] += 1

    assert won.total() == ROUNDS
    assert await balance(core) == won[FINANCE] * 100
    assert await balance(core, other_account) == won[OTHER] * 100
    report = await core.code_batches.report(BATCH)
    assert (report.counts.redeemed, report.counts.active) == (ROUNDS, 0)


async def _loser_forgiven(core: Core, code: str, number: int):  # noqa: ANN202
    """Whoever lost a round has typed a used code: enough time passes for the next one."""
    core.clock.forward(minutes=15 + number % 2)  # type: ignore[attr-defined]
    acts = [redeem(core, code), redeem(core, code, OTHER, OTHER_ACCOUNT)]
    if number % 2:
        acts.reverse()
        second, first = await asyncio.gather(*acts)
        return first, second
    return await asyncio.gather(*acts)


async def test_one_person_many_times_at_once_is_credited_once(core: Core) -> None:
    made = await issued(core)

    answers = await asyncio.gather(*(redeem(core, made.codes[0]) for _ in range(20)))

    assert {item.result for item in answers} == {Result.REDEEMED}
    assert len({item.code_id for item in answers}) == 1
    assert await balance(core) == 100_00


async def test_a_revocation_that_races_with_redemptions_never_exceeds_the_budget(
    core: Core,
) -> None:
    for number in range(20):
        made = await issued(core, f"b{number}", count=8, amount_fen=100)
        before = await balance(core)
        *answers, ended = await asyncio.gather(
            *(redeem(core, code) for code in made.codes[:4]),
            core.code_batches.revoke(made.batch.wish.batch_id),
        )
        taken = sum(item.result is Result.REDEEMED for item in answers)
        assert taken + ended == 8
        assert await balance(core) == before + taken * 100
        core.clock.forward(hours=26)  # type: ignore[attr-defined]


async def test_an_account_at_its_limit_passes_it_not_even_at_once(core: Core) -> None:
    made = await issued(core, count=10, per_account=2)

    answers = await asyncio.gather(
        *(
            redeem(core, code, person)
            for code, person in zip(made.codes, [FINANCE, CREATOR] * 5, strict=True)
        )
    )

    assert Counter(item.result for item in answers) == {Result.REDEEMED: 2, Result.LIMIT: 8}
    assert await balance(core) == 200_00


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_lies_on_disk_gives_no_code_away(
    core: Core, database_url: str, tmp_path: Path
) -> None:
    """Not in clear, not as a bare hash, not in an update that waits, not in a place."""
    made = await issued(core, count=20)
    plain = made.codes[0].replace("-", "")
    said = {"message_id": 1, "chat": {"id": 12, "type": "private"}, "date": 1, "text": plain}
    updates = [
        incoming_of({"update_id": 1, "message": said}),
        incoming_of({"update_id": 2, "message": {**said, "text": f"/start code_{plain}"}}),
        incoming_of({"update_id": 3, "edited_message": {**said, "text": made.codes[1]}}),
        incoming_of({"update_id": 4, "message": {"chat": {"id": 12}, "reply_to_message": said}}),
    ]
    await core.inbox.receive(updates)
    await redeem(core, made.codes[2])

    dump = _dump(tmp_path / "topup.db")
    for code in made.codes:
        bare = code.replace("-", "")
        for form in (code, bare, bare.lower()):
            assert form not in dump
            for name in ("sha256", "sha1", "md5", "sha512"):
                assert hashlib.new(name, form.encode()).hexdigest() not in dump
    claimed = await core.inbox.claim(4)
    assert any(plain in item.payload for item in claimed)


def _dump(path: Path) -> str:
    """Every row there is, and the raw bytes of the files."""
    with sqlite3.connect(path) as connection:
        lines = "\n".join(connection.iterdump())
    raw = b"".join(
        file.read_bytes() for file in path.parent.iterdir() if file.name.startswith(path.name)
    )
    assert len(lines) > 10_000
    return lines + raw.decode("latin-1")


async def test_sealed_updates_are_handled_as_they_came(core: Core) -> None:
    text = "请把这个月的账单发到我的邮箱里面好吗谢谢您了再见 1234567890"
    came = incoming_of({"update_id": 9, "message": {"chat": {"id": 12}, "text": text}})
    short = incoming_of({"update_id": 10, "message": {"chat": {"id": 13}, "text": "100"}})
    await core.inbox.receive([came, short])

    claimed = await core.inbox.claim(2)
    assert {item.payload for item in claimed} == {came.payload, short.payload}
    assert (came.is_private, short.is_private) == (True, False)


async def test_a_code_that_was_typed_shows_itself_nowhere(core: Core) -> None:
    made = await issued(core)
    answer = await redeem(core, made.codes[0])

    for shown in (repr(made), repr(typed(core, made.codes[0])), repr(answer)):
        assert made.codes[0] not in shown
        assert made.codes[0].replace("-", "") not in shown

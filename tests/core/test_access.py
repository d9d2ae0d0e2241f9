"""Links work once, for one person, within their time; rights are read where one acts."""

import asyncio
from datetime import timedelta

import pytest

from core.access.model import Membership, Right, Role, StaffRole
from core.app import Core
from core.errors import (
    AccountNotFound,
    InvalidRequest,
    LinkUnusable,
    NotAllowed,
    NotFound,
    NotLinked,
)
from core.ids import AccountId, PersonId, token_hash
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock, PlayMessenger

pytestmark = pytest.mark.usefixtures("linked")


async def test_a_token_is_256_bits_in_at_most_64_safe_characters(core: Core) -> None:
    issued = await core.access.issue_link(ACCOUNT, Role.FINANCE)

    payload = f"link_{issued.token}"
    assert len(payload) <= 64
    assert payload.replace("-", "").replace("_", "").isalnum()
    assert len(issued.token) * 6 >= 256


async def test_a_link_works_once_for_one_person(core: Core) -> None:
    link = token_hash((await core.access.issue_link(ACCOUNT, Role.VIEWER)).token)
    people = [PersonId(number) for number in range(200, 210)]
    for person in people:
        await core.access.meet(person, "P", "zh_CN")

    results = await asyncio.gather(
        *(core.access.accept_link(link, person) for person in people), return_exceptions=True
    )

    won = [item for item in results if isinstance(item, Membership)]
    assert len(won) == 1
    assert sum(isinstance(item, LinkUnusable) for item in results) == 9
    again = await core.access.accept_link(link, won[0].person_id)
    assert again.member_id == won[0].member_id


async def test_a_link_ends_after_ten_minutes(core: Core, clock: PlayClock) -> None:
    link = token_hash((await core.access.issue_link(ACCOUNT, Role.VIEWER)).token)
    clock.forward(minutes=10)

    with pytest.raises(LinkUnusable):
        await core.access.offer(link)
    with pytest.raises(LinkUnusable):
        await core.access.accept_link(link, STRANGER)


async def test_a_link_of_a_removed_person_does_not_let_them_back(core: Core) -> None:
    link = token_hash((await core.access.issue_link(ACCOUNT, Role.VIEWER)).token)
    await core.access.meet(STRANGER, "S", "zh_CN")
    linked = await core.access.accept_link(link, STRANGER)
    await core.access.remove_member(ACCOUNT, linked.member_id)

    with pytest.raises(LinkUnusable):
        await core.access.accept_link(link, STRANGER)


@pytest.mark.parametrize("life", [timedelta(0), timedelta(seconds=-1), timedelta(days=2)])
async def test_a_link_has_a_sensible_life(core: Core, life: timedelta) -> None:
    with pytest.raises(InvalidRequest):
        await core.access.issue_link(ACCOUNT, Role.VIEWER, life)


async def test_a_link_needs_an_account(core: Core) -> None:
    with pytest.raises(AccountNotFound):
        await core.access.issue_link(AccountId("nobody"), Role.VIEWER)


@pytest.mark.parametrize("account_id", ["", "a b", "账号", "x" * 65, "a/b"])
async def test_an_account_id_has_a_form(core: Core, account_id: str) -> None:
    with pytest.raises(InvalidRequest):
        await core.access.save_account(AccountId(account_id), "name")


@pytest.mark.parametrize(
    ("person", "right", "error"),
    [
        (CREATOR, Right.MANAGE_MEMBERS, None),
        (FINANCE, Right.MOVE_MONEY, None),
        (FINANCE, Right.MANAGE_MEMBERS, NotAllowed),
        (VIEWER, Right.SEE_MONEY, None),
        (VIEWER, Right.MOVE_MONEY, NotAllowed),
        (MEMBER, Right.SEE_MONEY, NotAllowed),
        (STRANGER, Right.SEE_MONEY, NotLinked),
    ],
)
async def test_roles_reach_what_the_design_says(
    core: Core, person: PersonId, right: Right, error: type[Exception] | None
) -> None:
    if error is None:
        assert (await core.access.require(person, ACCOUNT, right)).person_id == person
    else:
        with pytest.raises(error):
            await core.access.require(person, ACCOUNT, right)


async def test_the_creator_hears_of_each_new_link(core: Core) -> None:
    messenger = PlayMessenger()
    await core.drain(messenger).settle()

    told = [notice for notice in messenger.told if notice.kind == "member_linked"]
    assert {notice.person_id for notice in told} == {CREATOR}
    assert {notice.facts["role"] for notice in told} == {"finance", "viewer", "member"}


async def test_a_removed_member_is_gone_at_once(core: Core) -> None:
    member = await core.access.require(FINANCE, ACCOUNT, Right.MOVE_MONEY)
    await core.access.remove_member(ACCOUNT, member.member_id)

    with pytest.raises(NotLinked):
        await core.access.require(FINANCE, ACCOUNT, Right.SEE_MONEY)
    with pytest.raises(NotFound):
        await core.access.remove_member(ACCOUNT, member.member_id)


async def test_staff_are_added_listed_and_removed(core: Core) -> None:
    assert await core.access.add_staff(STRANGER, StaffRole.REVIEWER)
    assert not await core.access.add_staff(STRANGER, StaffRole.REVIEWER)
    assert await core.access.staff() == [(STRANGER, StaffRole.REVIEWER)]
    assert await core.access.remove_staff(STRANGER)
    assert await core.access.staff_roles(STRANGER) == frozenset()


async def test_a_chosen_language_outlives_what_the_client_says(core: Core) -> None:
    await core.access.choose_language(FINANCE, "en")

    person = await core.access.meet(FINANCE, "F", "zh_CN")

    assert person.language == "en"

"""Creators invite and remove; links end by themselves; what ends with them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.access import link_codes
from core.access.model import Right, Role
from core.app import Core
from core.errors import InvalidRequest, LinkUnusable, NotAllowed, NotFound, NotLinked
from core.ids import AccountId, MemberId, PersonId, RandomIds, token_hash
from core.inbox.model import Place
from core.notices import store as notices_store
from core.notices.model import NoticeKind, Recipient
from core.storage.tables import notices
from core.storage.transaction import Tx
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
from tests.play import PlayClock, PlayMessenger

pytestmark = pytest.mark.usefixtures("linked")
NOT_CREATORS = [FINANCE, VIEWER, MEMBER]


async def member_id(core: Core, person: PersonId, account: AccountId = ACCOUNT) -> MemberId:
    held = await core.access.members(account)
    return next(item.member_id for item in held if item.person_id == person)


async def settle(core: Core) -> list[tuple[int, NoticeKind]]:
    messenger = PlayMessenger()
    await core.drain(messenger).settle()
    return [(notice.person_id, notice.kind) for notice in messenger.told]


# --- inviting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.FINANCE, Role.VIEWER, Role.MEMBER])
async def test_a_creator_invites_and_is_told_of_the_link(core: Core, role: Role) -> None:
    await settle(core)
    issued = await core.team.invite(CREATOR, ACCOUNT, role)
    await core.access.meet(STRANGER, "S", "zh_CN")

    linked = await core.access.accept_link(token_hash(issued.token), STRANGER)

    assert (linked.role, linked.account.account_id) == (role, ACCOUNT)
    assert await settle(core) == [(CREATOR, NoticeKind.MEMBER_LINKED)]


async def test_nobody_invites_a_creator(core: Core) -> None:
    with pytest.raises(InvalidRequest):
        await core.team.invite(CREATOR, ACCOUNT, Role.CREATOR)


@pytest.mark.parametrize("person", [*NOT_CREATORS, STRANGER])
async def test_only_creators_list_invite_and_remove(core: Core, person: PersonId) -> None:
    error = NotLinked if person == STRANGER else NotAllowed
    target = await member_id(core, MEMBER)
    with pytest.raises(error):
        await core.team.members(person, ACCOUNT)
    with pytest.raises(error):
        await core.team.invite(person, ACCOUNT, Role.FINANCE)
    with pytest.raises(error):
        await core.team.remove(person, ACCOUNT, target)


async def test_a_creator_of_another_account_reaches_nobody_here(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, STRANGER, Role.CREATOR, OTHER_ACCOUNT)
    target = await member_id(core, FINANCE)

    with pytest.raises(NotLinked):
        await core.team.remove(STRANGER, ACCOUNT, target)
    with pytest.raises(NotFound):
        await core.team.remove(STRANGER, OTHER_ACCOUNT, target)
    assert await core.access.require(FINANCE, ACCOUNT, Right.MOVE_MONEY)


async def test_creators_are_not_removed_in_the_chat(core: Core) -> None:
    with pytest.raises(NotAllowed):
        await core.team.remove(CREATOR, ACCOUNT, await member_id(core, CREATOR))


async def test_what_is_removed_twice_is_removed_once(core: Core) -> None:
    target = await member_id(core, FINANCE)
    await core.team.remove(CREATOR, ACCOUNT, target)

    with pytest.raises(NotFound):
        await core.team.remove(CREATOR, ACCOUNT, target)


# --- codes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("spell", [str, str.lower, lambda code: code.replace("-", "")])
async def test_a_code_is_its_link_in_every_spelling(core: Core, spell: type[str]) -> None:
    issued = await core.team.invite(CREATOR, ACCOUNT, Role.FINANCE)

    assert await core.access.typed_link(spell(issued.code), STRANGER) == token_hash(issued.token)


async def test_confusable_letters_are_forgiven(core: Core) -> None:
    code = "0O1I-L234-5678"

    assert link_codes.hash_of(code) == link_codes.hash_of("0011-1234-5678")


async def test_the_token_and_the_address_can_be_pasted(core: Core) -> None:
    issued = await core.access.issue_link(ACCOUNT, Role.VIEWER)
    for text in (
        issued.token,
        f"link_{issued.token}",
        f"https://t.me/some_bot?start=link_{issued.token}",
    ):
        assert await core.access.typed_link(text, STRANGER) == token_hash(issued.token)


async def test_a_code_ends_with_its_link(core: Core, clock: PlayClock) -> None:
    issued = await core.team.invite(CREATOR, ACCOUNT, Role.FINANCE)
    clock.forward(minutes=10)

    with pytest.raises(LinkUnusable):
        await core.access.typed_link(issued.code, STRANGER)


@pytest.mark.parametrize("text", ["100", "1.5万", "张三", "9558 8012 3456", "ABCDEFGH", ""])
async def test_other_texts_are_no_codes(core: Core, text: str) -> None:
    assert await core.access.typed_link(text, STRANGER) is None


async def test_a_code_has_sixty_bits_and_its_plain_text_is_stored_nowhere(core: Core) -> None:
    issued = await core.team.invite(CREATOR, ACCOUNT, Role.FINANCE)
    plain = issued.code.replace("-", "")

    assert len(plain) * 5 == 60
    assert len({link_codes.new(RandomIds()) for _ in range(1000)}) == 1000
    rows = await core.database.read(
        lambda tx: [str(row) for row in tx.driver_sql("SELECT * FROM link_tokens").all()]
    )
    assert not any(plain in row or issued.code in row or issued.token in row for row in rows)


# --- what ends with a membership ----------------------------------------------------------------


async def test_a_removed_person_loses_place_and_pending_notices(core: Core) -> None:
    await settle(core)
    place = Place(
        chat_id=FINANCE,
        conversation="top_up",
        state="channel",
        facts={"account": ACCOUNT},
        screen={"0": ["pay", "wechat"]},
        version=7,
        last_event="u1",
    )
    await core.inbox.save_place(place)

    def tell(tx: Tx) -> None:
        one = Recipient(person_id=FINANCE, account_id=ACCOUNT)
        other = Recipient(person_id=VIEWER, account_id=ACCOUNT)
        facts = {"account": "星河科技", "name": "n", "role": "viewer"}
        kind = NoticeKind.MEMBER_LINKED
        notices_store.add(tx, [one, other], kind, key="k", facts=facts, at=core.clock.now())

    await core.database.write(tell)
    await core.team.remove(CREATOR, ACCOUNT, await member_id(core, FINANCE))

    cleared = await core.inbox.place(FINANCE)
    assert cleared is not None
    assert (cleared.conversation, cleared.facts, cleared.screen) == ("", {}, {})
    assert cleared.version > place.version
    assert await settle(core) == [(VIEWER, NoticeKind.MEMBER_LINKED)]
    states = await core.database.read(
        lambda tx: tx.all(select(notices.c.state, notices.c.reason).order_by(notices.c.id))
    )
    assert ("dropped", "removed") in [tuple(row) for row in states]


async def test_a_new_link_with_another_role_replaces_the_old_one_both_ways(core: Core) -> None:
    await link(core, FINANCE, Role.VIEWER)
    with pytest.raises(NotAllowed):
        await core.access.require(FINANCE, ACCOUNT, Right.MOVE_MONEY)
    assert [item for item in await core.access.members(ACCOUNT) if item.person_id == FINANCE]

    await link(core, FINANCE, Role.FINANCE)
    assert await core.access.require(FINANCE, ACCOUNT, Right.MOVE_MONEY)
    held = [item for item in await core.access.members(ACCOUNT) if item.person_id == FINANCE]
    assert len(held) == 1


# --- time ---------------------------------------------------------------------------------------


async def active_until(core: Core, clock: PlayClock, person: PersonId, days: int) -> None:
    """Somebody who uses the bot every week."""
    for _ in range(days // 7):
        clock.forward(days=7)
        await core.access.meet(person, f"person {person}", "zh_CN")
    clock.forward(days=days % 7)
    await core.access.meet(person, f"person {person}", "zh_CN")


async def test_a_link_that_is_used_lasts_ninety_days(core: Core, clock: PlayClock) -> None:
    await active_until(core, clock, FINANCE, 89)
    assert await core.access.require(FINANCE, ACCOUNT, Right.MOVE_MONEY)

    clock.forward(days=1)
    with pytest.raises(NotLinked):
        await core.access.require(FINANCE, ACCOUNT, Right.MOVE_MONEY)
    assert await core.access.memberships(FINANCE) == []


async def test_a_link_nobody_uses_ends_after_thirty_days(core: Core, clock: PlayClock) -> None:
    clock.forward(days=30, seconds=-1)
    assert len(await core.access.members(ACCOUNT)) == 4

    clock.forward(seconds=1)
    assert await core.access.members(ACCOUNT) == []
    with pytest.raises(NotLinked):
        await core.access.require(CREATOR, ACCOUNT, Right.SEE_MONEY)


async def test_meeting_somebody_does_not_bring_an_ended_link_back(
    core: Core, clock: PlayClock
) -> None:
    clock.forward(days=31)
    await core.access.meet(FINANCE, "person 12", "zh_CN")

    assert await core.access.memberships(FINANCE) == []


async def test_people_are_reminded_once_a_week_before_and_the_end_is_written_down(
    core: Core, clock: PlayClock
) -> None:
    await settle(core)
    await core.team.remind()
    assert await settle(core) == []

    clock.forward(days=24)
    await core.team.remind()
    await core.team.remind()
    told = sorted(await settle(core))
    assert told == [(person, NoticeKind.LINK_ENDING) for person in (CREATOR, FINANCE, 13, 14)]

    clock.forward(days=7)
    await core.team.remind()
    assert await settle(core) == []
    assert await core.access.members(ACCOUNT) == []


async def test_a_fresh_link_renews(core: Core, clock: PlayClock) -> None:
    await active_until(core, clock, FINANCE, 88)
    await link(core, FINANCE, Role.FINANCE)
    clock.forward(days=5)

    held = await core.access.memberships(FINANCE)
    assert held[0].ends_at - core.clock.now() == timedelta(days=25)


async def test_renewal_is_asked_of_the_creators_once_a_day(core: Core, clock: PlayClock) -> None:
    await settle(core)
    assert await core.team.ask_renewal(FINANCE, ACCOUNT) == 1
    assert await core.team.ask_renewal(FINANCE, ACCOUNT) == 1
    assert await settle(core) == [(CREATOR, NoticeKind.RENEWAL_ASKED)]
    assert await core.team.ask_renewal(CREATOR, ACCOUNT) == 0
    with pytest.raises(NotLinked):
        await core.team.ask_renewal(STRANGER, ACCOUNT)


# --- several accounts, groups -------------------------------------------------------------------


async def test_the_account_chosen_comes_first(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, FINANCE, Role.VIEWER, OTHER_ACCOUNT)
    held = await core.access.memberships(FINANCE)
    assert [item.account.account_id for item in held] == [OTHER_ACCOUNT, ACCOUNT]

    await core.access.choose_account(FINANCE, ACCOUNT)

    held = await core.access.memberships(FINANCE)
    assert [item.account.account_id for item in held] == [ACCOUNT, OTHER_ACCOUNT]
    with pytest.raises(NotLinked):
        await core.access.choose_account(CREATOR, OTHER_ACCOUNT)


async def test_a_group_is_followed_through_its_moves(core: Core) -> None:
    await core.access.note_moved_chat(-1, -100)
    await core.access.note_moved_chat(-1, -666)
    await core.access.note_moved_chat(-100, -1001)
    await core.access.note_moved_chat(-1001, -1)

    assert await core.access.review_chat(-1) == -1001
    assert await core.access.review_chat(-5) == -5

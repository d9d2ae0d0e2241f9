"""The reviewers' group: a card per case, claimed there, decided in private, then dead."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from bot.telegram_edge import COMMANDS
from sandbox.telegram.person import Person, text_of
from sandbox.telegram.world import World
from tests.banklines.statements import Paid, mt940
from tests.e2e.bots import Launcher
from tests.e2e.company import PATIENCE_S, Company, buttons_of, found, has_button, told
from tests.e2e.desk import PAYEE, ZH_DESK, reviewer, submit
from tests.e2e.installation import Installation, installation

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Two reviewers and somebody who is none, in private and in the group."""

    one: Person
    other: Person
    stranger: Person
    group: int

    def in_group(self, person: Person) -> Person:
        return person.in_chat(self.group)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder, world = tmp_path_factory.mktemp("review_group"), World()
    room = world.add_group("汇款审核", (), is_supergroup=True)
    room.members[world.bot.id] = "member"
    settings = {**PAYEE, "TOPUP_REVIEW_CHAT_ID": str(room.id)}
    async with installation(folder, start=launcher.start, settings=settings, world=world) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(place: Installation) -> Desk:
    people = [await reviewer(place, name) for name in ("审核甲", "审核乙")]
    stranger = place.person("路人")
    (room,) = place.world.groups.values()
    for person in (*people, stranger):
        room.members[person.id] = "member"
    return Desk(one=people[0], other=people[1], stranger=stranger, group=room.id)


@pytest_asyncio.fixture(loop_scope="session")
async def company(place: Installation) -> AsyncIterator[Company]:
    yield await found(place)
    await place.check()


def is_card(message: Any, reference: str) -> bool:
    """Whether it is the case's card, not one that names it in a history."""
    return f"汇款审核 {reference}" in text_of(message)


async def live(person: Person, reference: str, label: str) -> Any:
    return await person.wait(
        lambda message: is_card(message, reference) and has_button(message, label),
        timeout_s=PATIENCE_S,
        since=-1,
    )


async def dead(person: Person, reference: str) -> Any:
    return await person.wait(
        lambda message: is_card(message, reference) and not buttons_of(message),
        timeout_s=PATIENCE_S,
        since=-1,
    )


async def cards_of(group: Person, reference: str) -> list[Any]:
    return [message for message in await group.messages() if is_card(message, reference)]


async def test_a_case_is_claimed_in_the_group_and_dead_everywhere_once_decided(
    company: Company, desk: Desk
) -> None:
    payer = await company.join("finance")
    group, other = desk.in_group(desk.one), desk.in_group(desk.other)
    first = await submit(payer, ZH_DESK, "700", "星河科技", serial="G1", seed=21)
    second = await submit(payer, ZH_DESK, "800", "星河科技", serial="G2", seed=22)
    for reference in (first, second):
        shown = await live(group, reference, "领取")
        assert [button["text"] for button in buttons_of(shown)] == ["🙋 领取"]
        assert len(await cards_of(group, reference)) == 1
    assert not await cards_of(desk.one, first)

    shown = await live(group, first, "领取")
    (late,) = buttons_of(shown)
    answer = await group.press_on(shown["message_id"], "领取")
    assert answer is not None
    assert "私聊" in answer["text"]
    held = await dead(group, first)
    assert "审核甲 已领取" in text_of(held)
    assert has_button(await live(group, second, "领取"), "领取")

    refused = await other.forge(late["callback_data"], message_id=shown["message_id"])
    assert refused is not None
    assert "审核甲 已领取" in refused["text"]

    private = await live(desk.one, first, "通过")
    await desk.one.press_on(private["message_id"], "通过")
    await desk.one.wait(lambda message: has_button(message, "确认"), timeout_s=PATIENCE_S)
    await desk.one.press("确认 ¥700.00")
    await told(payer, "已到账", first)
    await dead(desk.one, first)
    assert "通过，已入账 ¥700.00" in text_of(await told(group, first, "已入账"))
    assert not buttons_of(await dead(group, first))
    for person in (group, other):
        decided = await person.forge(late["callback_data"], message_id=shown["message_id"])
        assert decided is not None
        assert "已经处理过" in decided["text"]
    assert await company.available_fen() == 700_00


async def test_who_is_no_reviewer_does_nothing_in_the_group(company: Company, desk: Desk) -> None:
    payer = await company.join("finance")
    group, stranger = desk.in_group(desk.one), desk.in_group(desk.stranger)
    (room,) = company.installation.world.groups.values()
    room.members[payer.id] = "member"
    reference = await submit(payer, ZH_DESK, "900", "星河科技", serial="G3", seed=23)
    shown = await live(group, reference, "领取")
    (claim,) = buttons_of(shown)
    for person in (stranger, desk.in_group(payer)):
        answer = await person.press_on(shown["message_id"], "领取")
        assert answer is not None
        assert "只有审核员可以操作" in answer["text"]
    await stranger.say("/queue")
    await stranger.say(reference)
    await group.document(mt940([Paid(remark=reference)]), name="statement.sta")
    await group.say("/lines")
    approving = claim["callback_data"].replace("claim", "approve")
    assert approving != claim["callback_data"]
    answer = await group.forge(approving, message_id=shown["message_id"])
    assert answer is not None
    assert "私聊中处理" in answer["text"]
    still = await live(group, reference, "领取")
    assert "待领取" in text_of(still)
    assert len(await cards_of(group, reference)) == 1
    assert not [text for text in await group.read() if "待审核汇款" in text or "对应" in text]
    await desk.one.say("/lines")
    await desk.one.wait("尚未对应的到账：0 笔", timeout_s=PATIENCE_S)
    assert await company.available_fen() == 0


async def test_no_command_and_no_other_button_is_answered_in_the_group(
    company: Company, desk: Desk
) -> None:
    """Nothing but review cards is said there: no balance, no menu, no screen of anybody."""
    payer = await company.join("finance")
    (room,) = company.installation.world.groups.values()
    room.members[payer.id] = "member"
    reference = await submit(payer, ZH_DESK, "777", "星河科技", serial="G5", seed=25)
    shown = await live(desk.in_group(desk.one), reference, "领取")
    for person in (desk.in_group(desk.one), desk.in_group(payer)):
        before = len(await person.messages())
        for command in COMMANDS:
            await person.say(f"/{command}")
        for data in [*(f"n:{command}" for command in COMMANDS), "p:1:0", "c:0123456789:pay", "x"]:
            answer = await person.forge(data, message_id=shown["message_id"])
            assert answer is not None
            assert not any(sign.isdigit() for sign in answer["text"]), data
            assert "星河科技" not in answer["text"], data
        new = (await person.messages())[before:]
        assert [text_of(item) for item in new if item["from"]["is_bot"]] == []


async def test_a_case_of_a_reviewers_own_account_stays_out_of_the_group(
    company: Company, desk: Desk
) -> None:
    """Somebody there is a member of the account: the others see it in private."""
    payer = await company.join("finance")
    link = await company.installation.link(company.account_id, "viewer")
    await desk.other.start(link)
    await desk.other.wait(company.account_id, timeout_s=PATIENCE_S)
    await desk.other.press("确认绑定")
    reference = await submit(payer, ZH_DESK, "950", "星河科技", serial="G4", seed=24)
    await live(desk.one, reference, "领取")
    assert not await cards_of(desk.in_group(desk.one), reference)
    assert not await cards_of(desk.other, reference)

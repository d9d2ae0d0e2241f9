"""Who gets in: links, roles, groups, removal. A refusal shows nobody's money."""

import asyncio

import httpx
import pytest

from bot.telegram_edge import COMMANDS
from sandbox.telegram.person import Person, text_of
from tests.e2e.company import (
    PATIENCE_S,
    ZH,
    Company,
    Words,
    buttons_of,
    found,
    has_button,
    order,
    shows_money,
    told,
    until,
)
from tests.e2e.conftest import in_both_languages

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER_BUTTONS = ["p:1:0", "p:9:1", "c:0123456789:pay", "c:0123456789:claim", "::", "x"]
FUNDS_FEN = 77_700
DIGITS = "777"


async def funded(company: Company) -> Person:
    """A finance collaborator of an account that holds a sum no other text contains."""
    payer = await company.join("finance")
    bought = await order(payer, DIGITS)
    payment = await company.installation.wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, payment.transaction_id)
    return payer


async def bots_words(group: Person, bot_id: int) -> list[str]:
    """Everything the bot said there, labels of buttons too."""
    messages = [item for item in await group.messages() if item["from"]["id"] == bot_id]
    labels = [button["text"] for item in messages for button in buttons_of(item)]
    return [text for text in (*map(text_of, messages), *labels) if text]


async def refused(person: Person, act: str, wanted: str) -> None:
    await person.say(act)
    await person.wait(wanted, timeout_s=PATIENCE_S)
    await has_seen_no_money(person)


async def has_seen_no_money(person: Person) -> None:
    texts = [*await person.read(), *(str(answer.get("text", "")) for answer in person.answers)]
    for message in await person.messages():
        texts += await person.buttons(message)
    for text in texts:
        assert DIGITS not in text
        assert not shows_money(text)


@in_both_languages()
async def test_a_stranger_learns_how_to_link_and_nothing_else(
    company: Company, words: Words
) -> None:
    await funded(company)
    stranger = company.installation.person("stranger", words.telegram)
    await stranger.start()
    await stranger.wait(words.not_linked, timeout_s=PATIENCE_S)
    for act in ("/topup", "/balance", "/menu", "100"):
        await refused(stranger, act, words.not_linked)
    for data in ("n:topup", "n:balance", "p:1:0"):
        assert await stranger.forge(data) is not None
    await has_seen_no_money(stranger)


@in_both_languages()
async def test_a_member_without_finance_rights_sees_no_money(
    company: Company, words: Words
) -> None:
    await funded(company)
    member = await company.join("member", words)
    await refused(member, "/topup", words.not_allowed)
    await refused(member, "/balance", words.not_allowed)
    for label in (words.top_up, words.balance):
        assert not any(label in known for known in await member.buttons())
    for data in ("n:topup", "n:balance"):
        assert await member.forge(data) is not None
    await has_seen_no_money(member)


async def test_a_viewer_sees_the_balance_and_moves_nothing(company: Company) -> None:
    await funded(company)
    viewer = await company.join("viewer")
    await refused(viewer, "/topup", ZH.not_allowed)
    await viewer.say("/balance")
    shown = await viewer.wait("¥777.00", timeout_s=PATIENCE_S)
    assert not has_button(shown, ZH.top_up)
    await viewer.forge("n:topup")
    await viewer.wait(ZH.not_allowed, timeout_s=PATIENCE_S)


async def test_groups_get_one_sentence_and_no_data(company: Company) -> None:
    payer = await funded(company)
    world = company.installation.world
    room = world.add_group("财务群", (payer.id,), is_supergroup=True)
    answer = await company.installation.http.post(
        f"{company.installation.sandbox_url}/sandbox/groups/{room.id}/members",
        json={"person": payer.id, "join": "bot"},
    )
    assert answer.is_success, answer.text
    group = payer.in_chat(room.id)
    said = await group.wait("私聊", timeout_s=PATIENCE_S, since=-1)
    assert not shows_money(text_of(said))
    for text in await group.read():
        assert DIGITS not in text
    await until(lambda: room.members.get(world.bot.id) in {None, "left", "kicked"})


async def test_no_command_and_no_button_says_anything_of_money_in_a_group(
    company: Company,
) -> None:
    """A group the bot is kept in: one sentence at most, whatever is typed or forged there."""
    payer = await funded(company)
    world = company.installation.world
    room = world.add_group("财务群", (payer.id,), is_supergroup=True)
    room.members[world.bot.id] = "member"  # as if it could not leave
    group = payer.in_chat(room.id)
    await group.say("/balance")
    shown = await group.wait("私聊", timeout_s=PATIENCE_S, since=-1)
    for command in COMMANDS:
        await group.say(f"/{command}")
    for data in [f"n:{command}" for command in COMMANDS] + OTHER_BUTTONS:
        answer = await group.forge(data, message_id=shown["message_id"])
        assert answer is not None
        assert "私聊" in answer["text"], data

    said = await bots_words(group, world.bot.id)
    assert said
    assert {text for text in said if "私聊" not in text} == set()


async def test_a_link_works_once(company: Company) -> None:
    link = await company.installation.link(company.account_id, "finance")
    first, second = company.installation.person("first"), company.installation.person("second")
    await first.start(link)
    await first.wait(company.account_id, timeout_s=PATIENCE_S)
    await first.press(ZH.link)
    await first.wait("已绑定云账号", timeout_s=PATIENCE_S)
    await second.start(link)
    await second.wait(ZH.link_refused, timeout_s=PATIENCE_S)
    await first.start(link)
    await first.wait(ZH.link_refused, timeout_s=PATIENCE_S)
    await refused(second, "/topup", ZH.not_linked)
    members = await company.installation.platform.members(company.account_id)
    assert [item["display_name"] for item in members] == ["first"]


async def test_of_two_people_with_one_link_one_is_linked(company: Company) -> None:
    link = await company.installation.link(company.account_id, "finance")
    people = [company.installation.person(name) for name in ("one", "two")]
    for person in people:
        await person.start(link)
        await person.wait(company.account_id, timeout_s=PATIENCE_S)
    await asyncio.gather(*(person.press(ZH.link) for person in people))
    await asyncio.gather(*(one.wait(outcome_of_link, timeout_s=PATIENCE_S) for one in people))
    assert len(await company.installation.platform.members(company.account_id)) == 1


def outcome_of_link(message: dict[str, object]) -> bool:
    return "已绑定云账号" in text_of(message) or ZH.link_refused in text_of(message)


async def test_an_expired_link_and_an_invented_one_are_refused(company: Company) -> None:
    link = await company.installation.link(company.account_id, "creator", ttl_s=1)
    await asyncio.sleep(1.1)
    late = company.installation.person("late")
    for payload in (link, "link_" + "A" * 43, "link_", "something"):
        await late.start(payload)
        await late.wait(ZH.not_linked, timeout_s=PATIENCE_S)
    assert await company.installation.platform.members(company.account_id) == []


async def test_a_link_that_ends_while_the_question_stands_is_refused(company: Company) -> None:
    link = await company.installation.link(company.account_id, "creator", ttl_s=2)
    slow = company.installation.person("slow")
    await slow.start(link)
    await slow.wait(company.account_id, timeout_s=PATIENCE_S)
    await asyncio.sleep(2)
    await slow.press(ZH.link)
    await slow.wait(ZH.link_refused, timeout_s=PATIENCE_S)
    assert await company.installation.platform.members(company.account_id) == []


async def test_declining_a_link_changes_nothing(company: Company) -> None:
    person = company.installation.person("careful")
    link = await company.installation.link(company.account_id, "finance")
    await person.start(link)
    await person.wait(company.account_id, timeout_s=PATIENCE_S)
    await person.press(ZH.cancel)
    await person.wait("没有绑定", timeout_s=PATIENCE_S)
    assert await company.installation.platform.members(company.account_id) == []


async def remove(company: Company, name: str) -> None:
    members = await company.installation.platform.members(company.account_id)
    member_id = next(item["member_id"] for item in members if item["display_name"] == name)
    await company.installation.platform.remove_member(company.account_id, member_id)


@pytest.mark.parametrize("step", ["amount", "channel", "card"])
async def test_a_removed_member_is_refused_at_the_next_tap(company: Company, step: str) -> None:
    person = await company.join("finance", name="leaver")
    await person.say("/topup")
    await person.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    if step != "amount":
        await person.say("100")
        await person.wait(ZH.ask_channel, timeout_s=PATIENCE_S)
    if step == "card":
        await person.press(ZH.wechat)
        await person.wait(lambda message: "photo" in message, timeout_s=PATIENCE_S)
    before = len(list(company.installation.wechat.orders.all()))
    await remove(company, "leaver")
    label = {"amount": "¥500", "channel": ZH.wechat, "card": ZH.paid_already}[step]
    answer = await person.press(label)
    after = await person.wait(ZH.not_linked, timeout_s=PATIENCE_S)
    assert not shows_money(text_of(after))
    assert answer is not None
    assert not shows_money(str(answer.get("text", "")))
    assert len(list(company.installation.wechat.orders.all())) == before


async def test_money_paid_by_a_removed_member_still_reaches_the_account(
    company: Company,
) -> None:
    creator, leaver = await company.join("creator"), await company.join("finance", name="leaver")
    bought = await order(leaver, "90")
    await remove(company, "leaver")
    payment = await company.installation.wechat.pay(bought.order_no)
    await told(creator, ZH.arrived, payment.transaction_id)
    assert await company.available_fen() == 9_000
    assert not any(payment.transaction_id in text for text in await leaver.read())


async def test_one_account_knows_nothing_of_another(company: Company) -> None:
    await funded(company)
    other = await found(company.installation, "海风数据")
    outsider = await other.join("creator")
    await outsider.say("/balance")
    shown = await outsider.wait(ZH.balance, timeout_s=PATIENCE_S)
    assert "¥0.00" in text_of(shown)
    assert not any(DIGITS in text for text in await outsider.read())


async def test_the_platform_api_wants_its_key(company: Company) -> None:
    address = f"{company.installation.bot_url}/v1/accounts/{company.account_id}/balance"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic abc"}):
        answer: httpx.Response = await company.installation.http.get(address, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthorized"

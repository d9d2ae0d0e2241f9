"""The whole edge between a person and the kernel: polling, buttons, groups, and bad days."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.telegram.demo import CREATOR, DEVELOPER, FINANCE, FINANCE_ENGLISH, VIEWER
from sandbox.telegram.person import Person, text_of
from sandbox.telegram.world import World
from tests.telegram.conftest import Edge


@pytest.fixture
async def running_edge(edge: Edge) -> AsyncIterator[Edge]:
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(edge.poller.run(stop)),
        asyncio.create_task(edge.worker.run(stop)),
    ]
    yield edge
    stop.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 30)


@pytest.fixture
async def person(base_url: str, running_edge: Edge) -> AsyncIterator[Person]:
    async with Person(base_url, FINANCE) as someone:
        await someone.start()
        await someone.wait("一共 0 次")
        yield someone


async def test_a_press_is_answered_and_edits_the_screen_in_place(person: Person) -> None:
    before = await person.last()

    answer = await person.press("加一")

    after = await person.wait("一共 1 次")
    assert answer is not None
    assert answer["text"] == "加一"
    assert after["message_id"] == before["message_id"]


async def test_a_text_is_answered_below_and_the_older_screen_loses_its_buttons(
    person: Person,
) -> None:
    before = await person.last()

    await person.say("你好")

    after = await person.wait("你说了你好")
    assert after["message_id"] > before["message_id"]
    older = await person.message(before["message_id"])
    assert await person.buttons(older) == []


async def test_an_old_button_redraws_and_does_not_act(person: Person) -> None:
    await person.press("加一")
    await person.wait("一共 1 次")

    answer = await person.forge("p:1:0")

    assert answer is not None
    assert answer["text"] == "按钮已过期"
    assert text_of(await person.last()) == "你说了-，一共 1 次"


@pytest.mark.parametrize("data", ["pay:99999999", "p:zzzzzzzz:9", "c:0123456789:paid", "::"])
async def test_a_forged_button_is_answered_and_does_not_act(person: Person, data: str) -> None:
    answer = await person.forge(data)

    assert answer is not None
    assert answer["text"] in {"按钮已过期", "不是你的"}
    assert text_of(await person.last()) == "你说了-，一共 0 次"


async def test_a_cards_button_redraws_the_card(person: Person) -> None:
    await person.say("/card")
    card = await person.wait(lambda message: "photo" in message)

    await person.press_on(card["message_id"], "加一")

    again = await person.wait("卡片 2")
    assert again["message_id"] == card["message_id"]


async def test_another_persons_card_button_does_not_act(
    person: Person, base_url: str, running_edge: Edge
) -> None:
    await person.say("/card")
    card = await person.wait(lambda message: "photo" in message)
    data = card["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    async with Person(base_url, VIEWER) as other:
        await other.start()
        await other.wait("一共 0 次")

        answer = await other.forge(data)

    assert answer is not None
    assert (answer["text"], answer["show_alert"]) == ("不是你的", True)
    assert text_of(await person.message(card["message_id"])) == "卡片 1"


async def test_a_picture_at_any_time_is_answered(person: Person) -> None:
    await person.document(b"%PDF-1.4", caption="receipt")

    assert text_of(await person.wait("receipt")) == "顺便说一句 receipt"


async def test_a_person_who_speaks_english_is_answered_in_english(
    base_url: str, running_edge: Edge
) -> None:
    async with Person(base_url, FINANCE_ENGLISH) as emma:
        await emma.start("abc")

        assert text_of(await emma.wait()) == "You said abc, 0 times"


async def test_blocking_and_coming_back_is_noted(person: Person, running_edge: Edge) -> None:
    await person.block()
    await person.unblock()
    async with asyncio.timeout(5):
        while len(running_edge.reachable) < 2:
            await asyncio.sleep(0.05)

    assert running_edge.reachable == [(FINANCE, False), (FINANCE, True)]


# --- groups -------------------------------------------------------------------------------------


async def a_group(base_url: str, *members: int) -> int:
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        body = {"title": "财务群", "members": list(members), "supergroup": True}
        created = (await client.post("/sandbox/groups", json=body)).json()
        chat_id = int(created["id"])
        path = f"/sandbox/groups/{chat_id}/members"
        response = await client.post(path, json={"join": "bot"})
        response.raise_for_status()
        return chat_id


async def test_a_group_gets_one_sentence_and_the_bot_leaves(
    base_url: str, running_edge: Edge, world: World
) -> None:
    chat_id = await a_group(base_url, CREATOR, FINANCE)
    async with Person(base_url, FINANCE, chat_id=chat_id) as someone:
        await someone.wait("请私聊", since=0)
        async with asyncio.timeout(5):
            while world.groups[chat_id].members.get(world.bot.id) not in {None, "left"}:
                await asyncio.sleep(0.05)

        said = [text for text in await someone.read() if text]

    assert said == ["请私聊"]
    assert running_edge.conversation.handled == []


async def a_served_group(base_url: str, edge: Edge, world: World) -> int:
    """A basic group the settings name, with the bot in it."""
    room = world.add_group("审核群", (CREATOR, FINANCE), is_supergroup=False)
    edge.served.add(room.id)
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        path = f"/sandbox/groups/{room.id}/members"
        (await client.post(path, json={"join": "bot"})).raise_for_status()
    return room.id


async def test_the_served_group_is_followed_when_telegram_moves_it(
    base_url: str, running_edge: Edge, world: World
) -> None:
    old = await a_served_group(base_url, running_edge, world)
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        moved = await client.post(f"/sandbox/groups/{old}/migrate")
    new = int(moved.json()["id"])
    async with asyncio.timeout(5):
        while await running_edge.core.access.review_chat(old) != new:
            await asyncio.sleep(0.05)

    async with Person(base_url, FINANCE, chat_id=new) as someone:
        await someone.say("/balance")
        async with asyncio.timeout(5):
            while (await running_edge.core.inbox.backlog())[0]:
                await asyncio.sleep(0.05)
        said = [message for message in await someone.messages() if message["from"]["is_bot"]]
    assert [text_of(message) for message in said if text_of(message)] == []
    assert world.groups[new].members[world.bot.id] == "member"


async def test_a_group_that_is_not_served_moves_nothing(
    base_url: str, running_edge: Edge, world: World
) -> None:
    served = await a_served_group(base_url, running_edge, world)
    foreign = world.add_group("别的群", (CREATOR, FINANCE), is_supergroup=False)
    async with Person(base_url, FINANCE, chat_id=foreign.id) as someone:
        await someone.say(f"migrate_to_chat_id {served}")
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        (await client.post(f"/sandbox/groups/{foreign.id}/migrate")).raise_for_status()
    async with asyncio.timeout(5):
        while (await running_edge.core.inbox.backlog())[0]:
            await asyncio.sleep(0.05)

    assert await running_edge.core.access.review_chat(served) == served
    assert await running_edge.core.access.review_chat(foreign.id) == foreign.id


# --- bad days -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
async def test_with_a_third_of_the_calls_failing_nothing_is_lost(
    base_url: str, running_edge: Edge, world: World, seed: int
) -> None:
    everybody = (CREATOR, FINANCE, VIEWER, DEVELOPER)
    texts = [f"消息{number}" for number in range(6)]
    people = [Person(base_url, person_id) for person_id in everybody]
    for person in people:
        await person.start()
        await person.wait("一共 0 次")
    faults = {"rate_429": 0.05, "rate_5xx": 0.1, "drop_before": 0.08, "drop_after": 0.07}
    world.faults.change({**faults, "repeat_updates": 0.2, "seed": seed})

    for text in texts:
        await asyncio.gather(*(person.say(text) for person in people))
    for person in people:
        await person.wait("你说了消息5，一共 6 次", timeout_s=60)
    world.faults.change(dict.fromkeys((*faults, "repeat_updates"), 0))

    for person in people:
        mine = [said for chat, said in running_edge.conversation.handled if chat == person.id]
        assert list(dict.fromkeys(mine)) == texts
        shown = await person.read()
        assert all(any(text in line for line in shown if line.startswith("你")) for text in texts)
        await person.close()
    async with asyncio.timeout(10):  # an update ends after its answer was shown
        while (backlog := await running_edge.core.inbox.backlog())[0]:
            await asyncio.sleep(0.05)
    assert backlog[1] == 0

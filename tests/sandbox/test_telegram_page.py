"""What the browser page and the test person use: chats, menus, events, the clock, the record."""

import asyncio
import json
import sys
from typing import Any

import httpx
import pytest

from sandbox.connection import trusting_nobody
from sandbox.telegram.demo import CREATOR, FINANCE, FINANCE_ENGLISH, REVIEWER_A
from sandbox.telegram.person import NothingCame, Person
from sandbox.telegram.world import World
from tests.sandbox.conftest import TOKEN, Api, picture


async def get(api: Api, path: str, **query: Any) -> Any:
    response = await api.client.get(f"{api.base_url}/sandbox/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_first_world_has_its_people_and_the_bot(api: Api) -> None:
    state = await get(api, "state")

    assert [person["first_name"] for person in state["people"]] == [
        "王老板",
        "李会计",
        "陈看看",
        "赵开发",
        "审核员甲",
        "审核员乙",
        "Emma",
    ]
    assert state["bot"]["username"] == "cloud_topup_bot"
    assert str(state["bot"]["id"]) == TOKEN.partition(":")[0]
    assert [group["title"] for group in state["groups"]] == ["汇款审核"]


async def test_chats_show_what_is_unread(api: Api, finance: Person) -> None:
    await api.ok("sendMessage", chat_id=FINANCE, text="到账")

    before = (await get(api, "chats", person=FINANCE))["chats"]
    await api.client.post(
        f"{api.base_url}/sandbox/read", json={"person": FINANCE, "chat": FINANCE}
    )
    after = (await get(api, "chats", person=FINANCE))["chats"]
    reviewers = (await get(api, "chats", person=REVIEWER_A))["chats"]

    assert (before[0]["unread"], before[0]["started"]) == (1, True)
    assert before[0]["last"]["text"] == "到账"
    assert after[0]["unread"] == 0
    assert [chat["chat"].get("title") for chat in reviewers] == [None, "汇款审核"]


async def test_a_page_is_told_what_happens(api: Api, finance: Person) -> None:
    events: list[dict[str, Any]] = []
    keys = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    url = f"{api.base_url}/sandbox/events?person={FINANCE}"
    async with finance._client.stream("GET", url) as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        sent = await api.ok("sendMessage", chat_id=FINANCE, text="1", reply_markup=keys)
        place = {"chat_id": FINANCE, "message_id": sent["message_id"]}
        await api.ok("sendChatAction", chat_id=FINANCE, action="typing")
        await finance.press("a", answer_within_s=0)
        query = (await api.updates())[-1]["callback_query"]
        await api.ok("answerCallbackQuery", callback_query_id=query["id"], text="好")
        await api.ok("editMessageText", **place, text="2")
        await api.ok("deleteMessage", **place)
        await api.ok("setMyCommands", commands=[{"command": "menu", "description": "菜单"}])
        await finance.block()
        async for line in lines:
            if line.startswith("data: "):
                events.append(json.loads(line[6:]))
            if events and events[-1]["type"] == "chat":
                break

    assert [event["type"] for event in events] == [
        "message",
        "typing",
        "answer",
        "edited",
        "deleted",
        "commands",
        "chat",
    ]
    assert events[0]["message"]["reply_markup"] == keys
    assert events[2]["text"] == "好"
    assert events[4]["message_id"] == sent["message_id"]


async def test_commands_go_by_scope_and_language(api: Api, finance: Person, world: World) -> None:
    def commands(word: str) -> list[dict[str, str]]:
        return [{"command": "menu", "description": word}]

    private = {"type": "all_private_chats"}
    own = {"type": "chat", "chat_id": FINANCE}
    await api.ok("setMyCommands", commands=commands("default"))
    await api.ok("setMyCommands", commands=commands("private"), scope=private)
    await api.ok("setMyCommands", commands=commands("中文"), scope=private, language_code="zh")
    await api.ok("setMyCommands", commands=commands("财务"), scope=own)
    group = next(iter(world.groups))

    async def seen(person: int, chat: int) -> str:
        answer = await get(api, "commands", person=person, chat=chat)
        return str(answer["commands"][0]["description"])

    assert await seen(FINANCE, FINANCE) == "财务"
    assert await seen(CREATOR, CREATOR) == "中文"
    assert await seen(FINANCE_ENGLISH, FINANCE_ENGLISH) == "private"
    assert await seen(REVIEWER_A, group) == "default"
    await api.ok("deleteMyCommands", scope=own)
    assert await seen(FINANCE, FINANCE) == "中文"
    assert await api.ok("getMyCommands", scope=private) == commands("private")


async def test_names_and_descriptions_go_by_language(api: Api) -> None:
    await api.ok("setMyDescription", description="Top up")
    await api.ok("setMyDescription", description="充值", language_code="zh")
    await api.ok("setMyShortDescription", short_description="充")
    await api.ok("setMyName", name="云充值")
    too_long = await api.refused("setMyShortDescription", short_description="x" * 121)

    assert await api.ok("getMyDescription", language_code="zh") == {"description": "充值"}
    assert await api.ok("getMyDescription", language_code="en") == {"description": "Top up"}
    assert await api.ok("getMyShortDescription") == {"short_description": "充"}
    assert (await api.ok("getMe"))["first_name"] == "云充值"
    assert too_long.code == 400


async def test_the_menu_button_goes_by_chat(api: Api, finance: Person) -> None:
    await api.ok("setChatMenuButton", menu_button={"type": "commands"})
    await api.ok("setChatMenuButton", chat_id=FINANCE, menu_button={"type": "default"})

    assert await api.ok("getChatMenuButton") == {"type": "commands"}
    assert await api.ok("getChatMenuButton", chat_id=FINANCE) == {"type": "default"}


async def test_the_record_shows_calls_without_secrets(api: Api, finance: Person) -> None:
    await api.ok("sendPhoto", {"photo": ("q.png", picture())}, chat_id=str(FINANCE))
    await api.refused("setWebhook", url="https://a.cn:81/", secret_token="hush-hush")
    await api.refused("sendMessage", chat_id=FINANCE, text=f"my token is {TOKEN}" * 400)

    record = await get(api, "trace", after=0)
    newer = await get(api, "trace", after=record["last"] - 1)

    titles = [item["title"] for item in record["items"]]
    assert titles[-3:] == ["sendPhoto", "setWebhook", "sendMessage"]
    assert record["items"][-2]["status"] == 400
    assert TOKEN not in json.dumps(record)
    assert "hush-hush" not in json.dumps(record)
    assert [item["title"] for item in newer["items"]] == ["sendMessage"]


async def test_what_the_app_does_not_allow_is_refused_with_a_reason(
    api: Api, finance: Person
) -> None:
    await finance.block()

    with pytest.raises(ValueError, match="unblock"):
        await finance.say("x")
    with pytest.raises(ValueError, match="no button in row"):
        await finance._act("press", message_id=1, row=0, column=0)
    with pytest.raises(ValueError, match="own messages"):
        await finance.edit(99, "x")


async def test_a_wait_in_vain_shows_the_chat(api: Api, finance: Person) -> None:
    await api.ok("sendMessage", chat_id=FINANCE, text="余额 ¥1")

    with pytest.raises(NothingCame, match="余额 ¥1"):
        await finance.wait("到账", timeout_s=0.1)


async def test_a_wait_ends_with_an_edit(api: Api, finance: Person) -> None:
    sent = await api.ok("sendMessage", chat_id=FINANCE, text="等待")
    waiting = asyncio.create_task(finance.wait("到账"))
    await asyncio.sleep(0.05)

    await api.ok("editMessageText", chat_id=FINANCE, message_id=sent["message_id"], text="到账")

    assert (await waiting)["message_id"] == sent["message_id"]


async def test_a_person_speaks_another_language(api: Api, finance: Person) -> None:
    url = f"{api.base_url}/sandbox/people/{FINANCE}"
    await api.client.patch(url, json={"language_code": "en"})
    await finance.say("hi")

    assert (await api.updates())[-1]["message"]["from"]["language_code"] == "en"


async def test_somebody_new_joins(api: Api) -> None:
    answer = await api.client.post(f"{api.base_url}/sandbox/people", json={"first_name": "新人"})

    async with Person(api.base_url, answer.json()["id"]) as person:
        await person.start()

    assert (await api.updates())[-1]["message"]["from"]["first_name"] == "新人"


async def test_the_clock_can_be_put_forward(api: Api) -> None:
    before = (await get(api, "clock"))["now"]
    await api.client.post(f"{api.base_url}/sandbox/clock", json={"advance_s": 3600})

    assert (await get(api, "clock"))["now"] >= before + 3600


async def test_two_tokens_are_two_bots(api: Api, finance: Person) -> None:
    other = Api(api.base_url, token="5151515151:BB")

    first, second = await api.ok("getMe"), await other.ok("getMe")
    refusal = await other.refused("sendMessage", chat_id=FINANCE, text="x")
    await other.client.aclose()

    assert first["id"] != second["id"]
    assert first["username"] != second["username"]
    assert refusal.description == "Bad Request: chat not found"


async def test_the_server_runs_by_itself() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    line = (await process.stdout.readline()).decode()
    address = line.split()[-1]
    async with httpx.AsyncClient(verify=trusting_nobody(), trust_env=False) as client:
        poll = asyncio.create_task(client.get(f"{address}/bot1:a/getUpdates?timeout=30"))
        state = (await client.get(f"{address}/sandbox/state")).json()
        process.terminate()
        async with asyncio.timeout(10):
            assert (await poll).json() == {"ok": True, "result": []}
            await process.wait()

    assert state["bot"]["is_bot"]

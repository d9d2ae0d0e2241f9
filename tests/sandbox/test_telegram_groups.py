"""Groups: who sees what, who comes and goes, and the change into a supergroup."""

from typing import Any

import pytest

from sandbox.telegram.demo import CREATOR, REVIEWER_A, REVIEWER_B
from sandbox.telegram.person import Person
from sandbox.telegram.world import World
from tests.sandbox.conftest import Api


async def post(api: Api, path: str, **fields: Any) -> Any:
    response = await api.client.post(f"{api.base_url}/sandbox/{path}", json=fields)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
async def group(api: Api) -> int:
    """A basic group of the two reviewers and the bot; its updates are fetched."""
    chat = await post(api, "groups", title="复核", members=[REVIEWER_A, REVIEWER_B])
    await post(api, f"groups/{chat['id']}/members", join="bot")
    newest = (await api.updates())[-1]["update_id"]
    await api.updates(offset=newest + 1)
    chat_id: int = chat["id"]
    return chat_id


@pytest.fixture
def reviewer(base_url: str, finance: Person, group: int) -> Person:
    return Person(base_url, REVIEWER_A, chat_id=group, client=finance._client)


async def test_the_bot_learns_that_it_was_added(api: Api) -> None:
    chat = await post(api, "groups", title="复核", members=[REVIEWER_A])
    await post(api, f"groups/{chat['id']}/members", join="bot")

    added, service = await api.updates()

    assert added["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert added["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["is_bot"]
    assert chat["type"] == "group"


async def test_the_bot_learns_that_it_was_removed(api: Api, group: int) -> None:
    await post(api, f"groups/{group}/members", leave="bot")

    service, removed = await api.updates()
    refusal = await api.refused("sendMessage", chat_id=group, text="x")

    assert service["message"]["left_chat_member"]["is_bot"]
    assert removed["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert refusal.description == "Forbidden: bot was kicked from the group chat"


async def test_a_bot_that_left_is_no_member(api: Api, world: World) -> None:
    group = next(iter(world.groups))
    await api.ok("leaveChat", chat_id=group)

    refusal = await api.refused("sendMessage", chat_id=group, text="x")

    assert refusal.description == "Forbidden: bot is not a member of the supergroup chat"


async def test_privacy_mode_shows_the_bot_what_is_meant_for_it(
    api: Api, group: int, reviewer: Person
) -> None:
    asked = await api.ok(
        "sendMessage", chat_id=group, text="原因?", reply_markup={"force_reply": True}
    )
    await reviewer.say("早上好")
    await reviewer.say("/queue")
    await reviewer.say("/queue@another_bot")
    await reviewer.say("请 @cloud_topup_bot 看")
    await reviewer.say("金额不符", reply_to=asked["message_id"])

    texts = [update["message"]["text"] for update in await api.updates()]

    assert texts == ["/queue", "请 @cloud_topup_bot 看", "金额不符"]


async def test_an_administrator_sees_everything(api: Api, group: int, reviewer: Person) -> None:
    await post(api, f"groups/{group}/members", **{"join": "bot", "as": "administrator"})
    await reviewer.say("早上好")

    updates = await api.updates()

    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert updates[1]["message"]["text"] == "早上好"


async def test_everybody_in_the_group_sees_the_message(
    api: Api, group: int, reviewer: Person, base_url: str
) -> None:
    keys = {"inline_keyboard": [[{"text": "领取", "callback_data": "c"}]]}
    await api.ok("sendMessage", chat_id=group, text="汇款 1", reply_markup=keys)
    other = Person(base_url, REVIEWER_B, chat_id=group, client=reviewer._client)

    await other.press("领取", answer_within_s=0)

    query = (await api.updates())[-1]["callback_query"]
    assert query["from"]["id"] == REVIEWER_B
    assert query["message"]["chat"]["id"] == group
    assert (await reviewer.last())["text"] == "汇款 1"


async def test_somebody_else_is_kept_out(group: int, creator: Person) -> None:
    with pytest.raises(ValueError, match="not a member"):
        await creator.in_chat(group).say("x")


async def test_a_group_becomes_a_supergroup(api: Api, group: int, reviewer: Person) -> None:
    successor = await post(api, f"groups/{group}/migrate")

    old, new = (update["message"] for update in await api.updates())
    refusal = await api.refused("sendMessage", chat_id=group, text="x")

    assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (group, successor["id"])
    assert (new["chat"]["id"], new["migrate_from_chat_id"]) == (successor["id"], group)
    assert refusal.description == "Bad Request: group chat was upgraded to a supergroup chat"
    assert refusal.parameters == {"migrate_to_chat_id": successor["id"]}
    assert successor["id"] < -1_000_000_000_000
    assert await api.ok("sendMessage", chat_id=successor["id"], text="x")


async def test_members_are_told_with_their_status(api: Api, group: int) -> None:
    owner = await api.ok("getChatMember", chat_id=group, user_id=REVIEWER_A)
    member = await api.ok("getChatMember", chat_id=group, user_id=REVIEWER_B)
    stranger = await api.ok("getChatMember", chat_id=group, user_id=CREATOR)
    unknown = await api.refused("getChatMember", chat_id=group, user_id=1)

    assert [who["status"] for who in (owner, member, stranger)] == ["creator", "member", "left"]
    assert unknown.description == "Bad Request: user not found"
    assert await api.ok("getChatMemberCount", chat_id=group) == 3
    assert len(await api.ok("getChatAdministrators", chat_id=group)) == 1


async def test_a_chat_is_described(api: Api, group: int) -> None:
    chat = await api.ok("getChat", chat_id=group)

    assert (chat["id"], chat["type"], chat["title"]) == (group, "group", "复核")


async def test_other_members_come_and_go_unheard_unless_asked_for(api: Api, group: int) -> None:
    await post(api, f"groups/{group}/members", join=CREATOR)
    await api.updates(allowed_updates=["message", "chat_member"])
    await post(api, f"groups/{group}/members", leave=CREATOR)

    kinds = [
        next(kind for kind in update if kind != "update_id") for update in await api.updates()
    ]

    assert kinds == ["message", "message", "chat_member"]

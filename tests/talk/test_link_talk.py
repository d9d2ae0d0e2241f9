"""Linking in the chat: what it would do, yes or no, once."""

import pytest

from core.access.model import Role
from core.app import Core
from core.ids import PersonId
from tests.people import ACCOUNT
from tests.talk.talk import Talk

NEW = PersonId(77)
OTHER = PersonId(78)


@pytest.fixture
async def token(core: Core) -> str:
    await core.access.save_account(ACCOUNT, "星河科技")
    return (await core.access.issue_link(ACCOUNT, Role.FINANCE)).token


async def test_the_account_and_role_are_shown_before_the_yes(core: Core, token: str) -> None:
    talk = Talk(core, NEW)
    await talk.command("start", f"link_{token}")
    assert "星河科技" in talk.last
    assert "财务协作者" in talk.last
    assert await core.access.memberships(NEW) == []

    await talk.press("确认绑定")
    assert "已绑定" in talk.last
    assert [item.role for item in await core.access.memberships(NEW)] == [Role.FINANCE]


async def test_a_no_changes_nothing_and_leaves_the_link_usable(core: Core, token: str) -> None:
    talk = Talk(core, NEW)
    await talk.command("start", f"link_{token}")
    await talk.press("取消")
    assert await core.access.memberships(NEW) == []

    await talk.command("start", f"link_{token}")
    await talk.press("确认绑定")
    assert len(await core.access.memberships(NEW)) == 1


async def test_a_used_link_is_refused_to_anybody_else(core: Core, token: str) -> None:
    first, second = Talk(core, NEW), Talk(core, OTHER)
    await first.command("start", f"link_{token}")
    await second.command("start", f"link_{token}")
    await first.press("确认绑定")

    await second.press("确认绑定")

    assert "不能用" in second.last
    assert await core.access.memberships(OTHER) == []


@pytest.mark.parametrize("payload", ["link_", "link_xxx", "link_" + "a" * 59, "nonsense"])
async def test_a_link_nobody_issued_is_refused_without_data(
    core: Core, token: str, payload: str
) -> None:
    talk = Talk(core, NEW)
    await talk.command("start", payload)

    assert "星河" not in talk.all
    assert await core.access.memberships(NEW) == []


async def test_the_token_itself_is_stored_nowhere(core: Core, token: str) -> None:
    talk = Talk(core, NEW)
    await talk.command("start", f"link_{token}")

    place = await core.inbox.place(NEW)

    assert place is not None
    assert token not in repr(place)

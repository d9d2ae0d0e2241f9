"""Who is in a group and as what, as Telegram's objects."""

from datetime import UTC, datetime
from typing import Any

import telegram

from sandbox.telegram.model import Room
from sandbox.telegram.world import World

# Telegram writes a ban without end as the year 1970.
FOR_EVER = datetime.fromtimestamp(0, UTC)
_RIGHTS = (
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def user_by_id(world: World, user_id: int) -> telegram.User:
    for account in world.all_accounts():
        if account.id == user_id:
            return account.user()
    return world.person(user_id).user()


def member(world: World, room: Room, user_id: int) -> telegram.ChatMember:
    return member_as(user_by_id(world, user_id), room.members.get(user_id, "left"))


def member_as(user: telegram.User, status: str) -> telegram.ChatMember:
    match status:
        case "creator":
            return telegram.ChatMemberOwner(user=user, is_anonymous=False)
        case "administrator":
            rights: dict[str, Any] = {right: right != "is_anonymous" for right in _RIGHTS}
            return telegram.ChatMemberAdministrator(user=user, can_be_edited=False, **rights)
        case "member":
            return telegram.ChatMemberMember(user=user)
        case "kicked":
            return telegram.ChatMemberBanned(user=user, until_date=FOR_EVER)
        case _:
            return telegram.ChatMemberLeft(user=user)

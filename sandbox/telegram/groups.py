"""Groups: who comes and goes, and the change into a supergroup."""

from typing import Any

import telegram

from sandbox.telegram import posting
from sandbox.telegram.account import Account
from sandbox.telegram.errors import PageError
from sandbox.telegram.members import member_as, user_by_id
from sandbox.telegram.model import Content, Room
from sandbox.telegram.people import bots_in
from sandbox.telegram.posting import Draft
from sandbox.telegram.world import World

INSIDE = frozenset({"creator", "administrator", "member"})


def create(world: World, title: str, members: list[int], *, is_supergroup: bool) -> Room:
    """The first member makes the group and owns it."""
    if not title or not members:
        raise PageError("a group needs a title and at least one member")
    for person_id in members:
        world.person(person_id)
    room = world.add_group(title, members, is_supergroup=is_supergroup)
    world.events.publish(members, {"type": "chat", "chat": room.id})
    return room


def join(world: World, room: Room, user_id: int, status: str = "member") -> None:
    before = room.members.get(user_id, "left")
    if before == status:
        return
    if status not in INSIDE:
        raise PageError(f"a member is one of {sorted(INSIDE)}")
    room.members[user_id] = status
    user = user_by_id(world, user_id)
    _status_changed(world, room, user, before, status)
    if before not in INSIDE:
        _serve(world, room, _owner(world, room), new_chat_members=(user,))


def leave(world: World, room: Room, user_id: int, status: str = "kicked") -> None:
    before = room.members.get(user_id, "left")
    if before not in INSIDE:
        return
    user = user_by_id(world, user_id)
    _serve(world, room, _owner(world, room), left_chat_member=user)
    room.members[user_id] = status
    _status_changed(world, room, user, before, status)


def migrate(world: World, room: Room) -> Room:
    """The group goes on as a supergroup under a new id; the old one takes no messages."""
    if room.type != telegram.Chat.GROUP or room.migrated_to is not None:
        raise PageError("only a basic group can become a supergroup, once")
    successor = world.add_group(room.title or "", list(room.members), is_supergroup=True)
    successor.members = dict(room.members)
    owner = _owner(world, room)
    _serve(world, room, owner, migrate_to_chat_id=successor.id)
    _serve(world, successor, owner, migrate_from_chat_id=room.id)
    room.migrated_to = successor.id
    world.events.publish(world.audience(successor), {"type": "chat", "chat": successor.id})
    return successor


def _owner(world: World, room: Room) -> telegram.User:
    owners = [user_id for user_id, status in room.members.items() if status == "creator"]
    people = owners or [user_id for user_id in room.members if user_id in world.people]
    return user_by_id(world, people[0])


def _serve(world: World, room: Room, sender: telegram.User, **service: Any) -> None:
    """A service message; bots see these even in privacy mode."""
    content = Content(service=tuple(service.items()))
    bots = bots_in(world, room, world.bot)
    message = posting.add(world, world.bot, room, Draft(sender=sender, content=content))
    for bot in bots:
        bot.feed.put("message", message, f"chat:{room.id}")


def _status_changed(
    world: World, room: Room, user: telegram.User, before: str, after: str
) -> None:
    changed = telegram.ChatMemberUpdated(
        chat=room.chat(),
        from_user=_owner(world, room),
        date=world.date(),
        old_chat_member=member_as(user, before),
        new_chat_member=member_as(user, after),
    ).to_dict()
    own = _account(world, user.id)
    if own:
        own.feed.put("my_chat_member", changed, f"chat:{room.id}")
    else:
        for bot in bots_in(world, room, world.bot):
            bot.feed.put("chat_member", changed, f"chat:{room.id}")
    world.events.publish(world.audience(room), {"type": "chat", "chat": room.id})


def _account(world: World, user_id: int) -> Account | None:
    return next((bot for bot in world.all_accounts() if bot.id == user_id), None)

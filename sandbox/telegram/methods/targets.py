"""Finds the chat and the message a call means, or refuses as Telegram does."""

from sandbox.telegram.call import Call
from sandbox.telegram.errors import ApiError, bad_request, forbidden
from sandbox.telegram.model import PersonRecord, Post, Room

GONE = frozenset({"left", "kicked"})


def find_room(call: Call) -> Room:
    """The chat, for methods that only look."""
    return find_room_by(call, call.text("chat_id"))


def find_room_by(call: Call, chat_id: str) -> Room:
    if not chat_id:
        raise bad_request("chat_id is empty")
    room = _named(call, chat_id) if chat_id.startswith("@") else _numbered(call, chat_id)
    if room is None:
        raise bad_request("chat not found")
    if room.migrated_to is not None:
        raise bad_request(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=room.migrated_to
        )
    if not room.is_private:
        _check_membership(call, room)
    return room


def find_open_room(call: Call) -> Room:
    """The chat, for methods that write: the bot must be let in."""
    room = find_room(call)
    if room.person is not None:
        _check_person(call, room.person)
    world = call.world
    if world.faults.settings.limits:
        world.limits.check(room.id, world.now())
    return room


def find_post(call: Call, room: Room, what: str) -> Post:
    """`what` ends Telegram's sentence: edit, delete, copy, forward."""
    post = room.posts.get(call.integer("message_id"))
    if post is None:
        raise bad_request(f"message to {what} not found")
    return post


def _named(call: Call, name: str) -> Room | None:
    wanted = name.removeprefix("@").lower()
    for room in call.world.groups.values():
        if room.username and room.username.lower() == wanted:
            return room
    return None


def _numbered(call: Call, chat_id: str) -> Room | None:
    try:
        number = int(chat_id)
    except ValueError:
        return None
    if number < 0:
        return call.world.groups.get(number)
    room = call.account.private.get(number)
    if room is None and _has_met(call, number):
        raise forbidden("bot can't initiate conversation with a user")
    return room


def _has_met(call: Call, person_id: int) -> bool:
    groups = call.world.groups.values()
    return any(person_id in room.members and call.account.id in room.members for room in groups)


def _check_person(call: Call, person: PersonRecord) -> None:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.id in call.account.blocked_by:
        raise forbidden("bot was blocked by the user")


def _check_membership(call: Call, room: Room) -> None:
    status = room.members.get(call.account.id)
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {_kind(room)} chat")
    if status == "left":
        raise forbidden(f"bot is not a member of the {_kind(room)} chat")
    if status is None:
        raise _unknown()


def _unknown() -> ApiError:
    return bad_request("chat not found")


def _kind(room: Room) -> str:
    return "supergroup" if room.type == "supergroup" else "group"

"""Methods that answer people's presses or tell a bot about itself and its chats."""

from typing import Any
from urllib.parse import urlsplit

import telegram

from sandbox.telegram.call import Call
from sandbox.telegram.errors import QUERY_TOO_OLD, bad_request
from sandbox.telegram.limits import ANSWER_LENGTH, CALLBACK_LIFE_S, utf16_length
from sandbox.telegram.markup import is_loopback
from sandbox.telegram.members import member
from sandbox.telegram.methods.targets import GONE, find_room
from sandbox.telegram.model import Json, Room

ACCENT_COLOR = 5
REACTIONS = 11


def get_me(call: Call) -> Json:
    return call.account.full_user()


def answer_callback_query(call: Call) -> bool:
    text = call.text("text")
    if utf16_length(text) > ANSWER_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.text("url")
    if url:
        _check_answer_url(url)
    query = call.account.queries.pop(call.text("callback_query_id"), None)
    if query is None or call.world.now() - query.at > CALLBACK_LIFE_S:
        raise bad_request(QUERY_TOO_OLD)
    answer = {"text": text or None, "show_alert": call.flag("show_alert"), "url": url or None}
    if not query.answer.done():
        query.answer.set_result(answer)
    event = {"type": "answer", "chat": query.chat_id, "query_id": query.id, **answer}
    call.world.events.publish([query.person_id], event)
    return True


def get_chat(call: Call) -> Json:
    room = find_room(call)
    chat = telegram.ChatFullInfo(
        **room.chat().to_dict(),
        accent_color_id=ACCENT_COLOR,
        max_reaction_count=REACTIONS,
        accepted_gift_types=telegram.AcceptedGiftTypes(
            unlimited_gifts=False,
            limited_gifts=False,
            unique_gifts=False,
            premium_subscription=False,
            gifts_from_channels=False,
        ),
    )
    return chat.to_dict()


def get_chat_member(call: Call) -> Json:
    room = find_room(call)
    user_id = call.integer("user_id")
    if room.is_private or user_id not in {*call.world.people, *room.members}:
        raise bad_request("PARTICIPANT_ID_INVALID" if room.is_private else "user not found")
    return member(call.world, room, user_id).to_dict()


def get_chat_administrators(call: Call) -> list[Json]:
    room = _group(call)
    managing = [
        user_id
        for user_id, status in room.members.items()
        if status in {"creator", "administrator"} and user_id in call.world.people
    ]
    return [member(call.world, room, user_id).to_dict() for user_id in managing]


def get_chat_member_count(call: Call) -> int:
    room = find_room(call)
    if room.is_private:
        return 2
    return sum(status not in GONE for status in room.members.values())


def leave_chat(call: Call) -> bool:
    room = _group(call)
    room.members[call.account.id] = "left"
    return True


def _group(call: Call) -> Room:
    room = find_room(call)
    if room.is_private:
        raise bad_request("chat member status can't be changed in private chats")
    return room


def _check_answer_url(url: str) -> None:
    """Games and deep links to the bot itself; loopback for a product tried out on one machine."""
    parts: Any = urlsplit(url)
    is_deep_link = parts.hostname in {"t.me", "telegram.me"} or parts.scheme == "tg"
    if not is_deep_link and not is_loopback(parts.hostname):
        raise bad_request("URL_INVALID")

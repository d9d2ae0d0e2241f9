"""What people do in their apps: write, press, send pictures, block, and the updates bots get."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import telegram

from sandbox.telegram import posting
from sandbox.telegram.account import Account, Query
from sandbox.telegram.errors import PageError
from sandbox.telegram.files import Upload
from sandbox.telegram.formatting import checked_caption, said_by_person
from sandbox.telegram.limits import (
    ALBUM_MAX,
    CALLBACK_LIFE_S,
    START_PAYLOAD_LENGTH,
    TEXT_LENGTH,
    utf16_length,
)
from sandbox.telegram.members import member_as
from sandbox.telegram.model import Content, Formatted, Json, Media, PersonRecord, Post, Room
from sandbox.telegram.posting import Draft
from sandbox.telegram.world import World, random_id

_PAYLOAD = re.compile(rf"[A-Za-z0-9_-]{{1,{START_PAYLOAD_LENGTH}}}")
_MANY_QUERIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A person in one of their chats; `account` is the bot there."""

    world: World
    account: Account
    person: PersonRecord
    room: Room


def place(world: World, person_id: int, chat_id: int) -> Place:
    person, account = world.person(person_id), world.bot
    if chat_id == person_id:
        room = account.room_with(person)
    else:
        room = world.group(chat_id)
        if room.members.get(person_id, "left") in {"left", "kicked"}:
            raise PageError(f"{person.first_name} is not a member of {room.title}")
    return Place(world=world, account=account, person=person, room=room)


def say(at: Place, text: str, reply_to: int | None = None) -> Json:
    body = said_by_person(text)
    if not body.text:
        raise PageError("a message needs some text")
    if utf16_length(body.text) > TEXT_LENGTH:
        raise PageError(f"a message has at most {TEXT_LENGTH} characters")
    return _send(at, Content(body=body), reply_to=reply_to)


def start(at: Place, payload: str | None) -> Json:
    """The start button; an ill-formed payload never reaches the bot, only a bare /start."""
    if at.person.id in at.account.blocked_by:
        unblock(at)
    has_payload = payload is not None and _PAYLOAD.fullmatch(payload)
    return say(at, f"/start {payload}" if has_payload else "/start")


def upload(at: Place, kind: str, uploads: Sequence[Upload], caption: str) -> list[Json]:
    if not 1 <= len(uploads) <= ALBUM_MAX:
        raise PageError(f"1 to {ALBUM_MAX} files go together")
    files = at.world.files
    add = {"photo": files.add_photo, "document": files.add_document}.get(kind)
    if add is None:
        raise PageError("kind is photo or document")
    body = checked_caption(said_by_person(caption))
    album_id = random_id() if len(uploads) > 1 else None
    media = [add(item) for item in uploads]
    return [
        _send(at, _captioned(item, body, is_first=index == 0), album_id=album_id)
        for index, item in enumerate(media)
    ]


def edit(at: Place, message_id: int, text: str) -> Json:
    post = _own(at, message_id)
    body = said_by_person(text)
    content = Content(body=body, media=post.content.media)
    message = posting.change(at.world, at.room, post, content=content, markup=post.markup)
    _tell(at, "edited_message", message)
    return message


def delete(at: Place, message_id: int) -> None:
    """Bots are not told."""
    if message_id not in at.room.posts:
        raise PageError(f"there is no message {message_id} in this chat")
    posting.remove(at.world, at.room, message_id)


def button_data(at: Place, message_id: int, row: int, column: int) -> str:
    post = at.room.posts.get(message_id)
    keyboard = post.markup.inline.inline_keyboard if post and post.markup.inline else ()
    if not (0 <= row < len(keyboard) and 0 <= column < len(keyboard[row])):
        raise PageError(f"message {message_id} has no button in row {row}, column {column}")
    data = keyboard[row][column].callback_data
    if not isinstance(data, str):
        raise PageError("this button opens or copies something; the bot is not told of it")
    return data


def press(at: Place, message_id: int, data: str) -> Query:
    """`data` need not stand on the message: old and forged buttons reach bots too."""
    account = at.account
    query = Query(
        id=random_id(),
        person_id=at.person.id,
        chat_id=at.room.id,
        at=at.world.now(),
        answer=asyncio.get_running_loop().create_future(),
    )
    if len(account.queries) > _MANY_QUERIES:
        _forget_old_queries(account, query.at)
    account.queries[query.id] = query
    body = {
        "id": query.id,
        "from": at.person.user().to_dict(),
        "message": at.room.rendered.get(message_id) or _inaccessible(at.room, message_id),
        "chat_instance": at.room.instance,
        "data": data,
    }
    account.feed.put("callback_query", body, f"press:{at.person.id}")
    return query


def block(at: Place) -> None:
    if at.person.id not in at.account.blocked_by:
        at.account.blocked_by.add(at.person.id)
        _membership_changed(at, "member", "kicked")


def unblock(at: Place) -> None:
    if at.person.id in at.account.blocked_by:
        at.account.blocked_by.discard(at.person.id)
        _membership_changed(at, "kicked", "member")


def bots_in(world: World, room: Room, account: Account) -> list[Account]:
    """Bots that belong to this chat."""
    if room.is_private:
        return [account]
    inside = {"member", "administrator"}
    return [bot for bot in world.all_accounts() if room.members.get(bot.id) in inside]


def _captioned(media: Media, body: Formatted, *, is_first: bool) -> Content:
    return Content(media=media, body=body if is_first else Formatted(text=""))


def _send(
    at: Place, content: Content, *, album_id: str | None = None, reply_to: int | None = None
) -> Json:
    if at.room.is_private and at.person.id in at.account.blocked_by:
        raise PageError("the bot is blocked; unblock or restart it first")
    if at.room.migrated_to is not None:
        raise PageError(f"this group has become the supergroup {at.room.migrated_to}")
    draft = Draft(
        sender=at.person.user(),
        content=content,
        album_id=album_id,
        reply_to=reply_to if reply_to in at.room.posts else None,
    )
    message = posting.add(at.world, at.account, at.room, draft)
    _tell(at, "message", message)
    return message


def _tell(at: Place, kind: str, message: Json) -> None:
    for bot in bots_in(at.world, at.room, at.account):
        if at.room.is_private or _sees(bot, at.room, message):
            bot.feed.put(kind, message, f"chat:{at.room.id}")


def _sees(bot: Account, room: Room, message: Json) -> bool:
    """Privacy mode: in groups a bot gets what is meant for it, unless it is an administrator."""
    if room.members.get(bot.id) == "administrator":
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
        return True
    text = str(message.get("text") or message.get("caption") or "")
    is_named = f"@{bot.username}".lower() in text.lower()
    return is_named or (text.startswith("/") and "@" not in text.split(maxsplit=1)[0])


def _own(at: Place, message_id: int) -> Post:
    post = at.room.posts.get(message_id)
    if post is None or post.sender.id != at.person.id or post.content.service:
        raise PageError("people can edit their own messages only")
    return post


def _inaccessible(room: Room, message_id: int) -> Json:
    return telegram.InaccessibleMessage(chat=room.chat(), message_id=message_id).to_dict()


def _forget_old_queries(account: Account, now: float) -> None:
    old = [query for query in account.queries.values() if now - query.at > CALLBACK_LIFE_S]
    for query in old:
        del account.queries[query.id]


def _membership_changed(at: Place, before: str, after: str) -> None:
    bot = at.account.user()
    changed = telegram.ChatMemberUpdated(
        chat=at.room.chat(),
        from_user=at.person.user(),
        date=at.world.date(),
        old_chat_member=member_as(bot, before),
        new_chat_member=member_as(bot, after),
    )
    at.account.feed.put("my_chat_member", changed.to_dict(), f"chat:{at.room.id}")
    at.world.events.publish([at.person.id], {"type": "chat", "chat": at.room.id})

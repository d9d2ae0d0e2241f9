"""Methods by which a bot puts messages into a chat."""

from typing import Any

from sandbox.telegram import posting
from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.formatting import read_caption, read_caption_of, read_text
from sandbox.telegram.limits import ALBUM_MAX, ALBUM_MIN
from sandbox.telegram.markup import read_markup
from sandbox.telegram.methods.media import read_input_media, read_media
from sandbox.telegram.methods.targets import find_open_room
from sandbox.telegram.model import Content, Json, Room
from sandbox.telegram.posting import Draft
from sandbox.telegram.world import random_id

CHAT_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(call: Call) -> Json:
    room = find_open_room(call)
    return _send(call, room, Content(body=read_text(call)))


def send_photo(call: Call) -> Json:
    return _send_media(call, "photo")


def send_document(call: Call) -> Json:
    return _send_media(call, "document")


def send_media_group(call: Call) -> list[Json]:
    room = find_open_room(call)
    album = _album(call)
    reply_to = read_reply(call, room)
    album_id = random_id()
    drafts = [
        Draft(
            sender=call.account.user(),
            content=content,
            album_id=album_id,
            reply_to=reply_to,
            is_protected=call.flag("protect_content"),
        )
        for content in album
    ]
    return [posting.add(call.world, call.account, room, draft) for draft in drafts]


def send_chat_action(call: Call) -> bool:
    room = find_open_room(call)
    action = call.text("action")
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    event = {"type": "typing", "chat": room.id, "action": action}
    call.world.events.publish(call.world.audience(room), event)
    return True


def read_reply(call: Call, room: Room) -> int | None:
    """The message that this one answers; None where there is none or it may be missing."""
    parameters = call.json("reply_parameters", "reply parameters") or {}
    message_id = parameters.get("message_id") or call.integer("reply_to_message_id")
    if not message_id:
        return None
    if message_id in room.posts:
        return int(message_id)
    if parameters.get("allow_sending_without_reply") or call.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def _send_media(call: Call, kind: str) -> Json:
    room = find_open_room(call)
    media = read_media(call, call.arguments.values.get(kind) or kind, kind)
    return _send(call, room, Content(body=read_caption(call), media=media))


def _send(call: Call, room: Room, content: Content) -> Json:
    draft = Draft(
        sender=call.account.user(),
        content=content,
        markup=read_markup(call),
        reply_to=read_reply(call, room),
        is_protected=call.flag("protect_content"),
    )
    return posting.add(call.world, call.account, room, draft)


def _album(call: Call) -> list[Content]:
    items: Any = call.json("media", "media")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("expected an Array of InputMedia")
    if not ALBUM_MIN <= len(items) <= ALBUM_MAX:
        raise bad_request("wrong number of items in the media group; it must be 2-10 items")
    kinds = {item.get("type") for item in items}
    if len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    return [
        Content(body=read_caption_of(item), media=read_input_media(call, item)) for item in items
    ]

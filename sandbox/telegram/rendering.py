"""Messages as Telegram writes them: real library objects, turned into plain JSON once."""

from typing import Any

import telegram

from sandbox.telegram.model import Json, Post, Room

# The library prints these as false on every message; Telegram leaves them out.
_FLAGS = (
    "channel_chat_created",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
)


def render(room: Room, post: Post) -> Json:
    message = telegram.Message(
        message_id=post.id,
        date=post.at,
        chat=room.chat(),
        from_user=post.sender,
        edit_date=post.edited_at,
        reply_markup=post.markup.inline,
        media_group_id=post.album_id,
        forward_origin=post.origin,
        has_protected_content=post.is_protected or None,
        **_content(post),
    )
    data = message.to_dict()
    for flag in _FLAGS:
        if data.get(flag) is False:
            del data[flag]
    original = room.rendered.get(post.reply_to) if post.reply_to else None
    if original:
        data["reply_to_message"] = {
            key: value for key, value in original.items() if key != "reply_to_message"
        }
    return data


def _content(post: Post) -> dict[str, Any]:
    content = post.content
    fields: dict[str, Any] = dict(content.service)
    body = content.body
    if content.media is None:
        if not content.service:
            fields |= {"text": body.text, "entities": body.entities}
        return fields
    fields |= {"photo": content.media.photo, "document": content.media.document}
    if body.text:
        fields |= {"caption": body.text, "caption_entities": body.entities}
    return fields


def shown_on_page(room: Room, message_id: int) -> Json:
    """A message as the page sees it: with reply keyboards, which bots never get back."""
    data = {**room.rendered[message_id], "revision": room.revisions[message_id]}
    keyboard = room.posts[message_id].markup.keyboard
    if keyboard:
        data["reply_markup"] = keyboard
    return data

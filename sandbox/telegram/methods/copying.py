"""Methods by which a bot takes a message from one chat to another."""

import telegram

from sandbox.telegram import posting
from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.formatting import read_caption
from sandbox.telegram.markup import read_markup
from sandbox.telegram.methods.sending import read_reply
from sandbox.telegram.methods.targets import find_open_room, find_post, find_room_by
from sandbox.telegram.model import Content, Json, Post, Room
from sandbox.telegram.posting import Draft


def copy_message(call: Call) -> Json:
    room, post = _room_and_source(call, "copy", "copied")
    content = post.content
    if content.media and "caption" in call.arguments.values:
        content = Content(body=read_caption(call), media=content.media)
    draft = Draft(
        sender=call.account.user(),
        content=content,
        markup=read_markup(call),
        reply_to=read_reply(call, room),
        is_protected=call.flag("protect_content"),
    )
    message = posting.add(call.world, call.account, room, draft)
    return {"message_id": message["message_id"]}


def forward_message(call: Call) -> Json:
    room, post = _room_and_source(call, "forward", "forwarded")
    origin = post.origin or telegram.MessageOriginUser(date=post.at, sender_user=post.sender)
    draft = Draft(
        sender=call.account.user(),
        content=post.content,
        origin=origin,
        is_protected=call.flag("protect_content"),
    )
    return posting.add(call.world, call.account, room, draft)


def _room_and_source(call: Call, verb: str, participle: str) -> tuple[Room, Post]:
    room = find_open_room(call)
    source = find_room_by(call, call.text("from_chat_id"))
    post = find_post(call, source, verb)
    if post.is_protected or post.content.service:
        raise bad_request(f"message can't be {participle}")
    return room, post

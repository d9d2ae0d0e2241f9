"""Methods by which a bot changes or removes what stands in a chat."""

from datetime import timedelta

from sandbox.telegram import posting
from sandbox.telegram.call import Call
from sandbox.telegram.errors import NOT_MODIFIED, bad_request
from sandbox.telegram.formatting import read_caption, read_caption_of, read_text
from sandbox.telegram.limits import DELETE_LIFE_S, MESSAGES_PER_DELETE
from sandbox.telegram.markup import read_inline_markup
from sandbox.telegram.methods.media import read_input_media
from sandbox.telegram.methods.targets import find_open_room, find_post, find_room
from sandbox.telegram.model import Content, Json, Markup, Post, Room


def edit_message_text(call: Call) -> Json:
    room, post = _own_post(call)
    if post.content.media or post.content.service:
        raise bad_request("there is no text in the message to edit")
    return _edit(call, room, post, Content(body=read_text(call)))


def edit_message_caption(call: Call) -> Json:
    room, post = _own_post(call)
    if post.content.media is None:
        raise bad_request("there is no caption in the message to edit")
    content = Content(body=read_caption(call), media=post.content.media)
    return _edit(call, room, post, content)


def edit_message_media(call: Call) -> Json:
    room, post = _own_post(call)
    item = call.json("media", "input media")
    if not isinstance(item, dict):
        raise bad_request("can't parse input media JSON object")
    content = Content(body=read_caption_of(item), media=read_input_media(call, item))
    return _edit(call, room, post, content)


def edit_message_reply_markup(call: Call) -> Json:
    room, post = _own_post(call)
    return _edit(call, room, post, post.content)


def delete_message(call: Call) -> bool:
    room = find_room(call)
    post = find_post(call, room, "delete")
    if not _may_delete(call, room, post):
        raise bad_request("message can't be deleted for everyone")
    posting.remove(call.world, room, post.id)
    return True


def delete_messages(call: Call) -> bool:
    """Passes over those that are not there or may not be removed."""
    room = find_room(call)
    message_ids = call.json("message_ids", "message identifiers")
    if not isinstance(message_ids, list) or not message_ids:
        raise bad_request("message identifiers are not specified")
    if len(message_ids) > MESSAGES_PER_DELETE:
        raise bad_request("too many message identifiers specified")
    for message_id in message_ids:
        post = room.posts.get(int(message_id))
        if post and _may_delete(call, room, post):
            posting.remove(call.world, room, post.id)
    return True


def _own_post(call: Call) -> tuple[Room, Post]:
    if call.has("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    room = find_open_room(call)
    if not call.has("message_id"):
        raise bad_request("message identifier is not specified")
    post = find_post(call, room, "edit")
    if post.sender.id != call.account.id or post.origin:
        raise bad_request("message can't be edited")
    return room, post


def _edit(call: Call, room: Room, post: Post, content: Content) -> Json:
    markup = read_inline_markup(call)
    if _shows(content, markup) == _shows(post.content, post.markup):
        raise bad_request(NOT_MODIFIED)
    return posting.change(call.world, room, post, content=content, markup=markup)


def _shows(content: Content, markup: Markup) -> tuple[object, ...]:
    entities = [entity.to_dict() for entity in content.body.entities]
    media = content.media.key() if content.media else None
    keyboard = markup.inline.to_dict() if markup.inline else None
    return content.body.text, entities, media, keyboard


def _may_delete(call: Call, room: Room, post: Post) -> bool:
    if posting.age(call.world, post) > timedelta(seconds=DELETE_LIFE_S):
        return False
    if post.sender.id == call.account.id or room.is_private:
        return True
    return room.members.get(call.account.id) == "administrator"

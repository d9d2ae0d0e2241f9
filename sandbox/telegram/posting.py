"""Puts messages into chats, changes and removes them, and tells whoever looks on."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import telegram

from sandbox.telegram.account import Account
from sandbox.telegram.model import Content, Json, Markup, Post, Room
from sandbox.telegram.rendering import render, shown_on_page
from sandbox.telegram.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it has a number and a time."""

    sender: telegram.User
    content: Content
    markup: Markup = field(default_factory=Markup)
    album_id: str | None = None
    reply_to: int | None = None
    origin: telegram.MessageOrigin | None = None
    is_protected: bool = False


def add(world: World, account: Account, room: Room, draft: Draft) -> Json:
    post = Post(
        id=_next_id(account, room),
        at=world.date(),
        sender=draft.sender,
        content=draft.content,
        markup=draft.markup,
        album_id=draft.album_id,
        reply_to=draft.reply_to,
        origin=draft.origin,
        is_protected=draft.is_protected,
    )
    return _keep(world, room, post, "message")


def change(
    world: World, room: Room, post: Post, *, content: Content | None = None, markup: Markup
) -> Json:
    changed = replace(post, content=content or post.content, markup=markup, edited_at=world.date())
    return _keep(world, room, changed, "edited")


def remove(world: World, room: Room, message_id: int) -> None:
    del room.posts[message_id], room.rendered[message_id], room.revisions[message_id]
    world.next_revision()
    event = {"type": "deleted", "chat": room.id, "message_id": message_id}
    world.events.publish(world.audience(room), event)


def age(world: World, post: Post) -> timedelta:
    return world.date() - post.at


def _next_id(account: Account, room: Room) -> int:
    """Supergroups count for themselves; a bot's other chats share one count."""
    if room.type == telegram.Chat.SUPERGROUP:
        room.last_id += 1
        return room.last_id
    account.last_message_id += 1
    return account.last_message_id


def _keep(world: World, room: Room, post: Post, event: str) -> Json:
    rendered = render(room, post)
    room.posts[post.id] = post
    room.rendered[post.id] = rendered
    room.revisions[post.id] = world.next_revision()
    if world.events.is_watched():
        shown = shown_on_page(room, post.id)
        world.events.publish(
            world.audience(room), {"type": event, "chat": room.id, "message": shown}
        )
    return rendered

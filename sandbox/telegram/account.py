"""A bot as Telegram knows it: its name, its private chats, its menus and its unfetched updates."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import telegram

from sandbox.telegram.model import Json, PersonRecord, Room
from sandbox.telegram.updates import UpdateFeed
from sandbox.telegram.webhook import Webhook


@dataclass(slots=True, kw_only=True)
class Query:
    """A pressed button that waits for its answer."""

    id: str
    person_id: int
    chat_id: int
    at: float
    answer: asyncio.Future[Json]


@dataclass(slots=True, kw_only=True)
class Profile:
    """What people see of a bot before and beside the chat; keys are language codes."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    menu_buttons: dict[int | None, Json] = field(default_factory=dict)


class Account:
    """One bot user; each token has its own."""

    def __init__(self, *, bot_id: int, username: str, first_name: str, feed: UpdateFeed) -> None:
        self.id = bot_id
        self.username = username
        self.first_name = first_name
        self.feed = feed
        self.webhook: Webhook | None = None
        self.profile = Profile()
        self.private: dict[int, Room] = {}
        self.blocked_by: set[int] = set()
        self.queries: dict[str, Query] = {}
        self.last_message_id = 0

    def user(self) -> telegram.User:
        return telegram.User(
            id=self.id,
            first_name=self.first_name,
            is_bot=True,
            username=self.username,
        )

    def full_user(self) -> Json:
        """With what only getMe tells."""
        flags: dict[str, Any] = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return {**self.user().to_dict(), **flags}

    def room_with(self, person: PersonRecord) -> Room:
        room = self.private.get(person.id)
        if room is None:
            room = Room(
                id=person.id,
                type=telegram.Chat.PRIVATE,
                person=person,
                instance=str(hash((self.id, person.id)) & (2**62 - 1)),
            )
            self.private[person.id] = room
        return room

"""What the pretended Telegram keeps: people, chats, messages and files."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import telegram

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class PersonRecord:
    """Somebody with the Telegram app; `title` is the role the page shows beside the name."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str = "zh-hans"
    title: str = ""
    title_en: str = ""
    deactivated: bool = False

    def user(self) -> telegram.User:
        return telegram.User(
            id=self.id,
            first_name=self.first_name,
            is_bot=False,
            last_name=self.last_name,
            username=self.username,
            language_code=self.language_code,
        )

    def shown(self) -> Json:
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
            "title": self.title,
            "title_en": self.title_en,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """A text after its markup was read."""

    text: str
    entities: tuple[telegram.MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """The buttons of a message: those on it, or those that take the keyboard's place."""

    inline: telegram.InlineKeyboardMarkup | None = None
    keyboard: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture in its sizes, or a document."""

    photo: tuple[telegram.PhotoSize, ...] = ()
    document: telegram.Document | None = None

    def key(self) -> str:
        """Same key, same content: how Telegram decides that an edit changes nothing."""
        if self.document:
            return self.document.file_unique_id
        return self.photo[-1].file_unique_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says; body is the text, or the caption where there is media."""

    body: Formatted = field(default_factory=lambda: Formatted(text=""))
    media: Media | None = None
    service: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message in a chat; an edit replaces it by a changed copy."""

    id: int
    sender: telegram.User
    at: datetime
    content: Content
    markup: Markup = field(default_factory=Markup)
    edited_at: datetime | None = None
    album_id: str | None = None
    reply_to: int | None = None
    origin: telegram.MessageOrigin | None = None
    is_protected: bool = False


@dataclass(slots=True, kw_only=True)
class Room:
    """A chat: private (of one bot and one person) or a group."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    person: PersonRecord | None = None
    members: dict[int, str] = field(default_factory=dict)
    posts: dict[int, Post] = field(default_factory=dict)
    rendered: dict[int, Json] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)
    read_up_to: dict[int, int] = field(default_factory=dict)
    last_id: int = 0
    migrated_to: int | None = None
    instance: str = ""

    @property
    def is_private(self) -> bool:
        return self.type == telegram.Chat.PRIVATE

    def chat(self) -> telegram.Chat:
        if self.person:
            person = self.person
            return telegram.Chat(
                id=self.id,
                type=self.type,
                first_name=person.first_name,
                last_name=person.last_name,
                username=person.username,
            )
        return telegram.Chat(id=self.id, type=self.type, title=self.title, username=self.username)

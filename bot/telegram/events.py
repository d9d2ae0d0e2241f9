"""Updates as events: who did what in a private chat, with nothing of Telegram left in it."""

import asyncio
import re
from collections import OrderedDict
from dataclasses import replace

from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message, User

from bot.conversations.model import (
    CARD_NUMBER,
    Attachment,
    Command,
    Event,
    Heard,
    Other,
    Said,
)
from bot.telegram import callback_data
from core.access.model import Person
from core.access.service import Access
from core.card_numbers import was_masked
from core.ids import PersonId

CHINESE, ENGLISH = "zh_CN", "en"
LONGEST_NAME = 64
LONGEST_FILE_NAME = 128
MEET_AGAIN_S = 30.0
PEOPLE_REMEMBERED = 5_000
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)

# What people send besides text and files; service messages (a pinned message, a timer) are none.
_KINDS = (
    "sticker",
    "voice",
    "video",
    "animation",
    "audio",
    "video_note",
    "contact",
    "location",
    "poll",
    "dice",
    "story",
)


class _RecentlyMet:
    """Spares a write at every tap: who was met moments ago, under this name, is known already."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, tuple[str, float]] = OrderedDict()

    def is_fresh(self, user_id: int, name: str) -> bool:
        known, at = self._seen.get(user_id, ("", 0.0))
        return known == name and _now() - at < MEET_AGAIN_S

    def note(self, user_id: int, name: str) -> None:
        self._seen[user_id] = name, _now()
        self._seen.move_to_end(user_id)
        if len(self._seen) > PEOPLE_REMEMBERED:
            self._seen.popitem(last=False)


def _now() -> float:
    return asyncio.get_running_loop().time()


class Events:
    """Reads what aiogram hands over; the person is remembered on the way."""

    def __init__(self, access: Access, *, default_language: str, username: str) -> None:
        self._access = access
        self._default_language = default_language
        self._username = username.lower()
        self._met = _RecentlyMet()

    async def of_message(self, message: Message, update_id: int) -> Event | None:
        """None for what no person did: service messages, other bots."""
        heard = self._heard_in(message)
        if heard is None or message.from_user is None or message.from_user.is_bot:
            return None
        event = await self._event(message.from_user, heard, update_id, message.chat.id)
        return replace(event, said_in=message.message_id)

    async def of_press(self, query: CallbackQuery, update_id: int) -> Event | None:
        """None where there is no private chat to answer in."""
        message = query.message  # perhaps an InaccessibleMessage: chat and id it always has
        if message is None or message.chat.type != ChatType.PRIVATE:
            return None
        heard = callback_data.read(query.data or "")
        return await self._event(
            query.from_user, heard, update_id, message.chat.id, message.message_id
        )

    async def _event(
        self,
        user: User,
        heard: Heard,
        update_id: int,
        chat_id: int,
        message_id: int | None = None,
    ) -> Event:
        return Event(
            key=f"update:{update_id}",
            chat_id=chat_id,
            person=await self.person(user),
            heard=heard,
            message_id=message_id,
        )

    async def person(self, user: User) -> Person:
        """The person as the core knows them, speaking the language they chose."""
        person_id = PersonId(user.id)
        name = user.full_name.strip()[:LONGEST_NAME] or str(user.id)
        hint = language_of(user.language_code, self._default_language)
        if not self._met.is_fresh(user.id, name):
            person = await self._access.meet(person_id, name, hint)
            self._met.note(user.id, name)
            return person
        language = await self._access.language(person_id) or hint
        return Person(person_id=person_id, display_name=name, language=language)

    def _heard_in(self, message: Message) -> Heard | None:
        if was_masked(message.text or message.caption or ""):
            return Other(what=CARD_NUMBER)
        if message.text is not None:
            return self._heard_as(message.text)
        if (attachment := attachment_in(message)) is not None:
            return attachment
        kind = next((kind for kind in _KINDS if getattr(message, kind, None) is not None), None)
        return None if kind is None else Other(what=kind)

    def _heard_as(self, text: str) -> Heard:
        match = _COMMAND.fullmatch(text.strip())
        if match is None:
            return Said(text=text)
        name, addressee, argument = match.groups(default="")
        if addressee and addressee.lower() != self._username:
            return Other(what="command")
        return Command(name=name.lower(), argument=argument.strip())


def language_of(code: str | None, default: str) -> str:
    """The catalogue for a client's language: Chinese for any Chinese, the default if unsaid."""
    if not code:
        return default
    return CHINESE if code.lower().startswith("zh") else ENGLISH


def attachment_in(message: Message) -> Attachment | None:
    """The picture (in its largest size) or file of a message."""
    album, caption = message.media_group_id, message.caption or ""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Attachment(
            file_id=largest.file_id,
            unique_id=largest.file_unique_id,
            is_picture=True,
            size=largest.file_size,
            album=album,
            caption=caption,
        )
    if message.document is None or message.animation is not None:
        return None
    document = message.document
    return Attachment(
        file_id=document.file_id,
        unique_id=document.file_unique_id,
        is_picture=False,
        name=(document.file_name or "")[:LONGEST_FILE_NAME],
        media_type=document.mime_type or "",
        size=document.file_size,
        album=album,
        caption=caption,
    )

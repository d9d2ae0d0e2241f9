"""Where an update came from; asynchronous, for aiogram runs other filters in threads."""

from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message


def _chat_of(event: Message | CallbackQuery | ChatMemberUpdated) -> Chat | None:
    if isinstance(event, CallbackQuery):
        return None if event.message is None else event.message.chat
    return event.chat


async def in_private(event: Message | CallbackQuery | ChatMemberUpdated) -> bool:
    chat = _chat_of(event)
    return chat is not None and chat.type == ChatType.PRIVATE


async def in_group(event: Message | CallbackQuery | ChatMemberUpdated) -> bool:
    chat = _chat_of(event)
    return chat is not None and chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}

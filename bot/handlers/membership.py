"""Notes who stopped the bot and who came back, so that notices know whom they reach."""

from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.enums import ChatMemberStatus
from aiogram.types import ChatMemberUpdated

from bot.handlers.filters import in_private
from core.ids import PersonId

NoteReachable = Callable[[PersonId, bool], Awaitable[None]]


def membership_router(note_reachable: NoteReachable) -> Router:
    """`note_reachable` is told false when a person blocks the bot, true when they unblock it."""
    router = Router(name="membership")

    async def on_change(change: ChatMemberUpdated) -> None:
        is_member = change.new_chat_member.status == ChatMemberStatus.MEMBER
        await note_reachable(PersonId(change.chat.id), is_member)

    router.my_chat_member.register(on_change, in_private)
    return router

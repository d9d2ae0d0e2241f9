"""Groups the bot does not serve: one sentence, no data, and out again."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.enums import ChatMemberStatus
from aiogram.methods import AnswerCallbackQuery, LeaveChat
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, User

from bot.conversations.model import Screen, Text, Toast
from bot.handlers.filters import in_group
from bot.telegram.errors import CallRefused
from bot.telegram.events import language_of
from bot.telegram.messages import Messages
from bot.telegram.render import Renderer
from bot.telegram.sender import Sender
from core.errors import NoticeFailed

SENTENCE = Text("group.private_only")
REMEMBERED = 1_000
QUIET_S = 5.0  # between two answers to commands in one group
Serves = Callable[[int], Awaitable[bool]]
NoteMoved = Callable[[int, int], Awaitable[None]]  # from the old id to the new one
HERE = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR})


class Groups:
    """Speaks once by itself in a group, and in answer to commands."""

    def __init__(
        self,
        sender: Sender,
        messages: Messages,
        renderer: Renderer,
        *,
        default_language: str,
        serves: Serves,
        note_moved: NoteMoved,
    ) -> None:
        """`serves` tells the groups that others look after, such as the reviewers'."""
        self._sender = sender
        self._messages = messages
        self._renderer = renderer
        self._default_language = default_language
        self._serves = serves
        self._note_moved = note_moved
        self._told: OrderedDict[int, float] = OrderedDict()

    async def is_foreign(self, event: Message | CallbackQuery | ChatMemberUpdated) -> bool:
        message = event.message if isinstance(event, CallbackQuery) else event
        return message is not None and not await self._serves(message.chat.id)

    async def has_moved(self, message: Message) -> bool:
        """Telegram's own word, in a group that is served, that it goes on under another id."""
        return message.migrate_to_chat_id is not None and await self._serves(message.chat.id)

    async def on_moved(self, message: Message) -> None:
        if message.migrate_to_chat_id is not None:
            await self._note_moved(message.chat.id, message.migrate_to_chat_id)

    async def on_message(self, message: Message) -> None:
        chat_id, text = message.chat.id, message.text or ""
        quiet_until = self._told.get(chat_id, 0) + QUIET_S
        if text and (chat_id not in self._told or (text.startswith("/") and _now() > quiet_until)):
            await self._tell(chat_id, message.from_user)

    async def on_press(self, query: CallbackQuery) -> None:
        language = self._language(query.from_user)
        text = self._renderer.toast(Toast(text=SENTENCE, alert=True), language)
        method = AnswerCallbackQuery(callback_query_id=query.id, text=text, show_alert=True)
        await self._sender.call(method, chat_id=None, urgent=True)

    async def on_change(self, change: ChatMemberUpdated) -> None:
        """Somebody added the bot: say why not, and leave."""
        if change.new_chat_member.status not in HERE:
            return
        if change.chat.id not in self._told:
            await self._tell(change.chat.id, change.from_user)
        try:
            await self._sender.call(LeaveChat(chat_id=change.chat.id), chat_id=change.chat.id)
        except (NoticeFailed, CallRefused):
            return  # left already, or kept there; the sentence was said either way

    async def _tell(self, chat_id: int, user: User | None) -> None:
        self._told[chat_id] = _now()
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        shown = self._renderer.message(Screen(text=SENTENCE), self._language(user))
        await self._messages.send(chat_id, shown, urgent=False)

    def _language(self, user: User | None) -> str:
        return language_of(user.language_code if user else None, self._default_language)


def _now() -> float:
    return asyncio.get_running_loop().time()


def groups_router(groups: Groups) -> Router:
    router = Router(name="groups")
    router.message.register(groups.on_moved, in_group, groups.has_moved)
    router.message.register(groups.on_message, in_group, groups.is_foreign)
    router.callback_query.register(groups.on_press, in_group, groups.is_foreign)
    router.my_chat_member.register(groups.on_change, in_group, groups.is_foreign)
    return router

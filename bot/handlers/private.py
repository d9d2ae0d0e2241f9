"""Private chats: each update becomes an event, the dialogue answers, the answer is shown."""

import asyncio
from typing import Protocol

from aiogram import Router
from aiogram.types import CallbackQuery, Message, Update

from bot.conversations.model import Event, Response
from bot.handlers.filters import in_private
from bot.telegram.events import Events
from bot.telegram.presenter import Presenter
from core.inbox.model import Place

PROMPT_S = 1.0  # a press is answered within this, even if its work takes longer


class Dialogue(Protocol):
    """The conversation kernel, as far as handlers need it."""

    async def handle(self, event: Event) -> Response:
        """Act on the event; one that was settled before leads to nothing."""
        ...


class PrivateChats:
    """Brings people, the dialogue and the presenter together."""

    def __init__(self, events: Events, dialogue: Dialogue, presenter: Presenter) -> None:
        self._events = events
        self._dialogue = dialogue
        self._presenter = presenter

    async def on_message(self, message: Message, event_update: Update) -> Place | None:
        event = await self._events.of_message(message, event_update.update_id)
        return None if event is None else await self._answer(event, None)

    async def on_press(self, query: CallbackQuery, event_update: Update) -> Place | None:
        event = await self._events.of_press(query, event_update.update_id)
        return None if event is None else await self._answer(event, query.id)

    async def _answer(self, event: Event, callback_query_id: str | None) -> Place | None:
        """Returns where the chat stands now: whoever ends the update keeps it with that."""
        handling = asyncio.ensure_future(self._dialogue.handle(event))
        try:
            await asyncio.wait({handling}, timeout=PROMPT_S)
            if callback_query_id is not None and not handling.done():
                await self._presenter.acknowledge(callback_query_id)
                callback_query_id = None
            response = await handling
        finally:
            handling.cancel()
        message_id = await self._presenter.present(
            event.chat_id, response, callback_query_id=callback_query_id
        )
        return response.settled(message_id)


def private_router(chats: PrivateChats) -> Router:
    """Edited messages are asked for and left alone: they never change anything."""
    router = Router(name="private")
    router.message.register(chats.on_message, in_private)
    router.callback_query.register(chats.on_press, in_private)
    return router

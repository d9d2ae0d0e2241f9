"""The one sentence a person gets when their update could not be handled at all."""

from aiogram.enums import ChatType
from aiogram.types import Chat, Update, User

from bot.conversations.model import Button, Navigate, Screen, Text
from bot.telegram.events import Events
from bot.telegram.messages import Messages
from bot.telegram.render import Renderer


class Apology:
    """Says that it came to nothing, with a reference the operators have too."""

    def __init__(self, messages: Messages, renderer: Renderer, events: Events) -> None:
        self._messages = messages
        self._renderer = renderer
        self._events = events

    async def say(self, update: Update, reference: str) -> None:
        """Only in private chats; in others there is nobody in particular to tell."""
        chat, user = _whereabouts(update)
        if chat is None or user is None or chat.type != ChatType.PRIVATE:
            return
        person = await self._events.person(user)
        text = Text("failed.update", {"reference": reference})
        menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
        shown = self._renderer.message(Screen(text=text, rows=((menu,),)), person.language)
        await self._messages.send(chat.id, shown, urgent=True)


def _whereabouts(update: Update) -> tuple[Chat | None, User | None]:
    if update.message is not None:
        return update.message.chat, update.message.from_user
    query = update.callback_query
    if query is not None and query.message is not None:
        return query.message.chat, query.from_user
    return None, None

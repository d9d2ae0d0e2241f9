"""Shows a response in its chat: the answer to the press first, then every message in order."""

from typing import assert_never

import structlog
from aiogram.methods import AnswerCallbackQuery, DeleteMessage

from bot.conversations.model import Response, Say, Screen, ShowCard, ShowFile, ShowPlace, Toast
from bot.telegram.cards import Cards
from bot.telegram.errors import CallRefused, MessageGone
from bot.telegram.messages import Messages
from bot.telegram.render import Renderer
from bot.telegram.sender import Sender
from core.errors import NoticeFailed

ANSWERING_PATIENCE_S = 5.0
log = structlog.get_logger()


class Presenter:
    """Brings responses to chats, for people who wait for them."""

    def __init__(
        self, sender: Sender, messages: Messages, renderer: Renderer, cards: Cards
    ) -> None:
        self._sender = sender
        self._messages = messages
        self._renderer = renderer
        self._cards = cards

    async def acknowledge(self, callback_query_id: str) -> None:
        """Answer a press whose work takes its time; there is no second answer."""
        await self._answer(callback_query_id, None, "")

    async def present(
        self, chat_id: int, response: Response, *, callback_query_id: str | None = None
    ) -> int | None:
        """Show everything; returns the message the chat's present screen stands in, if any."""
        if callback_query_id is not None:
            await self._answer(callback_query_id, response.toast, response.language)
        elif response.toast is not None:  # the press was answered already: say it in the chat
            said = self._renderer.message(Screen(text=response.toast.text), response.language)
            await self._messages.send(chat_id, said, urgent=True)
        if response.forget is not None:
            await self._forget(chat_id, response.forget)
        message_id = None
        for show in response.shows:
            if isinstance(show, ShowPlace):
                message_id = await self._show_place(chat_id, show, response.language)
            else:
                await self._show(chat_id, show, response.language)
        return message_id

    async def _show(self, chat_id: int, show: ShowCard | Say | ShowFile, language: str) -> None:
        match show:
            case ShowCard():
                await self._cards.show(
                    chat_id, show.subject, show.screen, language, anew=show.anew
                )
            case Say():
                said = self._renderer.message(show.screen, language)
                await self._messages.send(chat_id, said, urgent=True)
            case ShowFile():
                await self._show_file(chat_id, show, language)
            case _:
                assert_never(show)

    async def _show_file(self, chat_id: int, file: ShowFile, language: str) -> None:
        caption = "" if file.caption is None else self._renderer.caption(file.caption, language)
        await self._messages.send_file(chat_id, file, caption)

    async def _forget(self, chat_id: int, message_id: int) -> None:
        """Telegram lets a bot delete what people said in a private chat for 48 hours."""
        method = DeleteMessage(chat_id=chat_id, message_id=message_id)
        try:
            await self._sender.call(method, chat_id=chat_id, urgent=True)
        except (NoticeFailed, CallRefused, MessageGone) as error:
            log.warning("telegram.message_stays", why=error.code)

    async def _answer(self, callback_query_id: str, toast: Toast | None, language: str) -> None:
        """Always answered, else the client shows progress; a failure costs only that line."""
        text = None if toast is None else self._renderer.toast(toast, language)
        alert = None if toast is None else toast.alert
        method = AnswerCallbackQuery(
            callback_query_id=callback_query_id, text=text, show_alert=alert
        )
        try:
            await self._sender.call(
                method, chat_id=None, urgent=True, patience_s=ANSWERING_PATIENCE_S
            )
        except (NoticeFailed, CallRefused) as error:
            log.info("telegram.press_unanswered", why=error.code)

    async def _show_place(self, chat_id: int, show: ShowPlace, language: str) -> int:
        shown = self._renderer.place(show.screen, show.version, language)
        older = show.message_id
        if older is not None and show.replace:
            # A text can become a picture in place, not the other way round.
            messages = self._messages
            edit = messages.edit_text if shown.image is None else messages.edit_photo
            try:
                await edit(chat_id, older, shown, urgent=True)
            except MessageGone:
                log.info("telegram.screen_gone", chat=chat_id, message=older)
            else:
                return older
        message_id = await self._messages.send(chat_id, shown, urgent=True)
        if older is not None:
            await self._messages.retire(chat_id, older)
        return message_id

"""Writes, edits and retires messages; who calls decides which."""

from pathlib import Path

import structlog
from aiogram.methods import (
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
)
from aiogram.types import (
    BufferedInputFile,
    FSInputFile,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
)

from bot.conversations.model import ShowFile
from bot.telegram import media
from bot.telegram.errors import CallRefused, MessageGone
from bot.telegram.render import Rendered
from bot.telegram.sender import Sender
from core.errors import NoticeFailed

HTML = "HTML"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NO_BUTTONS = InlineKeyboardMarkup(inline_keyboard=[])
RETIRING_PATIENCE_S = 3.0
log = structlog.get_logger()


class Messages:
    """Rendered screens in chats. `urgent` is for those somebody waits for."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def send(self, chat_id: int, shown: Rendered, *, urgent: bool) -> int:
        """A new message; returns its id."""
        photo = None if shown.image is None else await _photo(shown)
        method = _new_text(chat_id, shown) if photo is None else _new_photo(chat_id, shown, photo)
        sent = await self._sender.call(method, chat_id=chat_id, urgent=urgent)
        return sent.message_id

    async def send_file(self, chat_id: int, file: ShowFile, caption: str) -> int:
        """A document; a file on disk is removed once Telegram has it. Returns the message's id."""
        content = file.content
        method = SendDocument(
            chat_id=chat_id,
            document=_input(content, file.name),
            caption=caption or None,
            parse_mode=HTML,
        )
        sent = await self._sender.call(method, chat_id=chat_id, urgent=True)
        if isinstance(content, Path):
            content.unlink(missing_ok=True)
        return sent.message_id

    async def edit_text(
        self, chat_id: int, message_id: int, shown: Rendered, *, urgent: bool
    ) -> None:
        """Text and keyboard of a text message; `MessageGone` when it is none."""
        method = EditMessageText(
            chat_id=chat_id,
            message_id=message_id,
            text=shown.text,
            parse_mode=HTML,
            reply_markup=shown.keyboard,
            link_preview_options=NO_PREVIEW,
        )
        await self._sender.call(method, chat_id=chat_id, urgent=urgent)

    async def edit_caption(
        self, chat_id: int, message_id: int, shown: Rendered, *, urgent: bool
    ) -> None:
        method = EditMessageCaption(
            chat_id=chat_id,
            message_id=message_id,
            caption=shown.text,
            parse_mode=HTML,
            reply_markup=shown.keyboard,
        )
        await self._sender.call(method, chat_id=chat_id, urgent=urgent)

    async def edit_photo(
        self, chat_id: int, message_id: int, shown: Rendered, *, urgent: bool
    ) -> None:
        """The image, with caption and keyboard."""
        item = InputMediaPhoto(media=await _photo(shown), caption=shown.text, parse_mode=HTML)
        method = EditMessageMedia(
            chat_id=chat_id, message_id=message_id, media=item, reply_markup=shown.keyboard
        )
        await self._sender.call(method, chat_id=chat_id, urgent=urgent)

    async def edit_keyboard(
        self, chat_id: int, message_id: int, shown: Rendered, *, urgent: bool
    ) -> None:
        method = EditMessageReplyMarkup(
            chat_id=chat_id, message_id=message_id, reply_markup=shown.keyboard
        )
        await self._sender.call(method, chat_id=chat_id, urgent=urgent)

    async def retire(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off an older message; if that fails, they are stale all the same."""
        method = EditMessageReplyMarkup(
            chat_id=chat_id, message_id=message_id, reply_markup=NO_BUTTONS
        )
        try:
            await self._sender.call(
                method, chat_id=chat_id, urgent=True, patience_s=RETIRING_PATIENCE_S
            )
        except (MessageGone, CallRefused, NoticeFailed) as error:
            log.debug("telegram.not_retired", chat=chat_id, message=message_id, why=error.code)


def _new_text(chat_id: int, shown: Rendered) -> SendMessage:
    return SendMessage(
        chat_id=chat_id,
        text=shown.text,
        parse_mode=HTML,
        reply_markup=shown.keyboard,
        link_preview_options=NO_PREVIEW,
    )


def _new_photo(chat_id: int, shown: Rendered, photo: BufferedInputFile) -> SendPhoto:
    return SendPhoto(
        chat_id=chat_id,
        photo=photo,
        caption=shown.text,
        parse_mode=HTML,
        reply_markup=shown.keyboard,
    )


async def _photo(shown: Rendered) -> BufferedInputFile:
    if shown.image is None:
        raise ValueError("a message without an image has no photo")
    content, name = await media.image_of(shown.image)
    return BufferedInputFile(content, name)


def _input(content: bytes | Path, name: str) -> BufferedInputFile | FSInputFile:
    if isinstance(content, Path):
        return FSInputFile(content, filename=name)
    return BufferedInputFile(content, name)

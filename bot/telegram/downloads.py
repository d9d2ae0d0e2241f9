"""Fetches what people sent: the conversations' `Files`, over Telegram's getFile."""

import io

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import GetFile

from bot.conversations.files import LARGEST_DOWNLOAD
from bot.conversations.model import Attachment
from bot.telegram.errors import CallRefused, MessageGone
from bot.telegram.sender import Sender
from core.errors import FileTooBig, FileUnavailable, NoticeFailed

TIMEOUT_S = 30
CHUNK = 64 * 1024


class Downloads:
    """Sizes are looked at before the download, and again while it runs."""

    def __init__(self, sender: Sender, bot: Bot) -> None:
        self._sender = sender
        self._bot = bot

    async def fetch(self, attachment: Attachment, *, at_most: int) -> bytes:
        at_most = min(at_most, LARGEST_DOWNLOAD)
        if (attachment.size or 0) > at_most:
            raise FileTooBig(at_most=at_most)
        try:
            method = GetFile(file_id=attachment.file_id)
            found = await self._sender.call(method, chat_id=None, urgent=True)
        except (NoticeFailed, CallRefused, MessageGone) as error:
            raise FileUnavailable from error
        if (found.file_size or 0) > at_most:
            raise FileTooBig(at_most=at_most)
        return await self._read(found.file_path or "", at_most)

    async def _read(self, file_path: str, at_most: int) -> bytes:
        url = self._bot.session.api.file_url(self._bot.token, file_path)
        content = io.BytesIO()
        try:
            stream = self._bot.session.stream_content(
                url=url, timeout=TIMEOUT_S, chunk_size=CHUNK, raise_for_status=True
            )
            async for chunk in stream:
                content.write(chunk)
                if content.tell() > at_most:
                    raise FileTooBig(at_most=at_most)
        except (AiogramError, OSError, TimeoutError) as error:
            raise FileUnavailable from error
        return content.getvalue()

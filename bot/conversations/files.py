"""How a conversation gets what somebody sent: a port, for the messenger keeps the bytes."""

from typing import Protocol

from bot.conversations.model import Attachment

LARGEST_DOWNLOAD = 20 * 1024 * 1024  # what Telegram lets a bot download


class Files(Protocol):
    """Fetches attachments; never called inside a transaction."""

    async def fetch(self, attachment: Attachment, *, at_most: int) -> bytes:
        """The bytes, up to `at_most`; raises `FileTooBig`, or `FileUnavailable` for now."""
        ...

"""How a conversation gets what somebody sent: a port, for the messenger keeps the bytes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

from bot.conversations.model import Attachment

LARGEST_DOWNLOAD = 20 * 1024 * 1024  # what Telegram lets a bot download


class Files(Protocol):
    """Fetches attachments; never called inside a transaction."""

    async def fetch(self, attachment: Attachment, *, at_most: int) -> bytes:
        """The bytes, up to `at_most`; raises `FileTooBig`, or `FileUnavailable` for now."""
        ...


def kept(sent: Attachment) -> dict[str, object]:
    """An attachment as a chat's place keeps it, until it is known what it belongs to."""
    return asdict(sent)


def sent_again(said: object) -> Attachment:
    """The attachment that was kept."""
    facts: Mapping[str, object] = said if isinstance(said, dict) else {}
    size = facts.get("size")
    return Attachment(
        file_id=str(facts["file_id"]),
        unique_id=str(facts["unique_id"]),
        is_picture=bool(facts["is_picture"]),
        name=str(facts["name"]),
        media_type=str(facts["media_type"]),
        size=size if isinstance(size, int) else None,
        caption=str(facts["caption"]),
    )

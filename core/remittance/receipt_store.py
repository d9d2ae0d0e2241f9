"""Where receipts are kept: a folder, or a bucket. Files are named by the hash of their content."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from core.errors import ReceiptLost

_NAME = re.compile(r"[0-9a-f]{64}")


class ReceiptStore(Protocol):
    """Originals, never changed, each with its preview beside it."""

    async def put(self, sha256: str, original: bytes, preview: bytes) -> None:
        """Keep both; returns when they are safe. Keeping the same again makes it young again."""
        ...

    async def original(self, sha256: str) -> bytes:
        """Raises `ReceiptLost` when it is missing or was altered."""
        ...

    async def preview(self, sha256: str) -> bytes: ...

    async def exists(self, sha256: str) -> bool: ...

    def kept_before(self, moment: datetime, *, at_once: int) -> AsyncIterator[list[str]]:
        """Hashes of files last put before this, in handfuls."""
        ...

    async def remove(self, sha256: str, *, kept_before: datetime) -> bool:
        """Remove it unless it was put again meanwhile; says whether it did."""
        ...


def checked_name(sha256: str) -> str:
    """Only a hash ever becomes part of a path."""
    if not _NAME.fullmatch(sha256):
        raise ReceiptLost(sha256[:64])
    return sha256


def checked_content(sha256: str, data: bytes) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ReceiptLost(sha256)
    return data

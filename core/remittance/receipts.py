"""Taking in the receipts of remittances: looked at, kept, swept.

    receipts = Receipts(store, clock)
    receipt = await receipts.take_in(data, file_name="回单.pdf")     # or ReceiptRefused(reason)
    await database.write(...)          # only now a row may name receipt.sha256
    shown = await receipts.preview(receipt.sha256)                   # always a JPEG
    kept = await receipts.original(receipt.sha256)                   # the bytes as they came

`take_in` returns when the file is safely on disk, so a row written afterwards never names a file
that is not there. A file no row came to name is an orphan: `sweep` removes it after a day.
The caller counts files against `MOST_FILES`.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from core.clock import Clock
from core.confined.declined import Declined
from core.confined.runner import Confined
from core.errors import ReceiptRefused
from core.remittance.receipt_kinds import LARGEST_BYTES, MediaType, ReceiptReason, media_type_of
from core.remittance.receipt_store import ReceiptStore

ORPHAN_AGE = timedelta(days=1)
SWEPT_AT_ONCE = 500
LOOKS_ALIKE = 2  # of 64 bits; a photo sent again, re-encoded, resized or trimmed, differs by less
LONGEST_NAME = 120
_TASKS = {
    MediaType.JPEG: "core.remittance.receipt_picture",
    MediaType.PNG: "core.remittance.receipt_picture",
    MediaType.PDF: "core.remittance.receipt_pdf",
}
Named = Callable[[Collection[str]], Awaitable[Collection[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A file that was taken in. Width and height are pixels, of a PDF points.

    `looks` is the perceptual hash as 16 hexadecimal digits, None where nothing can be compared.
    """

    sha256: str
    media_type: MediaType
    size_bytes: int
    width: int
    height: int
    pages: int
    looks: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A receipt with the preview that was made of it: a JPEG without metadata."""

    receipt: Receipt
    preview: bytes


def look_alike(one: str | None, other: str | None) -> bool:
    """Whether two perceptual hashes are of pictures that are alike at a glance.

    So are two screenshots of the same bank's page, which differ in a few digits: it is a reason
    to look twice, together with what else is alike, and never to refuse.
    """
    if one is None or other is None:
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= LOOKS_ALIKE


class Receipts:
    """The files behind remittances."""

    def __init__(
        self, store: ReceiptStore, clock: Clock, *, confined: Confined | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._confined = confined or Confined()

    async def take_in(self, data: bytes, *, file_name: str) -> Receipt:
        """Inspect and keep; raises `ReceiptRefused`."""
        inspected = await self.inspect(data, file_name=file_name)
        await self._store.put(inspected.receipt.sha256, data, inspected.preview)
        return inspected.receipt

    async def inspect(self, data: bytes, *, file_name: str) -> Inspected:
        """Look without keeping. The name is only printed on a PDF's card, never believed."""
        media_type = _bounded(data)
        question = {"media_type": media_type, "file_name": file_name[:LONGEST_NAME]}
        try:
            answer = await self._confined.run(_TASKS[media_type], question, data)
        except Declined as declined:
            raise ReceiptRefused(declined.reason) from declined
        found = answer.facts
        receipt = Receipt(
            sha256=hashlib.sha256(data).hexdigest(),
            media_type=media_type,
            size_bytes=len(data),
            width=found["width"],
            height=found["height"],
            pages=found["pages"],
            looks=found["hash"],
        )
        return Inspected(receipt=receipt, preview=answer.block)

    async def original(self, sha256: str) -> bytes:
        """The file as it was sent; raises `ReceiptLost` when it is not that file any more."""
        return await self._store.original(sha256)

    async def preview(self, sha256: str) -> bytes:
        return await self._store.preview(sha256)

    async def sweep(self, named: Named) -> int:
        """Remove files older than a day that no row names; returns how many.

        `named` answers which of the given hashes some row names.
        """
        before = self._clock.now() - ORPHAN_AGE
        removed = 0
        async for kept in self._store.kept_before(before, at_once=SWEPT_AT_ONCE):
            wanted = set(await named(kept))
            for sha256 in kept:
                if sha256 not in wanted:
                    removed += await self._store.remove(sha256, kept_before=before)
        return removed


def _bounded(data: bytes) -> MediaType:
    if not data:
        raise ReceiptRefused(ReceiptReason.EMPTY)
    if len(data) > LARGEST_BYTES:
        raise ReceiptRefused(ReceiptReason.TOO_BIG)
    media_type = media_type_of(data)
    if media_type is None:
        raise ReceiptRefused(ReceiptReason.KIND)
    return media_type

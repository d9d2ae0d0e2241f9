"""Receipts in an S3 bucket, for more than one machine; needs the `s3` extra.

Region, keys and another endpoint come from the usual `AWS_…` variables. A bucket has no lock:
between `remove`'s look and its deletion lie a few milliseconds in which a file put again would be
lost; it would have to be a day old, named by no row, and sent anew in just that moment.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from core.errors import ReceiptLost, StorageFault
from core.remittance.receipt_store import checked_content, checked_name

ORIGINAL, PREVIEW = ".original", ".preview"
PATIENCE = timedelta(seconds=30)


class ReceiptBucket:
    """A `ReceiptStore` in S3, or in anything that speaks like it."""

    def __init__(self, name: str, prefix: str) -> None:
        self._store = S3Store(
            name,
            prefix=prefix or None,
            client_options={"timeout": "20s", "connect_timeout": "5s", "allow_http": True},
            retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
        )

    async def put(self, sha256: str, original: bytes, preview: bytes) -> None:
        name = checked_name(sha256)
        with _our_faults(sha256):
            await self._put(f"{name}{PREVIEW}", preview)
            await self._put(f"{name}{ORIGINAL}", original)

    async def _put(self, path: str, data: bytes) -> None:
        try:
            await obstore.put_async(self._store, path, data, mode="create")
        except AlreadyExistsError:  # the same bytes again: only its age changes
            await obstore.put_async(self._store, path, data)

    async def original(self, sha256: str) -> bytes:
        return checked_content(sha256, await self._get(sha256, ORIGINAL))

    async def preview(self, sha256: str) -> bytes:
        return await self._get(sha256, PREVIEW)

    async def _get(self, sha256: str, ending: str) -> bytes:
        with _our_faults(sha256):
            found = await obstore.get_async(self._store, f"{checked_name(sha256)}{ending}")
            return bytes(await found.bytes_async())

    async def exists(self, sha256: str) -> bool:
        with _our_faults(sha256):
            return await self._put_at(sha256) is not None

    async def kept_before(self, moment: datetime, *, at_once: int) -> AsyncIterator[list[str]]:
        with _our_faults("list"):
            async for handful in obstore.list(self._store, chunk_size=at_once):
                old = [
                    item["path"].rpartition("/")[2].removesuffix(ORIGINAL)
                    for item in handful
                    if item["path"].endswith(ORIGINAL) and item["last_modified"] < moment
                ]
                if old:
                    yield old

    async def remove(self, sha256: str, *, kept_before: datetime) -> bool:
        name = checked_name(sha256)
        with _our_faults(sha256):
            at = await self._put_at(sha256)
            if at is None or at >= kept_before:
                return False
            await obstore.delete_async(self._store, [f"{name}{ORIGINAL}", f"{name}{PREVIEW}"])
            return True

    async def _put_at(self, sha256: str) -> datetime | None:
        try:
            found = await obstore.head_async(self._store, f"{checked_name(sha256)}{ORIGINAL}")
        except FileNotFoundError:
            return None
        return found["last_modified"]


@contextmanager
def _our_faults(what: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise ReceiptLost(what) from error
    except BaseError as error:
        raise StorageFault(f"receipt {what}: {error}") from error

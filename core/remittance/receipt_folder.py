"""Receipts in a local folder: durable when `put` returns, create-only, private.

`<folder>/ab/abcd….original` and `.preview`; folders 0700, files 0600. Several processes of one
machine may use the folder at once.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from core.errors import ReceiptLost
from core.remittance.receipt_store import checked_content, checked_name

ORIGINAL, PREVIEW, HALF, LOCK = ".original", ".preview", ".half", ".lock"


class ReceiptFolder:
    """A `ReceiptStore` on this machine's disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, sha256: str, original: bytes, preview: bytes) -> None:
        await asyncio.to_thread(self._put, sha256, original, preview)

    async def original(self, sha256: str) -> bytes:
        data = await asyncio.to_thread(self._read, sha256, ORIGINAL)
        return checked_content(sha256, data)

    async def preview(self, sha256: str) -> bytes:
        return await asyncio.to_thread(self._read, sha256, PREVIEW)

    async def exists(self, sha256: str) -> bool:
        return await asyncio.to_thread(self._path(sha256, ORIGINAL).exists)

    async def kept_before(self, moment: datetime, *, at_once: int) -> AsyncIterator[list[str]]:
        for shard in await asyncio.to_thread(_shards, self._folder):
            old = await asyncio.to_thread(_old_in, shard, moment)
            for start in range(0, len(old), at_once):
                yield old[start : start + at_once]

    async def remove(self, sha256: str, *, kept_before: datetime) -> bool:
        return await asyncio.to_thread(self._remove, sha256, kept_before)

    def _path(self, sha256: str, ending: str) -> Path:
        name = checked_name(sha256)
        return self._folder / name[:2] / f"{name}{ending}"

    def _read(self, sha256: str, ending: str) -> bytes:
        try:
            return self._path(sha256, ending).read_bytes()
        except FileNotFoundError as error:
            raise ReceiptLost(sha256) from error

    def _put(self, sha256: str, original: bytes, preview: bytes) -> None:
        shard = self._path(sha256, ORIGINAL).parent
        _make(self._folder)
        _make(shard)
        with _alone(shard):
            _write_once(self._path(sha256, PREVIEW), preview)
            _write_once(self._path(sha256, ORIGINAL), original)
            _sync(shard)

    def _remove(self, sha256: str, kept_before: datetime) -> bool:
        path = self._path(sha256, ORIGINAL)
        if not path.exists():
            return False
        with _alone(path.parent):
            if not _is_old(path, kept_before):
                return False
            path.unlink()
            self._path(sha256, PREVIEW).unlink(missing_ok=True)
            _sync(path.parent)
            return True


def _write_once(path: Path, data: bytes) -> None:
    """Whole or not at all. What is there already stays, and is young again."""
    if path.exists() and (path.suffix == PREVIEW or path.read_bytes() == data):
        os.utime(path)
        return
    half = path.with_name(f"{path.name}{HALF}")
    with _created(half) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)  # bytes that were no longer those of the name
    path.hardlink_to(half)
    half.unlink()


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Makes names in the folder durable, as fsync of a file does for its bytes."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _alone(shard: Path) -> Iterator[None]:
    """Nobody else puts or removes in this part of the folder meanwhile."""
    with _created(shard / LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _shards(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[0-9a-f][0-9a-f]") if path.is_dir())


def _old_in(shard: Path, moment: datetime) -> list[str]:
    """Hashes of old originals; what a crash left half done goes at once."""
    with _alone(shard):
        for path in shard.iterdir():
            alone = path.suffix == PREVIEW and not path.with_suffix(ORIGINAL).exists()
            if (alone or path.suffix == HALF) and _is_old(path, moment):
                path.unlink()
        return sorted(path.stem for path in shard.glob(f"*{ORIGINAL}") if _is_old(path, moment))


def _is_old(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False

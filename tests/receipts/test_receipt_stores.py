"""Kept receipts: whole, private, unchanged, and the same in a folder as in a bucket."""

import asyncio
import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import ReceiptLost, StorageFault
from core.remittance.receipt_folder import ReceiptFolder
from core.remittance.receipt_places import Bucket, open_receipts
from core.remittance.receipt_store import ReceiptStore

DATA, PREVIEW = b"the receipt", b"its preview"
NAME = hashlib.sha256(DATA).hexdigest()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ReceiptStore:
    if request.param == "folder":
        return open_receipts(tmp_path / "deep" / "receipts")
    bucket: str = request.getfixturevalue("bucket")
    return open_receipts(Bucket(name=bucket, prefix="2026/shop"))


async def listed(store: ReceiptStore, moment: datetime) -> list[str]:
    return [name async for handful in store.kept_before(moment, at_once=2) for name in handful]


async def test_what_was_put_comes_back(store: ReceiptStore) -> None:
    assert not await store.exists(NAME)
    await store.put(NAME, DATA, PREVIEW)

    assert await store.exists(NAME)
    assert (await store.original(NAME), await store.preview(NAME)) == (DATA, PREVIEW)


async def test_the_same_again_changes_nothing(store: ReceiptStore) -> None:
    await store.put(NAME, DATA, PREVIEW)
    await store.put(NAME, DATA, PREVIEW)

    assert await store.original(NAME) == DATA
    assert await listed(store, FAR_AHEAD) == [NAME]


async def test_many_put_the_same_at_once(store: ReceiptStore) -> None:
    await asyncio.gather(*(store.put(NAME, DATA, PREVIEW) for _ in range(20)))

    assert await store.original(NAME) == DATA
    assert await listed(store, FAR_AHEAD) == [NAME]


async def test_a_missing_or_altered_file_is_not_handed_out(store: ReceiptStore) -> None:
    for read in (store.original, store.preview):
        with pytest.raises(ReceiptLost):
            await read(NAME)
    await store.put(NAME, b"something else", PREVIEW)
    with pytest.raises(ReceiptLost):
        await store.original(NAME)
    await store.put(NAME, DATA, PREVIEW)  # and the true file heals it

    assert await store.original(NAME) == DATA


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, NAME + "/x", NAME[:63]])
async def test_only_a_hash_becomes_a_path(store: ReceiptStore, name: str) -> None:
    with pytest.raises(ReceiptLost):
        await store.put(name, DATA, PREVIEW)
    with pytest.raises(ReceiptLost):
        await store.original(name)


async def test_a_file_is_removed_only_when_it_is_old(store: ReceiptStore) -> None:
    await store.put(NAME, DATA, PREVIEW)
    assert await listed(store, LONG_AGO) == []
    assert not await store.remove(NAME, kept_before=LONG_AGO)
    assert await store.exists(NAME)

    assert await store.remove(NAME, kept_before=FAR_AHEAD)
    assert not await store.exists(NAME)
    assert not await store.remove(NAME, kept_before=FAR_AHEAD)
    with pytest.raises(ReceiptLost):
        await store.preview(NAME)


async def test_many_are_listed_in_handfuls(store: ReceiptStore) -> None:
    names = {hashlib.sha256(bytes([n])).hexdigest(): bytes([n]) for n in range(7)}
    for name, data in names.items():
        await store.put(name, data, PREVIEW)

    assert sorted(await listed(store, FAR_AHEAD)) == sorted(names)


async def test_folders_and_files_are_private(tmp_path: Path) -> None:
    await ReceiptFolder(tmp_path / "receipts").put(NAME, DATA, PREVIEW)
    paths = [tmp_path / "receipts", *(tmp_path / "receipts").rglob("*")]
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in paths}

    assert modes == {True: 0o700, False: 0o600}
    assert all(path.parent.name == NAME[:2] for path in paths if path.suffix == ".original")


async def test_a_file_put_again_is_young_again(tmp_path: Path) -> None:
    folder = ReceiptFolder(tmp_path)
    await folder.put(NAME, DATA, PREVIEW)
    for path in tmp_path.rglob("*.*"):
        os.utime(path, (0, 0))
    assert await listed(folder, LONG_AGO) == [NAME]
    await folder.put(NAME, DATA, PREVIEW)

    assert not await folder.remove(NAME, kept_before=LONG_AGO)
    assert await folder.original(NAME) == DATA


async def test_what_a_crash_left_half_done_is_tidied(tmp_path: Path) -> None:
    folder = ReceiptFolder(tmp_path)
    shard = tmp_path / NAME[:2]
    shard.mkdir()
    left = [shard / f"{NAME}.original.half", shard / f"{NAME}.preview"]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (0, 0))

    assert await listed(folder, LONG_AGO) == []
    assert not [path for path in left if path.exists()]


async def test_a_preview_is_there_before_its_original(tmp_path: Path) -> None:
    """A crash between the two leaves no original without a preview."""
    folder = ReceiptFolder(tmp_path)
    (tmp_path / NAME[:2]).mkdir()
    (tmp_path / NAME[:2] / f"{NAME}.original").mkdir()  # stands in the way of the second write
    with pytest.raises(OSError):
        await folder.put(NAME, DATA, PREVIEW)

    assert await folder.preview(NAME) == PREVIEW


async def test_a_bucket_out_of_reach_is_a_fault_of_storage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    store = open_receipts(Bucket(name="receipts", prefix=""))

    with pytest.raises(StorageFault):
        await store.put(NAME, DATA, PREVIEW)


def test_a_bucket_without_its_extra_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "core.remittance.receipt_bucket", raising=False)

    with pytest.raises(StorageFault, match="extra `s3`"):
        open_receipts(Bucket(name="receipts", prefix=""))


async def test_putting_syncs_the_file_and_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    true_fsync = os.fsync

    def fsync(number: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(number).st_mode))
        true_fsync(number)

    monkeypatch.setattr(os, "fsync", fsync)
    folder = ReceiptFolder(tmp_path / "receipts")
    await folder.put(NAME, DATA, PREVIEW)

    # two new folders in their parents, two files, and last the names of the files
    assert sorted(synced) == [False, False, True, True, True]
    assert synced[-1]


def test_the_age_of_an_orphan_is_a_day() -> None:
    from core.remittance.receipts import ORPHAN_AGE

    assert timedelta(days=1) == ORPHAN_AGE

"""From the setting `TOPUP_RECEIPTS` to a store of receipts."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from core.errors import StorageFault
from core.remittance.receipt_folder import ReceiptFolder
from core.remittance.receipt_store import ReceiptStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A place for receipts in S3."""

    name: str
    prefix: str


def open_receipts(place: Path | Bucket) -> ReceiptStore:
    """Opens nothing yet; raises `StorageFault` when the extra for buckets is not installed."""
    if isinstance(place, Path):
        return ReceiptFolder(place)
    try:
        module = import_module("core.remittance.receipt_bucket")
    except ImportError as error:
        raise StorageFault("receipts in a bucket need the extra `s3`: obstore") from error
    store: ReceiptStore = module.ReceiptBucket(place.name, place.prefix)
    return store

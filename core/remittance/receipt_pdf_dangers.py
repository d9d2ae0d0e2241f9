"""What a PDF may not bring along: scripts, programs to start, other files, a lock."""

import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from core.confined.declined import Declined
from core.remittance.receipt_kinds import ReceiptReason

MOST_OBJECTS = 20_000
DEEPEST = 60
_KEYS = {
    "/JS": ReceiptReason.PDF_SCRIPT,
    "/JavaScript": ReceiptReason.PDF_SCRIPT,
    "/XFA": ReceiptReason.PDF_SCRIPT,
    "/RichMediaContent": ReceiptReason.PDF_SCRIPT,
    "/EmbeddedFiles": ReceiptReason.PDF_FILES,
    "/EF": ReceiptReason.PDF_FILES,
    "/RF": ReceiptReason.PDF_FILES,
    "/Collection": ReceiptReason.PDF_FILES,
}
_VALUES = {
    "/JavaScript": ReceiptReason.PDF_SCRIPT,
    "/RichMedia": ReceiptReason.PDF_SCRIPT,
    "/EmbeddedFile": ReceiptReason.PDF_FILES,
    "/FileAttachment": ReceiptReason.PDF_FILES,
    "/Launch": ReceiptReason.PDF_LAUNCH,
    "/GoToR": ReceiptReason.PDF_LAUNCH,
    "/GoToE": ReceiptReason.PDF_LAUNCH,
    "/ImportData": ReceiptReason.PDF_LAUNCH,
    "/SubmitForm": ReceiptReason.PDF_LAUNCH,
    "/Rendition": ReceiptReason.PDF_LAUNCH,
    "/Movie": ReceiptReason.PDF_LAUNCH,
    "/Sound": ReceiptReason.PDF_LAUNCH,
}
_NAMING = ("/S", "/Type", "/Subtype")
_BY_ITSELF = ("/OpenAction", "/AA")  # what a reader does without being asked
_HARMLESS = ("/GoTo", "/Named")
# Objects a reader repairs its way to, and ours does not, are looked for in the raw bytes.
_RAW = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


def refuse_dangers(reader: PdfReader, data: bytes) -> None:
    """Raises `Declined` with the first danger found."""
    if reader.is_encrypted:
        raise Declined(ReceiptReason.PDF_LOCKED)
    for number, kept in enumerate(_objects(reader)):
        if number > MOST_OBJECTS:
            raise Declined(ReceiptReason.OVERRUN)
        _look_at(kept, DEEPEST)
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
    if match := _RAW.search(plain):
        name = f"/{match[1].decode('ascii')}"
        raise Declined(_VALUES.get(name) or _KEYS[name])


def _objects(reader: PdfReader) -> Iterator[PdfObject | None]:
    """Everything the file's tables name, reachable or not."""
    yield reader.trailer
    for generation, offsets in list(reader.xref.items()):
        for number in list(offsets):
            yield reader.get_object(IndirectObject(number, generation, reader))
    for number in list(reader.xref_objStm):
        yield reader.get_object(IndirectObject(number, 0, reader))


def _look_at(kept: object, depth: int) -> None:
    if depth == 0:
        raise Declined(ReceiptReason.OVERRUN)
    if isinstance(kept, DictionaryObject):
        for key in kept:
            _look_at_entry(key, kept.raw_get(key), depth)
    elif isinstance(kept, ArrayObject):
        for item in list.__iter__(kept):
            _look_at(item, depth - 1)


def _look_at_entry(key: str, value: object, depth: int) -> None:
    if reason := _KEYS.get(key):
        raise Declined(reason)
    if key in _NAMING and (reason := _VALUES.get(str(_plain(value)))):
        raise Declined(reason)
    if key in _BY_ITSELF:
        _refuse_acts(_plain(value), DEEPEST)
    _look_at(value, depth - 1)


def _refuse_acts(value: object, depth: int) -> None:
    """Going to a page when opened is common and harmless; anything else is not for a receipt."""
    if not isinstance(value, DictionaryObject) or depth == 0:
        return
    kind = _plain(value.get("/S"))
    if kind is None:  # additional actions: one per event
        for act in value.values():
            _refuse_acts(_plain(act), depth - 1)
    elif kind not in _HARMLESS and kind not in _VALUES:
        raise Declined(ReceiptReason.PDF_LAUNCH)


def _plain(value: object) -> object:
    return value.get_object() if isinstance(value, PdfObject) else value

"""What a receipt may be: the limits, and its kind by its first bytes, never by its name."""

from enum import StrEnum

MOST_FILES = 5  # of one remittance
LARGEST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000


class MediaType(StrEnum):
    """The kinds taken in. A phone sends others as one of these when sent as a photo."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class ReceiptReason(StrEnum):
    """Why a file is refused; each has a text that says what is allowed."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    TOO_MANY = "too_many"
    KIND = "kind"  # neither JPEG, PNG nor PDF
    PIXELS = "pixels"
    ANIMATED = "animated"
    DAMAGED = "damaged"
    OVERRUN = "overrun"  # not read within the memory and time there is
    PDF_LOCKED = "pdf_locked"
    PDF_SCRIPT = "pdf_script"
    PDF_LAUNCH = "pdf_launch"
    PDF_FILES = "pdf_files"


_BEGINNINGS = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"%PDF-", MediaType.PDF),
)


def media_type_of(data: bytes) -> MediaType | None:
    """None for every other kind, whatever its name says."""
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), None)

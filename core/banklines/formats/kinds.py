"""Which format a statement has, by its content; and the limits of all."""

from enum import StrEnum

LARGEST_BYTES = 10 * 1024 * 1024
MOST_LINES = 20_000
MOST_ROWS = MOST_LINES + 100  # with a title, a heading and totals
MOST_COLUMNS = 60
LONGEST_CELL = 500


class StatementKind(StrEnum):
    """A format, and the confined task that reads it."""

    TEXT_TABLE = "core.banklines.formats.text_table"
    SHEET = "core.banklines.formats.sheet"
    MT940 = "core.banklines.formats.mt940_task"
    CAMT053 = "core.banklines.formats.camt053_task"


class StatementReason(StrEnum):
    """Why a file is refused as a statement; each has a text."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    TOO_MANY = "too_many"  # lines
    KIND = "kind"
    DAMAGED = "damaged"
    OVERRUN = "overrun"
    OTHER_ACCOUNT = "other_account"
    COLUMNS = "columns"  # the columns that were named are not in the table


_BINARY = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"MZ",
    b"\x7fELF",
)


def kind_of(data: bytes) -> StatementKind | None:
    """None for what no bank's statement is."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return StatementKind.SHEET
    if data.startswith(_BINARY):
        return None
    text = decoded(data)
    if text is None:
        return None
    beginning = text.lstrip()[:4000]
    if beginning.startswith("<"):
        return StatementKind.CAMT053 if "Document" in beginning else None
    if ":20:" in beginning and ":60" in beginning:
        return StatementKind.MT940
    return StatementKind.TEXT_TABLE


def decoded(data: bytes) -> str | None:
    """UTF-8, UTF-16 with its mark, or GBK in its widest form; None when it is no text."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None

"""Places in a list, as callers carry them: opaque, and refused when not ours."""

import base64
import binascii

from core.errors import InvalidRequest


def write_cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """What `write_cursor` was given."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        return base64.b64decode(padded.encode("ascii"), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _refused() from error


def read_number(cursor: str) -> int:
    """A whole number from 1 on that fits the database."""
    text = read_cursor(cursor)
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise _refused()
    return int(text)


def _refused() -> InvalidRequest:
    return InvalidRequest("cursor has to be the next_cursor of the page before")

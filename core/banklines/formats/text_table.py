"""Confined task: a CSV file becomes rows of texts."""

import csv
import io
from collections.abc import Mapping

from core.banklines.formats.kinds import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    StatementReason,
    decoded,
)
from core.confined.declined import Declined
from core.confined.preload import preload

SEPARATORS = ",\t;|"
HEAD = 20_000

preload("encodings")


def answer(_facts: Mapping[str, object], data: bytes) -> tuple[Mapping[str, object], bytes]:
    text = decoded(data) or ""
    separator = max(SEPARATORS, key=text[:HEAD].count)
    csv.field_size_limit(1_000_000)
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        if any(cell.strip() for cell in row):
            rows.append([cell[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]])
        if len(rows) > MOST_ROWS:
            raise Declined(StatementReason.TOO_MANY)
    return {"rows": rows}, b""

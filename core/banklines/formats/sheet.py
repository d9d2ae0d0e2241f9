"""Confined task: the first sheet of a workbook becomes rows of texts."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from python_calamine import CalamineWorkbook

from core.banklines.formats.kinds import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, StatementReason
from core.confined.declined import Declined


def answer(_facts: Mapping[str, object], data: bytes) -> tuple[Mapping[str, object], bytes]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    sheet = book.get_sheet_by_index(0)
    if sheet.total_height > MOST_ROWS or sheet.total_width > 100 * MOST_COLUMNS:
        raise Declined(StatementReason.TOO_MANY)
    rows = []
    for row in sheet.iter_rows():
        cells = [_text(cell) for cell in row[:MOST_COLUMNS]]
        if any(cells):
            rows.append(cells)
    return {"rows": rows}, b""


def _text(cell: object) -> str:
    """A number as the shortest text that means it: `0.1` and not what binary makes of it."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0")
    return str(cell).strip()[:LONGEST_CELL]

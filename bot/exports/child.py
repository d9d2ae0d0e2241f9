"""`python -m bot.exports.child FILE`: writes one export from lines on its standard input.

The first line is the header, then come `["entry", …]` and `["decision", …]`, at last `["end"]`.
A process of its own, so that neither its memory nor its work is felt by those who pay.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Protocol

from bot.exports.header import Header, Row

CUT_SHORT = 3  # the exit code when the lines ended without their end
# A form's writer, named so that a table does not load what only a PDF needs.
WRITERS = {
    "csv": ("bot.exports.tables", "CsvTable"),
    "xlsx": ("bot.exports.tables", "XlsxTable"),
    "pdf": ("bot.exports.statement_pdf", "StatementPdf"),
    "pack": ("bot.exports.pack", "Pack"),
}


class Writer(Protocol):
    """Takes rows in the order of the books; raises `WrongSums` at its end."""

    def add(self, row: Row) -> None: ...

    def close(self) -> None: ...


def main(path: Path) -> int:
    os.nice(10)  # people in the chat go first
    header = Header.read(sys.stdin.readline())
    module, name = WRITERS[header.form]
    writer: Writer = getattr(importlib.import_module(module), name)(header, path)
    for line in sys.stdin:
        tag, *row = json.loads(line)
        if tag == "end":
            writer.close()
            return 0
        take = writer.add if tag == "entry" else getattr(writer, "decide", None)
        if take is not None:
            take(row)
    return CUT_SHORT


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

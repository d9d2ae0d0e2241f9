"""The month-end pack: statement, entries, decisions and checksums in one file."""

import csv
import hashlib
import zipfile
from pathlib import Path

from bot.exports.header import Header, Row
from bot.exports.statement_pdf import StatementPdf
from bot.exports.tables import CsvTable, XlsxTable, guarded

CHECKSUMS = "SHA256SUMS"
PIECE = 1024 * 1024


class Pack:
    """Writes its parts beside it, then moves them in; `sha256sum -c` proves them."""

    def __init__(self, header: Header, path: Path) -> None:
        self._path, self._folder = path, path.parent / f"{path.name}.parts"
        self._folder.mkdir()
        name = header.name
        self._files = {
            "pdf": self._folder / f"{name}.pdf",
            "xlsx": self._folder / f"{name}.xlsx",
            "csv": self._folder / f"{name}.csv",
        }
        self._writers = (
            StatementPdf(header, self._files["pdf"]),
            XlsxTable(header, self._files["xlsx"]),
            CsvTable(header, self._files["csv"]),
        )
        self._decided = self._folder / f"{name}-decisions.csv"
        self._decisions = self._decided.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._decisions)
        names = ("recorded", "actor", "action", "subject", "details")
        self._csv.writerow([header.texts[one] for one in names])

    def add(self, row: Row) -> None:
        for writer in self._writers:
            writer.add(row)

    def decide(self, row: list[object]) -> None:
        self._csv.writerow([guarded(value) for value in row])

    def close(self) -> None:
        self._decisions.close()
        for writer in self._writers:
            writer.close()
        parts = [*self._files.values(), self._decided]
        sums = "".join(f"{_sha256(part)}  {part.name}\n" for part in parts)
        with zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED) as pack:
            for part in parts:
                pack.write(part, part.name)
            pack.writestr(CHECKSUMS, sums)
        for part in parts:
            part.unlink()
        self._folder.rmdir()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()

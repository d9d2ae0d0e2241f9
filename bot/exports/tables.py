"""Tables for spreadsheets, written row by row: CSV, and XLSX in constant memory."""

import csv
from pathlib import Path
from typing import Any

import xlsxwriter

from bot.exports.header import COLUMNS, FIRST_AMOUNT, Header, Row, Running, facts, yuan

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MONEY = "#,##0.00;[Red]-#,##0.00"


def guarded(value: object) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


class CsvTable:
    """UTF-8 with a mark at its beginning, by which Excel knows it."""

    def __init__(self, header: Header, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._header = header
        self._running = Running(header)
        self._csv.writerow([header.texts[name] for name in COLUMNS])
        self._balance("opening")

    def _balance(self, name: str) -> None:
        held = self._header.opening if name == "opening" else self._header.closing
        empty = [""] * 6
        label = self._header.texts[name]
        self._csv.writerow([label, *empty, yuan(held["available"]), yuan(held["frozen"])])

    def add(self, row: Row) -> None:
        texts = [guarded(value) for value in row[:FIRST_AMOUNT]]
        amounts = [*row[FIRST_AMOUNT:], *self._running.after(row)]
        self._csv.writerow([*texts, *(yuan(amount) for amount in amounts)])

    def close(self) -> None:
        self._balance("closing")
        self._file.close()
        self._running.check()


class XlsxTable:
    """Two sheets: sums by kind and channel, and every entry between opening and closing."""

    def __init__(self, header: Header, path: Path) -> None:
        self._header = header
        self._running = Running(header)
        # Rows go to disk as they are written; texts are never read as formulas or links.
        self._book = xlsxwriter.Workbook(
            str(path),
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self._money = self._book.add_format({"num_format": MONEY})
        self._bold = self._book.add_format({"bold": True})
        self._sums = self._book.add_worksheet(header.texts["sheet_sums"])
        self._entries = self._book.add_worksheet(header.texts["sheet_entries"])
        self._entries.set_column(0, 4, 22)
        self._entries.set_column(5, 8, 16)
        self._entries.freeze_panes(1, 0)
        self._row = 0
        self._texts(self._entries, [header.texts[name] for name in COLUMNS], bold=True)
        self._balance("opening")

    def _texts(self, sheet: Any, texts: list[str], *, bold: bool = False) -> None:
        for column, text in enumerate(texts):
            sheet.write_string(self._row, column, text, self._bold if bold else None)
        self._row += 1

    def _balance(self, name: str) -> None:
        held = self._header.opening if name == "opening" else self._header.closing
        self._entries.write_string(self._row, 0, self._header.texts[name], self._bold)
        self._entries.write_number(self._row, 7, yuan(held["available"]), self._money)
        self._entries.write_number(self._row, 8, yuan(held["frozen"]), self._money)
        self._row += 1

    def add(self, row: Row) -> None:
        for column, value in enumerate(row[:FIRST_AMOUNT]):
            self._entries.write_string(self._row, column, str(value))
        amounts = (*row[FIRST_AMOUNT:], *self._running.after(row))
        for column, amount in enumerate(amounts, start=FIRST_AMOUNT):
            self._entries.write_number(self._row, column, yuan(amount), self._money)
        self._row += 1

    def close(self) -> None:
        last = self._row  # the row of the last entry, counted from one
        self._balance("closing")
        self._write_sums(last)
        self._book.close()
        self._running.check()

    def _write_sums(self, last: int) -> None:
        """What the ledger says, and a formula that counts it again from the entries."""
        texts, sheet, name = self._header.texts, self._sums, self._header.texts["sheet_entries"]
        sheet.set_column(0, 5, 20)
        self._row = 0
        for label, value in facts(self._header):
            self._texts(sheet, [label, value])
        self._texts(sheet, ["", texts["available"], texts["frozen"]], bold=True)
        for key in ("opening", "closing"):
            held = self._header.opening if key == "opening" else self._header.closing
            sheet.write_string(self._row, 0, texts[key])
            sheet.write_number(self._row, 1, yuan(held["available"]), self._money)
            sheet.write_number(self._row, 2, yuan(held["frozen"]), self._money)
            self._row += 1
        sheet.write_string(self._row, 0, texts["difference"])
        for column, (held_in, moved_in) in enumerate((("B", "F"), ("C", "G")), start=1):
            opening, closing = f"{held_in}{self._row - 1}", f"{held_in}{self._row}"
            entries = f"SUM('{name}'!{moved_in}3:{moved_in}{max(last, 3)})"
            formula = f"=ROUND({opening}+{entries}-{closing},2)"
            sheet.write_formula(self._row, column, formula, self._money, 0)
        self._row += 2
        self._write_channels()

    def _write_channels(self) -> None:
        texts, sheet = self._header.texts, self._sums
        names = ("kind", "channel", "count", "in", "out", "net")
        self._texts(sheet, [texts[name] for name in names], bold=True)
        for kind, channel, count, *amounts in self._header.sums:
            sheet.write_string(self._row, 0, str(kind))
            sheet.write_string(self._row, 1, str(channel))
            sheet.write_number(self._row, 2, int(str(count)))
            for column, amount in enumerate(amounts, start=3):
                sheet.write_number(self._row, column, yuan(amount), self._money)
            self._row += 1

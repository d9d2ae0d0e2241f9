"""The statement as PDF: sums, receipts and entries, in embedded Noto Sans SC."""

from pathlib import Path

import pylopdf_fonts_zh_cn
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from bot.exports.header import (
    AVAILABLE,
    CHANNEL,
    KIND,
    REFERENCE,
    TIME,
    Header,
    Row,
    Running,
    facts,
    shown,
)

MOST_ROWS = 2_000  # a longer list is for a spreadsheet, and the page says so
FONT = "Noto"
LINE = 6
GREY = (240, 240, 240)
RECEIPT_WIDTHS = (34, 26, 26, 68, 32)
ENTRY_WIDTHS = (34, 24, 24, 48, 28, 28)
SUM_WIDTHS = (30, 30, 20, 34, 34, 34)


class _Page(FPDF):
    """A4 with page numbers; prints in any language that the font has."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.add_font(FONT, fname=str(pylopdf_fonts_zh_cn.sans_path()))
        self.set_auto_page_break(auto=True, margin=18)
        self.set_margins(12, 14, 12)

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font(FONT, size=8)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="C")


class StatementPdf:
    """Collects up to `MOST_ROWS` rows of each list; the sums are of all of them."""

    def __init__(self, header: Header, path: Path) -> None:
        self._header, self._path = header, path
        self._running = Running(header)
        self._rows: list[list[str]] = []
        self._receipts: list[list[str]] = []

    def add(self, row: Row) -> None:
        available, _frozen = self._running.after(row)
        amount = int(str(row[AVAILABLE]))
        texts = [str(row[place]) for place in (TIME, KIND, CHANNEL, REFERENCE)]
        if len(self._rows) < MOST_ROWS:
            self._rows.append([*texts, shown(amount), shown(available)])
        is_receipt = row[KIND] in self._header.credit_kinds and amount > 0
        if is_receipt and len(self._receipts) < MOST_ROWS:
            self._receipts.append([*texts, shown(amount)])

    def close(self) -> None:
        self._running.check()
        page, texts = _Page(), self._header.texts
        page.add_page()
        self._head(page)
        _title(page, texts["sheet_sums"])
        names = [texts[name] for name in ("kind", "channel", "count", "in", "out", "net")]
        sums = [
            [str(kind), str(channel), str(count), *(shown(amount) for amount in amounts)]
            for kind, channel, count, *amounts in self._header.sums
        ]
        _table(page, SUM_WIDTHS, names, sums, amounts_from=2)
        _title(page, texts["receipts"])
        columns = [texts[name] for name in ("recorded", "kind", "channel", "reference", "amount")]
        _table(page, RECEIPT_WIDTHS, columns, self._receipts, amounts_from=4)
        self._entries(page)
        page.output(str(self._path))

    def _head(self, page: _Page) -> None:
        texts = self._header.texts
        page.set_font(FONT, size=16)
        page.cell(0, 10, texts["title"], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        page.set_font(FONT, size=10)
        for label, value in facts(self._header):
            _line(page, f"{label}  {value}")
        for key in ("opening", "closing"):
            held = self._header.opening if key == "opening" else self._header.closing
            _line(
                page,
                f"{texts[key]}  {texts['available']} {shown(held['available'])}"
                f"  ·  {texts['frozen']} {shown(held['frozen'])}",
            )

    def _entries(self, page: _Page) -> None:
        texts = self._header.texts
        _title(page, texts["sheet_entries"])
        if self._running.count > MOST_ROWS:
            page.set_font(FONT, size=9)
            page.multi_cell(0, LINE, texts["too_long"], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            return
        names = ("recorded", "kind", "channel", "reference", "available_change", "available")
        _table(page, ENTRY_WIDTHS, [texts[name] for name in names], self._rows, amounts_from=4)


def _line(page: FPDF, text: str) -> None:
    page.cell(0, LINE, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _title(page: FPDF, text: str) -> None:
    page.ln(4)
    page.set_font(FONT, size=12)
    _line(page, text)


def _table(
    page: FPDF,
    widths: tuple[int, ...],
    names: list[str],
    rows: list[list[str]],
    *,
    amounts_from: int,
) -> None:
    page.set_font(FONT, size=8)
    page.set_fill_color(*GREY)
    for width, name in zip(widths, names, strict=True):
        page.cell(width, LINE, name, border=1, fill=True)
    page.ln()
    for row in rows:
        for place, (width, text) in enumerate(zip(widths, row, strict=True)):
            align = "R" if place >= amounts_from else "L"
            page.cell(width, LINE, _fitting(page, text, width - 2), border=1, align=align)
        page.ln()


def _fitting(page: FPDF, text: str, width: float) -> str:
    """The text, or as much of its end as fits: the end of a reference tells it from others."""
    if page.get_string_width(text) <= width:
        return text
    while text and page.get_string_width(f"…{text}") > width:
        text = text[1:]
    return f"…{text}"

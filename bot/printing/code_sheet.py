"""Top-up codes on paper, for events: cards to cut out, each with a QR image of its deep link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import qrcode
from fpdf import FPDF
from PIL import Image
from pylopdf_fonts_zh_cn import sans_path
from qrcode.constants import ERROR_CORRECT_M

from bot.conversations.model import Text
from bot.locales.catalogue import Catalogue

FONT = "sheet"
COLUMNS, ROWS = 2, 5
WIDTH_MM, HEIGHT_MM, MARGIN_MM = 90.0, 52.0, 15.0
QR_MM = 40.0
GREY, BLACK = 170, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWish:
    """What is printed; `expires_at` None leaves the line out, as does an unknown amount."""

    codes: Sequence[str] = field(repr=False)
    amount_fen: int | None = None
    expires_at: datetime | None = None


class CodeSheets:
    """Draws sheets whose QR images open this bot."""

    def __init__(self, catalogue: Catalogue, username: str) -> None:
        self._catalogue = catalogue
        self._username = username

    def draw(self, wish: SheetWish, language: str) -> bytes:
        """The PDF; takes about ten milliseconds per code."""
        page = FPDF(format="A4")
        page.set_auto_page_break(auto=False)
        page.add_font(FONT, fname=sans_path())
        per_page = COLUMNS * ROWS
        for number, code in enumerate(wish.codes):
            if number % per_page == 0:
                page.add_page()
            row, column = divmod(number % per_page, COLUMNS)
            corner = (MARGIN_MM + column * WIDTH_MM, MARGIN_MM + row * HEIGHT_MM)
            self._card(page, corner, code, self._lines(wish, language))
        return bytes(page.output())

    def address_of(self, code: str) -> str:
        return f"https://t.me/{self._username}?start=code_{code.replace('-', '')}"

    def _lines(self, wish: SheetWish, language: str) -> tuple[str, list[str]]:
        say = partial(self._catalogue.plain, language)
        title = say(Text("sheet.title"))
        if wish.amount_fen is not None:
            title = say(Text("sheet.title_with_amount", {"amount_fen": wish.amount_fen}))
        lines = [say(Text("sheet.how", {"bot": self._username}))]
        if wish.expires_at is not None:
            fields = {"expires_at": wish.expires_at.isoformat()}
            lines.append(say(Text("sheet.expires", fields)))
        return title, lines

    def _card(
        self, page: FPDF, corner: tuple[float, float], code: str, said: tuple[str, list[str]]
    ) -> None:
        (left, top), (title, lines) = corner, said
        page.set_draw_color(GREY)
        page.rect(left, top, WIDTH_MM, HEIGHT_MM)
        page.image(_qr(self.address_of(code)), left + 2, top + 2, QR_MM, QR_MM)
        page.set_xy(left + QR_MM + 3, top + 5)
        page.set_font(FONT, size=13)
        page.multi_cell(WIDTH_MM - QR_MM - 5, 6, title, align="L", new_x="LEFT", new_y="NEXT")
        page.set_font(FONT, size=8)
        for line in lines:
            page.ln(1)
            page.set_x(left + QR_MM + 3)
            page.multi_cell(WIDTH_MM - QR_MM - 5, 4, line, align="L", new_x="LEFT", new_y="NEXT")
        page.set_font(FONT, size=12)
        page.set_xy(left, top + QR_MM + 3)
        page.cell(WIDTH_MM, 6, code, align="C")


def _qr(text: str) -> Image.Image:
    """One dot per module: a reader of the PDF draws it at any size without a blur."""
    # Looking for the best of eight masks would take most of the time, and paper does not need it.
    maker = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4, mask_pattern=2)
    maker.add_data(text)
    maker.make(fit=True)
    matrix = maker.get_matrix()
    image = Image.new("L", (len(matrix), len(matrix)), color=255)
    image.putdata([BLACK if dark else 255 for row in matrix for dark in row])
    return image.resize((len(matrix) * 4,) * 2, Image.Resampling.NEAREST)

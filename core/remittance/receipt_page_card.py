"""A plain card for a PDF page that is not a scan: its file's name, its number, its text."""

from collections.abc import Iterator

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

from core.remittance.receipt_preview import LONGEST_SIDE, WHITE

WIDTH, MARGIN, LINE = 905, 48, 30
MOST_LINES = 36
INK, PALE = (34, 34, 34), (120, 120, 120)
# Opened while files still can be.
_TITLE = ImageFont.truetype(pylopdf_fonts_zh_cn.sans_path(), 26)
_BODY = ImageFont.truetype(pylopdf_fonts_zh_cn.sans_path(), 20)


def draw(name: str, pages: int, text: str) -> Image.Image:
    card = Image.new("RGB", (WIDTH, LONGEST_SIDE), WHITE)
    pen = ImageDraw.Draw(card)
    room = WIDTH - 2 * MARGIN
    title = next(_wrapped(f"PDF 1/{pages}  {name}", _TITLE, room), "")
    pen.text((MARGIN, MARGIN), title, INK, _TITLE)
    pen.line((MARGIN, MARGIN + 52, WIDTH - MARGIN, MARGIN + 52), PALE, 2)
    lines = (part for line in text.splitlines() for part in _wrapped(line, _BODY, room))
    for number, line in zip(range(MOST_LINES), lines, strict=False):
        pen.text((MARGIN, MARGIN + 72 + number * LINE), line, INK, _BODY)
    return card


def _wrapped(line: str, font: ImageFont.FreeTypeFont, room: int) -> Iterator[str]:
    """The line in parts that fit; hidden and direction-changing characters become boxes."""
    part = ""
    for symbol in line[:2000]:
        shown = symbol if symbol.isprintable() else "□"
        if part and font.getlength(part + shown) > room:
            yield part
            part = ""
        part += shown
    if part:
        yield part

"""What the pictures of money share: paper, ink, words that fit, and axes with round numbers.

Dark on light, and large enough to be read on a phone, which shows them about 400 pixels wide.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from core import money

Colour = tuple[int, int, int]
Point = tuple[int, int]
WIDTH, MARGIN = 1080, 36
TITLE, WORDS = 40, 31  # sizes of letters
INK, PALE, SOFT = (32, 33, 36), (222, 225, 230), (96, 99, 104)
BLUE, LIGHT_BLUE = (24, 90, 170), (219, 232, 247)
GREEN, ORANGE = (15, 112, 56), (196, 84, 10)
STEPS = (1, 2, 5)
MOST_LINES = 5
TINY = WORDS // 3


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(sans_path(), size)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A white sheet and the pen on it."""

    image: Image.Image
    pen: ImageDraw.ImageDraw

    @classmethod
    def blank(cls, height: int) -> "Sheet":
        image = Image.new("RGB", (WIDTH, height), "white")
        return cls(image, ImageDraw.Draw(image))

    def write(
        self, at: Point, text: str, *, anchor: str = "ls", size: int = WORDS, ink: Colour = INK
    ) -> None:
        self.pen.text(at, text, fill=ink, font=font(size), anchor=anchor)

    def title(self, text: str) -> None:
        self.write((MARGIN, 62), fitted(text, WIDTH - 2 * MARGIN, TITLE), size=TITLE)

    def up(self, at: Point, ink: Colour, half: int = 13) -> None:
        """A triangle whose tip is at the point."""
        across, tip = at
        base = tip + 2 * half
        self.pen.polygon([(across, tip), (across - half, base), (across + half, base)], fill=ink)

    def png(self) -> bytes:
        """Few colours are enough, and make it small."""
        file = io.BytesIO()
        self.image.quantize(64, method=Image.Quantize.FASTOCTREE).save(file, "PNG")
        return file.getvalue()


def width_of(text: str, size: int = WORDS) -> int:
    return round(font(size).getlength(text))


def fitted(text: str, width: int, size: int = WORDS) -> str:
    """The text, or as much of its beginning as fits."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…"


def lines_up_to(highest_fen: int) -> list[int]:
    """Round amounts from zero to just above the highest, at equal distances."""
    step = next(step for step in _round_steps() if highest_fen <= step * (MOST_LINES - 1))
    return [step * number for number in range(-(-max(highest_fen, 1) // step) + 1)]


def _round_steps() -> Iterator[int]:
    """In fen; no line stands at a part of a yuan."""
    whole = money.FEN_PER_YUAN
    while True:
        yield from (whole * step for step in STEPS)
        whole *= 10


def spread(count: int, most: int) -> Sequence[int]:
    """Which of so many places get a label: the first, the last, and some between."""
    if count <= most:
        return range(count)
    return [place * (count - 1) // (most - 1) for place in range(most)]

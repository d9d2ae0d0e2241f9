"""The images of screens: QR codes are drawn off the event loop, and kept for a while."""

import asyncio
import io
from functools import lru_cache

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

from bot.conversations.model import Picture, Qr

QUIET_MODULES = 4
WANTED_PIXELS = 500
FADED = 200  # grey of the modules of a code that is no longer valid
RED = (200, 30, 30)
GREEN = (24, 138, 66)
KEPT = 64


async def image_of(image: Qr | Picture) -> tuple[bytes, str]:
    """The image's bytes, and a name that says of which kind they are."""
    if isinstance(image, Picture):
        return image.content, image.name
    return await png_of(image), "qr.png"


async def png_of(code: Qr) -> bytes:
    """The code as PNG, 400 to 600 pixels wide, crossed out when void, ticked when paid."""
    return await asyncio.to_thread(_draw, code)


@lru_cache(maxsize=KEPT)
def _draw(code: Qr) -> bytes:
    image = _modules(code.text)
    if code.paid:
        image = _tick(image)
    elif code.void:
        image = _cross_out(image)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _modules(text: str) -> Image.Image:
    maker = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    maker.add_data(text)
    maker.make(fit=True)
    matrix = maker.get_matrix()
    small = Image.new("1", (len(matrix), len(matrix)), color=1)
    small.putdata([0 if dark else 1 for row in matrix for dark in row])
    scale = max(1, round(WANTED_PIXELS / len(matrix)))
    return small.resize((len(matrix) * scale,) * 2, Image.Resampling.NEAREST)


def _faded(code: Image.Image) -> Image.Image:
    return code.convert("L").point(lambda level: max(level, FADED)).convert("RGB")


def _tick(code: Image.Image) -> Image.Image:
    image = _faded(code)
    size = image.width
    middle, radius = size // 2, size // 4
    draw = ImageDraw.Draw(image)
    draw.ellipse((middle - radius, middle - radius, middle + radius, middle + radius), fill=GREEN)
    points = [(0.39, 0.51), (0.47, 0.59), (0.62, 0.42)]
    corners = [(round(x * size), round(y * size)) for x, y in points]
    draw.line(corners, fill="white", width=size // 24, joint="curve")
    return image


def _cross_out(code: Image.Image) -> Image.Image:
    image = _faded(code)
    draw, end, width = ImageDraw.Draw(image), image.width, image.width // 16
    draw.line((0, 0, end, end), fill=RED, width=width)
    draw.line((0, end, end, 0), fill=RED, width=width)
    return image

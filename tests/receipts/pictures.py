"""Pictures by hand: good ones, and PNG and JPEG parts that no good program writes."""

import struct
import zlib
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageDraw

PNG = b"\x89PNG\r\n\x1a\n"


def receipt(seed: int = 1, *, size: tuple[int, int] = (600, 900)) -> Image.Image:
    """Something like a photo of a bank's receipt: paper, lines of print, a stamp."""
    chance = Random(seed)
    image = Image.new("RGB", size, (250, 248, 240))
    pen = ImageDraw.Draw(image)
    width, height = size
    for row in range(12):
        top = height * (row + 1) // 14
        length = chance.randint(width // 5, width - width // 5)
        pen.rectangle((width // 10, top, width // 10 + length, top + height // 30), (40, 40, 60))
    x, y = chance.randint(width // 4, width // 2), chance.randint(height // 4, height // 2)
    pen.ellipse((x, y, x + width // 4, y + width // 4), (200, 30, 30))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    made = BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, *, depth: int = 8, colour: int = 0, lace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, lace))


def png(head: bytes, *chunks: bytes, pixels: bytes = b"") -> bytes:
    return PNG + head + b"".join(chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def blank(width: int, height: int, *chunks: bytes, **how: int) -> bytes:
    """A true PNG of zeros, written row by row so that it may be huge."""
    bits = how.get("depth", 8) * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[how.get("colour", 0)]
    return png(
        header(width, height, **how),
        *chunks,
        pixels=zeros((1 + (width * bits + 7) // 8) * height),
    )


def zeros(length: int) -> bytes:
    """`length` zero bytes, deflated, made without holding them."""
    made = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [
        made.compress(block[: min(len(block), length - start)])
        for start in range(0, length, len(block))
    ]
    return b"".join([*parts, made.flush()])


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def sized(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        at = jpeg.find(marker)
        if at >= 0:
            return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]
    raise ValueError("no frame header")


def scans(jpeg: bytes, times: int) -> bytes:
    """A progressive JPEG whose scans are repeated: little to send, much to do."""
    at = jpeg.index(b"\xff\xda")
    return jpeg[:at] + jpeg[at:-2] * times + b"\xff\xd9"


def exif_loop() -> bytes:
    """A directory of tags whose next directory is itself, and a tag with a huge count."""
    entry = struct.pack("<HHII", 0x010E, 2, 0x7FFFFFFF, 8)
    return b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)

"""Previews of receipts, made in the confined process: small, flat, re-encoded, nothing else."""

from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageColor, ImageOps, ImagePalette, TiffImagePlugin

Image.preinit()  # whatever Pillow loads late is loaded now: later the walls stand
LOADED = (ImageColor, ImagePalette, TiffImagePlugin)

LONGEST_SIDE = 1280
SHORTEST_SIDE = 64  # messengers refuse pictures thinner than this, or very long ones
LONGEST_SHAPE = 16
WHITE = (255, 255, 255)
_STRIP_PIXELS = 1_000_000
_UPPER_BYTE = [level >> 8 for level in range(1 << 16)]
_HASH_WIDTH, _HASH_HEIGHT = 9, 8
_SAME_LEVEL = 2  # neighbours this near are one surface
_FEWEST_STEPS = 4  # fewer set bits: a blank page, which looks like every other


def shrink(image: Image.Image) -> Image.Image:
    """At most `LONGEST_SIDE` on a side and in RGB over white, in little memory."""
    factor = max(1, max(image.size) // LONGEST_SIDE)
    width, height = (-(-side // factor) for side in image.size)
    whole = Image.new("RGB", (width, height), WHITE)
    rows = max(1, _STRIP_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        flat = _flat(strip)
        whole.paste(flat.reduce(factor) if factor > 1 else flat, (0, top // factor))
    whole.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return whole


def _flat(strip: Image.Image) -> Image.Image:
    if strip.mode.startswith("I;16"):  # converting would cut off all that is not dark
        return strip.convert("I").point(_UPPER_BYTE, "L").convert("RGB")
    if strip.has_transparency_data:
        clear = strip.convert("RGBA")
        flat = Image.new("RGB", strip.size, WHITE)
        flat.paste(clear, mask=clear.getchannel("A"))
        return flat
    return strip.convert("RGB")


def encode(small: Image.Image) -> bytes:
    """JPEG without metadata, padded with white to a shape that can be shown."""
    width, height = small.size
    shape = (
        max(width, SHORTEST_SIDE, height // LONGEST_SHAPE),
        max(height, SHORTEST_SIDE, width // LONGEST_SHAPE),
    )
    if shape != small.size:
        small = ImageOps.pad(small, shape, color=WHITE)
    made = BytesIO()
    small.save(made, "JPEG", quality=85)
    return made.getvalue()


def difference_hash(small: Image.Image) -> str | None:
    """64 bits as 16 hexadecimal digits: where it gets darker from left to right.

    None for a blank page.
    """
    grey = small.convert("L").resize((_HASH_WIDTH, _HASH_HEIGHT), Image.Resampling.BOX)
    levels = grey.tobytes()
    bits = 0
    for row in range(_HASH_HEIGHT):
        line = levels[row * _HASH_WIDTH : (row + 1) * _HASH_WIDTH]
        for left, right in pairwise(line):
            bits = bits << 1 | (left > right + _SAME_LEVEL)
    return None if bits.bit_count() < _FEWEST_STEPS else f"{bits:016x}"

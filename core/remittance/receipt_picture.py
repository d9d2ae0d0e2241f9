"""Confined task: a JPEG or PNG becomes a preview, its size and its hash."""

from collections.abc import Mapping
from io import BytesIO

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from core.confined.declined import Declined
from core.remittance.receipt_kinds import MOST_PIXELS, MediaType, ReceiptReason
from core.remittance.receipt_preview import LONGEST_SIDE, difference_hash, encode, shrink

Image.MAX_IMAGE_PIXELS = None  # the size is compared below, before a pixel is read


def answer(facts: Mapping[str, str], data: bytes) -> tuple[Mapping[str, object], bytes]:
    image = opened(MediaType(facts["media_type"]), data)
    width, height = image.size
    small = read(image)
    found = {"width": width, "height": height, "pages": 1, "hash": difference_hash(small)}
    return found, encode(small)


def opened(media_type: MediaType, data: bytes) -> Image.Image:
    """The decoder of this kind alone looks at it: no other can be talked into it."""
    if media_type is MediaType.JPEG:
        return JpegImageFile(BytesIO(data))
    image = PngImageFile(BytesIO(data))
    if getattr(image, "is_animated", False):
        raise Declined(ReceiptReason.ANIMATED)
    return image


def read(image: Image.Image) -> Image.Image:
    """Small, upright, flat; `Declined` when it has too many pixels."""
    if image.width * image.height > MOST_PIXELS:
        raise Declined(ReceiptReason.PIXELS)
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    turned = image.getexif().get(0x0112)  # the camera's orientation
    small = shrink(image)
    if turned in range(2, 9):
        small.getexif()[0x0112] = turned
        small = ImageOps.exif_transpose(small)
    return small

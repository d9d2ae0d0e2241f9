"""Pictures that promise too much, carry too much, or break off."""

import struct
import zlib
from collections.abc import Iterator

from tests.receipts.pictures import (
    PNG,
    blank,
    chunk,
    encoded,
    exif_loop,
    header,
    png,
    receipt,
    scans,
    segment,
    sized,
    with_segments,
    zeros,
)

File = tuple[str, bytes, str]
MIB = 1024 * 1024


def files() -> Iterator[File]:
    yield from _bombs()
    yield from _too_many_things()
    yield from _huge_metadata()
    yield from _cut()


def _bombs() -> Iterator[File]:
    jpeg = encoded(receipt(), "JPEG")
    progressive = encoded(receipt(), "JPEG", progressive=True)
    for width, height in ((65535, 65535), (100_000, 100_000), (2**31 - 1, 2**31 - 1)):
        for depth in (1, 8, 16):
            head = header(width, height, depth=depth)
            yield f"promise-{width}-{depth}.png", png(head, pixels=zeros(9)), "pixels|damaged"
    yield "kept-promise.png", blank(30_000, 30_000, depth=1), "pixels"
    yield "just-too-many.png", blank(5001, 5000, depth=1), "pixels"
    yield "thin.png", blank(25_000_000, 1, depth=1), "|overrun|damaged"
    yield "tall.png", blank(1, 25_000_000, depth=1), "|overrun|damaged"
    yield "most-rgba.png", blank(5000, 5000, colour=6), "|overrun"
    yield "most-deep.png", blank(5000, 5000, depth=16, colour=6), "|overrun"
    yield "most-laced.png", blank(4000, 4000, depth=1, lace=1), "anything"
    yield "nothing-wide.png", blank(0, 10), "damaged|pixels"
    yield "nothing-high.png", blank(10, 0), "damaged|pixels"
    yield "too-much-inside.png", png(header(10, 10), pixels=zeros(260 * MIB)), "|damaged"
    yield "too-little-inside.png", png(header(2000, 2000), pixels=zeros(100)), "damaged"
    for width, height in ((65535, 65535), (65500, 400), (1, 65535), (0, 0), (5001, 5000)):
        for name, data in (("flat", jpeg), ("progressive", progressive)):
            yield f"sized-{name}-{width}x{height}.jpg", sized(data, width, height), "anything"
    big = encoded(receipt(size=(2000, 2000)), "JPEG", progressive=True, quality=30)
    yield "many-scans.jpg", scans(big, 60), "|overrun|damaged"
    yield "very-many-scans.jpg", scans(progressive, 500), "|overrun|damaged"


def _too_many_things() -> Iterator[File]:
    frames = [receipt(seed, size=(60, 60)) for seed in range(4)]
    moving = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "moving.png", moving, "animated"
    yield (
        "claims-to-move.png",
        blank(9, 9, chunk(b"acTL", struct.pack(">II", 9999, 0))),
        ("animated|damaged|"),
    )
    still = encoded(receipt(), "PNG")
    yield "twice.png", still + still, ""
    yield "no-end.png", still[:-12], "|damaged"
    yield "bad-sum.png", still[:-20] + b"\1\2\3\4" + still[-16:], "|damaged"
    yield "two-heads.png", png(header(9, 9) + header(9000, 9000), pixels=zeros(90)), "anything"
    yield "no-pixels.png", PNG + header(9, 9) + chunk(b"IEND", b""), "damaged"
    yield "no-palette.png", blank(50, 50, colour=3), "|damaged"
    yield "odd-depth.png", png(header(9, 9, depth=7), pixels=zeros(90)), "damaged"
    yield "odd-colour.png", png(header(9, 9, colour=5), pixels=zeros(90)), "damaged"
    yield "huge-chunk.png", PNG + header(9, 9) + b"\x7f\xff\xff\xffIDAT" + bytes(50), "damaged"
    yield "negative-chunk.png", PNG + header(9, 9) + b"\xff\xff\xff\xffIDAT", "damaged"
    jpeg = encoded(receipt(), "JPEG")
    yield "no-tables.jpg", jpeg.replace(b"\xff\xdb", b"\xff\xfe"), "damaged|"
    yield "no-huffman.jpg", jpeg.replace(b"\xff\xc4", b"\xff\xfe"), "damaged|"
    yield "arithmetic.jpg", jpeg.replace(b"\xff\xc0", b"\xff\xc9"), "damaged|"
    yield "lossless.jpg", jpeg.replace(b"\xff\xc0", b"\xff\xc3"), "damaged|"
    yield "ends-at-once.jpg", b"\xff\xd8\xff\xd9", "damaged"
    yield "only-fill.jpg", b"\xff\xd8" + b"\xff" * 100_000, "damaged"
    yield "cmyk.jpg", encoded(receipt().convert("CMYK"), "JPEG"), ""
    yield "grey.jpg", encoded(receipt().convert("L"), "JPEG"), ""


def _huge_metadata() -> Iterator[File]:
    jpeg = encoded(receipt(), "JPEG")
    full = bytes(65_533)
    words = b"Comment\0" + b"x" * (9 * MIB)
    packed = b"Comment\0\0" + zeros(200 * MIB)
    international = b"Comment\0\1\0\0\0" + zeros(200 * MIB)
    profile = b"icc\0\0" + zeros(200 * MIB)
    yield "long-text.png", blank(9, 9, chunk(b"tEXt", words)), "|damaged"
    yield "text-bomb.png", blank(9, 9, chunk(b"zTXt", packed)), "|damaged|overrun"
    yield "international-bomb.png", blank(9, 9, chunk(b"iTXt", international)), "anything"
    yield "profile-bomb.png", blank(9, 9, chunk(b"iCCP", profile)), "anything"
    yield "many-texts.png", blank(9, 9, *[chunk(b"tEXt", b"a\0b")] * 100_000), "anything"
    yield "exif-loop.png", blank(9, 9, chunk(b"eXIf", exif_loop()[6:])), "|damaged"
    yield "exif-loop.jpg", with_segments(jpeg, segment(0xE1, exif_loop())), "|damaged"
    yield "turned.jpg", with_segments(jpeg, segment(0xE1, _turned())), ""
    yield "many-comments.jpg", with_segments(jpeg, *[segment(0xFE, full)] * 150), ""
    yield (
        "many-profiles.jpg",
        with_segments(jpeg, *[segment(0xE2, b"ICC_PROFILE\0\1\xff" + full[:60_000])] * 150),
        "anything",
    )
    yield "many-segments.jpg", with_segments(jpeg, *[segment(0xEA, b"")] * 500_000), "anything"
    laughs = b"http://ns.adobe.com/xap/1.0/\0<!DOCTYPE z [<!ENTITY a 'a'>]><z>&a;</z>"
    yield "laughing-xmp.jpg", with_segments(jpeg, segment(0xE1, laughs)), ""
    yield (
        "photoshop.jpg",
        with_segments(jpeg, segment(0xED, b"Photoshop 3.0\0" + full[:50_000])),
        ("|damaged"),
    )
    yield "many-photos.jpg", with_segments(jpeg, segment(0xE2, b"MPF\0" + exif_loop()[6:])), ""
    yield "bad-zlib.png", png(header(50, 50), pixels=zlib.compress(bytes(99))[:-4]), "damaged"


def _turned() -> bytes:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    return b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)


def _cut() -> Iterator[File]:
    for kind, ending in (("JPEG", "jpg"), ("PNG", "png")):
        whole = encoded(receipt(), kind)
        for part in range(1, 20):
            yield f"cut-{part}.{ending}", whole[: len(whole) * part // 20], "damaged|kind|"

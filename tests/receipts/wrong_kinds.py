"""Files that are something else, and files that are two things at once."""

import io
import zipfile
from collections.abc import Iterator

from PIL import Image

from tests.receipts.pdfs import pdf
from tests.receipts.pictures import encoded, receipt, segment, with_segments

File = tuple[str, bytes, str]
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><z>&c;&c;&c;</z>'
)


def zipped(name: str = "a.txt", data: bytes = b"hello") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    return made.getvalue()


def files(url: str) -> Iterator[File]:
    for name, data in _others(url).items():
        yield name, data, "empty" if not data else "kind"
    yield from _two_at_once()


def _others(url: str) -> dict[str, bytes]:
    address = url.encode()
    photo = receipt(size=(80, 80))
    frames = [receipt(seed, size=(80, 80)) for seed in range(3)]
    return {
        "nothing.jpg": b"",
        "one-byte.jpg": b"\xff",
        "two-bytes.png": b"\x89P",
        "text.pdf": b"This is no PDF, whatever its name says.",
        "page.jpg": b"<html><script src='%s/x.js'></script></html>" % address,
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='%s/i'/></svg>"
        % address,
        "script.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "entity.svg": b'<!DOCTYPE s [<!ENTITY x SYSTEM "%s/x">]><svg>&x;</svg>' % address,
        "laughs.xml": LAUGHS,
        "still.gif": encoded(photo, "GIF"),
        "moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "still.webp": encoded(photo, "WEBP"),
        "moving.webp": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200),
        "phone.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(200),
        "paint.bmp": encoded(photo, "BMP"),
        "fax.tiff": encoded(photo, "TIFF"),
        "icon.ico": encoded(photo, "ICO"),
        "old.pcx": encoded(photo, "PCX"),
        "plain.ppm": encoded(photo, "PPM"),
        "print.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (w) file\n",
        "archive.zip": zipped(),
        "letter.docx": zipped("word/document.xml", b"<w:document/>"),
        "program.exe": b"MZ" + bytes(300),
        "program": b"\x7fELF" + bytes(300),
        "script.sh": b"#!/bin/sh\ntouch /tmp/never\n",
        "java.class": b"\xca\xfe\xba\xbe" + bytes(100),
        "film.mp4": b"\0\0\0\x18ftypisom" + bytes(100),
        "packed.gz": b"\x1f\x8b\x08" + bytes(100),
        "late.pdf": bytes(600) + pdf(),
        "spaced.pdf": b"\n\n" + pdf(),
        "zeros.png": bytes(100_000),
    }


def _two_at_once() -> Iterator[File]:
    jpeg = encoded(receipt(), "JPEG")
    still = encoded(receipt(), "PNG")
    yield "jpeg-and-zip.jpg", jpeg + zipped(), ""
    yield "jpeg-and-page.jpg", with_segments(jpeg, segment(0xFE, b"<script>alert(1)</script>")), ""
    yield "jpeg-and-pdf.jpg", with_segments(jpeg, segment(0xFE, pdf())), ""
    yield "png-and-pdf.png", still + pdf(), ""
    yield "png-and-jpeg.png", still + jpeg, ""
    yield "pdf-and-zip.pdf", pdf() + zipped(), "anything"
    yield "pdf-and-jpeg.pdf", pdf() + jpeg, "anything"
    yield "pdf-and-page.pdf", pdf() + b"<script>alert(1)</script>", "anything"
    yield "jpeg-then-pdf.jpg", b"\xff\xd8\xff" + pdf(), "damaged"
    yield "png-then-gif.png", b"\x89PNG\r\n\x1a\n" + b"GIF89a" + bytes(100), "damaged"
    yield "two-pictures.mpo", _two_pictures(), ""


def _two_pictures() -> bytes:
    made = io.BytesIO()
    first: Image.Image = receipt(1)
    first.save(made, "MPO", save_all=True, append_images=[receipt(2)])
    return made.getvalue()

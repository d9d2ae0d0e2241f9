"""PDFs by hand: each object as its bytes, so that anything wrong can be written."""

import zlib
from collections.abc import Mapping
from io import BytesIO

from fpdf import FPDF
from PIL import Image
from pylopdf_fonts_zh_cn import sans_path

from tests.receipts.pictures import encoded

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>"


def stream(data: bytes, extra: bytes = b"", *, length: int | None = None) -> bytes:
    said = len(data) if length is None else length
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (extra, said, data)


def flate(data: bytes, extra: bytes = b"") -> bytes:
    return stream(zlib.compress(data, 9), extra + b"/Filter/FlateDecode")


def pdf(
    objects: Mapping[int, bytes] | None = None, *, trailer: bytes = b"", root: int = 1
) -> bytes:
    """A file with these objects over those of a page that is blank."""
    whole = {1: CATALOG, 2: PAGES, 3: PAGE, **(objects or {})}
    made, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    for number, body in whole.items():
        places[number] = len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = max(whole) + 1
    lines = [b"0000000000 65535 f \n"]
    for number in range(1, size):
        known = number in places
        lines.append(b"%010d %05d %s \n" % (places.get(number, 0), 0, b"n" if known else b"f"))
    table = b"xref\n0 %d\n%s" % (size, b"".join(lines))
    end = b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        root,
        trailer,
        len(made),
    )
    return made + table + end


def page(extra: bytes = b"", resources: bytes = b"") -> bytes:
    return b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<%s>>%s>>" % (
        resources,
        extra,
    )


def catalog(extra: bytes) -> bytes:
    return b"<</Type/Catalog/Pages 2 0 R%s>>" % extra


def in_object_stream(body: bytes) -> bytes:
    """The body as object 9 inside a compressed object stream, in a file with an xref stream."""
    inner = b"9 0 " + body
    packed = flate(inner, b"/Type/ObjStm/N 1/First 4")
    bodies = {1: catalog(b"/OpenAction 9 0 R"), 2: PAGES, 3: PAGE, 8: packed}
    made, rows = b"%PDF-1.7\n", {0: (0, 0, 65535), 9: (2, 8, 0)}
    for number, kept in bodies.items():
        rows[number] = (1, len(made), 0)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, kept)
    at = len(made)
    rows[10] = (1, at, 0)
    table = b"".join(
        bytes((kind,)) + where.to_bytes(4, "big") + last.to_bytes(2, "big")
        for kind, where, last in (rows.get(number, (0, 0, 0)) for number in range(11))
    )
    made += b"10 0 obj\n%s\nendobj\n" % flate(table, b"/Type/XRef/Size 11/W[1 4 2]/Root 1 0 R")
    return made + b"startxref\n%d\n%%%%EOF" % at


def drawn(text: str) -> bytes:
    """A page of text, as a bank's own program would make it."""
    made = FPDF()
    made.add_page()
    made.add_font("sans", fname=sans_path())
    made.set_font("sans", size=12)
    made.multi_cell(0, 8, text)
    return bytes(made.output())


def scanned(image: Image.Image, kind: str = "JPEG") -> bytes:
    """A page that is nothing but a picture."""
    made = FPDF()
    made.add_page()
    made.image(BytesIO(encoded(image, kind)), x=0, y=0, w=210)
    return bytes(made.output())

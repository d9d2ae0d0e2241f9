"""Confined task: a PDF becomes a preview of its first page, its page count and perhaps a hash.

Nothing here draws PDF pages. A scan is shown as the picture it is; any other page as a card with
the file's name and the page's text.
"""

import logging
from collections.abc import Iterator, Mapping
from io import BytesIO

from PIL import Image
from pypdf import Configuration, PageObject, PdfReader, apply_configuration
from pypdf.errors import LimitReachedError
from pypdf.generic import DictionaryObject, StreamObject

from core.confined.declined import Declined
from core.confined.preload import preload
from core.remittance import receipt_page_card
from core.remittance.receipt_kinds import MOST_PIXELS, MediaType, ReceiptReason
from core.remittance.receipt_pdf_dangers import refuse_dangers
from core.remittance.receipt_picture import opened, read
from core.remittance.receipt_preview import difference_hash, encode, shrink

FEWEST_LETTERS = 100  # a page with less text and a big picture is a scan
SMALLEST_SCAN = 400
MOST_INFLATED = 32_000_000
MOST_PICTURES = 50

LIMITS = Configuration(
    zlib_maximum_output_length=MOST_INFLATED,
    lzw_maximum_output_length=MOST_INFLATED,
    run_length_maximum_output_length=MOST_INFLATED,
    brotli_maximum_output_length=MOST_INFLATED,
    array_based_stream_maximum_output_length=MOST_INFLATED,
    jbig2dec_binary=None,  # no program is ever started
    disable_legacy_handling=True,
)

preload("pypdf")


def answer(facts: Mapping[str, str], data: bytes) -> tuple[Mapping[str, object], bytes]:
    logging.disable()
    with apply_configuration(LIMITS):
        reader = PdfReader(BytesIO(data))
        refuse_dangers(reader, data)
        pages = len(reader.pages)
        if pages == 0:
            raise Declined(ReceiptReason.DAMAGED)
        return _preview(reader.pages[0], pages, facts["file_name"])


def _preview(page: PageObject, pages: int, name: str) -> tuple[Mapping[str, object], bytes]:
    text = _text_of(page)
    scan = _scan_of(page) if len(text) < FEWEST_LETTERS else None
    small = scan or receipt_page_card.draw(name, pages, text)
    found = {
        "width": round(float(page.mediabox.width)),
        "height": round(float(page.mediabox.height)),
        "pages": pages,
        "hash": None if scan is None else difference_hash(scan),
    }
    return found, encode(small)


def _text_of(page: PageObject) -> str:
    try:
        return page.extract_text().replace("\0", "").strip()
    except MemoryError:
        raise
    except LimitReachedError as error:
        raise Declined(ReceiptReason.OVERRUN) from error
    except Exception:  # noqa: BLE001 - text that cannot be read leaves a card without text
        return ""


def _scan_of(page: PageObject) -> Image.Image | None:
    """The page's biggest picture, if it is one that can be read."""
    found = max(_pictures(page), key=_area, default=None)
    if found is None or not SMALLEST_SCAN**2 <= _area(found) <= MOST_PIXELS:
        return None
    try:
        if found.get("/Filter") == "/DCTDecode":
            return read(opened(MediaType.JPEG, found.get_data()))
        if found.get("/Filter") == "/FlateDecode":
            return shrink(found.decode_as_image())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a picture that cannot be read leaves the card
        return None
    return None


def _pictures(page: PageObject) -> Iterator[StreamObject]:
    resources = page.get("/Resources", DictionaryObject()).get_object()
    drawn = resources.get("/XObject", DictionaryObject()).get_object()
    for item in list(drawn.values())[:MOST_PICTURES]:
        picture = item.get_object()
        if isinstance(picture, StreamObject) and picture.get("/Subtype") == "/Image":
            yield picture


def _area(picture: StreamObject) -> int:
    return int(picture.get("/Width", 0)) * int(picture.get("/Height", 0))

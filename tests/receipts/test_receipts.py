"""Receipts: by content, kept as they came, shown without what they carry."""

import hashlib
import os
import struct
from io import BytesIO
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from core.errors import ReceiptRefused
from core.remittance import receipt_preview
from core.remittance.receipt_folder import ReceiptFolder
from core.remittance.receipt_kinds import LARGEST_BYTES, MediaType
from core.remittance.receipts import Receipts, look_alike
from tests.play import PlayClock
from tests.receipts.pdfs import drawn, scanned
from tests.receipts.pictures import blank, chunk, encoded, receipt, segment, with_segments


@pytest.fixture
def receipts(tmp_path: Path, clock: PlayClock) -> Receipts:
    return Receipts(ReceiptFolder(tmp_path / "receipts"), clock)


def picture(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def photo(seed: int) -> Image.Image:
    """A receipt of any bank on any table."""
    chance = Random(seed)
    table = Image.new("RGB", (900, 1200), (chance.randrange(60, 200),) * 3)
    paper = receipt(seed, size=(chance.randrange(350, 600), chance.randrange(500, 900)))
    table.paste(paper, (chance.randrange(300), chance.randrange(300)))
    for _ in range(3):
        left, top = chance.randrange(700), chance.randrange(1000)
        table.paste((chance.randrange(256),) * 3, (left, top, left + 200, top + 150))
    return table


async def refused(receipts: Receipts, data: bytes) -> str:
    with pytest.raises(ReceiptRefused) as error:
        await receipts.take_in(data, file_name="receipt.jpg")
    return error.value.reason


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (encoded(receipt(), "JPEG"), MediaType.JPEG, (600, 900, 1)),
        (encoded(receipt(), "PNG"), MediaType.PNG, (600, 900, 1)),
        (drawn("电子回单"), MediaType.PDF, (595, 842, 1)),
    ],
)
async def test_a_receipt_is_known_by_its_content(
    receipts: Receipts, data: bytes, kind: MediaType, size: tuple[int, int, int]
) -> None:
    found = await receipts.take_in(data, file_name="photo.exe")

    assert (found.media_type, found.width, found.height, found.pages) == (kind, *size)
    assert (found.sha256, found.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert await receipts.original(found.sha256) == data


async def test_a_preview_carries_nothing_of_the_original(receipts: Receipts) -> None:
    secret = b"39.9042N 116.4074E"
    data = with_segments(
        encoded(receipt(), "JPEG"),
        segment(0xFE, secret),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + secret),
    )
    shown = (await receipts.inspect(data, file_name="a.jpg")).preview

    assert secret in data
    assert secret not in shown
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(picture(shown).info)


async def test_a_big_picture_is_shown_small(receipts: Receipts) -> None:
    data = encoded(receipt(size=(3000, 4000)), "JPEG")
    shown = picture((await receipts.inspect(data, file_name="a.jpg")).preview)

    assert (shown.format, shown.size) == ("JPEG", (960, 1280))


@pytest.mark.parametrize(
    ("size", "shown"),
    [((1, 1), (64, 64)), ((1200, 10), (1200, 75)), ((10, 20_000), (80, 1280))],
)
async def test_a_preview_has_a_shape_that_can_be_shown(
    receipts: Receipts, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    data = blank(*size)

    assert picture((await receipts.inspect(data, file_name="a")).preview).size == shown


async def test_a_turned_photo_is_shown_upright(receipts: Receipts) -> None:
    image = Image.new("RGB", (400, 200), "white")
    image.paste((255, 0, 0), (0, 0, 200, 200))  # red on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: left is up
    data = encoded(image, "JPEG", exif=exif)
    shown = picture((await receipts.inspect(data, file_name="a.jpg")).preview).convert("RGB")

    assert shown.size == (200, 400)
    assert [shown.getpixel(at)[1] < 60 for at in ((100, 50), (100, 350))] == [True, False]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
async def test_every_mode_is_shown_on_white_paper(receipts: Receipts, mode: str) -> None:
    grey = Image.new("L", (50, 50), 255 if mode == "1" else 128)
    whole = Image.new(mode, (50, 50), 128 * 257) if mode == "I;16" else grey.convert(mode)
    shown = picture(
        (await receipts.inspect(encoded(whole, "PNG"), file_name="a")).preview
    ).convert("RGB")

    assert shown.getpixel((32, 32)) == pytest.approx(
        (255,) * 3 if mode == "1" else (128,) * 3, abs=3
    )


async def test_what_is_see_through_is_paper(receipts: Receipts) -> None:
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    shown = picture((await receipts.inspect(encoded(clear, "PNG"), file_name="a")).preview)

    assert shown.convert("RGB").getpixel((50, 50)) == (255, 255, 255)


async def test_a_scan_in_a_pdf_is_shown_as_the_picture_it_is(receipts: Receipts) -> None:
    image = receipt(7, size=(1000, 1400))
    photo = await receipts.inspect(encoded(image, "JPEG"), file_name="a.jpg")
    for kind in ("JPEG", "PNG"):
        scan = await receipts.inspect(scanned(image, kind), file_name="a.pdf")
        assert picture(scan.preview).size == (914, 1280)
        assert look_alike(scan.receipt.looks, photo.receipt.looks)


async def test_a_page_of_text_is_shown_as_a_card(receipts: Receipts) -> None:
    text = await receipts.inspect(drawn("招商银行 电子回单\n" * 20), file_name="回单.pdf")
    empty = await receipts.inspect(drawn(""), file_name="回单.pdf")

    assert text.receipt.looks is None
    assert picture(text.preview).size == (905, 1280)
    dark = [
        picture(item.preview).convert("L").point(lambda level: level < 100 and 1).histogram()[1]
        for item in (text, empty)
    ]
    assert dark[0] > dark[1] + 1000 > 1000


async def test_hidden_characters_of_a_name_are_drawn_as_boxes() -> None:
    from core.remittance import receipt_page_card

    plain, hidden = (
        receipt_page_card.draw(name, 1, "").tobytes() for name in ("a□gpj.exe", "a\u202egpj.exe")
    )

    assert plain == hidden


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (bytes(LARGEST_BYTES + 1), "too_big"),
        (b"\xff\xd8\xff" + bytes(LARGEST_BYTES), "too_big"),
        (b"GIF89a" + bytes(100), "kind"),
        (encoded(receipt(), "WEBP"), "kind"),
        (blank(5001, 5000, depth=1), "pixels"),
        (encoded(receipt(), "JPEG")[:2000], "damaged"),
        (blank(9, 9, chunk(b"acTL", struct.pack(">II", 2, 0))), "animated"),
    ],
)
async def test_anything_else_is_refused_with_its_reason(
    receipts: Receipts, data: bytes, reason: str, tmp_path: Path
) -> None:
    assert await refused(receipts, data) == reason
    assert not list((tmp_path / "receipts").rglob("*.*"))


async def test_the_biggest_picture_allowed_is_taken(receipts: Receipts) -> None:
    found = await receipts.take_in(blank(5000, 5000, colour=6), file_name="a.png")

    assert (found.width, found.height) == (5000, 5000)


@pytest.mark.parametrize("quality", [90, 60, 30])
@pytest.mark.parametrize("width", [600, 450, 1200])
async def test_a_photo_sent_again_looks_alike(
    receipts: Receipts, quality: int, width: int
) -> None:
    image = receipt(3)
    again = image.resize((width, width * 3 // 2))
    one = await receipts.inspect(encoded(image, "PNG"), file_name="a")
    other = await receipts.inspect(encoded(again, "JPEG", quality=quality), file_name="b")

    assert one.receipt.sha256 != other.receipt.sha256
    assert look_alike(one.receipt.looks, other.receipt.looks)


async def test_a_photo_cut_by_a_finger_looks_alike(receipts: Receipts) -> None:
    image = receipt(3)
    cut = image.crop((6, 9, 597, 891))
    one = await receipts.inspect(encoded(image, "JPEG"), file_name="a")
    other = await receipts.inspect(encoded(cut, "JPEG"), file_name="b")

    assert look_alike(one.receipt.looks, other.receipt.looks)


def test_different_receipts_do_not_look_alike() -> None:
    looks = [receipt_preview.difference_hash(photo(seed)) for seed in range(30)]

    assert None not in looks
    assert not [pair for pair in combinations(looks, 2) if look_alike(*pair)]


def test_blank_pages_are_not_compared() -> None:
    assert receipt_preview.difference_hash(Image.new("RGB", (600, 900), "white")) is None
    assert not look_alike(None, None)


async def test_files_nobody_names_are_swept_after_a_day(
    receipts: Receipts, tmp_path: Path, clock: PlayClock
) -> None:
    named, orphan, young = [
        await receipts.take_in(encoded(receipt(seed), "JPEG"), file_name="a") for seed in range(3)
    ]
    for path in (tmp_path / "receipts").rglob("*.*"):
        age = 3600 if path.stem == young.sha256 else 25 * 3600
        moment = clock.now().timestamp() - age
        os.utime(path, (moment, moment))
    asked: list[str] = []

    async def names(hashes: object) -> list[str]:
        assert isinstance(hashes, list)
        asked.extend(hashes)
        return [named.sha256]

    assert await receipts.sweep(names) == 1
    assert set(asked) == {named.sha256, orphan.sha256}
    left = {path.stem for path in (tmp_path / "receipts").rglob("*.original")}
    assert left == {named.sha256, young.sha256}
    assert await receipts.sweep(names) == 0

"""QR images: of the right size, readable while they count, unreadable when void."""

import io

import pytest
import zxingcpp
from PIL import Image

from bot.conversations.model import Qr
from bot.telegram.media import png_of

ADDRESS = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"


async def image_of(code: Qr) -> Image.Image:
    return Image.open(io.BytesIO(await png_of(code)))


@pytest.mark.parametrize("text", ["1", ADDRESS, ADDRESS * 8])
async def test_a_code_can_be_read_back(text: str) -> None:
    image = await image_of(Qr(text=text))

    assert 400 <= image.width == image.height <= 600
    assert zxingcpp.read_barcodes(image.convert("L"))[0].text == text


async def test_a_void_code_is_crossed_out_and_cannot_be_paid() -> None:
    image = await image_of(Qr(text=ADDRESS, void=True))

    assert image.mode == "RGB"
    assert not zxingcpp.read_barcodes(image)


async def test_the_same_code_is_drawn_once() -> None:
    assert await png_of(Qr(text=ADDRESS)) is await png_of(Qr(text=ADDRESS))

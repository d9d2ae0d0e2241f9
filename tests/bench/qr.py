"""The QR image of a payment card, beside segno: same text, same level, same size in pixels.

What `bot.telegram.media` draws, without its cache, each text once; processor time.
"""

import io
import time
from collections.abc import Callable

import segno

from bot.conversations.model import Qr
from bot.telegram import media
from tests.bench.frame import Figure, Options, at_most, figure, ratios

LINE = "qr"
QUIET_MODULES = 4
Draw = Callable[[str], object]


async def measure(options: Options) -> list[Figure]:
    rounds, images = (3, 5) if options.quick else (15, 20)
    ours: list[float] = []
    reference: list[float] = []
    for number in range(rounds):
        texts = [f"weixin://wxpay/bizpayurl?pr={number:04d}{n:04d}zz" for n in range(images)]
        ours.append(_took_ms(_ours, texts))
        reference.append(_took_ms(_segno, texts))
    return [
        figure(LINE, "product ÷ segno", "×", ratios(ours, reference), at_most(1.1)),
        figure(LINE, "product", "ms", ours),
        figure(LINE, "segno", "ms", reference),
    ]


def _took_ms(draw: Draw, texts: list[str]) -> float:
    began = time.process_time()
    for text in texts:
        draw(text)
    return (time.process_time() - began) / len(texts) * 1000


def _ours(text: str) -> bytes:
    return media._draw.__wrapped__(Qr(text=text))


def _segno(text: str) -> bytes:
    code = segno.make(text, error="m", micro=False, boost_error=False)
    size = code.symbol_size(border=QUIET_MODULES)[0]
    file = io.BytesIO()
    code.save(file, kind="png", border=QUIET_MODULES, scale=round(media.WANTED_PIXELS / size))
    return file.getvalue()

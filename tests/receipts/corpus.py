"""A corpus of files nobody should send as a receipt, made anew from a seed, and what is expected.

`corpus(count, …)` gives the hand-made ones first, then as many cut and flipped ones as asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random

from tests.receipts import hostile_pdfs, hostile_pictures, wrong_kinds
from tests.receipts.pdfs import drawn, scanned
from tests.receipts.pictures import encoded, receipt

ANYTHING = "anything"  # taken or refused: what counts is that nothing breaks


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, and the reasons it may be refused for; "" means it may be taken."""

    name: str
    data: bytes
    outcomes: frozenset[str]


def corpus(count: int, *, url: str, marker: str, seed: int = 1) -> Iterator[Hostile]:
    by_hand = chain(
        wrong_kinds.files(url), hostile_pictures.files(), hostile_pdfs.files(url, marker)
    )
    made = 0
    for name, data, outcomes in by_hand:  # one at a time: some are big
        made += 1
        yield Hostile(name, data, frozenset(outcomes.split("|")))
    yield from _broken(count - made, Random(seed))


def _broken(count: int, chance: Random) -> Iterator[Hostile]:
    """Good files cut short, flipped, repeated in part, or with a hole."""
    good = {
        "jpeg": encoded(receipt(), "JPEG", quality=70),
        "progressive": encoded(receipt(2), "JPEG", quality=70, progressive=True),
        "png": encoded(receipt(3), "PNG"),
        "palette": encoded(receipt(4).quantize(16), "PNG"),
        "pdf": drawn("电子回单 金额 ¥1,234.50\n" * 30),
        "scan": scanned(receipt(5)),
    }
    names = list(good)
    for number in range(max(0, count)):
        name = names[number % len(names)]
        way, data = _spoil(good[name], chance)
        yield Hostile(f"{name}-{way}-{number}", data, frozenset({ANYTHING}))


def _spoil(data: bytes, chance: Random) -> tuple[str, bytes]:
    way = chance.choice(("cut", "flip", "hole", "twice", "zero"))
    at = chance.randrange(8, len(data))
    end = min(len(data), at + chance.randrange(1, 2000))
    if way == "cut":
        return way, data[:at]
    if way == "hole":
        return way, data[:at] + data[end:]
    if way == "twice":
        return way, data[:end] + data[at:]
    if way == "zero":
        return way, data[:at] + bytes(end - at) + data[end:]
    flipped = bytearray(data)
    for _ in range(chance.randrange(1, 40)):
        flipped[chance.randrange(5, len(data))] ^= 1 << chance.randrange(8)
    return way, bytes(flipped)

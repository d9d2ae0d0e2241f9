"""How many codes of a batch were redeemed until when, as a picture without words."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from core.codes.model import BatchReport

SIZE = (900, 500)
LEFT, TOP, RIGHT, BOTTOM = 90, 60, 830, 440
LINES = 4  # of the grid, in each direction
INK, PALE, CURVE, FILL = (40, 40, 40), (225, 225, 225), (24, 108, 188), (214, 230, 246)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What is drawn: moments of redemption, oldest first, from `begin` to `end`."""

    name: str
    total: int
    moments: Sequence[datetime]
    begin: datetime
    end: datetime

    @classmethod
    def of(cls, report: BatchReport, now: datetime) -> "Curve":
        batch = report.batch
        return cls(
            name=batch.wish.batch_id,
            total=batch.wish.count,
            moments=report.redeemed_at,
            begin=batch.released_at or batch.created_at,
            end=batch.ended_at or min(batch.wish.expires_at, now),
        )


def draw(report: BatchReport, now: datetime, zone: tzinfo) -> bytes:
    """PNG; steps up by one at each redemption, the top line is the whole batch."""
    curve = Curve.of(report, now)
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(sans_path(), 18)
    _grid(pen, font, curve, zone)
    corners = _corners(curve)
    pen.polygon([(LEFT, BOTTOM), *corners, (corners[-1][0], BOTTOM)], fill=FILL)
    pen.line(corners, fill=CURVE, width=3)
    title = f"{curve.name}   {len(curve.moments)} / {curve.total}"
    pen.text((LEFT, 20), title, fill=INK, font=font)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _corners(curve: Curve) -> list[tuple[float, float]]:
    corners: list[tuple[float, float]] = [(LEFT, BOTTOM)]
    for count, moment in enumerate(curve.moments, start=1):
        across = _across(curve, moment)
        corners += [(across, corners[-1][1]), (across, _up(curve, count))]
    return [*corners, (RIGHT, corners[-1][1])]


def _grid(
    pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, curve: Curve, zone: tzinfo
) -> None:
    for part in range(LINES + 1):
        count = round(curve.total * part / LINES)
        height = _up(curve, count)
        pen.line([(LEFT, height), (RIGHT, height)], fill=PALE)
        pen.text((LEFT - 12, height), str(count), fill=INK, font=font, anchor="rm")
        moment = curve.begin + (curve.end - curve.begin) * part / LINES
        across = _across(curve, moment)
        pen.line([(across, TOP), (across, BOTTOM)], fill=PALE)
        label = f"{moment.astimezone(zone):%m-%d %H:%M}"
        pen.text((across, BOTTOM + 12), label, fill=INK, font=font, anchor="mt")


def _across(curve: Curve, moment: datetime) -> float:
    whole = (curve.end - curve.begin).total_seconds() or 1.0
    part = (moment - curve.begin).total_seconds() / whole
    return LEFT + (RIGHT - LEFT) * min(max(part, 0.0), 1.0)


def _up(curve: Curve, count: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * count / curve.total

"""The available balance day by day, with what came marked on it and what was taken below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.conversations.model import Text
from bot.locales.catalogue import Catalogue
from bot.locales.fields import short_day
from bot.printing.plot import (
    BLUE,
    GREEN,
    INK,
    LIGHT_BLUE,
    MARGIN,
    ORANGE,
    PALE,
    SOFT,
    TINY,
    WIDTH,
    WORDS,
    Sheet,
    fitted,
    lines_up_to,
    width_of,
)
from bot.printing.plot import spread as spread_out
from core import money
from core.statements.model import Day

HEIGHT = 860
TOP, FLOOR = 190, 560  # of the balance
BARS_TOP, BARS_FLOOR = 640, 770  # of what was taken
RIGHT = WIDTH - MARGIN
MOST_DAYS_NAMED = 5
MANY_DAYS = 62  # from here on marks are small
MOST_NAMED = 4  # top-ups whose sum is written at their mark


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where days and sums are on the sheet."""

    left: int
    days: int
    highest: int  # fen at the top line
    dearest: int  # fen of the longest bar

    def edges(self, place: int) -> tuple[int, int]:
        """The left and the right end of a day."""
        width = RIGHT - self.left
        return (
            self.left + width * place // self.days,
            self.left + width * (place + 1) // self.days,
        )

    def height(self, fen: int) -> int:
        return FLOOR - (FLOOR - TOP) * fen // self.highest

    def bar(self, fen: int) -> int:
        """How long a bar is; one that is not nothing is seen."""
        if fen <= 0:
            return 0
        return max(3, (BARS_FLOOR - BARS_TOP) * fen // self.dearest)


def draw(days: Sequence[Day], account: str, catalogue: Catalogue, language: str) -> bytes:
    """PNG of at least one day; each is a step as wide as the others."""
    sheet = Sheet.blank(HEIGHT)
    lines = lines_up_to(max(day.available_fen for day in days))
    frame = _Frame(
        left=MARGIN + max(width_of(_yuan(line)) for line in lines) + 14,
        days=len(days),
        highest=lines[-1],
        dearest=max(1, *(day.captured_fen for day in days)),
    )
    sheet.title(catalogue.plain(language, Text("picture.balance_title", {"account": account})))
    _legend(sheet, catalogue, language)
    _lines(sheet, frame, lines)
    _curve(sheet, frame, days)
    _marks(sheet, frame, days)
    _taken(sheet, frame, days, catalogue.plain(language, Text("picture.captured_by_day")))
    _days(sheet, frame, days, language)
    return sheet.png()


def _yuan(fen: int) -> str:
    return f"¥{money.whole_yuan(fen)}"


def _legend(sheet: Sheet, catalogue: Catalogue, language: str) -> None:
    across, base = MARGIN, 122
    sheet.pen.rectangle((across, base - 22, across + 30, base), fill=LIGHT_BLUE)
    sheet.pen.line([(across, base - 22), (across + 30, base - 22)], fill=BLUE, width=5)
    for name, ink in (("available", None), ("topped_up", GREEN), ("captured", ORANGE)):
        if ink is GREEN:
            sheet.up((across + 15, base - 25), GREEN)
        elif ink is ORANGE:
            sheet.pen.rectangle((across + 4, base - 26, across + 26, base), fill=ORANGE)
        word = catalogue.plain(language, Text(f"picture.{name}"))
        sheet.write((across + 42, base), word)
        across += 42 + width_of(word) + 46


def _lines(sheet: Sheet, frame: _Frame, lines: Sequence[int]) -> None:
    for fen in lines:
        height = frame.height(fen)
        sheet.pen.line([(frame.left, height), (RIGHT, height)], fill=PALE, width=2)
        sheet.write((frame.left - 14, height), _yuan(fen), anchor="rm")


def _curve(sheet: Sheet, frame: _Frame, days: Sequence[Day]) -> None:
    corners: list[tuple[int, int]] = []
    for place, day in enumerate(days):
        begins, ends = frame.edges(place)
        height = frame.height(day.available_fen)
        corners += [(begins, height), (ends, height)]
    sheet.pen.polygon([(frame.left, FLOOR), *corners, (RIGHT, FLOOR)], fill=LIGHT_BLUE)
    sheet.pen.line(corners, fill=BLUE, width=5)


def _marks(sheet: Sheet, frame: _Frame, days: Sequence[Day]) -> None:
    """A mark under the step of each day on which money came; the largest say how much."""
    came = [place for place, day in enumerate(days) if day.credited_fen > 0]
    largest = sorted(came, key=lambda place: days[place].credited_fen)[-MOST_NAMED:]
    taken: list[tuple[int, int]] = []
    for place in [*sorted(largest, reverse=True), *(one for one in came if one not in largest)]:
        middle, height = sum(frame.edges(place)) // 2, frame.height(days[place].available_fen)
        sheet.up((middle, height + 6), GREEN, half=13 if len(days) <= MANY_DAYS else 8)
        if place not in largest:
            continue
        label = f"+{_yuan(days[place].credited_fen)}"
        half = width_of(label) // 2
        middle = min(max(middle, frame.left + half), RIGHT - half)
        ends = (middle - half - 8, middle + half + 8)
        if all(ends[1] < left or right < ends[0] for left, right in taken):
            sheet.write((middle, height - 10), label, anchor="ms", ink=GREEN)
            taken.append(ends)


def _taken(sheet: Sheet, frame: _Frame, days: Sequence[Day], title: str) -> None:
    dearest = max(days, key=lambda day: day.captured_fen)
    sheet.write((frame.left, BARS_TOP - 22), fitted(title, RIGHT - frame.left), ink=ORANGE)
    sheet.pen.line([(frame.left, BARS_FLOOR), (RIGHT, BARS_FLOOR)], fill=SOFT, width=2)
    if dearest.captured_fen:
        sheet.pen.line([(frame.left, BARS_TOP), (RIGHT, BARS_TOP)], fill=PALE, width=2)
        most = _yuan(dearest.captured_fen)
        sheet.write((frame.left - 14, BARS_TOP + TINY), most, anchor="rm", ink=ORANGE)
    for place, day in enumerate(days):
        begins, ends = frame.edges(place)
        if length := frame.bar(day.captured_fen):
            gap = min(20, (ends - begins) // 5)
            box = (begins + gap, BARS_FLOOR - length, max(begins + gap, ends - gap), BARS_FLOOR)
            sheet.pen.rectangle(box, fill=ORANGE)


def _days(sheet: Sheet, frame: _Frame, days: Sequence[Day], language: str) -> None:
    for place in spread_out(len(days), MOST_DAYS_NAMED):
        label = short_day(date.fromisoformat(days[place].on), language)
        half = width_of(label) // 2
        middle = min(max(sum(frame.edges(place)) // 2, frame.left + half), RIGHT - half)
        sheet.write((middle, BARS_FLOOR + 20 + WORDS), label, anchor="ms", ink=INK)

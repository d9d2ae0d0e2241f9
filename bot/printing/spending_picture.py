"""What each product took, as bars under its name with the sum beside it."""

from collections.abc import Sequence

from bot.conversations.model import Text
from bot.locales.catalogue import Catalogue
from bot.locales.fields import visible
from bot.printing.plot import BLUE, LIGHT_BLUE, MARGIN, WIDTH, Sheet, fitted, width_of
from core import money
from core.statements.model import Spending

TOP, ROW = 96, 92
BAR = 30
RIGHT = WIDTH - MARGIN


def draw(items: Sequence[Spending], account: str, catalogue: Catalogue, language: str) -> bytes:
    """PNG of at least one product, the largest first; bars count from zero."""
    sheet = Sheet.blank(TOP + ROW * len(items) + MARGIN)
    sheet.title(catalogue.plain(language, Text("picture.spending_title", {"account": account})))
    largest = max(item.captured_fen for item in items) or 1
    for place, item in enumerate(items):
        base = TOP + ROW * place + 36
        amount = money.show(item.captured_fen)
        room = RIGHT - MARGIN - width_of(amount) - 30
        sheet.write((MARGIN, base), fitted(visible(item.product), room))
        sheet.write((RIGHT, base), amount, anchor="rs")
        top, length = base + 12, (RIGHT - MARGIN) * item.captured_fen // largest
        sheet.pen.rectangle((MARGIN, top, RIGHT, top + BAR), fill=LIGHT_BLUE)
        sheet.pen.rectangle((MARGIN, top, MARGIN + max(4, length), top + BAR), fill=BLUE)
    return sheet.png()

"""Screens of the pictures: the same facts in words, so that none is told by a picture alone."""

from collections.abc import Sequence
from datetime import date

from bot.conversations.model import Button, Fields, Move, Navigate, Picture, Screen, Style, Text
from bot.conversations.paragraphs import below
from bot.conversations.standing import Facts
from core.statements.model import Day, Spending

BALANCE, SPENDING = "balance", "spending"
TIMES = ("7_days", "30_days", "90_days", "this_month", "last_month")
MOST_PRODUCTS = 8
MOST_ARRIVALS = 5
PRODUCT_LENGTH = 40  # of its name in words: a caption holds 1024 characters


def balance_screen(facts: Facts, days: Sequence[Day], image: bytes | None) -> Screen:
    """What was there at the end, the highest and the lowest day, what came and what was taken."""
    highest = max(days, key=lambda day: day.available_fen)
    lowest = min(days, key=lambda day: day.available_fen)
    came = [day for day in days if day.credited_fen > 0]
    fields: Fields = {
        "account": str(facts["name"]),
        "first_on": days[0].on,
        "last_on": days[-1].on,
        "available_fen": days[-1].available_fen,
        "highest_fen": highest.available_fen,
        "high_on": highest.on,
        "lowest_fen": lowest.available_fen,
        "low_on": lowest.on,
        "captured_fen": sum(day.captured_fen for day in days),
        "credited_fen": sum(day.credited_fen for day in days),
        "count": len(came),
    }
    text = below(Text("pictures.balance", fields), *_arrivals(came))
    return _screen(text, facts, image)


def _arrivals(came: Sequence[Day]) -> list[Text]:
    told = [
        Text("pictures.arrival", {"came_on": day.on, "amount_fen": day.credited_fen})
        for day in reversed(came[-MOST_ARRIVALS:])
    ]
    if rest := len(came) - len(told):
        told.append(Text("pictures.more_arrivals", {"count": rest}))
    return told


def spending_screen(
    facts: Facts, items: Sequence[Spending], span: tuple[date, date], image: bytes | None
) -> Screen:
    """The sum, and each of the largest products with its share."""
    total = sum(item.captured_fen for item in items)
    fields: Fields = {
        "account": str(facts["name"]),
        "first_on": span[0].isoformat(),
        "last_on": span[1].isoformat(),
        "total_fen": total,
        "count": sum(item.purchases for item in items),
    }
    shown, rest = items[:MOST_PRODUCTS], items[MOST_PRODUCTS:]
    lines = [_product(item, total) for item in shown]
    if rest:
        left_fen = sum(item.captured_fen for item in rest)
        lines.append(Text("pictures.more_products", {"count": len(rest), "amount_fen": left_fen}))
    return _screen(below(Text("pictures.spending", fields), *lines), facts, image)


def _product(item: Spending, total_fen: int) -> Text:
    name = item.product
    fields: Fields = {
        "product": name if len(name) <= PRODUCT_LENGTH else f"{name[: PRODUCT_LENGTH - 1]}…",
        "amount_fen": item.captured_fen,
        "percent": (200 * item.captured_fen + total_fen) // (2 * max(total_fen, 1)),
        "count": item.purchases,
    }
    return Text("pictures.product", fields)


def empty_screen(facts: Facts) -> Screen:
    """There is nothing to draw; another time may have something."""
    key = "pictures.nothing_spent" if facts["picture"] == SPENDING else "pictures.nothing_moved"
    return _screen(Text(key, {"account": str(facts["name"])}), facts, None)


def _screen(text: Text, facts: Facts, image: bytes | None) -> Screen:
    other = BALANCE if facts["picture"] == SPENDING else SPENDING
    turn = Button(
        label=Text(f"pictures.turn.{other}"),
        action=Move(name="turn", argument=other),
        style=Style.PRIMARY,
    )
    times = [_time(name, str(facts["when"])) for name in TIMES]
    back = Button(label=Text("command.history"), action=Move(name="back"))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    picture = None if image is None else Picture(content=image)
    rows = ((turn,), tuple(times[:3]), tuple(times[3:]), (back, menu))
    return Screen(text=text, rows=rows, image=picture)


def _time(name: str, chosen: str) -> Button:
    style = Style.PRIMARY if name == chosen else Style.PLAIN
    return Button(label=Text(f"time.{name}"), action=Move(name="time", argument=name), style=style)

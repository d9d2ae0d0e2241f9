"""How purchases that wait for funds look: on their card, and beside the balance."""

from bot.conversations.model import Button, CardMove, Fields, Navigate, Screen, Style, Text
from core.shortfalls.model import Shortfall, Waiting

SHOWN = 6  # purchases on a card; the others are counted


def card_screen(shortfall: Shortfall, *, first_fen: int, all_fen: int) -> Screen:
    """The card as it stands now; `first_fen` and `all_fen` are the sums its buttons top up."""
    text = Text(f"blocked.{_standing(shortfall)}", _fields(shortfall))
    for line in lines(shortfall, SHOWN):
        text = Text("kernel.lines", {"above": text, "below": line})
    if all_fen > shortfall.missing_fen:
        text = Text("kernel.lines", {"above": text, "below": Text("blocked.raised")})
    return Screen(text=text, rows=_rows(shortfall, first_fen, all_fen))


def _standing(shortfall: Shortfall) -> str:
    if not shortfall.waiting:
        return "none"
    return "short" if shortfall.missing_fen else "ready"


def _fields(shortfall: Shortfall) -> Fields:
    return {
        "account": shortfall.account_name,
        "count": len(shortfall.waiting),
        "available_fen": shortfall.available_fen,
        "missing_fen": shortfall.missing_fen,
    }


def lines(shortfall: Shortfall, most: int) -> list[Text]:
    """A line for each of the oldest, and how many more there are."""
    told = [_line(place, item) for place, item in enumerate(shortfall.waiting[:most], start=1)]
    if rest := len(shortfall.waiting) - len(told):
        told.append(Text("blocked.more", {"count": rest}))
    return told


def _line(place: int, item: Waiting) -> Text:
    purchase = item.blocked.purchase
    fields: Fields = {
        "place": place,
        "product": purchase.product,
        "buyer": item.buyer or Text("blocked.no_buyer"),
        "amount_fen": purchase.amount_fen,
        "missing_fen": item.missing_fen,
        "blocked_at": item.blocked.blocked_at.isoformat(),
    }
    return Text("blocked.line_short" if item.missing_fen else "blocked.line_ready", fields)


def _rows(shortfall: Shortfall, first_fen: int, all_fen: int) -> tuple[tuple[Button, ...], ...]:
    balance = Button(label=Text("command.balance"), action=Navigate(command="balance"))
    if not shortfall.waiting:
        return ((balance,),)
    dismiss = Button(label=Text("blocked.dismiss"), action=CardMove(name="dismiss"))
    if not shortfall.missing_fen:
        return ((balance, dismiss),)
    whole = Text(
        "blocked.top_up_all" if len(shortfall.waiting) > 1 else "blocked.top_up", _of(all_fen)
    )
    pay = [(Button(label=whole, action=CardMove(name="all"), style=Style.PRIMARY),)]
    if shortfall.first_missing_fen < shortfall.missing_fen:
        first = Text("blocked.top_up_first", _of(first_fen))
        pay.insert(0, (Button(label=first, action=CardMove(name="first")),))
    return (*pay, (balance, dismiss))


def _of(amount_fen: int) -> Fields:
    return {"amount_fen": amount_fen}

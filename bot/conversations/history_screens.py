"""Screens of the history: a page of lines, and what of it to see."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from core.ledger.model import Balance, TransferKind
from core.statements.model import Line, Mark, Page

# Of the others no account of a customer has any.
KINDS = tuple(
    kind.value
    for kind in TransferKind
    if kind not in {TransferKind.SUSPENSE, TransferKind.PROMOTION, TransferKind.SETTLEMENT}
)
CHANNELS = ("wechat", "qq", "tenpay", "card", "remittance", "code")
TIMES = ("this_month", "last_month", "7_days")
IN_A_ROW = 4
SIGNS = ("①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧")


def list_screen(
    account: str, balance: Balance, page: Page, facts: Mapping[str, object], *, is_first: bool
) -> Screen:
    """Newest first, each line with the balance after it and a button that opens it."""
    fields: Fields = {
        "account": account,
        "available_fen": balance.available_fen,
        "frozen_fen": balance.frozen_fen,
        "sight": sight_text(facts),
    }
    text = _below(Text("history.head", fields), _lines(page.lines))
    if not page.lines:
        text = _below(text, [Text("history.empty")])
    rows = [*_openers(page.lines)]
    if turning := _turning(page, is_first=is_first):
        rows.append(turning)
    return Screen(text=text, rows=(*rows, *_questions(facts)))


def found_screen(query: str, lines: Sequence[Line]) -> Screen:
    """What a search found, when it is more than one line."""
    text = _below(Text("history.found", {"query": query}), _lines(lines))
    return Screen(text=text, rows=(*_openers(lines), (_back(),)))


def sight_text(facts: Mapping[str, object]) -> Text:
    """What is seen: `全部`, or kind, channel and time."""
    kind, channel = str(facts.get("kind") or ""), str(facts.get("channel") or "")
    fields: Fields = {
        "kind": Text(f"kind.{kind}") if kind else Text("history.all_kinds"),
        "channel": channel_name(channel) if channel else Text("history.all_channels"),
        "when": when_text(facts),
    }
    return Text("history.sight", fields)


def when_text(facts: Mapping[str, object]) -> Text:
    """The stretch of time in words."""
    when = str(facts.get("when") or "")
    if when == "custom":
        fields: Fields = {"first_on": str(facts["first"]), "last_on": str(facts["last"])}
        return Text("history.from_to", fields)
    return Text(f"time.{when}") if when else Text("time.all")


def channel_name(channel: str | None, bank: object = None) -> Text:
    """A channel as the payer chose it, online banking with its bank; one that came later stands
    as it is.
    """
    if bank:
        return Text("channel.bank", {"bank": Text(f"bank.{bank}")})
    if channel in CHANNELS:
        return Text(f"channel.{channel}")
    return Text("history.plain", {"value": channel or "—"})


def kind_name(kind: str) -> Text:
    return Text(f"kind.{kind}") if kind in KINDS else Text("history.plain", {"value": kind})


def line_fields(line: Line) -> Fields:
    """Everything a text about a line may name."""
    moves_available = line.available_after_fen is not None
    amount_fen = line.available_fen if moves_available else line.frozen_fen
    after_fen = line.available_after_fen if moves_available else line.frozen_after_fen
    return {
        "recorded_at": line.at.isoformat(),
        "kind": kind_name(line.kind),
        "channel": channel_name(line.channel, line.bank),
        "change_fen": amount_fen,
        "sign": "+" if amount_fen > 0 else "",
        "after_fen": after_fen or 0,
        "reference": line.reference,
    }


def line_text(line: Line, number: int) -> Text:
    """One line: what moved, by how much, and what was left."""
    key = "history.line" if line.channel else "history.line_without_channel"
    if line.available_after_fen is None:
        key = "history.line_of_frozen"
    return Text(key, {**line_fields(line), "number": SIGNS[number]})


def kinds_screen(chosen: str) -> Screen:
    rows = _choices(KINDS, chosen, lambda name: Text(f"kind.{name}"), "history.all_kinds")
    return Screen(text=Text("history.ask_kind"), rows=rows)


def channels_screen(chosen: str) -> Screen:
    rows = _choices(CHANNELS, chosen, channel_name, "history.all_channels")
    return Screen(text=Text("history.ask_channel"), rows=rows)


def times_screen(chosen: str) -> Screen:
    rows = _choices(TIMES, chosen, lambda name: Text(f"time.{name}"), "time.all")
    return Screen(text=Text("history.ask_time"), rows=rows)


# --- parts --------------------------------------------------------------------------------------


def _below(text: Text, lines: Iterable[Text]) -> Text:
    for line in lines:
        text = Text("kernel.lines", {"above": text, "below": line})
    return text


def _lines(lines: Sequence[Line]) -> list[Text]:
    return [line_text(line, number) for number, line in enumerate(lines)]


def _openers(lines: Sequence[Line]) -> list[tuple[Button, ...]]:
    """A numbered button for each line: sum and number, so that it can be told apart."""
    buttons = [
        Button(
            label=Text("history.open", {"number": SIGNS[number], **line_fields(line)}),
            action=Move(name="open", argument=str(line.transfer_id)),
        )
        for number, line in enumerate(lines)
    ]
    return [
        tuple(buttons[start : start + IN_A_ROW // 2])
        for start in range(0, len(buttons), IN_A_ROW // 2)
    ]


def _turning(page: Page, *, is_first: bool) -> tuple[Button, ...]:
    row = []
    if not is_first:
        row.append(Button(label=Text("history.newer"), action=Move(name="newer")))
    if page.older is not None:
        move = Move(name="older", argument=_kept(page.older))
        row.append(Button(label=Text("history.older"), action=move))
    return tuple(row)


def _kept(mark: Mark) -> str:
    return f"{mark.at.isoformat()}|{mark.transfer_id}"


def _questions(facts: Mapping[str, object]) -> tuple[tuple[Button, ...], ...]:
    """What to see, files and pictures; a choice that was made is marked."""
    made = {"kinds": "kind", "channels": "channel", "times": "when"}
    asking = tuple(
        Button(
            label=Text(f"history.ask.{state}"),
            action=Move(name="ask", argument=state),
            style=Style.PRIMARY if facts.get(name) else Style.PLAIN,
        )
        for state, name in made.items()
    )
    search = Button(label=Text("history.ask.search"), action=Move(name="ask", argument="search"))
    export = Button(label=Text("history.export"), action=Move(name="export"))
    pictures = Button(label=Text("pictures.open"), action=Move(name="pictures"))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    return asking, (search, export), (pictures, menu)


def _choices(
    names: Sequence[str], chosen: str, label: Callable[[str], Text], everything: str
) -> tuple[tuple[Button, ...], ...]:
    def button(name: str, text: Text) -> Button:
        style = Style.PRIMARY if name == chosen else Style.PLAIN
        return Button(label=text, action=Move(name="choose", argument=name), style=style)

    buttons = [button(name, label(name)) for name in names]
    rows = [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
    return (*rows, (button("", Text(everything)), _back()))


def _back() -> Button:
    return Button(label=Text("button.back"), action=Move(name="back"))

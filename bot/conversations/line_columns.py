"""Naming the columns of a bank's table: a proposal, a question for each, a confirmation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bot.conversations.model import Button, Fields, Move, Screen, Style, Text
from bot.conversations.paragraphs import below
from core.banklines.formats.cells import plain
from core.banklines.model import Columns, Table

FIELDS = (
    "booked_on",
    "credit",
    "amount",
    "direction",
    "payer_name",
    "payer_account",
    "remarks",
    "bank_id",
)
RIVALS: Mapping[str, tuple[str, ...]] = {  # what goes when the other is named
    "credit": ("amount", "direction"),
    "amount": ("credit",),
    "direction": ("credit",),
}
SHOWN_SAMPLE = 24
IN_A_ROW = 2


def facts_of(found: Table) -> dict[str, object]:
    """What a place keeps of a table: its heading, a sample row, the proposal."""
    sample = found.rows[0] if found.rows else ()
    return {
        "heading": list(found.heading),
        "sample": [plain(cell)[:SHOWN_SAMPLE] for cell in sample],
        "columns": asdict(found.proposed or Columns(booked_on="")),
    }


def chosen(facts: Mapping[str, object]) -> Columns:
    named = _named(facts)
    texts = {field: " ".join(named[field]) for field in FIELDS if field != "remarks"}
    return Columns(**texts, remarks=tuple(named["remarks"]))


def field_of(argument: str) -> str:
    return argument if argument in FIELDS else FIELDS[0]


def with_column(facts: Mapping[str, object], position: int) -> dict[str, object]:
    """The field that was asked about, named; remarks may be of several columns."""
    field, named = str(facts["field"]), _named(facts)
    name = _heading(facts)[position]
    if field != "remarks":
        named[field] = [name]
    elif name in named[field]:
        named[field].remove(name)
    else:
        named[field].append(name)
    for rival in RIVALS.get(field, ()):
        named[rival] = []
    return {**facts, "columns": _as_kept(named)}


def without(facts: Mapping[str, object]) -> dict[str, object]:
    return {**facts, "columns": _as_kept({**_named(facts), str(facts["field"]): []})}


def table(facts: Mapping[str, object]) -> Screen:
    """Every field with its column and a sample; all can be changed."""
    named = _named(facts)
    lines = [_line(facts, field, named[field]) for field in FIELDS if named[field]]
    buttons = [
        Button(label=Text(f"lines.field_{field}"), action=Move(name="field", argument=field))
        for field in FIELDS
    ]
    rows: list[tuple[Button, ...]] = []
    is_complete = bool(named["booked_on"] and (named["credit"] or named["amount"]))
    if is_complete:
        confirm = Button(
            label=Text("lines.columns_fit"), action=Move(name="confirm"), style=Style.PRIMARY
        )
        rows.append((confirm,))
    rows += [tuple(buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW)]
    cancel = Button(label=Text("button.cancel"), action=Move(name="home"))
    text = Text("lines.ask_columns" if is_complete else "lines.ask_columns_missing")
    return Screen(text=below(text, *lines), rows=(*rows, (cancel,)))


def question(facts: Mapping[str, object]) -> Screen:
    """Which column a field is."""
    field, named = str(facts["field"]), _named(facts)
    buttons = [
        Button(
            label=Text("lines.column_on" if name in named[field] else "lines.column", _of(name)),
            action=Move(name="pick", argument=str(position)),
        )
        for position, name in enumerate(_heading(facts))
        if name
    ]
    rows = [tuple(buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW)]
    none = Button(label=Text("lines.no_column"), action=Move(name="none"))
    back = Button(label=Text("button.back"), action=Move(name="back"))
    text = Text("lines.ask_column", {"field": Text(f"lines.field_{field}")})
    return Screen(text=text, rows=(*rows, (none, back)))


def _line(facts: Mapping[str, object], field: str, names: Sequence[str]) -> Text:
    fields: Fields = {
        "field": Text(f"lines.field_{field}"),
        "columns": ", ".join(names),
        "sample": " ".join(_sample(facts, name) for name in names) or Text("remit.unsaid"),
    }
    return Text("lines.column_is", fields)


def _sample(facts: Mapping[str, object], name: str) -> str:
    sample, heading = facts.get("sample"), _heading(facts)
    place = heading.index(name) if name in heading else -1
    if not isinstance(sample, list) or not 0 <= place < len(sample):
        return ""
    return str(sample[place])


def _of(name: str) -> Fields:
    return {"column": name[:SHOWN_SAMPLE]}


def _heading(facts: Mapping[str, object]) -> list[str]:
    kept = facts.get("heading")
    return [str(name) for name in kept] if isinstance(kept, list) else []


def _named(facts: Mapping[str, object]) -> dict[str, list[str]]:
    """The columns of each field, as a place keeps them."""
    kept = facts.get("columns")
    said = kept if isinstance(kept, dict) else {}
    return {field: _names(said.get(field)) for field in FIELDS}


def _names(said: object) -> list[str]:
    if isinstance(said, list | tuple):
        return [str(name) for name in said]
    return [str(said)] if said else []


def _as_kept(named: Mapping[str, Sequence[str]]) -> dict[str, object]:
    return {field: list(names) for field, names in named.items()}

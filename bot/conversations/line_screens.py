"""The screens of the bank's lines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bot.conversations.line_text import SHOWN_NAME, line_fields
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from bot.conversations.paragraphs import below
from bot.conversations.review_text import outcome_text
from bot.conversations.shortening import short
from bot.conversations.turning import turning
from core.banklines.model import BankLine, Imported, LineState, Standing
from core.ids import PersonId
from core.remittance.model import Remittance, RemittanceState
from core.reviews.model import Matched, Outcome, Reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An exact match as it was listed; amounts in fen."""

    remittance_id: str
    line_id: int
    amount_fen: int
    reference: str
    account: str
    booked: str
    payer: str


def imported(done: Imported) -> Text:
    """What a statement brought; what was left out is said where there was any."""
    left = {"outgoing": done.outgoing, "foreign": done.foreign, "unreadable": done.unreadable}
    lines = [Text(f"lines.left_{name}", {"count": count}) for name, count in left.items() if count]
    return below(Text("lines.imported", {"new": done.new, "known": done.known}), *lines)


def home(found: Standing, exact_count: int, account: str) -> Screen:
    """How lines stand, and where to go from there."""
    rows: list[tuple[Button, ...]] = []
    if exact_count:
        label = Text("lines.to_exact", {"count": exact_count})
        rows.append((Button(label=label, action=Move(name="exact"), style=Style.PRIMARY),))
    if found.total:
        rows.append((_to("lines.to_list", Move(name="list")),))
    fields: Fields = {
        "bank_account": account,
        "total": found.total,
        "exact": found.exact,
        "likely": found.likely,
        "unmatched": found.unmatched,
    }
    queue = Button(label=Text("command.queue"), action=Navigate(command="queue"))
    return Screen(text=Text("lines.home", fields), rows=(*rows, (queue, _menu())))


def listed(found: Sequence[BankLine], *, page: int, more: bool) -> Screen:
    """Lines nobody has taken, oldest first."""
    rows: list[tuple[Button, ...]] = [
        (
            Button(
                label=Text("lines.entry", line_fields(line)),
                action=Move(name="open", argument=str(line.line_id)),
            ),
        )
        for line in found
    ]
    rows.extend(turning(page, more=more))
    text = Text("lines.list" if found else "lines.list_empty")
    return Screen(text=text, rows=(*rows, (_home(),)))


def one(line: BankLine, fitting: Sequence[Remittance]) -> Screen:
    """A line in full, what waits and may be its own, and what may be done about it."""
    text = below(Text("lines.one", line_fields(line)), Text(f"lines.state_{line.state}"))
    if line.note:
        text = below(text, Text("lines.one_note", line_fields(line)))
    acts = {LineState.NEW: ("ignore", "return"), LineState.IGNORED: ("reopen",)}
    rows = [(_case(found),) for found in fitting]
    rows += [
        (Button(label=Text(f"lines.{name}"), action=Move(name=name, argument=name)),)
        for name in acts.get(line.state, ())
    ]
    return Screen(text=text, rows=(*rows, (_to("button.back", Move(name="list")),)))


def _case(found: Remittance) -> Button:
    fields: Fields = {
        "reference": found.reference,
        "amount_fen": found.declared.amount_fen or 0,
        "account": short(found.account_name, SHOWN_NAME),
    }
    return Button(
        label=Text("lines.case", fields),
        action=Move(name="case", argument=found.remittance_id),
        style=Style.PRIMARY,
    )


def ask_note(act: str, line: BankLine) -> Screen:
    text = Text(f"lines.ask_{act}", line_fields(line))
    return Screen(text=text, rows=((_to("button.back", Move(name="back")),),))


# --- all exact matches --------------------------------------------------------------------------


def kept_matches(found: Matched) -> list[dict[str, object]]:
    """What a place keeps of what it lists."""
    return [
        asdict(
            Listed(
                remittance_id=item.remittance.remittance_id,
                line_id=item.line.line_id,
                amount_fen=item.line.amount_fen,
                reference=item.remittance.reference,
                account=short(item.remittance.account_name, SHOWN_NAME),
                booked=item.line.booked_on.isoformat(),
                payer=short(item.line.payer_name, SHOWN_NAME),
            )
        )
        for item in found.sure
    ]


def matches_of(facts: Mapping[str, object]) -> list[Listed]:
    said = facts.get("sure")
    kept = said if isinstance(said, list) else []
    return [Listed(**item) for item in kept]


def exact(facts: Mapping[str, object]) -> Screen:
    """Every match, and the one question about all of them."""
    found = matches_of(facts)
    lines = [Text("lines.exact_entry", _fields(item)) for item in found]
    if facts.get("odd"):
        lines.append(_odd(int(str(facts["odd"]))))
    fields: Fields = {
        "count": len(found),
        "sum_fen": sum(item.amount_fen for item in found),
    }
    confirm = Button(
        label=Text("lines.approve_all", fields), action=Move(name="confirm"), style=Style.SUCCESS
    )
    text = below(Text("lines.exact", fields), *lines)
    return Screen(text=text, rows=((confirm,), (_home(),)))


def none_exact(found: Matched) -> Text:
    text = Text("lines.none_exact")
    return below(text, _odd(found.odd)) if found.odd else text


def _odd(count: int) -> Text:
    return Text("lines.odd", {"count": count})


def _fields(item: Listed) -> Fields:
    return {
        "reference": item.reference,
        "account": item.account,
        "amount_fen": item.amount_fen,
        "booked": item.booked,
        "payer": item.payer or Text("remit.unsaid"),
    }


def approved(told: Sequence[tuple[Listed, Reviewed]], person_id: PersonId) -> Text:
    """How many were approved, how many wait for a second word, and what became of the others."""
    done = [item for item, reviewed in told if _is_approved(reviewed, person_id)]
    half = [one for one, reviewed in told if reviewed.outcome is Outcome.SECOND_NEEDED]
    fields: Fields = {"count": len(done), "sum_fen": sum(item.amount_fen for item in done)}
    lines = [Text("lines.approved_half", {"count": len(half)})] if half else []
    lines += [
        Text("lines.not_approved", {**_fields(item), "why": outcome_text(reviewed)})
        for item, reviewed in told
        if item not in done and item not in half
    ]
    return below(Text("lines.approved_all", fields), *lines)


def _is_approved(reviewed: Reviewed, person_id: PersonId) -> bool:
    """By this person, now or when the same press was heard before."""
    if reviewed.outcome is Outcome.DONE:
        return True
    view = reviewed.view
    is_mine = view.last is not None and view.last.person_id == person_id
    return is_mine and view.remittance.state is RemittanceState.APPROVED


def _to(key: str, move: Move) -> Button:
    return Button(label=Text(key), action=move)


def _home() -> Button:
    return _to("button.back", Move(name="home"))


def _menu() -> Button:
    return Button(label=Text("command.menu"), action=Navigate(command="menu"))

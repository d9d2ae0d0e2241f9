"""The screens of the reviewers' desk."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from bot.conversations.model import Button, Field, Move, Navigate, Screen, Style, Text
from bot.conversations.paragraphs import below
from bot.conversations.review_card import STYLES, possible
from bot.conversations.review_lines import approval_lines, approvals
from bot.conversations.review_text import (
    bank_lines,
    expected_fen,
    fields_of,
    past_text,
    standing_text,
    warning_text,
)
from bot.conversations.turning import turning
from core.ids import PersonId
from core.remittance.model import RejectCode, RemittanceState, TimelineEntry
from core.reviews.model import ReviewView

LINES_SHOWN = 15
APPROVING = frozenset({"approve", "differ_confirm"})
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


def queue(found: Sequence[ReviewView], *, page: int, more: bool) -> Screen:
    """Oldest due first, a button each."""
    rows: list[tuple[Button, ...]] = [(_entry(view),) for view in found]
    rows.extend(turning(page, more=more))
    cases = Button(label=Text("command.cases"), action=Navigate(command="cases"))
    lines = Button(label=Text("command.lines"), action=Navigate(command="lines"))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    text = Text("review.queue" if found else "review.queue_empty")
    return Screen(text=text, rows=(*rows, (lines, cases), (menu,)))


def _entry(view: ReviewView) -> Button:
    key = "review.entry" if view.holder is None else "review.entry_held"
    return Button(
        label=Text(key, fields_of(view)),
        action=Move(name="open", argument=view.remittance.remittance_id),
    )


def one(view: ReviewView, person_id: PersonId) -> Screen:
    """The case in full, and what this person may do now."""
    fields = fields_of(view)
    said = view.remittance.declared
    fields["note"] = said.note or Text("remit.unsaid")
    fields["serial"] = said.bank_serial or Text("remit.unsaid")
    fields["payer"] = said.payer_name or Text("remit.unsaid")
    lines = [*bank_lines(view), *[warning_text(item) for item in view.warnings]]
    lines += [Text("review.history", {"count": len(view.history)})] if view.history else []
    lines += [past_text(item) for item in view.history[:5]]
    lines += [Text("remit.history"), *[_line(item) for item in view.timeline[-LINES_SHOWN:]]]
    lines.append(standing_text(view, fields))
    return Screen(text=below(Text("review.card", fields), *lines), rows=_rows(view, person_id))


def _rows(view: ReviewView, person_id: PersonId) -> tuple[tuple[Button, ...], ...]:
    rows = [
        tuple(
            Button(
                label=Text(f"review.{name}"),
                action=Move(name=name),
                style=STYLES.get(name, Style.PLAIN),
            )
            for name in row
        )
        for row in possible(view, person_id)
    ]
    rows += _after_decision(view, person_id)
    end = (_to("review.next", Move(name="next")), _to("review.to_queue", Move(name="queue")))
    if view.files:
        rows.append((_to("review.files", Move(name="files")),))
    return (*rows, end)


def _after_decision(view: ReviewView, person_id: PersonId) -> list[tuple[Button, ...]]:
    """Undoing while it is not posted; taking back, by two people, what is."""
    found = view.remittance
    if found.state is not RemittanceState.APPROVED or found.reversed_at is not None:
        return []
    if found.credited_at is None:
        deciders = {item.person_id for item in view.decisions if item.round == found.round}
        return [(_to("review.undo", Move(name="undo")),)] if person_id in deciders else []
    reversal = view.reversal
    if reversal is None or reversal.state == "refused":
        return [(_to("review.reverse", Move(name="reverse")),)]
    if reversal.asked_by == person_id:
        return []
    label = Text("review.reverse_yes", {"amount_fen": found.received_fen or 0})
    yes = Button(label=label, action=Move(name="reverse_yes"), style=Style.DANGER)
    return [(yes, _to("review.reverse_no", Move(name="reverse_no")))]


def _line(item: TimelineEntry) -> Text:
    fields: dict[str, Field | Text] = {
        "done_at": item.at.isoformat(),
        "what": Text(f"remit.happened_{item.what}"),
        "who": item.person_name or Text("review.clock"),
    }
    if item.text:
        return Text("review.line_said", {**fields, "said": item.text})
    return Text("review.line", fields)


# --- the questions of a decision ----------------------------------------------------------------


def first_reason(view: ReviewView) -> str:
    return "" if view.first is None else view.first.reason or ""


def question(name: str, view: ReviewView, facts: Mapping[str, object]) -> Screen:
    """What the decision needs: a sum, a reason, a confirmation."""
    fen = facts.get("fen")
    fields = {
        **fields_of(view),
        "sum_fen": fen if isinstance(fen, int) else expected_fen(view),
        "text": str(facts.get("text") or "") or Text("remit.unsaid"),
        "reason": Text(f"remit.reject_{facts.get('code') or RejectCode.OTHER}"),
    }
    rows = [*_answers(name, view, fields), (_to("button.back", Move(name="back")),)]
    text = Text(f"review.ask_{name}", fields)
    if name in APPROVING:
        text = below(text, *approval_lines(view, fields))
    if name == "approve" and view.warnings:
        text = below(text, *[warning_text(item) for item in view.warnings])
    return Screen(text=text, rows=tuple(rows))


def _answers(
    name: str, view: ReviewView, fields: Mapping[str, Field | Text]
) -> list[tuple[Button, ...]]:
    if name in APPROVING:
        return approvals(view, fields)
    if name == "reject_confirm":
        return [(_confirm("review.confirm_reject", fields, Style.DANGER),)]
    if name == "reverse_confirm":
        return [(_confirm("review.confirm_reverse", fields, Style.DANGER),)]
    if name == "reject":
        return [
            (_to(f"remit.reject_{code}", Move(name="code", argument=code.value)),)
            for code in RejectCode
        ]
    if name == "reject_text":
        return [(_to("review.no_text", Move(name="skip")),)]
    return []


def _confirm(key: str, fields: Mapping[str, Field | Text], style: Style) -> Button:
    return Button(label=Text(key, fields), action=Move(name="confirm"), style=style)


def _to(key: str, move: Move) -> Button:
    return Button(label=Text(key), action=move)


def file_name(view: ReviewView, number: int) -> str:
    """A name of ours: theirs is not trusted."""
    file = view.files[number - 1]
    return str(PurePath(f"{view.remittance.reference}-{number}{ENDINGS.get(file.media_type, '')}"))

"""Approving by a bank line: which lines are of the sum, and a button for each way to approve."""

from collections.abc import Mapping

from bot.conversations.line_text import best_text, kept_text, line_fields
from bot.conversations.model import Button, Field, Move, Style, Text
from core.banklines.model import BankLine
from core.reviews.model import NO_LINE, ReviewView


def approvals(view: ReviewView, fields: Mapping[str, Field | Text]) -> list[tuple[Button, ...]]:
    """What is surest comes first, and is what a plain confirmation means."""
    first, *others = _choices(view, fields)
    rows: list[tuple[Button, ...]] = [
        (_confirm(Text("review.confirm_sum", fields), first, Style.SUCCESS),)
    ]
    for line in others:
        if line is None:
            label = Text("review.confirm_without_line", fields)
        else:
            label = Text("review.confirm_line", {**fields, **line_fields(line)})
        rows.append((_confirm(label, line, Style.PLAIN),))
    return rows


def approval_lines(view: ReviewView, fields: Mapping[str, Field | Text]) -> list[Text]:
    """The lines beside the sum, and which of them the first button takes."""
    shown = [kept_text(view.line)] if view.line is not None else []
    shown += [best_text(match) for match in view.lines]
    first = _choices(view, fields)[0]
    if first is not None:
        shown.append(Text("review.by_line", line_fields(first)))
    return shown


def _choices(view: ReviewView, fields: Mapping[str, Field | Text]) -> list[BankLine | None]:
    """Lines of the sum, and none; only a kept or an exact one goes before none."""
    sum_fen = fields["sum_fen"]
    free = [match for match in view.lines if match.line.amount_fen == sum_fen]
    sure = [match.line for match in free[:1] if match.is_exact]
    if view.line is not None:
        sure = [view.line] if view.line.amount_fen == sum_fen else []
    others = [match.line for match in free if match.line not in sure]
    return [*sure, None, *others]


def _confirm(label: Text, line: BankLine | None, style: Style) -> Button:
    line_id = NO_LINE if line is None else line.line_id
    return Button(label=label, action=Move(name="confirm", argument=str(line_id)), style=style)

"""What is said of a bank line, beside a remittance and in lists."""

from collections.abc import Sequence

from bot.conversations.model import Fields, Text
from bot.conversations.shortening import short
from core.banklines.model import BankLine, Match, Reason

SHOWN_NAME = 24
MOST_REASONS = 4  # the strongest: a card has little room


def line_fields(line: BankLine) -> Fields:
    """What every text about a line may name."""
    unsaid = Text("remit.unsaid")
    return {
        "booked": line.booked_on.isoformat(),
        "amount_fen": line.amount_fen,
        "payer": short(line.payer_name, SHOWN_NAME) or unsaid,
        "payer_account": line.payer_account or unsaid,
        "remark": line.remark or unsaid,
        "serial": line.bank_id or unsaid,
        "note": line.note or unsaid,
    }


def kept_text(line: BankLine) -> Text:
    """The line that stands for a remittance."""
    return Text("lines.kept", line_fields(line))


def best_text(match: Match) -> Text:
    """A line that may be a remittance's own, with the why."""
    fields = {**line_fields(match.line), "why": _why(match.reasons[:MOST_REASONS])}
    return Text("lines.best_exact" if match.is_exact else "lines.best", fields)


def _why(reasons: Sequence[Reason]) -> Text:
    texts = [Text(f"lines.why_{reason}") for reason in reasons]
    said = texts[0]
    for text in texts[1:]:
        said = Text("lines.and", {"one": said, "other": text})
    return said

"""What review cards say, short enough for a picture's caption."""

from collections.abc import Iterator

from bot.conversations.line_text import best_text, kept_text
from bot.conversations.model import Field, Text
from bot.conversations.paragraphs import below
from bot.conversations.remit_card import reject_text
from bot.conversations.remit_reading import way_text
from bot.conversations.shortening import short
from core.remittance.model import Happened, RemittanceEvent, RemittanceState
from core.reviews.model import Outcome, PastRemittance, Reviewed, ReviewView, Warned

SHOWN_NOTE = 40
SHOWN_NAME = 28
NEWEST = 2  # of the account's history, on the card
WARNINGS_SHOWN = 5
MANY_WARNINGS = 3  # they leave no room for the history


def fields_of(view: ReviewView) -> dict[str, Field | Text]:
    """What every text about a case may name."""
    found, said = view.remittance, view.remittance.declared
    unsaid = Text("remit.unsaid")
    return {
        "reference": found.reference,
        "account": short(found.account_name, SHOWN_NAME),
        "account_id": found.account_id,
        "submitter": short(view.payer, SHOWN_NAME),
        "way": way_text(found.way),
        "amount_fen": said.amount_fen or 0,
        "received_fen": found.received_fen or 0,
        "payer": short(said.payer_name or "", SHOWN_NAME) or unsaid,
        "payer_account": said.payer_account or unsaid,
        "day": said.transfer_date.isoformat() if said.transfer_date else unsaid,
        "serial": short(said.bank_serial or "", SHOWN_NAME) or unsaid,
        "note": short(said.note or "", SHOWN_NOTE) or unsaid,
        "count": len(view.files),
        "due_at": (found.due_at or view.now).isoformat(),
        "holder": view.holder_name,
        "answer": short(found.answer or "", SHOWN_NOTE) or unsaid,
        "reason": reject_text(found.reject_code),
    }


def card_text(view: ReviewView) -> Text:
    """The whole card."""
    fields = fields_of(view)
    return below(Text("review.card", fields), *_lines(view, fields))


def bank_lines(view: ReviewView) -> list[Text]:
    """The line that is kept for it, else the best of those that are free."""
    if view.line is not None:
        return [kept_text(view.line)]
    return [best_text(match) for match in view.lines[:1]]


def _lines(view: ReviewView, fields: dict[str, Field | Text]) -> Iterator[Text]:
    yield from bank_lines(view)
    yield from (warning_text(one) for one in view.warnings[:WARNINGS_SHOWN])
    newest = 0 if len(view.warnings) >= MANY_WARNINGS else NEWEST
    yield from _past(view.history[:newest], len(view.history))
    said = [line for line in view.timeline if line.what is Happened.ANSWERED and line.text]
    if said:
        yield Text("review.payer_said", {"said": short(said[-1].text or "", SHOWN_NOTE)})
    if view.first is not None and view.remittance.state is RemittanceState.APPROVED_ONCE:
        first: dict[str, Field | Text] = {
            "reviewer": view.first.person_name,
            "received_fen": view.first.received_fen or 0,
            "why": short(view.first.reason or "", SHOWN_NOTE) or Text("remit.unsaid"),
        }
        yield Text("review.first_word", first)
    yield standing_text(view, fields)


def _past(newest: tuple[PastRemittance, ...], count: int) -> Iterator[Text]:
    if not count:
        yield Text("review.no_history")
        return
    yield Text("review.history", {"count": count})
    for item in newest:
        yield past_text(item)


def past_text(item: PastRemittance) -> Text:
    fields: dict[str, Field | Text] = {
        "reference": item.reference,
        "amount_fen": item.amount_fen,
        "state": Text(f"remit.short_{item.state}"),
        "submitted_at": item.submitted_at.isoformat(),
    }
    return Text("review.past", fields)


def warning_text(warned: Warned) -> Text:
    facts = {
        name: short(value, SHOWN_NAME) if isinstance(value, str) else value
        for name, value in warned.facts.items()
    }
    return Text(f"review.warning_{warned.kind}", facts)


def standing_text(view: ReviewView, fields: dict[str, Field | Text]) -> Text:
    """Who has it, or who decided it and how."""
    found = view.remittance
    match found.state:
        case RemittanceState.NEEDS_INFO:
            return Text("review.with_payer", fields)
        case RemittanceState.WITHDRAWN:
            return Text("review.withdrawn", fields)
        case RemittanceState.APPROVED | RemittanceState.REJECTED:
            return _decided(view, fields)
        case _:
            key = "review.free" if view.holder is None else "review.held"
            until = {"until_at": (found.claimed_until or view.now).isoformat()}
            return Text(key, {**fields, **until})


def _decided(view: ReviewView, fields: dict[str, Field | Text]) -> Text:
    found, last = view.remittance, view.last
    told = {
        **fields,
        "reviewer": "" if last is None else last.person_name,
        "done_at": (view.now if last is None else last.at).isoformat(),
    }
    if last is not None and last.decision is RemittanceEvent.REJECT:
        return Text("review.rejected", told)
    if found.reversed_at is not None:
        return Text("review.reversed", told)
    key = "review.approved" if found.credited_at is not None else "review.approved_not_posted"
    return Text(key, told)


def outcome_text(reviewed: Reviewed) -> Text:
    """What came of an act."""
    view = reviewed.view
    last = view.last
    fields: dict[str, Field | Text] = {
        **fields_of(view),
        "reviewer": "" if last is None else last.person_name,
    }
    key = reviewed.outcome.value
    if reviewed.outcome is Outcome.DONE:
        key = "claimed" if view.holder is not None else f"now_{view.remittance.state}"
    if reviewed.outcome is Outcome.DECIDED and last is None:
        key = "withdrawn"
    return Text(f"review.result_{key}", fields)


def expected_fen(view: ReviewView) -> int:
    """What a plain yes approves: the first reviewer's sum, else the declared one."""
    if view.first is not None and view.remittance.state is RemittanceState.APPROVED_ONCE:
        return int(view.first.received_fen or 0)
    return int(view.remittance.declared.amount_fen or 0)

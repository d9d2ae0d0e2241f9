"""A remittance's living card: how it stands, when it is due, and what can be done about it."""

from bot.conversations.kernel import Go
from bot.conversations.model import (
    Button,
    CardMove,
    Event,
    Fields,
    Move,
    Navigate,
    Response,
    Screen,
    ShowCard,
    Style,
    Text,
    Toast,
)
from bot.conversations.paragraphs import below
from bot.conversations.remit_screens import summary_fields
from core.app import Core
from core.ids import PersonId
from core.remittance.model import RemittanceState, RemittanceView

PREFIX = "remit:"
ANSWERED = frozenset(
    {RemittanceState.NEEDS_INFO, RemittanceState.REJECTED, RemittanceState.APPROVED}
)


def subject_of(view: RemittanceView) -> str:
    return f"{PREFIX}{view.remittance.remittance_id}"


def standing(view: RemittanceView) -> Text:
    """How it stands, in a line or a few."""
    found = view.remittance
    key = _state_key(view)
    fields: Fields = {
        "amount_fen": found.received_fen or found.declared.amount_fen or 0,
        "due_at": (found.due_at or view.now).isoformat(),
        "ahead": view.ahead or 0,
        "answer": found.answer or Text("remit.unsaid"),
        "reason": reject_text(found.reject_code),
    }
    lines = [Text(f"remit.state_{key}", fields)]
    if found.answer and found.state in ANSWERED:
        lines.append(Text("remit.reviewers_word", {"answer": found.answer}))
    if view.has_line and view.ahead is not None:
        lines.append(Text("remit.has_line"))
    if found.due_is_estimated and view.ahead is not None:
        lines.append(Text("remit.due_is_estimated"))
    return below(*lines)


def reject_text(code: str | None) -> Text:
    return Text(f"remit.reject_{code}") if code else Text("remit.unsaid")


def _state_key(view: RemittanceView) -> str:
    found = view.remittance
    if found.reversed_at is not None:
        return "reversed"
    if found.state is RemittanceState.APPROVED:
        return "approved" if found.credited_at is None else "credited"
    if found.state is RemittanceState.IN_REVIEW and view.may_change:
        return RemittanceState.SUBMITTED.value  # the claim is over
    return found.state.value


def actions(view: RemittanceView) -> list[tuple[str, Style]]:
    """What its payer can do about it now."""
    state = view.remittance.state
    if state is RemittanceState.NEEDS_INFO:
        return [("answer", Style.PRIMARY), ("edit", Style.PLAIN), ("withdraw", Style.PLAIN)]
    if state is RemittanceState.REJECTED:
        return [("resubmit", Style.PRIMARY)]
    if state is RemittanceState.DRAFT:
        return [("resume", Style.PRIMARY), ("withdraw", Style.PLAIN)]
    if view.may_change:
        return [("edit", Style.PLAIN), ("withdraw", Style.PLAIN)]
    return []


def _label(name: str, view: RemittanceView) -> Text:
    """A draft is gone on with by its reference."""
    return Text(f"remit.{name}", {"reference": view.remittance.reference})


def card_screen(view: RemittanceView) -> Screen:
    """The card as it stands now."""
    text = below(Text("remit.card", summary_fields(view)), standing(view))
    buttons = tuple(
        Button(label=_label(name, view), action=CardMove(name=name), style=style)
        for name, style in actions(view)
    )
    status = Button(label=Text("remit.timeline"), action=CardMove(name="timeline"))
    rows = ((buttons,) if buttons else ()) + ((status,),)
    return Screen(text=text, rows=rows)


def place_buttons(view: RemittanceView) -> tuple[tuple[Button, ...], ...]:
    """The same acts on a screen of the chat."""
    acts = tuple(
        Button(label=_label(name, view), action=Move(name=name), style=style)
        for name, style in actions(view)
    )
    status = Button(label=Text("command.status"), action=Navigate(command="status"))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    return ((acts,) if acts else ()) + ((status, menu),)


async def act(core: Core, move: str, remittance_id: str, event: Event) -> Go | None:
    """Where an act leads; None when it is not one of those possible now."""
    person_id = event.person.person_id
    view = await core.remittances.view(remittance_id, person_id)
    possible = {name for name, _ in actions(view)}
    if move not in possible:
        return None
    if move == "resubmit":
        view = await core.remittances.resubmit(remittance_id, person_id, key=event.key)
    found = view.remittance
    facts = {
        "account": found.account_id,
        "name": found.account_name,
        "remittance": found.remittance_id,
        "editing": False,
    }
    if move == "answer":
        return Go(conversation="remit_status", state="answer", facts=facts)
    if move == "resume":
        from_details = found.declared.amount_fen is None
        return Go(
            conversation="remit", state="details" if from_details else "summary", facts=facts
        )
    states = {"resubmit": "summary", "edit": "edit", "withdraw": "withdraw"}
    return Go(conversation="remit", state=states[move], facts=facts)


class RemitCards:
    """The buttons of remittances' cards; rights are read again at every press."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        view = await self._core.remittances.view(_id(subject), PersonId(chat_id))
        return card_screen(view)

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        remittance_id = _id(subject)
        if move == "timeline":
            facts = {"remittance": remittance_id}
            return Go(conversation="remit_status", state="one", facts=facts)
        go = await act(self._core, move, remittance_id, event)
        if go is not None:
            return go
        view = await self._core.remittances.view(remittance_id, event.person.person_id)
        card = ShowCard(subject=subject, screen=card_screen(view))
        toast = Toast(text=Text("kernel.stale"))
        return Response(language=event.person.language, shows=(card,), toast=toast)


def _id(subject: str) -> str:
    return subject.removeprefix(PREFIX)

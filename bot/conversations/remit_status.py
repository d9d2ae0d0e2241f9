"""How remittances go: the list, one with its timeline, answering reviewers, and receipts that come
when nothing asked for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.conversations.files import Files, kept, sent_again
from bot.conversations.kernel import SENT, TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import (
    Button,
    Field,
    Fields,
    Move,
    Navigate,
    Screen,
    ShowCard,
    Style,
    Text,
)
from bot.conversations.paragraphs import below
from bot.conversations.remit import next_question
from bot.conversations.remit_card import (
    act,
    card_screen,
    place_buttons,
    standing,
    subject_of,
)
from bot.conversations.remit_files import attach, keep
from bot.conversations.remit_screens import summary_fields
from bot.conversations.returning import go_back, kept_back
from bot.conversations.turning import turning
from core.access.model import Membership, Right, StaffRole
from core.app import Core
from core.errors import IllegalStep, InvalidRequest, NotAllowed, NotLinked, ReceiptRefused
from core.ids import AccountId
from core.remittance.model import (
    Happened,
    Remittance,
    RemittanceState,
    RemittanceView,
    TimelineEntry,
)
from core.remittance.receipt_kinds import MOST_FILES

SPOKEN = frozenset({Happened.ASKED, Happened.ANSWERED})
LINES_SHOWN = 12
STATEMENTS = (".csv", ".txt", ".xlsx", ".xls", ".xml", ".sta", ".940", ".mt940")
OPEN_STATES = frozenset({RemittanceState.NEEDS_INFO, RemittanceState.REJECTED})


class RemitStatusConversation:
    """汇款进度, entered by command, by a notice's button, or by a receipt out of the blue."""

    name = "remit_status"

    def __init__(self, core: Core, files: Files, *, statements: MoveMethod) -> None:
        """`statements` takes what a reviewer sends that can be no receipt."""
        self._core = core
        self._files = files
        self._statements = statements
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("", "next"): self.next_step,
            ("", "received"): self.received,
            ("list", "open"): self.open,
            ("list", "page"): self.page,
            **{("one", name): self.act_on(name) for name in _ACTS},
            ("answer", TYPED): self.say,
            ("answer", SENT): self.sent,
            ("answer", "submit"): self.submit,
            ("answer", "back"): self.back,
            ("offered", SENT): self.offered_more,
            ("offered", "new"): self.keep_in_new,
            ("offered", "to"): self.keep_in,
            ("offered", "back"): self.go_back,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            "one": self.show_one,
            "answer": self.show_answer,
            "offered": self.show_offered,
        }
        self.hints: Mapping[str, Text] = {"offered": Text("remit.offered_hint")}

    # --- the list and one of it ---------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        return Go(state="list", facts={**_facts(await self._member(step)), "page": 0})

    async def page(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "page": int(step.argument)})

    async def open(self, step: Step) -> Go:
        return Go(state="one", facts={"remittance": step.argument})

    async def next_step(self, step: Step) -> Go:
        """From a notice: what the one remittance that waits for its payer needs."""
        member = await self._member(step)
        listed, _ = await self._core.remittances.listed(
            step.event.person.person_id, member.account.account_id
        )
        again = {item.replaces for item in listed}  # rejected, and submitted anew since
        waiting = [
            item
            for item in listed
            if item.state in OPEN_STATES and item.remittance_id not in again
        ]
        if len(waiting) != 1 or not member.may(Right.MOVE_MONEY):
            return await self.enter(step)
        move = "answer" if waiting[0].state is RemittanceState.NEEDS_INFO else "resubmit"
        go = await act(self._core, move, waiting[0].remittance_id, step.event)
        return go or await self.enter(step)

    def act_on(self, name: str) -> MoveMethod:
        async def move(step: Step) -> Go:
            go = await act(self._core, name, step.fact("remittance"), step.event)
            if go is None:
                raise IllegalStep(record="Remittance", state="", event=name)
            return go

        return move

    # --- answering ----------------------------------------------------------------------------

    async def say(self, step: Step) -> Go:
        try:
            await self._core.remittances.say(
                step.fact("remittance"), step.event.person.person_id, step.argument
            )
        except InvalidRequest:
            return Go(state="answer", facts=step.facts, note=Text("remit.refused_note"))
        return Go(state="answer", facts=step.facts, note=Text("remit.said"))

    async def sent(self, step: Step) -> Go:
        view = await attach(self._core, self._files, step, step.fact("remittance"))
        note = Text("remit.receipt_taken", {"count": len(view.files)})
        return Go(state="answer", facts=step.facts, note=note)

    async def submit(self, step: Step) -> Go:
        view = await self._core.remittances.submit(
            step.fact("remittance"), step.event.person.person_id
        )
        card = ShowCard(subject=subject_of(view), screen=card_screen(view))
        return Go(state="one", facts=step.facts, also=(card,), note=Text("remit.answered"))

    async def back(self, step: Step) -> Go:
        return Go(state="one", facts=step.facts)

    # --- receipts out of the blue -------------------------------------------------------------

    async def received(self, step: Step) -> Go:
        """It finds the remittance that waits for it, or a draft is offered."""
        if await self._is_statement(step):
            return await self._statements(step)
        member = await self._member(step)
        if not member.may(Right.MOVE_MONEY):
            raise NotAllowed
        open_ones = await self._open_ones(step, member.account.account_id)
        first = open_ones[0] if open_ones else None
        if first is not None and first.state is RemittanceState.NEEDS_INFO:
            view = await attach(self._core, self._files, step, first.remittance_id)
            return self._taken(view, "answer")
        if first is not None and first.state is RemittanceState.DRAFT:
            view = await attach(self._core, self._files, step, first.remittance_id)
            return self._drafted(view)
        sent = [] if step.attachment is None else [kept(step.attachment)]
        facts = {**_facts(member), **kept_back(step), "sent": sent}
        return Go(state="offered", facts=facts)

    async def _is_statement(self, step: Step) -> bool:
        """A file of a reviewer's who pays for no account, or one named as statements are."""
        person_id = step.event.person.person_id
        if StaffRole.REVIEWER not in await self._core.access.staff_roles(person_id):
            return False
        name = "" if step.attachment is None else step.attachment.name.casefold()
        held = await self._core.access.memberships(person_id)
        return not held or name.endswith(STATEMENTS)

    async def _open_ones(self, step: Step, account_id: AccountId) -> list[Remittance]:
        return await self._core.remittances.unfinished(step.event.person.person_id, account_id)

    async def offered_more(self, step: Step) -> Go:
        """The other parts of an album, or one more receipt, before it is said what they are of."""
        sent = [*_sent(step), *([kept(step.attachment)] if step.attachment else [])]
        if len(sent) > MOST_FILES:
            raise ReceiptRefused("too_many")
        return Go(state="offered", facts={**step.facts, "sent": sent})

    async def keep_in_new(self, step: Step) -> Go:
        opened = await self._core.remittances.drafts.open_draft(
            step.event.person.person_id, AccountId(step.fact("account")), None, key=step.event.key
        )
        view = await self._keep_all(step, opened.remittance_id)
        facts = {**_of(view), "editing": False}
        note = Text("remit.receipt_taken", {"count": len(view.files)})
        return Go(conversation="remit", state="ways", facts=facts, note=note)

    async def keep_in(self, step: Step) -> Go:
        return self._taken(await self._keep_all(step, step.argument), "one")

    async def go_back(self, step: Step) -> Go:
        """The files were of nothing here; on with what they came in between of."""
        return go_back(step)

    async def _keep_all(self, step: Step, remittance_id: str) -> RemittanceView:
        for sent in _sent(step):
            await keep(self._core, self._files, step, sent_again(sent), remittance_id)
        return await self._core.remittances.view(remittance_id, step.event.person.person_id)

    def _taken(self, view: RemittanceView, state: str) -> Go:
        note = Text("remit.receipt_taken", {"count": len(view.files)})
        return Go(state=state, facts=_of(view), note=note)

    def _drafted(self, view: RemittanceView) -> Go:
        """On with the draft; the receipt itself is answered."""
        note = Text("remit.receipt_taken", {"count": len(view.files)})
        state = next_question(view, after="receipt") if view.remittance.way else "ways"
        return Go(conversation="remit", state=state, facts=_of(view), note=note)

    # --- screens ------------------------------------------------------------------------------

    async def show_list(self, step: Step) -> Screen:
        page = step.number("page")
        found, more = await self._core.remittances.listed(
            step.event.person.person_id, AccountId(step.fact("account")), page=page
        )
        rows: list[tuple[Button, ...]] = [(_entry(item),) for item in found]
        rows.extend(turning(page, more=more))
        remit = Button(label=Text("command.remit"), action=Navigate(command="remit"))
        menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
        key = "remit.list" if found else "remit.none"
        text = Text(key, {"account": step.fact("name")})
        return Screen(text=text, rows=(*rows, (remit, menu)))

    async def show_one(self, step: Step) -> Screen:
        view = await self._view(step)
        text = below(Text("remit.one", summary_fields(view)), standing(view), *_history(view))
        return Screen(text=text, rows=place_buttons(view))

    async def show_answer(self, step: Step) -> Screen:
        view = await self._view(step)
        if view.remittance.state is not RemittanceState.NEEDS_INFO:  # it went on meanwhile
            one = await self.show_one(step)
            return replace(one, rows=one.rows[-1:])  # what can be done with it is done there
        talk = [line for line in view.timeline if line.what in SPOKEN and line.text]
        fields = summary_fields(view)
        text = below(Text("remit.ask_answer", fields), *[_line(line) for line in talk[-6:]])
        submit = Button(
            label=Text("remit.submit_answer"), action=Move(name="submit"), style=Style.PRIMARY
        )
        back = Button(label=Text("button.back"), action=Move(name="back"))
        return Screen(text=text, rows=((submit,), (back,)))

    async def show_offered(self, step: Step) -> Screen:
        account_id = AccountId(step.fact("account"))
        waiting = await self._open_ones(step, account_id)
        new = Button(label=Text("remit.new"), action=Move(name="new"), style=Style.PRIMARY)
        rows: list[tuple[Button, ...]] = [(new,)]
        for item in waiting[:5]:
            fields: Fields = {
                "reference": item.reference,
                "amount_fen": item.declared.amount_fen or 0,
            }
            label = Text("remit.add_to", fields)
            rows.append(
                (Button(label=label, action=Move(name="to", argument=item.remittance_id)),)
            )
        menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
        back = Button(label=Text("button.go_on"), action=Move(name="back"))
        rows.append((back, menu) if kept_back(step) else (menu,))
        text = Text("remit.offered", {"count": len(_sent(step)), "account": step.fact("name")})
        return Screen(text=text, rows=tuple(rows))

    async def _view(self, step: Step) -> RemittanceView:
        return await self._core.remittances.view(
            step.fact("remittance"), step.event.person.person_id
        )

    async def _member(self, step: Step) -> Membership:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        if not held[0].may(Right.SEE_MONEY):
            raise NotAllowed
        return held[0]


_ACTS = ("answer", "edit", "withdraw", "resubmit", "resume")


def _facts(member: Membership) -> dict[str, object]:
    return {"account": member.account.account_id, "name": member.account.name}


def _of(view: RemittanceView) -> dict[str, object]:
    found = view.remittance
    return {
        "account": found.account_id,
        "name": found.account_name,
        "remittance": found.remittance_id,
    }


def _entry(found: Remittance) -> Button:
    fields: dict[str, Field | Text] = {
        "reference": found.reference,
        "amount_fen": found.received_fen or found.declared.amount_fen or 0,
        "state": Text(f"remit.short_{_short(found)}"),
    }
    return Button(
        label=Text("remit.entry", fields),
        action=Move(name="open", argument=found.remittance_id),
    )


def _short(found: Remittance) -> str:
    if found.reversed_at is not None:
        return "reversed"
    return "credited" if found.credited_at is not None else found.state.value


def _history(view: RemittanceView) -> Sequence[Text]:
    if not view.timeline:
        return []
    return [Text("remit.history"), *[_line(line) for line in view.timeline[-LINES_SHOWN:]]]


def _line(line: TimelineEntry) -> Text:
    fields: dict[str, Field | Text] = {
        "done_at": line.at.isoformat(),
        "what": Text(f"remit.happened_{line.what}"),
    }
    if line.text and line.what in SPOKEN:
        return Text("remit.history_said", {**fields, "said": line.text})
    return Text("remit.history_line", fields)


# --- attachments kept in the chat's place until it is known what they belong to -----------------


def _sent(step: Step) -> list[dict[str, object]]:
    said = step.facts.get("sent")
    return [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []

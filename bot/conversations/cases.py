"""The desk of cases for staff: a list, one case, and a decision with a confirming step."""

from collections.abc import Mapping
from typing import assert_never

from bot.conversations import case_screens
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Text
from core.app import Core
from core.cases.model import LONGEST_NOTE, CaseView, Decision, Handled, Result
from core.errors import AccountNotFound
from core.ids import AccountId, CaseId

WITHOUT_NOTE = frozenset({Decision.CREDIT, Decision.APPROVE})


class CasesConversation:
    """List → case → (account or note) → confirm → case. The core decides who may, at each step."""

    name = "cases"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("list", "open"): self.open,
            ("list", "page"): self.page,
            ("case", "claim"): self.claim,
            ("case", "release"): self.release,
            ("case", "decide"): self.decide,
            ("case", "next"): self.next,
            ("case", "list"): self.enter,
            ("account", TYPED): self.typed_account,
            ("account", "back"): self.back,
            ("note", TYPED): self.typed_note,
            ("note", "back"): self.back,
            ("confirm", "confirm"): self.confirm,
            ("confirm", "back"): self.back,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            "case": self.show_case,
            "account": self.show_account,
            "note": self.show_note,
            "confirm": self.show_confirm,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, _step: Step) -> Go:
        return Go(state="list", facts={"page": 0})

    async def page(self, step: Step) -> Go:
        return Go(state="list", facts={"page": int(step.argument)})

    async def open(self, step: Step) -> Go:
        return Go(state="case", facts={"case": step.argument})

    async def next(self, step: Step) -> Go:
        """The oldest case that nobody has in work."""
        person_id = step.event.person.person_id
        found, _ = await self._core.cases.waiting(person_id)
        free = [
            view.case.case_id
            for view in found
            if view.holder is None and view.case.case_id != step.fact("case")
        ]
        return Go(state="case", facts={"case": free[0]}) if free else await self.enter(step)

    async def claim(self, step: Step) -> Go:
        return _case(
            step, await self._core.cases.claim(_case_id(step), step.event.person.person_id)
        )

    async def release(self, step: Step) -> Go:
        await self._core.cases.release(_case_id(step), step.event.person.person_id)
        return await self.enter(step)

    async def decide(self, step: Step) -> Go:
        """A decision was pressed: claim anew, and ask for what it needs."""
        decision = Decision(step.argument)
        handled = await self._core.cases.claim(_case_id(step), step.event.person.person_id)
        if handled.result is not Result.DONE:
            return _case(step, handled)
        facts = {"case": step.fact("case"), "decision": decision.value}
        if decision is Decision.CREDIT and handled.view.case.account_id is None:
            return Go(state="account", facts=facts)
        return Go(state="confirm" if decision in WITHOUT_NOTE else "note", facts=facts)

    async def typed_account(self, step: Step) -> Go:
        account_id = AccountId(step.argument.strip())
        try:
            account = await self._core.access.account(account_id)
        except AccountNotFound:
            return Go(state="account", facts=step.facts, note=Text("cases.no_such_account"))
        facts = {**step.facts, "account": account.account_id, "name": account.name}
        return Go(state="confirm", facts=facts)

    async def typed_note(self, step: Step) -> Go:
        said = " ".join(step.argument.split())
        if not 1 <= len(said) <= LONGEST_NOTE:
            note = Text("cases.note_length", {"most": LONGEST_NOTE})
            return Go(state="note", facts=step.facts, note=note)
        return Go(state="confirm", facts={**step.facts, "note": said})

    async def back(self, step: Step) -> Go:
        return Go(state="case", facts={"case": step.fact("case")})

    async def confirm(self, step: Step) -> Go:
        return _case(step, await self._act(step))

    async def _act(self, step: Step) -> Handled:
        case_id, person_id = _case_id(step), step.event.person.person_id
        decision, note = Decision(step.fact("decision")), step.fact("note")
        cases, refunds = self._core.cases, self._core.refunds
        match decision:
            case Decision.CREDIT:
                named = AccountId(step.fact("account")) if step.fact("account") else None
                return await cases.credit(case_id, person_id, named)
            case Decision.RETURN:
                return await cases.give_back(case_id, person_id, note)
            case Decision.RESOLVE | Decision.SETTLED:
                return await cases.resolve(case_id, person_id, note)
            case Decision.APPROVE:
                return await refunds.approve(case_id, person_id)
            case Decision.REFUSE:
                return await refunds.refuse(case_id, person_id, note)
            case Decision.DONE | Decision.FAILED:
                return await refunds.end_by_hand(case_id, person_id, decision, note)
        assert_never(decision)

    # --- screens ------------------------------------------------------------------------------

    async def show_list(self, step: Step) -> Screen:
        page = step.number("page")
        found, more = await self._core.cases.waiting(step.event.person.person_id, page=page)
        return case_screens.listed(found, self._core.clock.now(), page=page, more=more)

    async def show_case(self, step: Step) -> Screen:
        view = await self._view(step)
        return case_screens.one(view, step.event.person.person_id, self._core.clock.now())

    async def show_account(self, step: Step) -> Screen:
        view = await self._view(step)
        return _asking(Text("cases.ask_account", {"amount_fen": view.case.amount_fen or 0}))

    async def show_note(self, step: Step) -> Screen:
        await self._view(step)
        return _asking(Text(f"cases.ask_{step.fact('decision')}"))

    async def show_confirm(self, step: Step) -> Screen:
        view = await self._view(step)
        fields: Fields = {
            "amount_fen": view.case.amount_fen or 0,
            "account": step.fact("name") or view.account_name or "",
            "note": step.fact("note"),
            "case": step.fact("case"),
        }
        confirm = Button(label=Text("button.confirm"), action=Move(name="confirm"))
        text = Text(f"cases.confirm_{step.fact('decision')}", fields)
        return Screen(text=text, rows=((confirm, _back()),))

    async def _view(self, step: Step) -> CaseView:
        """The case, for somebody whose desk it still is on."""
        return await self._core.cases.view(_case_id(step), step.event.person.person_id)


def _case_id(step: Step) -> CaseId:
    return CaseId(step.fact("case"))


def _case(step: Step, handled: Handled) -> Go:
    """Back to the case, with what came of the act."""
    view = handled.view
    fields: Fields = {
        "holder": view.holder_name,
        "resolver": view.resolver_name,
        "shortfall_fen": handled.shortfall_fen,
    }
    done = "decided_now" if view.case.decision else "claimed"
    name = done if handled.result is Result.DONE else str(handled.result)
    note = Text(f"cases.result_{name}", fields)
    return Go(state="case", facts={"case": step.fact("case")}, note=note)


def _asking(text: Text) -> Screen:
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    return Screen(text=text, rows=((_back(), menu),))


def _back() -> Button:
    return Button(label=Text("button.back"), action=Move(name="back"))

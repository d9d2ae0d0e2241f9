"""Declaring a bank transfer: the way, where to pay, then what was paid, one question at a time."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.conversations import remit_screens as screens
from bot.conversations.files import Files
from bot.conversations.kernel import SENT, TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Screen, ShowCard, Text
from bot.conversations.remit_card import card_screen, subject_of
from bot.conversations.remit_files import attach
from bot.conversations.remit_reading import read_date
from core import money
from core.access.model import Right
from core.app import Core
from core.errors import AmountRefused, ChannelOff, InvalidRequest, NotAllowed, NotLinked
from core.ids import AccountId
from core.remittance.model import Declared, RemittanceState, RemittanceView, Way
from core.remittance.timing import BANK_ZONE

ORDER = ("amount", "payer", "date", "serial", "receipt")
MORE = ("payer_account", "note")  # asked for under 修改 alone
ASKED = (*ORDER, *MORE)
SAID = tuple(name for name in ASKED if name != "receipt")
GUESSED = ("amount", "payer", "date")  # with answers as buttons


class RemitConversation:
    """Way → details → amount, payer, date, serial number, receipt → summary. The draft is kept in
    the books of the core: whatever the chat does meanwhile, it can be gone on with.
    """

    name = "remit"

    def __init__(self, core: Core, files: Files) -> None:
        self._core = core
        self._files = files
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("ways", "way"): self.choose_way,
            ("ways", "resume"): self.resume,
            ("ways", "ours"): self.to_ours,
            ("ways", "leave"): self.leave,
            ("cash", "confirm"): self.confirm_cash,
            ("cash", "back"): self.back_to_ways,
            ("details", "submit"): self.begin,
            ("details", "ways"): self.back_to_ways,
            ("details", "leave"): self.leave,
            **{(name, "leave"): self.leave for name in ORDER},
            **{(name, "back"): self.to_summary for name in (*ASKED, "edit", "withdraw")},
            **{(name, "use"): partial(self.answer, name) for name in GUESSED},
            **{(name, TYPED): partial(self.answer, name) for name in SAID},
            **{(name, SENT): partial(self.sent, name) for name in (*ASKED, "details", "summary")},
            ("serial", "skip"): self.skip_serial,
            ("receipt", "drop"): self.drop_files,
            ("summary", "confirm"): self.submit,
            ("summary", "edit"): self.edit,
            ("summary", "withdraw"): self.ask_withdraw,
            ("edit", "field"): self.edit_field,
            ("edit", "way"): self.edit_way,
            ("withdraw", "yes"): self.withdraw,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "ways": self.show_ways,
            "cash": self.show_cash,
            "details": self.show_details,
            "summary": self.show_summary,
            "edit": self.show_edit,
            "withdraw": self.show_withdraw,
            **{name: partial(self.show_question, name) for name in ASKED},
        }
        self.hints: Mapping[str, Text] = {
            "receipt": Text("remit.receipt_hint"),
            "summary": Text("remit.summary_hint"),
        }
        self._read: Mapping[str, Callable[[str], Declared]] = {
            "amount": lambda text: Declared(amount_fen=money.read_amount(text)),
            "payer": lambda text: Declared(payer_name=text),
            "date": self._date,
            "serial": lambda text: Declared(bank_serial=text),
            "payer_account": lambda text: Declared(payer_account=text),
            "note": lambda text: Declared(note=text),
        }

    # --- the way ------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        if not held[0].may(Right.MOVE_MONEY):
            raise NotAllowed
        account = held[0].account
        return Go(state="ways", facts={"account": account.account_id, "name": account.name})

    async def choose_way(self, step: Step) -> Go:
        way = Way(step.argument)
        if way is Way.CASH:
            return Go(state="cash", facts=step.facts)
        return await self._chosen(step, way)

    async def confirm_cash(self, step: Step) -> Go:
        return await self._chosen(step, Way.CASH)

    async def _chosen(self, step: Step, way: Way) -> Go:
        """The way opens the draft, or is changed in the one that is open."""
        if step.fact("remittance"):
            view = await self._declare(step, Declared(), way=way)
            state = "summary" if step.facts.get("editing") else "details"
        else:
            opened = await self._core.remittances.drafts.open_draft(
                step.event.person.person_id,
                AccountId(step.fact("account")),
                way,
                key=step.event.key,
            )
            view = await self._core.remittances.view(opened.remittance_id, opened.person_id)
            state = "details"
        return Go(state=state, facts=_with(step, view, editing=False))

    async def resume(self, step: Step) -> Go:
        """Go on with a draft where it stopped."""
        view = await self._core.remittances.view(step.argument, step.event.person.person_id)
        facts = _with(step, view, editing=False)
        return Go(state=next_question(view) if view.remittance.way else "ways", facts=facts)

    async def to_ours(self, step: Step) -> Go:
        """The money is there already: find it among the bank's lines."""
        facts = {"account": step.fact("account"), "name": step.fact("name")}
        return Go(conversation="ours", state="amount", facts=facts)

    async def back_to_ways(self, step: Step) -> Go:
        return Go(state="ways", facts=step.facts)

    async def leave(self, step: Step) -> Go:
        note = Text("remit.kept" if step.fact("remittance") else "menu.cancelled")
        return Go(conversation="menu", state="home", facts={}, note=note)

    # --- the questions ------------------------------------------------------------------------

    async def begin(self, step: Step) -> Go:
        view = await self._view(step)
        return Go(state=next_question(view), facts=step.facts)

    async def answer(self, name: str, step: Step) -> Go:
        """What was typed, or a button's value, for this question."""
        try:
            said = self._read[name](step.argument)
            view = await self._declare(step, said)
        except (AmountRefused, InvalidRequest):
            return Go(state=name, facts=step.facts, note=Text(f"remit.refused_{name}"))
        return self._onward(step, view, name)

    async def skip_serial(self, step: Step) -> Go:
        return self._onward(step, await self._view(step), "serial")

    def _onward(self, step: Step, view: RemittanceView, answered: str) -> Go:
        if step.facts.get("editing") or answered in MORE:
            return Go(state="summary", facts=_with(step, view, editing=False))
        state = next_question(view, after=answered)
        return Go(state=state, facts=_with(step, view, editing=False))

    async def sent(self, asked: str, step: Step) -> Go:
        """A receipt, at whichever question it comes; what is still open is asked on."""
        view = await attach(self._core, self._files, step, step.fact("remittance"))
        note = Text("remit.receipt_taken", {"count": len(view.files)})
        facts = _with(step, view, editing=bool(step.facts.get("editing")) and asked != "receipt")
        stays = asked in SAID or asked == "details"
        state = asked if stays else next_question(view, after="receipt")
        return Go(state=state, facts=facts, note=note)

    async def drop_files(self, step: Step) -> Go:
        view = await self._core.remittances.drafts.drop_files(
            step.fact("remittance"), step.event.person.person_id
        )
        return Go(state="receipt", facts=_with(step, view, editing=True))

    def _date(self, text: str) -> Declared:
        today = self._core.clock.now().astimezone(BANK_ZONE).date()
        said = read_date(text, today)
        if said is None:
            raise InvalidRequest("a date like 2026-11-22")
        return Declared(transfer_date=said)

    # --- the summary --------------------------------------------------------------------------

    async def submit(self, step: Step) -> Go:
        try:
            view = await self._core.remittances.submit(
                step.fact("remittance"), step.event.person.person_id
            )
        except InvalidRequest:
            view = await self._view(step)
            note = Text("remit.something_missing")
            return Go(state=next_question(view), facts=step.facts, note=note)
        card = ShowCard(subject=subject_of(view), screen=card_screen(view), anew=True)
        facts = {**step.facts, "remittance": view.remittance.remittance_id}
        return Go(conversation="remit_status", state="one", facts=facts, also=(card,))

    async def edit(self, step: Step) -> Go:
        return Go(state="edit", facts=step.facts)

    async def edit_field(self, step: Step) -> Go:
        name = step.argument if step.argument in ASKED else "amount"
        return Go(state=name, facts={**step.facts, "editing": True})

    async def edit_way(self, step: Step) -> Go:
        return Go(state="ways", facts={**step.facts, "editing": True})

    async def to_summary(self, step: Step) -> Go:
        view = await self._view(step)
        return Go(state="summary", facts=_with(step, view, editing=False))

    async def ask_withdraw(self, step: Step) -> Go:
        return Go(state="withdraw", facts=step.facts)

    async def withdraw(self, step: Step) -> Go:
        view = await self._core.remittances.withdraw(
            step.fact("remittance"), step.event.person.person_id
        )
        note = Text("remit.withdrawn", {"reference": view.remittance.reference})
        return Go(conversation="menu", state="home", facts={}, note=note)

    # --- screens ------------------------------------------------------------------------------

    async def show_ways(self, step: Step) -> Screen:
        await self._still_allowed(step)
        if self._core.settings.payee is None:
            raise ChannelOff("remittance")
        drafts = [
            item
            for item in await self._core.remittances.unfinished(
                step.event.person.person_id, AccountId(step.fact("account"))
            )
            if item.state is RemittanceState.DRAFT
        ]
        offered = [] if step.fact("remittance") else drafts
        return screens.ways(
            step.fact("name"),
            step.fact("account"),
            offered,
            step.facts.get("amount_fen"),
            is_new=not step.fact("remittance"),
        )

    async def show_cash(self, step: Step) -> Screen:
        await self._still_allowed(step)
        return screens.cash()

    async def show_details(self, step: Step) -> Screen:
        view = await self._view(step)
        if (payee := self._core.settings.payee) is None:
            raise ChannelOff("remittance")
        return screens.details(view, payee, step.facts.get("amount_fen"))

    async def show_question(self, name: str, step: Step) -> Screen:
        view = await self._view(step)
        today = self._core.clock.now().astimezone(BANK_ZONE).date()
        return screens.question(name, view, step.facts, today)

    async def show_summary(self, step: Step) -> Screen:
        return screens.summary(await self._view(step))

    async def show_edit(self, step: Step) -> Screen:
        return screens.edit(await self._view(step))

    async def show_withdraw(self, step: Step) -> Screen:
        return screens.withdraw(await self._view(step))

    # --- the draft ----------------------------------------------------------------------------

    async def _view(self, step: Step) -> RemittanceView:
        return await self._core.remittances.view(
            step.fact("remittance"), step.event.person.person_id
        )

    async def _declare(
        self, step: Step, said: Declared, *, way: Way | None = None
    ) -> RemittanceView:
        return await self._core.remittances.drafts.declare(
            step.fact("remittance"), step.event.person.person_id, said, way=way
        )

    async def _still_allowed(self, step: Step) -> None:
        await self._core.access.require(
            step.event.person.person_id, AccountId(step.fact("account")), Right.MOVE_MONEY
        )


def next_question(view: RemittanceView, *, after: str = "") -> str:
    """The first thing that is not said yet, from the present question on; then the summary."""
    said = view.remittance.declared
    lacking = {
        "amount": said.amount_fen is None,
        "payer": said.payer_name is None,
        "date": said.transfer_date is None,
        "serial": said.bank_serial is None,
        "receipt": not view.files,
    }
    position = ORDER.index(after) + 1 if after in ORDER else 0
    later = next((name for name in ORDER[position:] if lacking[name]), None)
    if later is not None:
        return later
    needed = next((name for name in ORDER if lacking[name] and name != "serial"), None)
    return needed or "summary"


def _with(step: Step, view: RemittanceView, *, editing: bool) -> dict[str, object]:
    """What a place of this conversation keeps."""
    found = view.remittance
    return {
        "account": found.account_id,
        "name": found.account_name,
        "remittance": found.remittance_id,
        "amount_fen": step.facts.get("amount_fen"),
        "editing": editing,
    }

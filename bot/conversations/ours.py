"""A transfer that arrived and fits nothing yet: who paid it shows that they know it."""

from collections.abc import Mapping
from datetime import date

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import (
    Button,
    Fields,
    Move,
    Navigate,
    Screen,
    ShowCard,
    Style,
    Text,
)
from bot.conversations.remit_card import card_screen, subject_of
from bot.conversations.remit_reading import read_date
from bot.conversations.remit_screens import day_buttons
from core import money
from core.access.model import Right
from core.app import Core
from core.banklines.model import KnownLine
from core.errors import AmountRefused
from core.ids import AccountId
from core.remittance.model import LONGEST_NAME
from core.remittance.timing import BANK_ZONE

QUESTIONS = ("amount", "day", "payer")


class OursConversation:
    """Amount → day → payer → found or not → "this one is ours", which puts it to the reviewers.

    Of the bank's lines nothing is told but that one agrees in all three. Entered from /remit.
    """

    name = "ours"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("amount", TYPED): self.amount,
            ("day", TYPED): self.day,
            ("day", "use"): self.day,
            ("payer", TYPED): self.payer,
            ("payer", "use"): self.payer,
            ("found", "confirm"): self.claim,
            ("found", "again"): self.again,
            **{(name, "leave"): self.leave for name in (*QUESTIONS, "found")},
        }
        self.screens: Mapping[str, ShowMethod] = {
            "amount": self.show_amount,
            "day": self.show_day,
            "payer": self.show_payer,
            "found": self.show_found,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def amount(self, step: Step) -> Go:
        try:
            fen = money.read_amount(step.argument)
        except AmountRefused:
            return Go(state="amount", facts=step.facts, note=Text("remit.refused_amount"))
        return Go(state="day", facts={**step.facts, "amount_fen": fen})

    async def day(self, step: Step) -> Go:
        said = read_date(step.argument, self._today())
        if said is None:
            return Go(state="day", facts=step.facts, note=Text("remit.refused_date"))
        return Go(state="payer", facts={**step.facts, "day": said.isoformat()})

    async def payer(self, step: Step) -> Go:
        said = " ".join(step.argument.split())
        if not 1 <= len(said) <= LONGEST_NAME:
            return Go(state="payer", facts=step.facts, note=Text("remit.refused_payer"))
        return Go(state="found", facts={**step.facts, "payer": said})

    async def claim(self, step: Step) -> Go:
        view = await self._core.remittances.claim_line(
            step.event.person.person_id, _account(step), _known(step), key=step.event.key
        )
        card = ShowCard(subject=subject_of(view), screen=card_screen(view), anew=True)
        facts = {"remittance": view.remittance.remittance_id}
        return Go(
            conversation="remit_status",
            state="one",
            facts=facts,
            also=(card,),
            note=Text("ours.claimed"),
        )

    async def again(self, step: Step) -> Go:
        facts = {"account": step.fact("account"), "name": step.fact("name")}
        return Go(state="amount", facts=facts)

    async def leave(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={}, note=Text("menu.cancelled"))

    # --- screens ------------------------------------------------------------------------------

    async def show_amount(self, step: Step) -> Screen:
        return await self._asking(step, "amount", [])

    async def show_day(self, step: Step) -> Screen:
        return await self._asking(step, "day", day_buttons(self._today()))

    async def show_payer(self, step: Step) -> Screen:
        label = Text("remit.use_payer", {"account": step.fact("name")})
        use = Button(label=label, action=Move(name="use", argument=step.fact("name")))
        return await self._asking(step, "payer", [(use,)])

    async def _asking(self, step: Step, name: str, rows: list[tuple[Button, ...]]) -> Screen:
        await self._core.access.require(
            step.event.person.person_id, _account(step), Right.MOVE_MONEY
        )
        text = Text(f"ours.ask_{name}", {"account": step.fact("name")})
        return Screen(text=text, rows=(*rows, (_leave(),)))

    async def show_found(self, step: Step) -> Screen:
        known = _known(step)
        is_there = await self._core.remittances.knows_line(
            step.event.person.person_id, _account(step), known
        )
        fields: Fields = {
            "account": step.fact("name"),
            "amount_fen": known.amount_fen,
            "day": known.booked_on.isoformat(),
            "payer": known.payer_name,
        }
        if not is_there:
            again = Button(label=Text("ours.again"), action=Move(name="again"))
            remit = Button(label=Text("command.remit"), action=Navigate(command="remit"))
            return Screen(text=Text("ours.none", fields), rows=((again, remit), (_leave(),)))
        yes = Button(
            label=Text("ours.is_ours", fields), action=Move(name="confirm"), style=Style.PRIMARY
        )
        return Screen(text=Text("ours.found", fields), rows=((yes,), (_leave(),)))

    def _today(self) -> date:
        return self._core.clock.now().astimezone(BANK_ZONE).date()


def _account(step: Step) -> AccountId:
    return AccountId(step.fact("account"))


def _known(step: Step) -> KnownLine:
    return KnownLine(
        amount_fen=step.number("amount_fen"),
        booked_on=date.fromisoformat(step.fact("day")),
        payer_name=step.fact("payer"),
    )


def _leave() -> Button:
    return Button(label=Text("button.cancel"), action=Move(name="leave"))

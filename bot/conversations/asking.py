"""Asking finance people to top up: how much, why, and a confirmation."""

from collections.abc import Mapping

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Screen, Style, Text
from core import money
from core.app import Core
from core.errors import NotLinked
from core.ids import AccountId
from core.requests.model import LONGEST_REASON, RequestWish

PRESETS_YUAN = (500, 1_000, 5_000)
KEY_LENGTH = 12


class AskingConversation:
    """Amount → reason → confirm. Everybody linked may ask; nothing of the balance is shown."""

    name = "asking"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("amount", TYPED): self.amount,
            ("amount", "preset"): self.amount,
            ("amount", "leave"): self.leave,
            ("reason", TYPED): self.reason,
            ("reason", "leave"): self.leave,
            ("confirm", "confirm"): self.confirm,
            ("confirm", "leave"): self.leave,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "amount": self.show_amount,
            "reason": self.show_reason,
            "confirm": self.show_confirm,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        account = held[0].account
        facts = {
            "account": account.account_id,
            "name": account.name,
            "key": self._core.ids.short(KEY_LENGTH),
        }
        return Go(state="amount", facts=facts)

    async def amount(self, step: Step) -> Go:
        fen = money.read_yuan(step.argument)
        return Go(state="reason", facts={**step.facts, "amount_fen": fen})

    async def reason(self, step: Step) -> Go:
        said = " ".join(step.argument.split())
        if not 1 <= len(said) <= LONGEST_REASON:
            note = Text("asking.reason_length", {"most": LONGEST_REASON})
            return Go(state="reason", facts=step.facts, note=note)
        return Go(state="confirm", facts={**step.facts, "reason": said})

    async def confirm(self, step: Step) -> Go:
        wish = RequestWish(
            person_id=step.event.person.person_id,
            account_id=AccountId(step.fact("account")),
            amount_fen=step.number("amount_fen"),
            reason=step.fact("reason"),
            key=step.fact("key"),
        )
        made, payers = await self._core.requests.ask(wish)
        fields: Fields = {
            "account": made.account.name,
            "amount_fen": made.amount_fen,
            "count": payers,
        }
        note = Text("asking.sent" if payers else "asking.nobody", fields)
        return Go(conversation="menu", state="home", facts={}, note=note)

    async def leave(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={}, note=Text("menu.cancelled"))

    # --- screens ------------------------------------------------------------------------------

    async def show_amount(self, step: Step) -> Screen:
        await self._still_linked(step)
        presets = tuple(
            Button(
                label=Text("topup.preset", {"yuan": f"{yuan:,}"}),
                action=Move(name="preset", argument=str(yuan)),
            )
            for yuan in PRESETS_YUAN
        )
        text = Text("asking.ask_amount", {"account": step.fact("name")})
        return Screen(text=text, rows=(presets, (_leave(),)))

    async def show_reason(self, step: Step) -> Screen:
        await self._still_linked(step)
        return Screen(text=Text("asking.ask_reason", _fields(step)), rows=((_leave(),),))

    async def show_confirm(self, step: Step) -> Screen:
        await self._still_linked(step)
        confirm = Button(
            label=Text("button.confirm"), action=Move(name="confirm"), style=Style.PRIMARY
        )
        fields: Fields = {**_fields(step), "reason": step.fact("reason")}
        return Screen(text=Text("asking.confirm", fields), rows=((confirm, _leave()),))

    async def _still_linked(self, step: Step) -> None:
        held = await self._core.access.memberships(step.event.person.person_id)
        if step.fact("account") not in {item.account.account_id for item in held}:
            raise NotLinked


def _fields(step: Step) -> Fields:
    return {"account": step.fact("name"), "amount_fen": step.number("amount_fen")}


def _leave() -> Button:
    return Button(label=Text("button.cancel"), action=Move(name="leave"))

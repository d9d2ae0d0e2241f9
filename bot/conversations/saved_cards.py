"""A person's saved cards: what the provider keeps, and unbinding one after a confirmation."""

from collections.abc import Mapping
from datetime import datetime

from bot.conversations.kernel import Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from core.app import Core
from core.channels import SavedCard

BRANDS = {"visa": "VISA", "mastercard": "MasterCard", "jcb": "JCB"}


class SavedCardsConversation:
    """List → confirm → list. Cards are read from the provider each time, never from us."""

    name = "cards"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("list", "unbind"): self.ask,
            ("confirm", "confirm"): self.unbind,
            ("confirm", "leave"): self.enter,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            "confirm": self.show_confirm,
        }
        self.hints: Mapping[str, Text] = {}

    async def enter(self, _step: Step) -> Go:
        return Go(state="list", facts={})

    async def ask(self, step: Step) -> Go:
        return Go(state="confirm", facts={"card": step.argument})

    async def unbind(self, step: Step) -> Go:
        await self._core.topups.cards.unbind(step.event.person.person_id, step.fact("card"))
        return Go(state="list", facts={}, note=Text("cards.unbound"))

    async def show_list(self, step: Step) -> Screen:
        cards = await self._core.topups.cards.saved(step.event.person.person_id)
        text = Text("cards.list" if cards else "cards.none")
        now = self._core.clock.now()
        for card in cards:
            text = Text("kernel.lines", {"above": text, "below": _line(card, now)})
        rows = [(_unbind(card),) for card in cards]
        rows.append((Button(label=Text("command.menu"), action=Navigate(command="menu")),))
        return Screen(text=text, rows=tuple(rows))

    async def show_confirm(self, step: Step) -> Screen:
        cards = await self._core.topups.cards.saved(step.event.person.person_id)
        card = next((card for card in cards if card.card_id == step.fact("card")), None)
        if card is None:
            return await self.show_list(step)
        confirm = Button(
            label=Text("button.confirm"), action=Move(name="confirm"), style=Style.DANGER
        )
        leave = Button(label=Text("button.cancel"), action=Move(name="leave"))
        return Screen(text=Text("cards.ask_unbind", _fields(card)), rows=((confirm, leave),))


def _fields(card: SavedCard) -> Fields:
    return {
        "brand": BRANDS.get(card.brand, card.brand.upper()),
        "last_four": card.last_four,
        "expiry": f"{card.expiry_month:02d}/{card.expiry_year % 100:02d}",
    }


def _line(card: SavedCard, now: datetime) -> Text:
    """Marked when it has expired, or does so by the end of next month."""
    left = (card.expiry_year - now.year) * 12 + card.expiry_month - now.month
    if left < 0:
        return Text("cards.line_expired", _fields(card))
    return Text("cards.line_expiring" if left <= 1 else "cards.line", _fields(card))


def _unbind(card: SavedCard) -> Button:
    label = Text("cards.unbind", _fields(card))
    return Button(label=label, action=Move(name="unbind", argument=card.card_id))

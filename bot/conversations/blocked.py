"""Taking a blocked purchase off the list: which one, and it is gone."""

from collections.abc import Mapping

from bot.conversations.kernel import Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Screen, Text
from core.app import Core
from core.ids import AccountId
from core.shortfalls.model import Waiting

SHOWN = 10


class BlockedConversation:
    """Entered from the card of blocked purchases."""

    name = "blocked"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("choose", "dismiss"): self.dismiss,
            ("choose", "leave"): self.leave,
        }
        self.screens: Mapping[str, ShowMethod] = {"choose": self.show_choice}
        self.hints: Mapping[str, Text] = {}

    async def dismiss(self, step: Step) -> Go:
        await self._core.shortfalls.dismiss(int(step.argument), step.event.person.person_id)
        note = Text("blocked.dismissed")
        return Go(conversation="menu", state="home", facts={}, note=note)

    async def leave(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={})

    async def show_choice(self, step: Step) -> Screen:
        account_id = AccountId(step.fact("account"))
        found = await self._core.shortfalls.of(account_id, step.event.person.person_id)
        rows = [(_choice(item),) for item in found.waiting[:SHOWN]]
        back = Button(label=Text("button.back"), action=Move(name="leave"))
        text = Text("blocked.choose", {"account": found.account_name})
        return Screen(text=text, rows=(*rows, (back,)))


def _choice(item: Waiting) -> Button:
    purchase = item.blocked.purchase
    fields: Fields = {"product": purchase.product, "amount_fen": purchase.amount_fen}
    move = Move(name="dismiss", argument=str(item.blocked.blocked_id))
    return Button(label=Text("blocked.choice", fields), action=move)

"""Which account a person works in, for who has several."""

from collections.abc import Mapping

from bot.conversations.kernel import Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from core.access.model import Membership
from core.app import Core
from core.errors import NotLinked
from core.ids import AccountId


class AccountsConversation:
    """One list. What was begun before keeps its own account: nothing moves to another one."""

    name = "accounts"

    def __init__(self, core: Core) -> None:
        self._access = core.access
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("choose", "pick"): self.pick,
        }
        self.screens: Mapping[str, ShowMethod] = {"choose": self.show}
        self.hints: Mapping[str, Text] = {}

    async def enter(self, _step: Step) -> Go:
        return Go(state="choose", facts={})

    async def pick(self, step: Step) -> Go:
        person_id = step.event.person.person_id
        member = await self._access.choose_account(person_id, AccountId(step.argument))
        note = Text("accounts.chosen", {"account": member.account.name})
        return Go(conversation="menu", state="home", facts={}, note=note)

    async def show(self, step: Step) -> Screen:
        held = await self._access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        rows = [(_choice(member, is_present=member is held[0]),) for member in held]
        menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
        text = Text("accounts.choose", {"account": held[0].account.name})
        return Screen(text=text, rows=(*rows, (menu,)))


def _choice(member: Membership, *, is_present: bool) -> Button:
    fields: Fields = {
        "account": member.account.name,
        "account_id": member.account.account_id,
        "role": Text(f"role.{member.role}"),
    }
    label = Text("accounts.present" if is_present else "accounts.other", fields)
    style = Style.PRIMARY if is_present else Style.PLAIN
    pick = Move(name="pick", argument=member.account.account_id)
    return Button(label=label, action=pick, style=style)

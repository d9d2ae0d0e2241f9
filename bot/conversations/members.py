"""Members of an account: who is linked, inviting and removing; for others, their own link."""

from collections.abc import Mapping

from bot.conversations import members_screens
from bot.conversations.kernel import Go, MoveMethod, ShowMethod, Step
from bot.conversations.links import Username, invitation
from bot.conversations.model import Say, Screen, Text
from core.access.model import Membership, Right, Role
from core.access.team import INVITED
from core.app import Core
from core.errors import NotLinked
from core.ids import AccountId, MemberId


class MembersConversation:
    """List → confirm → list for the creator; everybody else sees how long their link lasts."""

    name = "members"

    def __init__(self, core: Core, username: Username) -> None:
        self._core = core
        self._username = username
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("list", "invite"): self.invite,
            ("list", "remove"): self.ask,
            ("list", "page"): self.page,
            ("confirm", "confirm"): self.remove,
            ("confirm", "leave"): self.back,
            ("own", "renew"): self.renew,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            "confirm": self.show_confirm,
            "own": self.show_own,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        state = "list" if held[0].may(Right.MANAGE_MEMBERS) else "own"
        return Go(state=state, facts={"account": held[0].account.account_id, "page": 0})

    async def page(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "page": int(step.argument)})

    async def invite(self, step: Step) -> Go:
        """The link is shown in a message of its own: the place must not keep the token."""
        role = Role(step.argument) if step.argument in INVITED else Role.MEMBER
        person_id, account_id = step.event.person.person_id, _account(step)
        link = await self._core.team.invite(person_id, account_id, role)
        member = await self._core.access.require(person_id, account_id, Right.MANAGE_MEMBERS)
        shown = Say(screen=invitation(member, role, link, self._username()))
        return Go(state="list", facts=step.facts, also=(shown,))

    async def ask(self, step: Step) -> Go:
        return Go(state="confirm", facts={**step.facts, "member": step.argument})

    async def remove(self, step: Step) -> Go:
        member = await self._core.team.remove(
            step.event.person.person_id, _account(step), MemberId(step.fact("member"))
        )
        note = Text("members.removed", {"name": member.display_name})
        return Go(state="list", facts={**step.facts, "page": 0}, note=note)

    async def back(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "page": 0})

    async def renew(self, step: Step) -> Go:
        """A new link comes from the creator, or from the platform's console."""
        asked = await self._core.team.ask_renewal(step.event.person.person_id, _account(step))
        key = "members.renewal_asked" if asked else "members.renewal_by_console"
        return Go(state="own", facts=step.facts, note=Text(key))

    # --- screens ------------------------------------------------------------------------------

    async def show_list(self, step: Step) -> Screen:
        person_id = step.event.person.person_id
        held = await self._core.team.members(person_id, _account(step))
        return members_screens.listed(held, person_id, page=step.number("page"))

    async def show_confirm(self, step: Step) -> Screen:
        member = await self._core.team.member(
            step.event.person.person_id, _account(step), MemberId(step.fact("member"))
        )
        return members_screens.confirm(member)

    async def show_own(self, step: Step) -> Screen:
        return members_screens.own(await self._own(step))

    async def _own(self, step: Step) -> Membership:
        held = await self._core.access.memberships(step.event.person.person_id)
        for member in held:
            if member.account.account_id == _account(step):
                return member
        raise NotLinked


def _account(step: Step) -> AccountId:
    return AccountId(step.fact("account"))

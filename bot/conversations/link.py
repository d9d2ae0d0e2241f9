"""Linking a chat to a cloud account: what the link would do, then yes or no."""

from collections.abc import Mapping

from bot.conversations.kernel import Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Screen, Style, Text
from core.app import Core


class LinkConversation:
    """One question; only the token's hash is kept while it stands."""

    name = "link"

    def __init__(self, core: Core) -> None:
        self._access = core.access
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("offer", "accept"): self.accept,
            ("offer", "decline"): self.decline,
        }
        self.screens: Mapping[str, ShowMethod] = {"offer": self.show_offer}
        self.hints: Mapping[str, Text] = {"offer": Text("link.hint")}

    async def show_offer(self, step: Step) -> Screen:
        offer = await self._access.offer(step.fact("link"))
        fields: Fields = {
            "account": offer.account.name,
            "account_id": offer.account.account_id,
            "role": Text(f"role.{offer.role}"),
            "rights": Text(f"role.{offer.role}.rights"),
        }
        accept = Button(label=Text("link.accept"), action=Move(name="accept"), style=Style.PRIMARY)
        decline = Button(label=Text("button.cancel"), action=Move(name="decline"))
        return Screen(text=Text("link.offer", fields), rows=((accept, decline),))

    async def accept(self, step: Step) -> Go:
        linked = await self._access.accept_link(step.fact("link"), step.event.person.person_id)
        fields: Fields = {"account": linked.account.name, "role": Text(f"role.{linked.role}")}
        return Go(conversation="menu", state="home", facts={}, note=Text("link.accepted", fields))

    async def decline(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={}, note=Text("link.declined"))

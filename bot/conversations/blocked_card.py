"""The living card of an account's blocked purchases, and what its buttons do."""

from bot.conversations.blocked_screens import card_screen
from bot.conversations.kernel import Go
from bot.conversations.model import Event, Response, Screen, ShowCard, Text, Toast
from bot.conversations.needed import amount_for, choose_channel
from core.app import Core
from core.ids import AccountId, PersonId
from core.shortfalls.model import Shortfall

PREFIX = "blocked:"


class BlockedCards:
    """Rights and sums are read again at every press."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        """What the card shows in this chat; raises when the person may not see it any more."""
        return await self._drawn(await self._shortfall(subject, PersonId(chat_id)))

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        shortfall = await self._shortfall(subject, event.person.person_id)
        if move == "dismiss" and shortfall.waiting:
            return Go(
                conversation="blocked", state="choose", facts={"account": shortfall.account_id}
            )
        sums = {"first": shortfall.first_missing_fen, "all": shortfall.missing_fen}
        if missing_fen := sums.get(move, 0):
            return await choose_channel(self._core, shortfall, missing_fen)
        card = ShowCard(subject=subject, screen=await self._drawn(shortfall))
        toast = Toast(text=Text("blocked.nothing_missing"))
        return Response(language=event.person.language, shows=(card,), toast=toast)

    async def _shortfall(self, subject: str, person_id: PersonId) -> Shortfall:
        account_id = AccountId(subject.removeprefix(PREFIX))
        return await self._core.shortfalls.of(account_id, person_id)

    async def _drawn(self, shortfall: Shortfall) -> Screen:
        return card_screen(
            shortfall,
            first_fen=await amount_for(self._core, shortfall.first_missing_fen),
            all_fen=await amount_for(self._core, shortfall.missing_fen),
        )

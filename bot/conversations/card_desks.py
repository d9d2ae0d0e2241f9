"""The desks of all living cards; a card's subject says by its beginning which one answers."""

from collections.abc import Mapping

from bot.conversations.kernel import CardDesk, Go
from bot.conversations.model import Event, Response, Screen
from core.errors import NotFound


class CardDesks:
    """Hands a card over to its desk: `topup:<id>` is looked after by the desk named `topup`."""

    def __init__(self, desks: Mapping[str, CardDesk]) -> None:
        self._desks = desks

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        return await self._desk(subject).press(subject, move, event)

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        """What the card shows in this chat now, None when it has nothing to show there."""
        return await self._desk(subject).screen(subject, chat_id)

    def _desk(self, subject: str) -> CardDesk:
        try:
            return self._desks[subject.partition(":")[0]]
        except KeyError:
            raise NotFound from None

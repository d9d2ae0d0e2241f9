"""图表: the balance day by day and what products took, drawn, with the same facts in words."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from bot.conversations import pictures_screens as screens
from bot.conversations.history import span_of
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Screen, Text
from core.access.model import Right
from core.app import Core
from core.ids import AccountId, PersonId
from core.statements import spans
from core.statements.model import Day, Spending

MOST_DAYS = 366


class Pictures(Protocol):
    """Draws PNGs of at least one day or product; takes its time, so it runs beside the loop."""

    def balance(self, days: Sequence[Day], account: str, language: str) -> bytes: ...

    def spending(self, items: Sequence[Spending], account: str, language: str) -> bytes: ...


class PicturesConversation:
    """Two pictures of one stretch of time, whose choice leaves that of the history as it is."""

    name = "pictures"

    def __init__(self, core: Core, pictures: Pictures | None) -> None:
        self._core = core
        self._pictures = pictures
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("look", "turn"): self.turn,
            ("look", "time"): self.choose_time,
            ("look", TYPED): self.typed_time,
            ("look", "back"): self.back,
        }
        self.screens: Mapping[str, ShowMethod] = {"look": self.show}
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def turn(self, step: Step) -> Go:
        """To the other picture."""
        return Go(state="look", facts={**step.facts, "picture": step.argument})

    async def choose_time(self, step: Step) -> Go:
        return Go(state="look", facts={**step.facts, "when": step.argument})

    async def typed_time(self, step: Step) -> Go:
        first, last = spans.read_days(step.argument, self._core.statements.today())
        chosen = {"when": "custom", "first": first.isoformat(), "last": last.isoformat()}
        return Go(state="look", facts={**step.facts, **chosen})

    async def back(self, step: Step) -> Go:
        """The history as it was left."""
        kept = step.facts.get("history")
        return Go(
            conversation="history", state="list", facts=kept if isinstance(kept, dict) else {}
        )

    # --- screens ------------------------------------------------------------------------------

    async def show(self, step: Step) -> Screen:
        await self._core.access.require(*_who(step), Right.SEE_MONEY)
        today, zone = self._core.statements.today(), self._core.statements.zone
        wanted = spans.days_until(span_of(self._core, step), today, zone, most=MOST_DAYS)
        if not wanted:
            return screens.empty_screen(step.facts)
        if step.fact("picture") == screens.SPENDING:
            return await self._spending(step, wanted[0], wanted[-1])
        return await self._balance(step, wanted[0], wanted[-1])

    async def _balance(self, step: Step, first: date, last: date) -> Screen:
        days = _begun(await self._core.statements.days(*_who(step), first, last))
        if not days:
            return screens.empty_screen(step.facts)
        image = None
        if self._pictures is not None:
            image = await asyncio.to_thread(self._pictures.balance, days, *_reader(step))
        return screens.balance_screen(step.facts, days, image)

    async def _spending(self, step: Step, first: date, last: date) -> Screen:
        span = spans.days(first, last, self._core.statements.zone)
        items = await self._core.statements.spending(*_who(step), span)
        if not items:
            return screens.empty_screen(step.facts)
        image = None
        if self._pictures is not None:
            shown = items[: screens.MOST_PRODUCTS]
            image = await asyncio.to_thread(self._pictures.spending, shown, *_reader(step))
        return screens.spending_screen(step.facts, items, (first, last), image)


def _who(step: Step) -> tuple[PersonId, AccountId]:
    return step.event.person.person_id, AccountId(step.fact("account"))


def _reader(step: Step) -> tuple[str, str]:
    """What a picture says besides numbers: whose it is, and in which language."""
    return step.fact("name"), step.event.person.language


def _begun(days: list[Day]) -> list[Day]:
    """From the first day on which there was anything to see."""
    busy = (
        place
        for place, day in enumerate(days)
        if day.available_fen or day.frozen_fen or day.credited_fen or day.captured_fen
    )
    return days[next(busy, len(days)) :]

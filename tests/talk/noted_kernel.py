"""The real kernel over conversations that only note which of their moves were made."""

from collections.abc import Mapping
from functools import partial

from bot.conversations.kernel import Conversation, Dialogue, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Event, Press, Screen, Text
from core.access.model import Person
from core.ids import PersonId
from core.inbox.model import Place
from tests.talk.walk import Walk

Made = list[tuple[str, str, str]]  # conversation, state, move


class Noted:
    """A conversation with another's table: moves stay where they are, screens are blank."""

    def __init__(self, real: Conversation, made: Made) -> None:
        self.name = real.name
        self.hints: Mapping[str, Text] = {}
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            key: partial(self._make, made, *key) for key in real.moves
        }
        self.screens: Mapping[str, ShowMethod] = dict.fromkeys(real.screens, _blank)

    async def _make(self, made: Made, state: str, move: str, step: Step) -> Go:
        made.append((self.name, state, move))
        return Go(state=state, facts=step.facts)


async def _blank(_step: Step) -> Screen:
    return Screen(text=Text("menu.home"))


class NotedKernel:
    """Hears presses in places that are handed to it; says which moves came of each."""

    def __init__(self, walk: Walk) -> None:
        real = walk.talk(PersonId(11)).dialogue
        self._made: Made = []
        noted = tuple(Noted(item, self._made) for item in real._by_name.values())
        self._dialogue = Dialogue(walk.world.core, noted, real._commands, real._cards)
        self._person = Person(person_id=PersonId(11), display_name="somebody", language="zh_CN")

    async def press(self, place: Place, version: int, reference: str) -> Made:
        self._made.clear()
        heard = Press(version=version, reference=reference)
        event = Event(key="pressed", chat_id=place.chat_id, person=self._person, heard=heard)
        await self._dialogue._here(event, place)
        return list(self._made)

"""A walk through every conversation there is: each state is entered, each move is made.

The states and moves come from the conversations' own tables, so that one that is added later is
walked too. What was stood in and pressed is kept, to be tried again when it should do nothing.
"""

from dataclasses import dataclass, field, replace

from bot.conversations.kernel import SENT
from bot.conversations.kernel import TYPED as TYPED_MOVE
from bot.conversations.model import (
    CardMove,
    CardPress,
    Command,
    Heard,
    Press,
    Response,
    Said,
    Screen,
    ShowCard,
)
from core.errors import Refusal
from core.ids import PersonId
from core.inbox.model import Place
from core.storage.tables import metadata
from core.storage.transaction import Tx
from tests.play import PlayMessenger
from tests.talk.talk import Talk
from tests.talk.world import KINDS, PDF, TYPED, World, an_order, as_they_were

TRIES = 8  # different arguments of one move that are tried, per person and state
PLACES = 2  # places kept of one state, per person and set of buttons
# Where screens and seen updates are kept, and what a person may always do to themselves.
PRIVATE = frozenset({"dialogues", "cards", "updates", "leases", "people"})


@dataclass(frozen=True)
class Stood:
    """A place somebody stood in, with the buttons it had."""

    person: PersonId
    place: Place

    @property
    def key(self) -> tuple[str, str]:
        return self.place.conversation, self.place.state

    @property
    def name(self) -> str:
        return f"{self.person}:{self.place.conversation}.{self.place.state}"


@dataclass
class Walk:
    """Where everybody has been."""

    world: World
    talks: dict[PersonId, Talk] = field(default_factory=dict)
    stood: list[Stood] = field(default_factory=list)
    cards: dict[str, tuple[PersonId, Screen]] = field(default_factory=dict)  # by subject
    version: int = 1000
    _made: dict[tuple[object, ...], int] = field(default_factory=dict)
    _waiting: list[Stood] = field(default_factory=list)

    def talk(self, person: PersonId) -> Talk:
        if person not in self.talks:
            self.talks[person] = Talk(self.world.core, person, draws=False)
        return self.talks[person]

    # --- walking ------------------------------------------------------------------------------

    async def everywhere(self) -> None:
        for person in KINDS:
            await as_they_were(self.world, person)
            for command in self.world.commands:
                await self._step(person, Command(name=command))
            await self._step(person, Said(text=self.world.link_code))
            await self._step(person, Command(name="start", argument="link_nonsense"))
            await self._step(person, Said(text=self.world.codes.pop()))
        await self._press_cards()
        while self._waiting:
            await self._on_from(self._waiting.pop())

    async def _press_cards(self) -> None:
        """Every card the core brings to somebody, and each of its buttons, by that person."""
        await an_order(self.world)
        messenger = PlayMessenger()
        await self.world.core.drain(messenger).settle()
        shown = {(subject, PersonId(chat)) for subject, chat, _ in messenger.shown}
        wish = await an_order(self.world)
        for subject, person in sorted({*shown, (f"topup:{wish}", PersonId(12))}):
            if (screen := await self.card_of(subject, person)) is None:
                continue
            self.cards.setdefault(subject, (person, screen))
            for move in card_moves(screen):
                await self.show_card(subject, person, screen)
                await self._step(person, CardPress(reference=reference_of(subject), move=move))

    async def card_of(self, subject: str, person: PersonId) -> Screen | None:
        try:
            return await self.talk(person).dialogue._cards.screen(subject, person)
        except Refusal:
            return None

    async def show_card(self, subject: str, person: PersonId, screen: Screen) -> None:
        await self.talk(person)._take(ShowCard(subject=subject, screen=screen))

    async def _on_from(self, stood: Stood) -> None:
        """Make every move from here that was not made often enough from such a place."""
        for heard, what in self.possible(stood):
            made = (stood.person, *stood.key, what)
            if self._made.get(made, 0) >= TRIES:
                continue
            self._made[made] = self._made.get(made, 0) + 1
            await as_they_were(self.world, stood.person)
            pressed = await self.stand(stood)
            await self._step(stood.person, _now(heard, pressed))

    async def stand(self, stood: Stood, person: PersonId | None = None) -> int:
        """Put the person back to where they stood; returns the version its buttons carry."""
        self.version += 10
        chat_id = person or stood.person
        place = replace(
            stood.place, chat_id=chat_id, version=self.version, last_event=f"at {self.version}"
        )
        await self.world.core.inbox.save_place(place)
        return self.version

    def few(self, stood: Stood) -> list[tuple[Heard, str]]:
        """Every kind of thing that can be done there, once, and a text in any case."""
        found = {what.partition(" ")[0]: heard for heard, what in self.possible(stood)}
        return [(heard, what) for what, heard in {"said": Said(text="200"), **found}.items()]

    def possible(self, stood: Stood) -> list[tuple[Heard, str]]:
        """Everything that can be done there, and the name of the move it would be."""
        place = stood.place
        conversation = self.talk(stood.person).dialogue._by_name[place.conversation]
        found: list[tuple[Heard, str]] = []
        for reference, meaning in place.screen.items():
            assert isinstance(meaning, list)
            found.append((Press(version=0, reference=reference), str(meaning[0])))
        if (place.state, TYPED_MOVE) in conversation.moves:
            found += [(Said(text=text), f"said {text}") for text in TYPED]
        if (place.state, SENT) in conversation.moves:
            talk = self.talk(stood.person)
            sent = talk.attachment(PDF, name="回单.pdf", media_type="application/pdf")
            found.append((sent, SENT))
        return found

    async def _step(self, person: PersonId, heard: Heard) -> None:
        await self.talk(person).hear(heard)
        place = await self.world.core.inbox.place(person)
        if place is None or not place.conversation:
            return
        stood = Stood(person, place)
        moves = frozenset(str(meaning[0]) for meaning in _meanings(place))
        made = (person, *stood.key, moves)
        if self._made.get(made, 0) < PLACES:
            self._made[made] = self._made.get(made, 0) + 1
            self.stood.append(stood)
            self._waiting.append(stood)

    # --- looking ------------------------------------------------------------------------------

    def tables(self) -> set[tuple[str, str]]:
        """Every state of every conversation."""
        by_name = self.talk(PersonId(11)).dialogue._by_name
        return {(name, state) for name, item in by_name.items() for state in item.screens}

    def unmade(self) -> set[tuple[str, str, str]]:
        """Moves that no walk made: from which state, by which name."""
        by_name = self.talk(PersonId(11)).dialogue._by_name
        every = {(name, *move) for name, item in by_name.items() for move in item.moves}
        typed = {
            (conversation, state, TYPED_MOVE)
            for _, conversation, state, what in _four(self._made)
            if what.startswith("said ")
        }
        pressed = {(one, two, what) for _, one, two, what in _four(self._made)}
        return {move for move in every if move[1]} - pressed - typed

    async def fingerprint(self, *, but: frozenset[str] = PRIVATE) -> dict[str, int]:
        """What the database holds, table by table."""

        def work(tx: Tx) -> dict[str, int]:
            found = {}
            for table in metadata.sorted_tables:
                if table.name not in but:
                    columns = ", ".join(set(table.c.keys()) - {"last_active_at"})
                    rows = tx.driver_sql(f"SELECT {columns} FROM {table.name}").all()
                    found[table.name] = hash(tuple(sorted(map(str, rows))))
            return found

        return await self.world.core.database.read(work)

    def said(self, person: PersonId, response: Response, since: int) -> str:
        """Everything this person was shown by the response."""
        talk = self.talk(person)
        shown = "".join(talk.text(item.screen.text) for item in talk.shown[since:])
        labels = "".join(name for item in talk.shown[since:] for name, _ in talk.buttons(item))
        toast = "" if response.toast is None else talk.text(response.toast.text)
        return shown + labels + toast


def _now(heard: Heard, version: int) -> Heard:
    return replace(heard, version=version) if isinstance(heard, Press) else heard


def pressed_now(heard: Heard, version: int) -> Heard:
    """A button as the present screen has it."""
    return _now(heard, version)


def _meanings(place: Place) -> list[list[object]]:
    return [meaning for meaning in place.screen.values() if isinstance(meaning, list)]


def _four(made: dict[tuple[object, ...], int]) -> list[tuple[object, str, str, str]]:
    return [
        (key[0], str(key[1]), str(key[2]), key[3])
        for key in made
        if len(key) == 4 and isinstance(key[3], str)
    ]


def card_moves(screen: Screen) -> list[str]:
    buttons = [button for row in screen.rows for button in row]
    return [item.action.name for item in buttons if isinstance(item.action, CardMove)]


def reference_of(subject: str) -> str:
    """As `Talk` names a card's buttons."""
    return f"ref-{subject}"[:16]

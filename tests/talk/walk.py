"""A walk through every conversation there is: each state is entered, each move is made.

The states and moves come from the conversations' own tables, so that one that is added later is
walked too. What was stood in and pressed is kept, to be tried again when it should do nothing.
"""

from collections.abc import Iterator, Sequence
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
from tests.desk import REVIEWER
from tests.people import FINANCE
from tests.play import PlayMessenger
from tests.remittances import receipt
from tests.talk.talk import Talk, reference_of
from tests.talk.world import KINDS, TYPED, World, an_order, as_they_were, put_on_desks

TRIES = 4  # different arguments of one move that are tried, per person and state
# Where a walk that takes what comes first would not get to.
TRAILS: tuple[tuple[PersonId, str, tuple[str, ...]], ...] = (
    (FINANCE, "status", ("open", "resubmit")),
    (FINANCE, "remit", ("resume", "edit", "field receipt", "drop")),
    (FINANCE, "topup", ("said 100", "transfer", "way wire", "submit", "use")),
    (REVIEWER, "lines", ("list", "open", "case")),
    (REVIEWER, "lines", ("list", "open", "ignore ignore", "said 重复付款了", "reopen reopen")),
    (REVIEWER, "lines", ("exact",)),
    (FINANCE, "remit", ("ours", "said 100", "said 20261122", "said 张三", "confirm")),
    (
        FINANCE,
        "remit",
        ("way wire", "submit", "said 100", "said 张三", "said 20261122", "skip", "leave"),
    ),
)
PLACES = 2  # places kept of one state, per person and set of buttons
RECEIPT = receipt()
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
    brought: set[tuple[str, PersonId]] = field(default_factory=set)  # every card, pressed or not
    version: int = 1000
    _made: dict[tuple[object, ...], int] = field(default_factory=dict)
    _ahead: list[tuple[Stood, Iterator[tuple[Heard, str]]]] = field(default_factory=list)

    def talk(self, person: PersonId) -> Talk:
        if person not in self.talks:
            self.talks[person] = Talk(self.world.core, person, draws=False)
        return self.talks[person]

    # --- walking ------------------------------------------------------------------------------

    async def everywhere(self) -> None:
        for person in KINDS:  # a receipt out of the blue, while nothing waits for one
            await self._step(person, self._receipt(person))
            await self._step(person, Command(name="history"))  # and in the midst of something
            await self._step(person, self._receipt(person))
        await put_on_desks(self.world)
        messenger = PlayMessenger()
        await self.world.core.drain(messenger).settle()
        for person, command, moves in TRAILS:
            await self._follow(person, command, moves)
        for person in KINDS:
            await as_they_were(self.world, person)
            for command in self.world.commands:
                await self._on_from(person, Command(name=command))
            await self._on_from(person, Said(text=self.world.link_code))
            await self._on_from(person, Command(name="start", argument="link_nonsense"))
            await self._step(person, Command(name="history"))
            await self._on_from(person, Said(text=self.world.codes.pop()))
        await self._press_cards(messenger)

    async def _follow(self, person: PersonId, command: str, moves: Sequence[str]) -> None:
        await self._step(person, Command(name=command))
        for what in moves:
            place = await self.world.core.inbox.place(person)
            assert place is not None
            stood = Stood(person, place)
            can = {name: heard for heard, name in reversed(self.possible(stood))}
            assert what in can, (stood.name, what, list(can))
            self._made[person, *stood.key, what] = 1
            await self._step(person, _now(can[what], place.version))

    async def _on_from(self, person: PersonId, heard: Heard) -> None:
        """This, and everything it leads to, before anything else is done."""
        await self._step(person, heard)
        while self._ahead:
            stood, moves = self._ahead[-1]
            if (move := next(moves, None)) is None:
                self._ahead.pop()
            else:
                await self._make(stood, *move)

    async def _press_cards(self, messenger: PlayMessenger) -> None:
        """Every kind of card that was brought to somebody, and its buttons, by that person."""
        shown = {
            (subject, PersonId(chat)) for subject, chat, _ in messenger.shown if chat in KINDS
        }
        wish = await an_order(self.world)
        for subject, person in sorted({*shown, (f"topup:{wish}", PersonId(12))}):
            self.brought.add((subject, person))
            if (screen := await self.card_of(subject, person)) is None:
                continue
            moves = card_moves(screen)
            if not self._is_new(person, desk_of(subject), frozenset(moves)):
                continue
            self.cards.setdefault(subject, (person, screen))
            for move in moves:
                await self.show_card(subject, person, screen)
                press = CardPress(reference=reference_of(subject, person), move=move)
                await self._on_from(person, press)

    async def card_of(self, subject: str, person: PersonId) -> Screen | None:
        try:
            return await self.talk(person).dialogue._cards.screen(subject, person)
        except Refusal:
            return None

    async def show_card(self, subject: str, person: PersonId, screen: Screen) -> None:
        await self.talk(person)._take(ShowCard(subject=subject, screen=screen))

    async def _make(self, stood: Stood, heard: Heard, what: str) -> None:
        """Make a move, if it was not made often enough from such a place."""
        made = (stood.person, *stood.key, what)
        if self._made.get(made, 0) >= (1 if what == SENT else TRIES):  # a file is slow to look at
            return
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
            found.append((Press(version=0, reference=reference), _name(*meaning)))
        if (place.state, TYPED_MOVE) in conversation.moves:
            words = (*TYPED, *self.world.words.get(stood.key, ()))
            found += [(Said(text=text), f"said {text}") for text in words]
        if (place.state, SENT) in conversation.moves:
            table = self.world.tables.get(stood.key)
            talk = self.talk(stood.person)
            sent = talk.attachment(table, name="流水.csv") if table else None
            found.append((sent or self._receipt(stood.person), SENT))
        return found

    def _receipt(self, person: PersonId) -> Heard:
        return self.talk(person).attachment(RECEIPT)

    async def _step(self, person: PersonId, heard: Heard) -> None:
        await self.talk(person).hear(heard)
        place = await self.world.core.inbox.place(person)
        if place is None or not place.conversation:
            return
        stood = Stood(person, place)
        moves = frozenset(str(meaning[0]) for meaning in _meanings(place))
        if count := self._is_new(person, *stood.key, moves):
            self.stood.append(stood)
            ahead = self.possible(stood)
            # What one move uses up, the second place finds: it is left by its last move first.
            self._ahead.append((stood, iter(ahead[::-1] if count == PLACES else ahead)))

    def _is_new(self, *kind: object) -> int:
        """Whether more of this kind are to be looked at: which of them it is, else 0."""
        count = self._made.get(kind, 0) + 1
        if count > PLACES:
            return 0
        self._made[kind] = count
        return count

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
        pressed = {(one, two, what.partition(" ")[0]) for _, one, two, what in _four(self._made)}
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


def _name(move: object, argument: object) -> str:
    """A move with its argument where that is a word, and not the id of something."""
    word = str(argument)
    return f"{move} {word}" if word.isalpha() and word.islower() else str(move)


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


def desk_of(subject: str) -> str:
    return subject.partition(":")[0]


def card_moves(screen: Screen) -> list[str]:
    buttons = [button for row in screen.rows for button in row]
    return [item.action.name for item in buttons if isinstance(item.action, CardMove)]

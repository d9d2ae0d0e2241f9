"""A person talking with the dialogue: says, presses by label, reads. No Telegram in between."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from zoneinfo import ZoneInfo

from bot.conversations.buttons import references
from bot.conversations.kernel import Dialogue
from bot.conversations.model import (
    Attachment,
    CardMove,
    CardPress,
    Command,
    Copy,
    Event,
    Heard,
    Move,
    Navigate,
    Open,
    Other,
    Press,
    Response,
    Said,
    Screen,
    ShowCard,
    ShowFile,
    ShowPlace,
    Text,
)
from bot.locales.catalogue import Catalogue
from bot.locales.plurals import SINGULAR
from bot.locales.template import Template
from bot.printing.prints import Prints
from bot.telegram_edge import build_dialogue
from core.app import Core
from core.ids import PersonId
from core.inbox.model import Card
from tests.play import PlayFiles

USERNAME = "topup_test_bot"
ZONE = ZoneInfo("Asia/Shanghai")
UNFILLED = re.compile(r"\[[a-z0-9_]+\?\]")
_keys = count(1)


class StrictCatalogue(Catalogue):
    """Where the product logs an error and says what it has, a test fails."""

    def _find(
        self, templates: Mapping[str, Mapping[str, Template]], language: str, key: str
    ) -> Template:
        general = key.removesuffix(SINGULAR)
        assert {key, general} & templates[language].keys(), f"{language} has no {key}"
        return super()._find(templates, language, key)

    def _say(
        self,
        templates: Mapping[str, Mapping[str, Template]],
        language: str,
        text: Text,
        shown: Callable[[str], str],
    ) -> str:
        said = super()._say(templates, language, text, shown)
        assert not UNFILLED.search(said), f"{language}: {text.key} lacks a field: {said}"
        return said


CATALOGUE = StrictCatalogue.load(ZONE)


@dataclass
class Shown:
    """A message in the chat, as far as a talk needs it."""

    screen: Screen
    version: int = 0
    card: str = ""
    subject: str = ""


@dataclass
class Talk:
    """One person's private chat."""

    core: Core
    person_id: PersonId
    language: str = "zh_CN"
    shown: list[Shown] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    message_id: int = 0
    files: PlayFiles = field(default_factory=PlayFiles)
    received: list[ShowFile] = field(default_factory=list)
    draws: bool = True

    def __post_init__(self) -> None:
        prints = Prints(CATALOGUE, ZONE, USERNAME) if self.draws else None
        self.dialogue: Dialogue = build_dialogue(self.core, self.files, lambda: USERNAME, prints)

    # --- acts ---------------------------------------------------------------------------------

    async def command(self, name: str, argument: str = "") -> Response:
        return await self.hear(Command(name=name, argument=argument))

    async def say(self, text: str) -> Response:
        return await self.hear(Said(text=text))

    async def send(self, what: str) -> Response:
        return await self.hear(Other(what=what))

    async def attach(
        self,
        content: bytes,
        *,
        name: str = "",
        media_type: str = "",
        album: str | None = None,
        caption: str = "",
    ) -> Response:
        """Send a file, or a picture when it has no name."""
        sent = self.attachment(
            content, name=name, media_type=media_type, album=album, caption=caption
        )
        return await self.hear(sent)

    def attachment(
        self,
        content: bytes,
        *,
        name: str = "",
        media_type: str = "",
        album: str | None = None,
        caption: str = "",
    ) -> Attachment:
        """A file that can be fetched, not sent yet."""
        file_id = f"file-{next(_keys)}"
        self.files.kept[file_id] = content
        return Attachment(
            file_id=file_id,
            unique_id=f"unique-{hash(content)}",
            is_picture=not name,
            name=name,
            media_type=media_type,
            size=len(content),
            album=album,
            caption=caption,
        )

    async def press(self, label: str) -> Response:
        """Press the newest button whose label contains this."""
        return await self.hear(self.find(label))

    def find(self, label: str) -> Press | CardPress | Command:
        for shown in reversed(self.shown):
            for name, heard in self.buttons(shown):
                if label in name and heard is not None:
                    return heard
        raise AssertionError(f"no button {label!r} in {self.labels()}")

    async def hear(self, heard: Heard) -> Response:
        """Hear one event the way a handler does: handle, show, save the place."""
        return await self.repeat(await self.event(heard))

    async def event(self, heard: Heard) -> Event:
        person = await self.core.access.meet(
            self.person_id, f"person {self.person_id}", self.language
        )
        pressed = isinstance(heard, Press | CardPress)
        return Event(
            key=f"u{next(_keys)}",
            chat_id=self.person_id,
            person=person,
            heard=heard,
            message_id=self.message_id if pressed else None,
        )

    async def repeat(self, event: Event) -> Response:
        response = await self.dialogue.handle(event)
        for show in response.shows:
            await self._take(show)
        if response.toast is not None:
            self.toasts.append(self.text(response.toast.text))
        if (place := response.settled(self.message_id)) is not None:
            await self.core.inbox.save_place(place)
        return response

    async def _take(self, show: object) -> None:
        if not isinstance(show, ShowFile):
            _say_everywhere(show.screen)  # type: ignore[attr-defined]
        if isinstance(show, ShowCard):
            reference = reference_of(show.subject, self.person_id)
            card = Card(
                chat_id=self.person_id,
                subject=show.subject,
                reference=reference,
                message_id=1,
                has_photo=True,
                shown=None,
            )
            await self.core.inbox.save_card(card)
            self.shown.append(Shown(show.screen, card=reference, subject=show.subject))
        elif isinstance(show, ShowFile):
            self.received.append(show)
        elif isinstance(show, ShowPlace):
            self.message_id += 1
            self.shown.append(Shown(show.screen, version=show.version))
        else:
            self.shown.append(Shown(show.screen))  # type: ignore[attr-defined]

    # --- reading ------------------------------------------------------------------------------

    def text(self, text: object) -> str:
        return re.sub(r"<[^>]+>", "", CATALOGUE.say(self.language, text))  # type: ignore[arg-type]

    @property
    def last(self) -> str:
        return self.text(self.shown[-1].screen.text)

    @property
    def all(self) -> str:
        return "\n".join(self.text(item.screen.text) for item in self.shown)

    def labels(self) -> list[str]:
        return [name for name, _ in self.buttons(self.shown[-1])]

    def buttons(self, shown: Shown) -> list[tuple[str, Press | CardPress | Command | None]]:
        moves = {id(move): name for name, move in references(shown.screen).items()}
        found: list[tuple[str, Press | CardPress | Command | None]] = []
        for row in shown.screen.rows:
            for button in row:
                label = self.text(button.label)
                match button.action:
                    case Move() as move:
                        press = Press(version=shown.version, reference=moves[id(move)])
                        found.append((label, press))
                    case CardMove(name=name):
                        found.append((label, CardPress(reference=shown.card, move=name)))
                    case Navigate(command=command):
                        found.append((label, Command(name=command)))
                    case Open() | Copy():
                        found.append((label, None))
        return found


def _say_everywhere(screen: Screen) -> None:
    """Every screen of every talk has all its words in every language."""
    for language in CATALOGUE.languages:
        CATALOGUE.say(language, screen.text)
        for row in screen.rows:
            for button in row:
                CATALOGUE.plain(language, button.label)


def reference_of(subject: str, person_id: PersonId) -> str:
    """What the buttons of this person's card carry."""
    return f"{person_id}-{subject[-12:]}"[:16]

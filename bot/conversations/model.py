"""What conversations hear and say: events, screens, moves. Nothing here knows Telegram."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from core.access.model import Person
from core.inbox.model import Place

Field = str | int
CARD_NUMBER = "card_number"  # what `Other` is where a card's number was typed
Fields = Mapping[str, "Field | Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text named by its key in the catalogues; fields are escaped where they are filled in.

    A field that is itself a `Text` is said first, in the same language.
    """

    key: str
    fields: Mapping[str, "Field | Text"] = field(default_factory=dict)


# --- what is heard ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`/name argument`, or a menu button that stands for the same."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button of a chat's present screen, if `version` still is the present one."""

    version: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPress:
    """A button of a living card."""

    reference: str
    move: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A typed text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture or a file, still with the messenger.

    `file_id` fetches it, `unique_id` is the same whoever sends it. `name` and `media_type` are
    what the sender's client says, `size` is in bytes. The parts of an `album` are events each.
    """

    file_id: str
    unique_id: str
    is_picture: bool
    name: str = ""
    media_type: str = ""
    size: int | None = None
    album: str | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything else a person can send or press: stickers, places, buttons nobody made."""

    what: str


Heard = Command | Press | CardPress | Said | Attachment | Other


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a person did in a private chat; `key` is the same when it is heard again.

    `message_id` is the message a press came from, `said_in` the one that says something.
    """

    key: str
    chat_id: int
    person: Person
    heard: Heard
    message_id: int | None = None
    said_in: int | None = None


# --- what is said -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A button's meaning in the present state; kept by us, never in the button itself."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMove:
    """A button's meaning on a living card."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigate:
    """A button that stands for a command; it means the same wherever it is pressed."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A button that opens an address."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A button that copies a value, up to 256 characters."""

    value: str


class Style(StrEnum):
    """How a button looks where the client can show it."""

    PLAIN = ""
    PRIMARY = "primary"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A label and what it does."""

    label: Text
    action: Move | CardMove | Navigate | Open | Copy
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Qr:
    """An image of a code to scan; `void` draws it crossed out, for an order that has ended, and
    `paid` with a tick over it.
    """

    text: str
    void: bool = False
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image to look at, as PNG or JPEG."""

    content: bytes
    name: str = "picture.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One message: a text, rows of buttons, perhaps an image (then the text is its caption)."""

    text: Text
    rows: tuple[tuple[Button, ...], ...] = ()
    image: Qr | Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPlace:
    """The present screen of the chat, whose buttons carry `version`.

    `replace` edits the message at `message_id` in place where that can be done; otherwise the
    message there is an older screen, whose buttons go.
    """

    screen: Screen
    version: int
    message_id: int | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """The living card of a subject: made where there is none, else edited in place.

    `anew` sends it again at the end of the chat, and retires the older message.
    """

    subject: str
    screen: Screen
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A message on its own that no state hangs on."""

    screen: Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFile:
    """A document of its own, from memory or from a file that is removed once it was sent."""

    name: str
    content: bytes | Path
    caption: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """The answer to a press: a passing line, or a window to be closed."""

    text: Text
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Everything one event leads to, in order; `place` is saved once all of it was shown.

    `forget` is a message of the person's own that must not stay in the chat.
    """

    language: str
    forget: int | None = None
    shows: tuple[ShowPlace | ShowCard | Say | ShowFile, ...] = ()
    toast: Toast | None = None
    place: Place | None = None

    def settled(self, message_id: int | None) -> Place | None:
        """Where the chat stands once all was shown, its screen in `message_id`."""
        if self.place is None or message_id is None:
            return self.place
        return replace(self.place, message_id=message_id)

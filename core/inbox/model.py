"""Updates waiting to be handled and the saved places of conversations, opaque to the core."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An update as it came: `queue` is what it stays in order with, `payload` its JSON.

    `is_private` says that it may hold a code, which must not lie readable in the database.
    """

    update_id: int
    queue: str
    payload: str
    is_private: bool = False


class Cover(Protocol):
    """Makes texts unreadable to whoever holds only the database."""

    def seal(self, text: str) -> str: ...

    def unseal(self, text: str) -> str:
        """Raises `StorageFault` for what cannot be read any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An update in work; `lease_no` is the fence, `attempts` counts this try."""

    update_id: int
    queue: str
    payload: str
    attempts: int
    lease_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a chat's conversation stands.

    `facts` and `screen` are JSON of the conversation's own making; `version` grows with every
    screen, so that a button knows whether it is still the present one; `last_event` is the key of
    the event that led here; `message_id` is the message the screen stands in. A place that was
    cleared has no conversation.
    """

    chat_id: int
    conversation: str
    state: str
    facts: Mapping[str, object]
    screen: Mapping[str, object]
    version: int
    last_event: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """An update that was handled, and where its chat stands after it (None: where it stood)."""

    update: Claimed
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A living message about one subject in one chat; `reference` is what its buttons carry."""

    chat_id: int
    subject: str
    reference: str
    message_id: int | None
    has_photo: bool
    shown: str | None

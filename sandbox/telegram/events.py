"""Tells the pages and tests that look on what has just happened in the chats of a person."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sandbox.telegram.model import Json

Mailbox = asyncio.Queue[Json | None]


class EventHub:
    """Costs nothing while nobody looks on."""

    def __init__(self) -> None:
        self._mailboxes: dict[int, set[Mailbox]] = {}

    def publish(self, people: Iterable[int], event: Json) -> None:
        if not self._mailboxes:
            return
        for person in people:
            for mailbox in self._mailboxes.get(person, ()):
                mailbox.put_nowait(event)

    def is_watched(self) -> bool:
        return bool(self._mailboxes)

    @contextmanager
    def watching(self, person: int) -> Iterator[Mailbox]:
        """Events of this person until the block ends; None means that the server stops."""
        mailbox: Mailbox = asyncio.Queue()
        self._mailboxes.setdefault(person, set()).add(mailbox)
        try:
            yield mailbox
        finally:
            self._mailboxes[person].discard(mailbox)
            if not self._mailboxes[person]:
                del self._mailboxes[person]

    def close(self) -> None:
        for mailboxes in self._mailboxes.values():
            for mailbox in mailboxes:
                mailbox.put_nowait(None)

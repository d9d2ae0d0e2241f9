"""Use cases of the inbox, for whoever receives updates and for whoever handles them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import StorageFault
from core.inbox import store
from core.inbox.model import Card, Claimed, Cover, Handled, Incoming, Place
from core.storage.database import Database
from core.storage.transaction import Tx

LEASE = timedelta(seconds=90)
KEPT = timedelta(days=30)
SEALED = "sealed:"


class Inbox:
    """Each update once, in order per chat, never lost; places and cards of the chats."""

    def __init__(self, database: Database, clock: Clock, cover: Cover | None = None) -> None:
        """With a `cover`, what may hold a code is stored sealed until it is handled."""
        self._database = database
        self._clock = clock
        self._cover = cover

    async def receive(self, incoming: Sequence[Incoming]) -> int:
        """Store a batch with one commit; after this it may be acknowledged."""
        kept = [self._sealed(item) for item in incoming]
        return await self._database.write(lambda tx: store.add(tx, kept, at=self._clock.now()))

    def _sealed(self, item: Incoming) -> Incoming:
        if self._cover is None or not item.is_private:
            return item
        return replace(item, payload=SEALED + self._cover.seal(item.payload))

    def _opened(self, item: Claimed) -> Claimed:
        if self._cover is None or not item.payload.startswith(SEALED):
            return item
        try:
            payload = self._cover.unseal(item.payload.removeprefix(SEALED))
        except StorageFault:  # its key is gone: it is set aside as unreadable
            return item
        return replace(item, payload=payload)

    async def claim(self, limit: int) -> list[Claimed]:
        return await self.turn_over([], limit)

    async def turn_over(self, handled: Sequence[Handled], limit: int) -> list[Claimed]:
        """End what was handled, keep where its chats stand, and take the next: one commit."""
        now = self._clock.now()

        def work(tx: Tx) -> list[Claimed]:
            for item in handled:
                if item.place is not None:
                    store.save_place(tx, item.place, at=now)
                store.done(tx, item.update)
            return store.claim(tx, now=now, lease=LEASE, limit=limit) if limit else []

        return [self._opened(item) for item in await self._database.write(work)]

    async def done(self, item: Claimed) -> None:
        await self.turn_over([Handled(update=item)], 0)

    def wake(self) -> asyncio.Event:
        """Set whenever there may be something to claim."""
        return self._database.signals.listen(store.TOPIC)

    async def retry(self, item: Claimed, *, after_s: float, error: str) -> None:
        until = self._clock.now() + timedelta(seconds=after_s)
        await self._database.write(lambda tx: store.retry(tx, item, until=until, error=error))

    async def bury(self, item: Claimed, *, error: str) -> None:
        await self._database.write(lambda tx: store.bury(tx, item, error=error))

    async def sweep(self) -> None:
        before = self._clock.now() - KEPT
        await self._database.write(lambda tx: store.sweep(tx, before=before))

    async def backlog(self) -> tuple[int, int, datetime | None]:
        return await self._database.read(store.backlog)

    async def place(self, chat_id: int) -> Place | None:
        return await self._database.read(lambda tx: store.place(tx, chat_id))

    async def save_place(self, place: Place) -> None:
        await self._database.write(lambda tx: store.save_place(tx, place, at=self._clock.now()))

    async def drop_place(self, chat_id: int) -> None:
        await self._database.write(lambda tx: store.drop_place(tx, chat_id))

    async def card(self, chat_id: int, subject: str) -> Card | None:
        return await self._database.read(lambda tx: store.card(tx, chat_id, subject))

    async def card_by_reference(self, reference: str) -> Card | None:
        return await self._database.read(lambda tx: store.card_by_reference(tx, reference))

    async def cards_of(self, subject: str) -> list[Card]:
        return await self._database.read(lambda tx: store.cards_of(tx, subject))

    async def save_card(self, card: Card) -> None:
        await self._database.write(lambda tx: store.save_card(tx, card, at=self._clock.now()))

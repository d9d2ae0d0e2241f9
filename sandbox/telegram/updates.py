"""What a bot has not yet fetched, and the ways it reaches the bot."""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, takewhile

from sandbox.telegram.errors import OTHER_GET_UPDATES, conflict
from sandbox.telegram.faults import Faults
from sandbox.telegram.limits import CALLBACK_LIFE_S, UPDATE_LIFE_S
from sandbox.telegram.model import Json

# Asked for by name only: the default leaves these out.
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LONGEST_HOLD_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    id: int
    kind: str
    body: Json
    lane: str
    expires_at: float

    def data(self) -> Json:
        return {"update_id": self.id, self.kind: self.body}


class UpdateFeed:
    """Updates of one bot in the order of their ids, until the bot has acknowledged them."""

    def __init__(self, chance: random.Random, faults: Faults, clock: Callable[[], float]) -> None:
        self.pending: dict[int, Update] = {}
        self.on_added: Callable[[Update], None] | None = None
        self._allowed: frozenset[str] = frozenset()
        self._faults = faults
        self._clock = clock
        self._next_id = chance.randint(100_000_000, 900_000_000)
        self._repeats: list[Update] = []
        self._held: list[tuple[str, Json, str]] = []
        self._poll: asyncio.Future[None] | None = None
        self._expire_at = 0.0
        self._is_closed = False

    @property
    def allowed(self) -> list[str]:
        return sorted(self._allowed)

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Concerns only what happens from now on; None leaves the choice as it was."""
        if kinds is not None:
            self._allowed = frozenset(kinds)

    def put(self, kind: str, body: Json, lane: str) -> None:
        if not self._wants(kind):
            return
        pause_s = self._faults.update_delay_s()
        if pause_s:
            loop = asyncio.get_running_loop()
            loop.call_later(pause_s, self._add, kind, body, lane)
        elif self._faults.reorders_update():
            self._held.append((kind, body, lane))
            asyncio.get_running_loop().call_later(LONGEST_HOLD_S, self._release)
        else:
            self._add(kind, body, lane)
            self._release()

    def acknowledge(self, before: int) -> None:
        """A negative offset keeps that many of the newest, as getUpdates has it."""
        if before < 0:
            kept = list(self.pending)[before:]
            before = kept[0] if kept else 0
        for update_id in list(takewhile(lambda known: known < before, self.pending)):
            self.done(update_id)

    def done(self, update_id: int) -> None:
        update = self.pending.pop(update_id, None)
        if update and self._faults.repeats_update():
            self._repeats.append(update)

    def take(self, limit: int) -> list[Update]:
        self.expire()
        repeats, self._repeats = self._repeats[:limit], self._repeats[limit:]
        return [*repeats, *islice(self.pending.values(), limit - len(repeats))]

    def take_repeats(self) -> list[Update]:
        repeats, self._repeats = self._repeats, []
        return repeats

    def now(self) -> float:
        return self._clock()

    def expire(self) -> None:
        now = self._clock()
        if now < self._expire_at:
            return
        self._expire_at = now + 1
        for update in [known for known in self.pending.values() if known.expires_at < now]:
            del self.pending[update.id]

    async def wait(self, timeout_s: float) -> None:
        """Until something arrives; ends with Telegram's conflict when another poll comes."""
        self.interrupt()
        if timeout_s <= 0 or self.pending or self._repeats or self._is_closed:
            return
        poll: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        try:
            async with asyncio.timeout(timeout_s):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None

    def interrupt(self) -> None:
        """Ends the poll that is waiting, if any, with a conflict."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(conflict(OTHER_GET_UPDATES))

    def close(self) -> None:
        self._is_closed = True
        self._wake()

    def _wants(self, kind: str) -> bool:
        if self._allowed:
            return kind in self._allowed
        return kind not in NOT_BY_DEFAULT

    def _add(self, kind: str, body: Json, lane: str) -> None:
        life_s = CALLBACK_LIFE_S if kind == "callback_query" else UPDATE_LIFE_S
        update = Update(
            id=self._next_id,
            kind=kind,
            body=body,
            lane=lane,
            expires_at=self._clock() + life_s,
        )
        self._next_id += 1
        self.pending[update.id] = update
        if self.on_added:
            self.on_added(update)
        self._wake()

    def _release(self) -> None:
        held, self._held = self._held, []
        for kind, body, lane in held:
            self._add(kind, body, lane)

    def _wake(self) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(None)

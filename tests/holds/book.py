"""Holds and blocked purchases with pencil and paper: no database, no code of the product."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.holds.model import HoldRequest
from core.ids import HoldId

BLOCKED_FOR = timedelta(days=7)


@dataclass
class Wait:
    """A refused purchase on the list; those refused first stand first."""

    asked: HoldRequest
    number: int
    since: datetime
    until: datetime


@dataclass
class Book:
    """Three numbers, the holds, and the purchases that wait."""

    available: int = 0
    frozen: int = 0
    revenue: int = 0
    holds: dict[HoldId, tuple[HoldRequest, str, int]] = field(default_factory=dict)
    waits: dict[HoldId, Wait] = field(default_factory=dict)
    numbers: dict[HoldId, int] = field(default_factory=dict)

    def place(self, asked: HoldRequest, now: datetime) -> str:
        if asked.hold_id in self.holds:
            return "again" if self.holds[asked.hold_id][0] == asked else "HoldConflict"
        if asked.expires_at is not None and asked.expires_at <= now:
            return "InvalidRequest"
        if asked.amount_fen > self.available:
            self._refuse(asked, now)
            return f"short {asked.amount_fen - self.available}"
        self._move(asked.amount_fen)
        self.holds[asked.hold_id] = (asked, "open", 0)
        self.waits.pop(asked.hold_id, None)
        return "placed"

    def end(self, hold_id: HoldId, state: str, part: int | None, now: datetime) -> str:
        if hold_id not in self.holds:
            return "HoldNotFound"
        asked, present, _ = self.holds[hold_id]
        if present != "open" or (asked.expires_at and now >= asked.expires_at):
            return "HoldEnded"
        taken = 0
        if state == "captured":
            taken = asked.amount_fen if part is None else part
            if not 0 < taken <= asked.amount_fen:
                return "InvalidRequest"
        self._finish(hold_id, state, taken)
        return state

    def expire(self, now: datetime) -> None:
        for hold_id, (asked, state, _) in list(self.holds.items()):
            if state == "open" and asked.expires_at and now >= asked.expires_at:
                self._finish(hold_id, "expired", 0)
        for hold_id, wait in list(self.waits.items()):
            if now >= wait.until:
                del self.waits[hold_id]

    def fundable(self) -> dict[HoldId, bool]:
        """Who waits, and who of them can go on: funds go to the oldest first."""
        rest, found = self.available, {}
        for wait in sorted(self.waits.values(), key=lambda wait: (wait.since, wait.number)):
            fits = wait.asked.amount_fen <= rest
            rest -= wait.asked.amount_fen if fits else 0
            found[wait.asked.hold_id] = fits
        return found

    def _refuse(self, asked: HoldRequest, now: datetime) -> None:
        number = self.numbers.setdefault(asked.hold_id, len(self.numbers))
        before = self.waits.get(asked.hold_id)
        until = min(now + BLOCKED_FOR, asked.expires_at or now + BLOCKED_FOR)
        since = now if before is None else before.since
        self.waits[asked.hold_id] = Wait(asked, number, since, until)

    def _finish(self, hold_id: HoldId, state: str, taken: int) -> None:
        asked = self.holds[hold_id][0]
        self._move(-asked.amount_fen)
        self.available -= taken
        self.revenue += taken
        self.holds[hold_id] = (asked, state, taken)

    def _move(self, fen: int) -> None:
        self.available -= fen
        self.frozen += fen

"""The one way to the database: `await db.write(fn)` and `await db.read(fn)`.

A transaction is a plain function of a `Tx`, run as a whole elsewhere, so no network call can stand
inside one.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from core.clock import Clock
from core.storage.signals import Signals
from core.storage.transaction import Tx

T = TypeVar("T")
Work = Callable[[Tx], T]


class Database(Protocol):
    """SQLite or PostgreSQL; nothing above knows which."""

    url: str
    signals: Signals
    clock: Clock  # what `Tx.now` reads

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction; returns after its commit, raises after its rollback."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which changes nothing, on a consistent view of what is committed."""
        ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

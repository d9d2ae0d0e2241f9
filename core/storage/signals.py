"""Wake-ups between a commit and those who wait for its kind of work."""

import asyncio
from collections.abc import Iterable


class Signals:
    """One event per topic, for waiters in this process; always waited on with a limit."""

    def __init__(self) -> None:
        self._waiters: dict[str, set[asyncio.Event]] = {}

    def fire(self, topics: Iterable[str]) -> None:
        """Wake the waiters of these topics; call it in the event loop's thread."""
        for topic in topics:
            for event in self._waiters.get(topic, ()):
                event.set()

    def listen(self, topic: str) -> asyncio.Event:
        """An event that every later commit of `topic` sets; clear it before looking for work."""
        event = asyncio.Event()
        self._waiters.setdefault(topic, set()).add(event)
        return event


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set or the time is over, whichever is first."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return

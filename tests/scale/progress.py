"""How far a load has got."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """How far a load has got: what happens by it happens on machines of every speed."""

    done: int = 0
    is_over: bool = False
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self) -> None:
        self.done += 1
        self._moved.set()

    def end(self) -> None:
        self.is_over = True
        self._moved.set()

    async def reached(self, mark: int) -> bool:
        """Wait until so much is done; false when the load ended before."""
        while self.done < mark and not self.is_over:
            self._moved.clear()
            await self._moved.wait()
        return not self.is_over

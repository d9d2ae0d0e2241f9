"""Sends the hostile corpus through the intake and prints what happened, as JSON.

A process of its own, so that the peak of its children is theirs alone:
`python -m tests.receipts.run 150`. It stays small itself: a child's peak counts from the fork.
"""

import asyncio
import json
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.errors import ReceiptRefused
from core.remittance.receipt_folder import ReceiptFolder
from core.remittance.receipts import Receipts
from tests.receipts.corpus import ANYTHING, Hostile, corpus


class Programme:
    """Every file once."""

    def __init__(self, folder: Path) -> None:
        self.marker = folder / "executed"
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        self.slowest: tuple[float, str] = (0.0, "")
        self.calls = 0
        self._receipts = Receipts(ReceiptFolder(folder / "kept"), SystemClock())

    async def run(self, count: int) -> dict[str, Any]:
        server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        files = corpus(count, url=f"http://127.0.0.1:{port}/x", marker=str(self.marker))
        for hostile in files:
            await self._try(hostile)
        server.close()
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return {
            "files": self.outcomes.total(),
            "outcomes": dict(self.outcomes.most_common()),
            "faults": self.faults,
            "slowest_cpu_s": round(self.slowest[0], 2),
            "slowest": self.slowest[1],
            "peak_mib": round(peak / 1024),
            "executed": self.marker.exists(),
            "fetched": self.calls,
        }

    async def _called(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()

    async def _try(self, hostile: Hostile) -> None:
        before = _children_s()
        outcome = await self._take_in(hostile)
        self.slowest = max(self.slowest, (_children_s() - before, hostile.name))
        self.outcomes[outcome or "taken"] += 1
        if ANYTHING in hostile.outcomes or outcome in hostile.outcomes:
            return
        self.faults.append(f"{hostile.name}: {outcome or 'taken'}")

    async def _take_in(self, hostile: Hostile) -> str:
        try:
            await self._receipts.take_in(hostile.data, file_name=hostile.name)
        except ReceiptRefused as refused:
            return refused.reason
        except Exception as error:
            self.faults.append(f"{hostile.name}: {error!r}")
            return "fault"
        return ""


def _children_s() -> float:
    """Processor time of every child so far: the same on a busy machine as on an idle one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(Programme(Path(folder)).run(int(sys.argv[1])))))


if __name__ == "__main__":
    main()

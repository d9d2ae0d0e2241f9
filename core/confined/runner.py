"""Runs a task on bytes from outside in a limited process of its own.

    confined = Confined(width=2)
    answer = await confined.run("core.remittance.picture", {"name": "a.jpg"}, data)

Each run is a fresh interpreter that imports the task's module alone, without site packages'
start files, without an environment, without a descriptor to open anything with; see
`core.confined.walls`. The kernel ends it after 3 s of processor time, or as many as `cpu_s` says;
on the wall clock it gets four times that, for the machine may be busy with others. `Declined` is
raised with the task's own reason, or `damaged` (its parser failed), or `overrun` (memory, time).
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from core.confined.declined import Declined
from core.confined.frames import pack, unpack

CPU_S = 3.0
WALL_PER_CPU = 4
NOT_STARTED = 70  # the child's exit code for a fault of ours
LARGEST_ANSWER = 16 * 1024 * 1024
_START = (
    "import sys; task, cpu_s = sys.argv[1:3]; sys.path += sys.argv[3:];"
    f" from core.confined.child import main; main(task, int(cpu_s), {NOT_STARTED})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a task found, as JSON facts and bytes; both were made from hostile input."""

    facts: Mapping[str, Any]
    block: bytes


class Confined:
    """At most `width` confined processes at a time; others wait their turn."""

    def __init__(
        self, *, width: int = 2, cpu_s: float = CPU_S, wall_s: float | None = None
    ) -> None:
        self._turns = asyncio.Semaphore(width)
        self._cpu_s = cpu_s
        self._wall_s = cpu_s * WALL_PER_CPU if wall_s is None else wall_s

    async def run(self, task: str, facts: Mapping[str, object], block: bytes) -> Answer:
        question = pack(facts, block)
        async with self._turns:
            said = await self._talk(task, question)
        try:
            found, made = unpack(said)
        except ValueError as error:  # it was killed before it could answer
            raise Declined("overrun") from error
        if "declined" in found:
            raise Declined(str(found["declined"]))
        return Answer(facts=found, block=made)

    async def _talk(self, task: str, question: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *command(task, self._cpu_s), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, cwd="/"
        )
        try:
            async with asyncio.timeout(self._wall_s):
                _, said = await asyncio.gather(_tell(process, question), _hear(process))
                code = await process.wait()
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()  # a full pipe would hide that it ended
        if code == NOT_STARTED:
            raise RuntimeError(f"the confined task {task} does not start")
        return said


def command(task: str, limit_s: float) -> tuple[str, ...]:
    """The command line of a task: an isolated interpreter that finds what we find."""
    roots = [entry for entry in sys.path if Path(entry).is_absolute()]
    return (sys.executable, "-I", "-S", "-B", "-c", _START, task, str(ceil(limit_s)), *roots)


async def _tell(process: Process, question: bytes) -> None:
    if (pipe := process.stdin) is None:
        return
    try:
        pipe.write(question)
        await pipe.drain()
        pipe.close()
        await pipe.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        return  # it ended before it had read all; its answer, or none, says why


async def _hear(process: Process) -> bytes:
    if (pipe := process.stdout) is None:
        return b""
    parts: list[bytes] = []
    room = LARGEST_ANSWER
    while part := await pipe.read(1 << 16):
        room -= len(part)
        if room < 0:
            raise TimeoutError  # nobody waits for the end of such an answer
        parts.append(part)
    return b"".join(parts)

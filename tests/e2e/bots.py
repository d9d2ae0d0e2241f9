"""The bot as a process: started cold as a user starts it, or forked from a warm parent."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self

ROOT = Path(__file__).parents[2]
STOPPED_WITHIN_S = 20
LAUNCHER_WITHIN_S = 90


class Process(Protocol):
    """A running bot."""

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nobody is told."""
        ...

    async def ended(self) -> int:
        """Wait for its end; gives the exit code, negative for a signal."""
        ...

    def terminate(self) -> None: ...


class Start(Protocol):
    async def __call__(
        self, environment: Mapping[str, str], log: Path, *, shift_s: float = 0
    ) -> Process: ...


class ColdProcess:
    """`python -m bot serve`, a child of ours."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()

    async def ended(self) -> int:
        return await self._process.wait()


async def start_cold(
    environment: Mapping[str, str], log: Path, *, shift_s: float = 0
) -> ColdProcess:
    """As a user does it; its clock cannot be shifted."""
    assert not shift_s, "only a bot from the warm parent has a clock of its own"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "serve",
            cwd=ROOT,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    return ColdProcess(process)


class WarmProcess:
    """A grandchild: the launcher forked it and tells of its end."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.exit_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    def terminate(self) -> None:
        os.kill(self._pid, signal.SIGTERM)

    async def ended(self) -> int:
        return await asyncio.shield(self.exit_code)


class Launcher:
    """A process that imported the product once and forks a bot for each start.

    `module` runs it; another one may prepare the product first.
    """

    def __init__(self, module: str = "tests.e2e.launcher") -> None:
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._running: dict[int, WarmProcess] = {}

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())
        assert await asyncio.wait_for(self._started.get(), LAUNCHER_WITHIN_S) == 0
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._reading is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOPPED_WITHIN_S)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def start(
        self, environment: Mapping[str, str], log: Path, *, shift_s: float = 0
    ) -> WarmProcess:
        assert self._process is not None
        assert self._process.stdin is not None
        wish = {"environment": dict(environment), "log": str(log), "shift_s": shift_s}
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        await self._process.stdin.drain()
        pid = await asyncio.wait_for(self._started.get(), LAUNCHER_WITHIN_S)
        return self._running[pid]

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "ended" in told:
                self._running.pop(told["ended"]).exit_code.set_result(told["code"])
                continue
            if told["started"]:
                self._running[told["started"]] = WarmProcess(told["started"])
            self._started.put_nowait(told["started"])

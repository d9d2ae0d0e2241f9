"""Processes under measurement: started, waited for, looked at, ended."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.wire import HOST

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 20.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running process and the port it listens on; `started_s` is how long it took."""

    pid: int
    port: int
    started_s: float

    def cpu_s(self) -> float:
        """Processor seconds used so far, by all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def memory_mb(self) -> float:
        """Resident memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6


@asynccontextmanager
async def running(
    module: str, *arguments: str, environment: Mapping[str, str], port: int, log: Path
) -> AsyncIterator[Server]:
    """`python -m module arguments…`, ready: its `/readyz` says yes, or it has none."""
    loop = asyncio.get_running_loop()
    with log.open("ab") as output:
        began = loop.time()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, env=dict(environment), stdout=output,
            stderr=output,
        )  # fmt: skip
        try:
            await _ready(process, port, log)
            yield Server(pid=process.pid, port=port, started_s=loop.time() - began)
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), STOPPED_WITHIN_S)


async def _ready(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while not await _answers(port):
                if process.returncode is not None:
                    raise AssertionError(f"it ended:\n{log.read_text()[-2000:]}")
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never ready:\n{log.read_text()[-2000:]}") from None


async def _answers(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
    try:
        head = await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
    return b" 200 " in head or b" 404 " in head or b" 405 " in head


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

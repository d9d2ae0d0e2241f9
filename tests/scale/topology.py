"""What runs in production, as plain processes: PostgreSQL, web and worker processes, the proxy."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.pay.keys import Credentials
from tests.bench.installation import install
from tests.bench.seeding import Waiting
from tests.bench.servers import free_port
from tests.bench.wire import HOST
from tests.scale.progress import Progress

CADDYFILE = Path(__file__).parents[2] / "deploy" / "docker" / "Caddyfile"
READY_WITHIN_S = 300.0  # importing takes its time on a busy machine
STOPPED_WITHIN_S = 15.0


@dataclass(slots=True)
class Node:
    """One process of a role; its place stays the same when it is started anew."""

    role: str
    port: int
    process: asyncio.subprocess.Process | None = None


@dataclass(slots=True, kw_only=True)
class Topology:
    """Two web and two worker processes behind the proxy that is deployed."""

    folder: Path
    url: str
    credentials: Credentials
    waiting: list[Waiting]
    environment: dict[str, str]
    port: int
    nodes: list[Node] = field(default_factory=list)
    kills: int = 0

    def of(self, role: str) -> list[Node]:
        return [node for node in self.nodes if node.role == role]

    async def start(self, node: Node) -> None:
        await answers(node.port, "/readyz", await self.spawn(node))

    async def spawn(self, node: Node) -> asyncio.subprocess.Process:
        environment = {**self.environment, "TOPUP_LISTEN": f"{HOST}:{node.port}"}
        with (self.folder / f"{node.role}-{node.port}.log").open("ab") as log:
            node.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.product", node.role, env=environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        return node.process

    async def kill(self, node: Node) -> None:
        assert node.process is not None
        node.process.kill()
        await node.process.wait()
        self.kills += 1

    async def stop(self, node: Node) -> None:
        """SIGTERM, and an end within the time a graceful stop has."""
        assert node.process is not None
        node.process.terminate()
        code = await asyncio.wait_for(node.process.wait(), STOPPED_WITHIN_S)
        assert code == 0, f"{node.role} ended with {code}"

    async def keep_killing(self, chance: random.Random, progress: Progress, every: int) -> None:
        """Kill a worker each time the load has got on so far on average, and start it anew.

        Nobody waits until it is ready: the next kill may hit it while it starts.
        """
        while await progress.reached(progress.done + chance.randint(every // 2, every * 3 // 2)):
            node = chance.choice(self.of("worker"))
            await self.kill(node)
            await self.spawn(node)

    async def restart_one_by_one(self) -> None:
        """A rolling restart: every process once, the others serving meanwhile."""
        for node in self.nodes:
            await self.stop(node)
            await self.start(node)


@asynccontextmanager
async def topology(
    folder: Path, url: str, api: str, *, accounts: int, orders_each: int
) -> AsyncIterator[Topology]:
    installed = await install(folder, api, url=url, accounts=accounts, orders_each=orders_each)
    one = Topology(
        folder=folder,
        url=url,
        credentials=installed.credentials,
        waiting=installed.waiting,
        port=installed.port,
        environment=installed.environment,
        nodes=[Node(role, free_port()) for role in ("web", "web", "worker", "worker")],
    )
    try:
        await asyncio.gather(*(one.start(node) for node in one.nodes))
        async with proxy(one):
            yield one
    finally:
        for node in one.nodes:
            if node.process is not None and node.process.returncode is None:
                node.process.kill()
                await node.process.wait()


@asynccontextmanager
async def proxy(one: Topology) -> AsyncIterator[None]:
    """Caddy with the file that is deployed; only the host and the upstreams are of this run."""
    upstreams = " ".join(f"{HOST}:{node.port}" for node in one.of("web"))
    home = one.folder / "caddy"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "PUBLIC_HOST": f"http://{HOST}:{one.port}",
        "UPSTREAMS": upstreams,
    }
    with (one.folder / "caddy.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "caddy"), "run", "--adapter", "caddyfile",
            "--config", str(CADDYFILE), env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            await answers(one.port, "/pay/nothing", process, status=b" 404 ")
            yield
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), STOPPED_WITHIN_S)


async def answers(
    port: int, path: str, process: asyncio.subprocess.Process, *, status: bytes = b" 200 "
) -> None:
    """Wait until the path is answered so; fail as soon as the process has ended."""
    async with asyncio.timeout(READY_WITHIN_S):
        while status not in await _head(port, path):
            assert process.returncode is None, f"a process for port {port} has ended"
            await asyncio.sleep(0.1)


async def _head(port: int, path: str) -> bytes:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return b""
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode()
    )
    try:
        return await reader.readline()
    except OSError:
        return b""
    finally:
        writer.close()

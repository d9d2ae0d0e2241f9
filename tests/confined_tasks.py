"""Tasks that try what a confined task must not be able to do, each below the interpreter too."""

import ctypes
import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LIBC = ctypes.CDLL(None)
OPEN, SOCKET, RAISE = LIBC.open, LIBC.socket, LIBC["raise"]  # found before the walls stand


def _echo() -> object:
    return "here"


def _open() -> object:
    return Path("/etc/hostname").read_text("ascii")


def _open_below() -> object:
    return OPEN(b"/etc/hostname", 0)


def _write() -> object:
    return Path("/tmp/confined-wrote").write_text("x", "ascii")


def _socket() -> object:
    return socket.create_connection(("127.0.0.1", 9)).fileno()


def _socket_below() -> object:
    return SOCKET(2, 1, 0)


def _execute() -> object:
    os.execv("/bin/true", ["true"])


def _system() -> object:
    return os.system("true")


def _fork() -> object:
    return os.fork()


def _memory() -> object:
    return len(bytes(b"x" * 1_000_000_000))


def _spin() -> object:
    while True:
        pass


def _sleep() -> object:
    time.sleep(30)
    return "slept"


def _recurse() -> object:
    return [_recurse()]


def _load() -> object:
    import wave

    return wave.__name__


def _environment() -> object:
    return dict(os.environ)


def _find() -> object:
    return [path.name for path in Path("/").iterdir()]


def _kill() -> object:
    return RAISE(9)


def _end() -> object:
    os._exit(3)


WHAT: Mapping[str, Callable[[], object]] = {
    "echo": _echo,
    "open": _open,
    "open_below": _open_below,
    "write": _write,
    "socket": _socket,
    "socket_below": _socket_below,
    "execute": _execute,
    "system": _system,
    "fork": _fork,
    "memory": _memory,
    "spin": _spin,
    "sleep": _sleep,
    "recurse": _recurse,
    "load": _load,
    "environment": _environment,
    "end": _end,
    "find": _find,
    "kill": _kill,
}


def answer(facts: Mapping[str, str], block: bytes) -> tuple[dict[str, object], bytes]:
    if facts["what"] == "flood":
        return {}, bytes(100_000_000)
    return {"result": WHAT[facts["what"]]()}, block

"""The walls around a confined task, put up by the child itself before it looks at anything.

The kernel bounds memory, processor time, files and open descriptors: with no descriptor left the
child can neither open a file nor a socket. The interpreter refuses the rest by name.
"""

import os
import resource
import sys

MEBIBYTE = 1024 * 1024
# What is written to is bounded by DATA; libraries mapped from files come on top of it and are
# small, so that both together stay resident in less than 256 MiB.
DATA_BYTES = 216 * MEBIBYTE
ADDRESS_BYTES = 304 * MEBIBYTE

_REFUSED = (
    "open", "socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.forkpty", "os.system", "os.startfile", "os.remove", "os.rename", "os.mkdir", "os.kill",
    "os.listdir", "os.scandir", "pty.", "ctypes.", "shutil.", "tempfile.", "urllib.", "ftplib.",
    "http.", "smtplib.", "webbrowser.", "import", "signal.",
)  # fmt: skip


class Walled(OSError):
    """The task tried what a confined task never does."""


def bound(cpu_s: int) -> None:
    """Memory, time, files, processes: from here on, for good."""
    for kind, most in (
        (resource.RLIMIT_DATA, DATA_BYTES),
        (resource.RLIMIT_AS, ADDRESS_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))


def close() -> None:
    """Nothing is opened, started or loaded any more; what is open or loaded stays usable."""
    opened = len(os.listdir("/dev/fd")) - 1  # noqa: PTH208 - without the descriptor of the list
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened, opened))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith(_REFUSED):
        return
    if event == "import" and arguments[0] in sys.modules:
        return
    raise Walled(event)

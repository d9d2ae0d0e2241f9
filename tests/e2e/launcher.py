"""`python -m tests.e2e.launcher`: imports the product once, then forks a bot for each line.

A line is `{environment, log, shift_s}`; it answers `{"started": pid}` and, once that bot has
ended, `{"ended": pid, "code": …}`. The child runs what `topup serve` runs. No thread and no event
loop is started before the fork.
"""

import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any

import time_machine

import bot.app  # noqa: F401 - imported here, so that no child has to
from bot.commands.serving import serve
from bot.serve_role import ServeRole
from bot.settings_faults import SettingsRefused


def main() -> None:
    children: set[int] = set()
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    tell({"started": 0})
    pending = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            reap(children)
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                children.add(fork(json.loads(line), (woken, waking)))
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def fork(wish: dict[str, Any], ours: tuple[int, int]) -> int:
    pid = os.fork()
    if pid:
        tell({"started": pid})
        return pid
    code = 1
    try:
        become_child(wish, ours)
        code = run(wish["shift_s"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def become_child(wish: dict[str, Any], ours: tuple[int, int]) -> None:
    """What a process of its own would begin with."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for descriptor in ours:
        os.close(descriptor)
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(wish["environment"])


def run(shift_s: float) -> int:
    try:
        if not shift_s:
            serve(ServeRole.ALL)
            return 0
        with time_machine.travel(time.time() + shift_s, tick=True):
            serve(ServeRole.ALL)
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        return 2
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def reap(children: set[int]) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            children.discard(pid)
            tell({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def tell(what: dict[str, int]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()

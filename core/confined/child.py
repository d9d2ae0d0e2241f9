"""The confined side: reads one question, answers it behind walls, and ends.

Run by `core.confined.runner`. A task is a module with a function
`answer(facts, block) -> (facts, block)`; it may raise `Declined` with a reason.
"""

import importlib
import os
import resource
import sys
from collections.abc import Callable, Mapping
from typing import Any

from core.confined import walls
from core.confined.declined import Declined
from core.confined.frames import pack, unpack

Task = Callable[[Mapping[str, Any], bytes], tuple[Mapping[str, object], bytes]]


def main(task: str, cpu_s: int, not_started: int) -> None:
    try:
        walls.bound(cpu_s)
        facts, block = unpack(sys.stdin.buffer.read())
        act: Task = importlib.import_module(task).answer
        walls.close()
    except BaseException:  # noqa: BLE001 - whatever it is, the exit code tells it
        os._exit(not_started)
    said, made = _answer(act, facts, block)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    said = {**said, "cpu_s": usage.ru_utime + usage.ru_stime}
    sys.stdout.buffer.write(pack(said, made))
    sys.stdout.buffer.flush()


def _answer(
    act: Task, facts: Mapping[str, Any], block: bytes
) -> tuple[Mapping[str, object], bytes]:
    try:
        return act(facts, block)
    except Declined as declined:
        return {"declined": declined.reason}, b""
    except (MemoryError, RecursionError):
        return {"declined": "overrun"}, b""
    except Exception as error:  # noqa: BLE001 - a parser on hostile input may raise anything
        return {"declined": "damaged", "error": repr(error)[:200]}, b""

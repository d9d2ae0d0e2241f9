"""A confined task answers, and can do nothing else."""

import asyncio
import resource
import time
from pathlib import Path

import pytest

from core.confined.declined import Declined
from core.confined.runner import Answer, Confined

TASK = "tests.confined_tasks"


async def run(what: str, block: bytes = b"") -> Answer:
    return await Confined().run(TASK, {"what": what}, block)


async def test_a_task_answers_with_facts_and_bytes() -> None:
    answer = await run("echo", b"\x00block\xff")

    assert answer.facts["result"] == "here"
    assert answer.block == b"\x00block\xff"


@pytest.mark.parametrize(
    "what", ["open", "write", "socket", "execute", "system", "fork", "load", "find"]
)
async def test_a_task_opens_starts_and_loads_nothing(what: str) -> None:
    with pytest.raises(Declined) as refused:
        await run(what)

    assert refused.value.reason == "damaged"
    assert not Path("/tmp/confined-wrote").exists()


@pytest.mark.parametrize("what", ["open_below", "socket_below"])
async def test_the_kernel_refuses_it_too(what: str) -> None:
    assert (await run(what)).facts["result"] == -1


async def test_a_task_sees_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPUP_BOT_TOKEN", "secret")

    assert set((await run("environment")).facts["result"]) <= {"LC_CTYPE"}


@pytest.mark.parametrize("what", ["memory", "recurse", "end", "flood", "kill"])
async def test_a_task_that_overruns_is_refused(what: str) -> None:
    with pytest.raises(Declined) as refused:
        await run(what)

    assert refused.value.reason == "overrun"


async def test_a_task_that_works_too_long_is_ended_by_its_processor_time() -> None:
    before = _children_s()
    with pytest.raises(Declined) as refused:
        await Confined(cpu_s=1, wall_s=60).run(TASK, {"what": "spin"}, b"")

    assert refused.value.reason == "overrun"
    assert 0.9 < _children_s() - before < 2


async def test_a_task_that_only_waits_is_ended_by_the_clock() -> None:
    with pytest.raises(Declined) as refused:
        await Confined(wall_s=1).run(TASK, {"what": "sleep"}, b"")

    assert refused.value.reason == "overrun"


def _children_s() -> float:
    """Processor time of every child that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def test_a_fault_of_ours_is_not_taken_for_the_files() -> None:
    with pytest.raises(RuntimeError, match="does not start"):
        await Confined().run("tests.no_such_task", {}, b"")


async def test_tasks_beyond_the_width_wait_for_their_turn() -> None:
    confined = Confined(width=1, wall_s=1.0)
    started = time.monotonic()
    results = await asyncio.gather(
        *(confined.run(TASK, {"what": "sleep"}, b"") for _ in range(2)), return_exceptions=True
    )

    assert all(isinstance(result, Declined) for result in results)
    assert time.monotonic() - started >= 2.0


async def test_a_cancelled_caller_leaves_no_process() -> None:
    task = asyncio.ensure_future(run("sleep"))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    children = Path("/proc/self/task").glob("*/children")
    alive = " ".join(path.read_text("ascii") for path in children).split()
    commands = [Path(f"/proc/{number}/cmdline").read_bytes() for number in alive]
    assert not [command for command in commands if TASK.encode() in command]

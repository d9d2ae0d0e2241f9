"""A conversation step over a real webhook, from the update to the message back.

64 people each send an amount to a bot that waits for one, and send the next when `sendMessage`
arrived at a silent Bot API server. The product stores the update durably, checks rights, runs the
conversation, and takes the buttons off the older message besides (one call more); beside it
aiogram's default and python-telegram-bot do the same with states in memory and one `sendMessage`.
All three run as processes of their own on uvloop and are measured in turns.
"""

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from tests.bench.aiogram_default import PATH
from tests.bench.frame import Figure, Options, at_least, figure, percentile, ratios
from tests.bench.installation import install
from tests.bench.load import Answers, Crowd
from tests.bench.servers import Server, free_port, running
from tests.bench.wire import silent_telegram

LINE = "conversation"
OURS, AIOGRAM, PTB = "product", "aiogram default", "python-telegram-bot"


@dataclass(slots=True)
class _Side:
    """One bot and what was measured of it, round by round."""

    server: Server
    crowd: Crowd
    rates: list[float] = field(default_factory=list)
    slowest_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    async def round(self, seconds: float) -> None:
        before = self.server.cpu_s()
        self.rates.append(await self.crowd.talk(seconds))
        steps = self.crowd.took_s
        self.cpu_ms.append((self.server.cpu_s() - before) / len(steps) * 1000)
        self.slowest_ms.append(percentile(steps, 99) * 1000)


async def measure(options: Options) -> list[Figure]:
    rounds, seconds = (2, 1.0) if options.quick else (7, 4.0)
    answers = Answers()
    async with AsyncExitStack() as resources:
        api = await resources.enter_async_context(silent_telegram(answers.heard))
        sides = await _start(resources, options, api, answers)
        for side in sides.values():
            await side.crowd.all_say("/topup")
            await side.crowd.talk(seconds)
        for _ in range(rounds):
            for side in sides.values():
                await side.round(seconds)
    return _figures(sides)


async def _start(
    resources: AsyncExitStack, options: Options, api: str, answers: Answers
) -> dict[str, _Side]:
    installed = await install(options.folder, api)
    started = {}
    for name, module in (
        (OURS, "tests.bench.product"),
        (AIOGRAM, "tests.bench.aiogram_default"),
        (PTB, "tests.bench.ptb_conversation"),
    ):
        ours = name == OURS
        port = installed.port if ours else free_port()
        server = await resources.enter_async_context(
            running(
                module,
                *(() if ours else (str(port), api)),
                environment=installed.environment if ours else os.environ,
                port=port,
                log=installed.folder / f"{module}.log",
            )
        )
        started[name] = _Side(server, Crowd(answers, port, PATH))
    return started


def _figures(sides: dict[str, _Side]) -> list[Figure]:
    ours = sides[OURS]
    figures = [
        figure(
            LINE,
            "product ÷ aiogram default, steps/s",
            "×",
            ratios(ours.rates, sides[AIOGRAM].rates),
            at_least(1.0),
        ),
        figure(
            LINE,
            "product ÷ python-telegram-bot, steps/s",
            "×",
            ratios(ours.rates, sides[PTB].rates),
        ),
        figure(
            LINE,
            "processor time a step, product ÷ aiogram",
            "×",
            ratios(ours.cpu_ms, sides[AIOGRAM].cpu_ms),
        ),
    ]
    for name, side in sides.items():
        figures.append(figure(LINE, name, "steps/s", side.rates))
        figures.append(figure(LINE, f"{name}, p99 of a step", "ms", side.slowest_ms))
        figures.append(figure(LINE, f"{name}, processor time a step", "ms", side.cpu_ms))
    return figures

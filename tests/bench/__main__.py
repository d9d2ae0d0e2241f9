"""`python -m tests.bench [names…] [--quick]`: measures, prints a table, keeps JSON."""

import argparse
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import uvloop

from tests.bench import (
    callbacks,
    conversation,
    crediting,
    crediting_postgresql,
    export,
    history,
    holds,
    process,
    qr,
)
from tests.bench.frame import Figure, Options, log_nowhere, save, table

RESULTS = Path("var/bench.json")
Line = Callable[[Options], Awaitable[list[Figure]]]
LINES: Mapping[str, Line] = {
    "conversation": conversation.measure,
    "credits": crediting.measure,
    "credits-pg": crediting_postgresql.measure,
    "callbacks": callbacks.measure,
    "holds": holds.measure,
    "process": process.measure,
    "qr": qr.measure,
    "history": history.measure,
    "export": export.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(LINES)}")
    parser.add_argument("--quick", action="store_true", help="short runs, to see that it works")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(LINES):
        parser.error(f"no such line: {', '.join(sorted(unknown))}; there are {', '.join(LINES)}")
    log_nowhere()
    figures: list[Figure] = []
    for name in chosen.names or LINES:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            options = Options(quick=chosen.quick, folder=Path(folder))
            figures += uvloop.run(_measured(LINES[name], options))
    print(table(figures))
    save(figures, RESULTS)


async def _measured(line: Line, options: Options) -> list[Figure]:
    return await line(options)


if __name__ == "__main__":
    main()

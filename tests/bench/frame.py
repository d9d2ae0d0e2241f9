"""What every line of the benchmark shares: figures with their spread, ratios, table and JSON."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import logs

TABLE = "{:<14}{:<46}{:>11}{:>20}  {:<9}{:<10}{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How thorough to be, and a folder that is empty at the start and gone at the end."""

    quick: bool
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A bound on a figure's median: at least or at most."""

    bound: float
    at_least: bool

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured thing: its median, and the 10th and 90th percentile of the repetitions."""

    line: str
    what: str
    unit: str
    median: float
    low: float
    high: float
    target: str = ""
    is_met: bool | None = None


def at_least(bound: float) -> Target:
    return Target(bound=bound, at_least=True)


def at_most(bound: float) -> Target:
    return Target(bound=bound, at_least=False)


def figure(
    line: str, what: str, unit: str, values: Sequence[float], target: Target | None = None
) -> Figure:
    """The figure of these repetitions; one value alone is its own spread."""
    median = statistics.median(values)
    return Figure(
        line=line,
        what=what,
        unit=unit,
        median=median,
        low=percentile(values, 10),
        high=percentile(values, 90),
        target=str(target or ""),
        is_met=None if target is None else target.is_met(median),
    )


def ratios(ours: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Round by round, so that what disturbed a round disturbs both sides of its ratio."""
    return [one / other for one, other in zip(ours, reference, strict=True)]


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    rank = round(percent / 100 * (len(ordered) - 1))
    return ordered[rank]


def table(figures: Sequence[Figure]) -> str:
    rows = [TABLE.format("line", "what", "median", "p10 – p90", "unit", "target", "").rstrip()]
    rows += [_row(item) for item in figures]
    return "\n".join(rows)


def _row(item: Figure) -> str:
    verdict = {None: "", True: "met", False: "MISSED"}[item.is_met]
    spread = f"{_short(item.low)} – {_short(item.high)}"
    columns = (item.line, item.what, _short(item.median), spread, item.unit, item.target, verdict)
    return TABLE.format(*columns).rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def log_nowhere() -> None:
    """Events are made as the product makes them, and thrown away."""
    logs.configure(stream=Path(os.devnull).open("w"))  # noqa: SIM115 - open until the end


def save(figures: Sequence[Figure], path: Path) -> None:
    """The figures with what is needed to judge them: the machine and how busy it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    content = {"machine": machine, "figures": [asdict(item) for item in figures]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")

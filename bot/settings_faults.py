"""What is wrong with the settings, all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One line for the operator; never carries a secret's value."""

    name: str
    problem: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}; allowed: {self.allowed}"


class SettingsRefused(Exception):
    """The environment cannot be used; carries every fault found in it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)

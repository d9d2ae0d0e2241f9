"""Trouble on demand: what Telegram and the network between do on bad days."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from sandbox.telegram.errors import PageError

_NUMBERS = (int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSettings:
    """Rates are chances from 0 to 1 for each call or update; `delay_s` holds every answer."""

    rate_429: float = 0
    rate_5xx: float = 0
    drop_before: float = 0
    drop_after: float = 0
    delay_s: float = 0
    repeat_updates: float = 0
    delay_updates_s: float = 0
    reorder_updates: float = 0
    retry_after: int = 1
    limits: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("rate_429", "rate_5xx", "drop_before", "drop_after"):
            self._check_chance(name)
        for name in ("repeat_updates", "reorder_updates"):
            self._check_chance(name)
        if min(self.delay_s, self.delay_updates_s, self.retry_after) < 0:
            raise PageError("delays and retry_after are 0 or more")

    def _check_chance(self, name: str) -> None:
        if not 0 <= getattr(self, name) <= 1:
            raise PageError(f"{name} is a chance from 0 to 1")

    def changed(self, wanted: Mapping[str, Any]) -> Self:
        known = {field.name for field in fields(self)}
        if unknown := set(wanted) - known:
            raise PageError(f"unknown {sorted(unknown)}; known are {sorted(known)}")
        if wrong := [name for name, value in wanted.items() if not isinstance(value, _NUMBERS)]:
            raise PageError(f"{wrong} must be numbers")
        return replace(self, **wanted)


class Faults:
    """Draws, from a seeded source, what goes wrong next."""

    def __init__(self) -> None:
        self.settings = FaultSettings()
        self.is_active = False
        self._chance = random.Random(0)

    def change(self, wanted: Mapping[str, Any]) -> None:
        """What is not named stays; the draws start again from the seed."""
        self.settings = self.settings.changed(wanted)
        self._chance = random.Random(self.settings.seed)
        quiet = FaultSettings(seed=self.settings.seed, retry_after=self.settings.retry_after)
        self.is_active = self.settings != quiet

    def happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate

    def update_delay_s(self) -> float:
        longest_s = self.settings.delay_updates_s
        return self._chance.uniform(0, longest_s) if longest_s else 0

    def repeats_update(self) -> bool:
        return self.happens(self.settings.repeat_updates)

    def reorders_update(self) -> bool:
        return self.happens(self.settings.reorder_updates)

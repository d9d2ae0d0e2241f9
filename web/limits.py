"""How many requests a caller may make: a bucket that fills steadily."""

from collections.abc import Callable


class TokenBucket:
    """`rate` tokens a second, at most `burst` saved up; `monotonic` tells seconds."""

    def __init__(self, *, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._tokens = float(burst)
        self._filled_at = monotonic()

    def take(self) -> float:
        """Zero and one token less, or the seconds until there is one again."""
        now = self._monotonic()
        filled = self._tokens + (now - self._filled_at) * self._rate
        self._tokens = min(filled, float(self._burst))
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0

    @property
    def left(self) -> int:
        """How many may be taken at this moment."""
        return int(self._tokens)

    @property
    def full_in_s(self) -> float:
        """The seconds until all of `burst` is there again."""
        return (self._burst - self._tokens) / self._rate

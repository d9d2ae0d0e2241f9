"""Telegram's sending limits as far as they are published, and how long we wait for a call."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` calls at once, then one every `1 / per_second` seconds."""

    per_second: float
    burst: float

    def shared_by(self, processes: int) -> "Rate":
        """The part of one of so many processes; at least one call passes at once."""
        return Rate(per_second=self.per_second / processes, burst=max(1.0, self.burst / processes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The defaults are Telegram's advice; a 429 answer overrules them.

    `reserve` of the overall burst is kept for urgent calls, so that people who wait for an answer
    go before notices. `overdraft` is how far urgent calls may go beyond a private chat's burst:
    answers keep up with a person who taps quickly. `patience_s` bounds one call, waiting included.
    """

    overall: Rate = Rate(per_second=30, burst=30)
    private: Rate = Rate(per_second=1, burst=3)
    group: Rate = Rate(per_second=20 / 60, burst=5)
    reserve: float = 10
    overdraft: float = 20
    request_s: float = 10
    patience_s: float = 20
    first_backoff_s: float = 0.3
    longest_backoff_s: float = 5
    chats_remembered: int = 10_000


NO_LIMITS = Rate(per_second=1e9, burst=1e9)  # against a server that only pretends


class Bucket:
    """Tokens that come back with time; may go below zero when an overdraft is allowed."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def slow_down(self, rate: Rate, now: float) -> None:
        """Go on at another rate; what was saved up beyond its burst is lost."""
        if rate != self._rate:
            self._fill(now)
            self._rate = rate
            self._tokens = min(self._tokens, rate.burst)

    def wait_s(self, now: float, floor: float = 0) -> float:
        """Seconds until a token may be taken that leaves at least `floor`; 0 means now."""
        self._fill(now)
        return max(0.0, (1 + floor - self._tokens) / self._rate.per_second)

    def take(self) -> None:
        self._tokens -= 1

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._tokens >= self._rate.burst

    def _fill(self, now: float) -> None:
        gained = (now - self._at) * self._rate.per_second
        self._tokens = min(self._rate.burst, self._tokens + gained)
        self._at = now

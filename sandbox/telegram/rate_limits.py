"""Telegram's sending limits as far as they are known: overall, per chat, and per group."""

import math
from collections import defaultdict

from sandbox.telegram.errors import too_many_requests


class Bucket:
    """Lets a burst through, then a steady rate."""

    def __init__(self, *, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._at = 0.0

    def shortage_s(self, now: float) -> float:
        """Seconds until the next message passes; 0 when it may go now."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._per_second)

    def spend(self) -> None:
        self._tokens -= 1


class RateLimits:
    """30 a second overall; 1 a second to a person with bursts of 3; 20 a minute to a group."""

    def __init__(self) -> None:
        self._overall = Bucket(per_second=30, burst=30)
        self._private = defaultdict[int, Bucket](lambda: Bucket(per_second=1, burst=3))
        self._groups = defaultdict[int, Bucket](lambda: Bucket(per_second=20 / 60, burst=20))

    def check(self, chat_id: int, now: float) -> None:
        chat = self._groups[chat_id] if chat_id < 0 else self._private[chat_id]
        shortage_s = max(self._overall.shortage_s(now), chat.shortage_s(now))
        if shortage_s > 0:
            raise too_many_requests(max(1, math.ceil(shortage_s)))
        self._overall.spend()
        chat.spend()

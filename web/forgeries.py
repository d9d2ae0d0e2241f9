"""How often callbacks of a channel were forged lately, in this process."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.channels import Channel

WINDOW = timedelta(minutes=15)
MANY = 20


class Forgeries:
    """Counts within the window; remembers no more than it has to compare."""

    def __init__(self) -> None:
        self._seen: Mapping[Channel, deque[datetime]] = {
            channel: deque(maxlen=MANY) for channel in Channel
        }

    def are_many(self, channel: Channel, at: datetime) -> bool:
        """Note one more; says whether there were `MANY` within the window."""
        seen = self._seen[channel]
        seen.append(at)
        return len(seen) == MANY and at - seen[0] <= WINDOW

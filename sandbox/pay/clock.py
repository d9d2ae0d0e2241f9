"""The stand-in's own time, which tests may move."""

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


class ShiftedClock:
    """The machine's clock plus an offset; all times are aware and shown in Beijing's zone."""

    def __init__(self, offset_s: float = 0) -> None:
        self.offset_s = offset_s

    def now(self) -> datetime:
        return (datetime.now(UTC) + timedelta(seconds=self.offset_s)).astimezone(BEIJING)

    def timestamp(self) -> int:
        return int(self.now().timestamp())


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")

"""What a confined task raises about a file it will not read."""


class Declined(Exception):
    """The file is not one of those taken here; `reason` is a key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

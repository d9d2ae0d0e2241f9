"""Refusals of the house, and of its controls."""


class Refused(Exception):
    """A refusal by its documented code; `is_signed` where it is a business's, not the door's."""

    def __init__(self, code: str, message: str, *, is_signed: bool = True) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.is_signed = is_signed


def at_the_door(code: str, message: str) -> Refused:
    return Refused(code, message, is_signed=False)


class Missing(LookupError):
    """A control asked for something that is not there; the text says what."""

"""Texts of people and banks, cut to the room there is for them."""

LENGTH_OF_CODE = len("[U+202E]")


def short(text: str, longest: int) -> str:
    """So much of it that it takes no more room than this; hidden signs are shown as long codes."""
    room = longest
    for place, sign in enumerate(text):
        room -= 1 if sign.isprintable() else LENGTH_OF_CODE
        if room < 0:
            return f"{text[: max(place - 1, 0)]}…"
    return text

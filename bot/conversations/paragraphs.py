"""Texts one below another."""

from bot.conversations.model import Text


def below(above: Text, *lines: Text) -> Text:
    """The first text with the others under it, a line each."""
    for line in lines:
        above = Text("kernel.lines", {"above": above, "below": line})
    return above

"""What the buttons of a screen mean: kept by us under short references, never in the button."""

from collections.abc import Iterator

from bot.conversations.model import Button, Move, Screen


def numbered(screen: Screen) -> Iterator[tuple[str, Button]]:
    """Every button with its reference: its place in reading order, from "0"."""
    buttons = (button for row in screen.rows for button in row)
    return ((str(position), button) for position, button in enumerate(buttons))


def references(screen: Screen) -> dict[str, Move]:
    """The moves of a screen by the reference its buttons carry."""
    return {
        reference: button.action
        for reference, button in numbered(screen)
        if isinstance(button.action, Move)
    }

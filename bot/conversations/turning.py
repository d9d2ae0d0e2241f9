"""The row that turns the pages of a list."""

from bot.conversations.model import Button, Move, Text


def turning(page: int, *, more: bool) -> tuple[tuple[Button, ...], ...]:
    """One row with what there is before and after `page` (from 0), or no row."""
    row = tuple(
        Button(label=Text(label), action=Move(name="page", argument=str(target)))
        for label, target, there in (
            ("button.previous", page - 1, page > 0),
            ("button.next", page + 1, more),
        )
        if there
    )
    return (row,) if row else ()

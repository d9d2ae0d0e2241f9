"""The buttons of the menu: only what the person's role can use, always in the same order."""

from bot.conversations.model import Button, Navigate, Text
from core.access.model import Membership, Right

ORDER = (
    ("balance", Right.SEE_MONEY),
    ("topup", Right.MOVE_MONEY),
    ("remit", Right.MOVE_MONEY),
    ("status", Right.SEE_MONEY),
    ("redeem", Right.MOVE_MONEY),
    ("history", Right.SEE_MONEY),
    ("cards", Right.MOVE_MONEY),
    ("members", Right.MANAGE_MEMBERS),
    ("alerts", Right.SEE_MONEY),
)
IN_A_ROW = 2


def menu_rows(
    member: Membership, *, has_cards: bool, has_codes: bool, has_others: bool
) -> tuple[tuple[Button, ...], ...]:
    """`has_cards` and `has_codes`: whether this installation keeps cards and takes codes."""
    missing = {name for name, is_on in (("cards", has_cards), ("redeem", has_codes)) if not is_on}
    names = [name for name, right in ORDER if member.may(right) and name not in missing]
    rows = [
        tuple(go(name) for name in names[start : start + IN_A_ROW])
        for start in range(0, len(names), IN_A_ROW)
    ]
    ask = () if member.may(Right.MOVE_MONEY) else ((go("ask"),),)
    others = ((go("accounts"),),) if has_others else ()
    return (*rows, *ask, *others, (go("help"), go("language")))


def go(command: str) -> Button:
    """A button that stands for a command."""
    return Button(label=Text(f"command.{command}"), action=Navigate(command=command))

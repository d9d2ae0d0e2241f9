"""What stands inside a button, and what a press of it may mean; forged ones mean nothing.

`p:<version>:<reference>` a button of the chat's present screen, the version in base 36 ·
`c:<card>:<move>` a button of a living card · `n:<command>` a button that stands for a command.
"""

import re

from bot.conversations.model import CardPress, Command, Other, Press

LONGEST_BYTES = 64
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLACE = re.compile(r"p:([0-9a-z]{1,8}):([0-9]{1,3})")
_CARD = re.compile(r"c:([0-9A-HJKMNP-TV-Z]{10}):([a-z_]{1,40})")
_NAVIGATION = re.compile(r"n:([a-z_]{1,32})")


def for_place(version: int, reference: str) -> str:
    return f"p:{_in_base_36(version)}:{reference}"


def for_card(card_reference: str, move: str) -> str:
    return f"c:{card_reference}:{move}"


def for_command(command: str) -> str:
    return f"n:{command}"


def read(data: str) -> Press | CardPress | Command | Other:
    """The meaning of a button's data, which anybody may have made up."""
    if match := _PLACE.fullmatch(data):
        return Press(version=int(match[1], 36), reference=match[2])
    if match := _CARD.fullmatch(data):
        return CardPress(reference=match[1], move=match[2])
    if match := _NAVIGATION.fullmatch(data):
        return Command(name=match[1])
    return Other(what="button")


def _in_base_36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
        if number == 0:
            return digits

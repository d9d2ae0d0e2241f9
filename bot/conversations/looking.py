"""The way to the pictures, from the history and from the balance."""

from bot.conversations.kernel import Go
from bot.conversations.pictures_screens import BALANCE
from bot.conversations.standing import Facts

FIRST_TIME = "30_days"  # where no time was chosen: all there is would be too much to look at
TIME = ("when", "first", "last")


def look_at(facts: Facts) -> Go:
    """From the history, or a place that knows the account, to its pictures of the same time."""
    kept = {name: facts.get(name, "") for name in ("account", "name", *TIME)}
    kept["when"] = kept["when"] or FIRST_TIME
    found = {**kept, "picture": BALANCE, "history": dict(facts)}
    return Go(conversation="pictures", state="look", facts=found)

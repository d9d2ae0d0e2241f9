"""Back to what a code or a file came in between of."""

from bot.conversations.kernel import Go, Step
from bot.conversations.model import Text
from bot.conversations.standing import Facts


def kept_back(step: Step) -> Facts:
    """The way back, for the facts of the next state."""
    back = step.facts.get("back")
    return {"back": back} if back else {}


def go_back(step: Step, note: Text | None = None) -> Go:
    """Where the person was before, else the menu."""
    back = step.facts.get("back")
    if not isinstance(back, list):
        return Go(conversation="menu", state="home", facts={}, note=note)
    conversation, state, facts = back
    return Go(conversation=conversation, state=state, facts=facts, note=note)

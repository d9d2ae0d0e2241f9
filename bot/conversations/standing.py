"""Where a chat stands: the place that is saved, and its screen as it is shown."""

from collections.abc import Mapping
from dataclasses import replace

from bot.conversations.buttons import references
from bot.conversations.model import (
    Attachment,
    Command,
    Event,
    Heard,
    Move,
    Said,
    Screen,
    ShowPlace,
    Text,
)
from core.inbox.model import Place

Facts = Mapping[str, object]


def standing(place: Place | None) -> Place | None:
    """A place that was cleared is the menu, under the version it has."""
    if place is None or place.conversation:
        return place
    return replace(place, conversation="menu", state="home")


def back_to(place: Place | None, conversation: str) -> Facts:
    """What `conversation` keeps to return to what it comes in between of, if that is anything."""
    if place is None or place.conversation == "menu":
        return {}
    if place.conversation == conversation:
        return {"back": place.facts["back"]} if "back" in place.facts else {}
    return {"back": [place.conversation, place.state, dict(place.facts)]}


def interrupted(place: Place) -> Place | None:
    """The place as it was before the present conversation came in between."""
    back = place.facts.get("back")
    if not isinstance(back, list):
        return None
    conversation, state, facts = back
    return replace(place, conversation=conversation, state=state, facts=facts)


def written(heard: Heard) -> str:
    """What the person wrote, if anything."""
    if isinstance(heard, Said):
        return heard.text
    if isinstance(heard, Command):
        return heard.argument
    return heard.caption if isinstance(heard, Attachment) else ""


def placed(
    event: Event, old: Place | None, conversation: str, state: str, facts: Facts, screen: Screen
) -> Place:
    return Place(
        chat_id=event.chat_id,
        conversation=conversation,
        state=state,
        facts=facts,
        screen=_meanings(screen),
        version=(old.version if old else 0) + 1,
        last_event=event.key,
        message_id=old.message_id if old else None,
    )


def _meanings(screen: Screen) -> dict[str, object]:
    moves: Mapping[str, Move] = references(screen)
    return {reference: [move.name, move.argument] for reference, move in moves.items()}


def noted(screen: Screen, note: Text | None) -> Screen:
    if note is None:
        return screen
    return replace(screen, text=Text("kernel.noted", {"note": note, "screen": screen.text}))


def shown_at(event: Event, old: Place | None, stands: Place, screen: Screen) -> ShowPlace:
    """Edit in place when the press came from the present screen, else write below."""
    here = event.message_id is not None and old is not None and event.message_id == old.message_id
    return ShowPlace(
        screen=screen, version=stands.version, message_id=stands.message_id, replace=here
    )

"""Reads just enough of a Telegram update to store it: its number and the queue it stays in."""

import json
from collections.abc import Iterator, Mapping

from core.card_numbers import masked
from core.errors import InvalidRequest
from core.inbox.model import Incoming

LARGEST_ID = 2**63 - 1
CODE_SYMBOLS = 20  # a top-up code has a few more
NO_QUEUE = "other"  # updates that belong to no chat and no person


def read_update(raw: bytes) -> Incoming:
    """An update as it came over the wire, kept word for word but for numbers of cards."""
    try:
        text = raw.decode("utf-8")
        update = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("an update is a JSON object in UTF-8") from error
    if not isinstance(update, dict):
        raise InvalidRequest("an update is a JSON object in UTF-8")
    if _hide_card_numbers(update):
        return incoming_of(update)
    return Incoming(
        update_id=_update_id(update),
        queue=queue_of(update),
        payload=text,
        is_private=_may_hold_code(update),
    )


def incoming_of(update: Mapping[str, object]) -> Incoming:
    """An update that somebody has parsed already."""
    kept = dict(update)
    _hide_card_numbers(kept)
    payload = json.dumps(kept, separators=(",", ":"))
    return Incoming(
        update_id=_update_id(update),
        queue=queue_of(update),
        payload=payload,
        is_private=_may_hold_code(kept),
    )


def _hide_card_numbers(update: dict[str, object]) -> bool:
    """Card numbers people type never reach the disk; says whether there were any."""
    found = False
    for kind, event in update.items():
        if not isinstance(event, dict) or kind == "callback_query":
            continue
        said = {name: event[name] for name in ("text", "caption") if name in event}
        hidden = {name: masked(text) for name, text in said.items() if isinstance(text, str)}
        if any(said[name] != text for name, text in hidden.items()):
            update[kind] = {**event, **hidden}
            found = True
    return found


def _may_hold_code(update: Mapping[str, object]) -> bool:
    """Whether somebody wrote, or quotes, enough letters and digits for a top-up code."""
    events = [event for kind, event in update.items() if kind != "callback_query"]
    said = [text for event in events for text in _texts_in(event)]
    return any(sum(map(str.isalnum, text)) >= CODE_SYMBOLS for text in said)


def _texts_in(event: object) -> Iterator[str]:
    if not isinstance(event, Mapping):
        return
    for name in ("text", "caption"):
        if isinstance(text := event.get(name), str):
            yield text
    for name in ("reply_to_message", "external_reply", "quote"):
        yield from _texts_in(event.get(name))


def queue_of(update: Mapping[str, object]) -> str:
    """What the update stays in order with: its chat (`chat:<id>`), else its person (`user:<id>`).

    A press of a button is in the queue of the chat its message stands in.
    """
    events = [value for value in update.values() if isinstance(value, Mapping)]
    for event in events:
        message = event.get("message")
        for holder in (event, message if isinstance(message, Mapping) else {}):
            if (chat_id := _id_in(holder, "chat")) is not None:
                return f"chat:{chat_id}"
    for event in events:
        for field in ("from", "user"):
            if (person_id := _id_in(event, field)) is not None:
                return f"user:{person_id}"
    return NO_QUEUE


def _update_id(update: Mapping[str, object]) -> int:
    found = update.get("update_id")
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= LARGEST_ID:
        raise InvalidRequest("an update has an update_id, a whole number from 0 on")
    return found


def _id_in(holder: Mapping[str, object], field: str) -> int | None:
    named = holder.get(field)
    found = named.get("id") if isinstance(named, Mapping) else None
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) > LARGEST_ID:
        return None
    return found

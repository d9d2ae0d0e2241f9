"""Turns a method's text and markup fields into the text a message carries."""

import re
from collections.abc import Iterator

import telegram

from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request, cannot_parse
from sandbox.telegram.html import read_html
from sandbox.telegram.limits import CAPTION_LENGTH, ENTITIES, TEXT_LENGTH, utf16_length
from sandbox.telegram.markdown import read_markdown
from sandbox.telegram.model import Formatted, Json

_FOUND_BY_ITSELF = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)，。；：！？）」】])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})"
    r"|(?P<hashtag>(?<!\w)#(?=\w*[^\W\d])\w+)"
)
_HINTS = ("/", "@", "#")
_CLOSED = frozenset({"code", "pre", "text_link", "text_mention"})


def read_text(call: Call) -> Formatted:
    if not call.has("text"):
        raise bad_request("message text is empty")
    body = _read(call, "text", "entities")
    if not body.text:
        raise bad_request("message text is empty")
    if utf16_length(body.text) > TEXT_LENGTH:
        raise bad_request("message is too long")
    return body


def read_caption(call: Call) -> Formatted:
    return checked_caption(_read(call, "caption", "caption_entities"))


def read_caption_of(media: Json) -> Formatted:
    """The caption inside an InputMedia object."""
    body = formatted(
        str(media.get("caption") or ""), media.get("parse_mode"), media.get("caption_entities")
    )
    return checked_caption(body)


def checked_caption(body: Formatted) -> Formatted:
    if utf16_length(body.text) > CAPTION_LENGTH:
        raise bad_request("message caption is too long")
    return body


def said_by_person(text: str) -> Formatted:
    """People's apps send no markup, but commands and links are found."""
    return _completed(Formatted(text=text.strip()))


def formatted(text: str, parse_mode: str | None, entities: object) -> Formatted:
    if entities:
        body = Formatted(text=text, entities=_given(text, entities))
    else:
        body = _parsed(text, parse_mode)
    return _completed(_stripped(body))


def _read(call: Call, field: str, entities_field: str) -> Formatted:
    entities = call.json(entities_field, "entities")
    return formatted(call.text(field), call.text("parse_mode"), entities)


def _parsed(text: str, parse_mode: str | None) -> Formatted:
    mode = (parse_mode or "").lower()
    if not mode:
        return Formatted(text=text)
    if mode == "html":
        return read_html(text)
    if mode in {"markdownv2", "markdown"}:
        return read_markdown(text)
    raise bad_request("unsupported parse_mode")


def _given(text: str, entities: object) -> tuple[telegram.MessageEntity, ...]:
    if not isinstance(entities, list):
        raise cannot_parse("expected an Array of entities")
    length = utf16_length(text)
    read = []
    for data in entities:
        if not isinstance(data, dict) or not {"type", "offset", "length"} <= data.keys():
            raise cannot_parse("expected an Object as an entity")
        entity = telegram.MessageEntity.de_json(data)
        if entity.offset < 0 or entity.length <= 0 or entity.offset + entity.length > length:
            raise cannot_parse("entity beyond the end of the text")
        read.append(entity)
    return tuple(read)


def _stripped(body: Formatted) -> Formatted:
    """Telegram drops white space around a text; entities move and shrink with it."""
    text = body.text.strip()
    if len(text) == len(body.text):
        return body
    start = utf16_length(body.text[: len(body.text) - len(body.text.lstrip())])
    end = utf16_length(text)
    moved = []
    for entity in body.entities:
        first = max(0, entity.offset - start)
        last = min(end, entity.offset - start + entity.length)
        if last > first:
            data = {**entity.to_dict(), "offset": first, "length": last - first}
            moved.append(telegram.MessageEntity.de_json(data))
    return Formatted(text=text, entities=tuple(moved))


def _completed(body: Formatted) -> Formatted:
    if not any(hint in body.text for hint in _HINTS):
        return _first(body)
    found = [entity for entity in _found(body.text) if not _is_within_closed(entity, body)]
    if not found:
        return _first(body)
    everything = sorted(
        (*body.entities, *found), key=lambda entity: (entity.offset, -entity.length)
    )
    return _first(Formatted(text=body.text, entities=tuple(everything)))


def _first(body: Formatted) -> Formatted:
    """Telegram forgets entities beyond the hundredth."""
    if len(body.entities) <= ENTITIES:
        return body
    return Formatted(text=body.text, entities=body.entities[:ENTITIES])


def _found(text: str) -> Iterator[telegram.MessageEntity]:
    is_narrow = len(text) == utf16_length(text)
    for match in _FOUND_BY_ITSELF.finditer(text):
        kind = match.lastgroup or "url"
        start = match.start() if is_narrow else utf16_length(text[: match.start()])
        yield telegram.MessageEntity(kind, start, utf16_length(match.group()))


def _is_within_closed(found: telegram.MessageEntity, body: Formatted) -> bool:
    return any(
        entity.type in _CLOSED
        and entity.offset < found.offset + found.length
        and found.offset < entity.offset + entity.length
        for entity in body.entities
    )

"""Telegram's HTML: a few tags, read strictly, into text and entities."""

import re
from dataclasses import dataclass, field

import telegram

from sandbox.telegram.errors import cannot_parse
from sandbox.telegram.limits import utf16_length
from sandbox.telegram.model import Formatted

_NAMES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));?")
_TAG = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r"([^\s=/>]+)\s*(=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_PLAIN = re.compile(r"[^<&]+")
_USER_LINK = "tg://user?id="


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTag:
    name: str
    at: int
    attributes: dict[str, str]


@dataclass(slots=True, kw_only=True)
class _Reading:
    source: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    tags: list[OpenTag] = field(default_factory=list)
    entities: list[telegram.MessageEntity] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16_length(text)

    def offset(self, index: int) -> int:
        return len(self.source[:index].encode())


def read_html(source: str) -> Formatted:
    reading = _Reading(source=source)
    index = 0
    while index < len(source):
        if plain := _PLAIN.match(source, index):
            reading.write(plain.group())
            index = plain.end()
        elif source[index] == "&":
            index = _character(reading, index)
        else:
            index = _tag(reading, index)
    if reading.tags:
        raise cannot_parse(
            f'Can\'t find end tag corresponding to start tag "{reading.tags[-1].name}"'
        )
    # The outer of two with the same extent was closed later, and comes first.
    closed = reversed(reading.entities)
    entities = sorted(closed, key=lambda entity: (entity.offset, -entity.length))
    return Formatted(text="".join(reading.parts), entities=tuple(entities))


def _character(reading: _Reading, index: int) -> int:
    found = _REFERENCE.match(reading.source, index)
    if not found:
        reading.write("&")
        return index + 1
    name, decimal, hexadecimal = found.groups()
    number = int(decimal or hexadecimal or "0", 10 if decimal else 16)
    reading.write(_CHARACTERS[name] if name else chr(number))
    return found.end()


def _tag(reading: _Reading, index: int) -> int:
    found = _TAG.match(reading.source, index)
    at = reading.offset(index)
    if not found:
        raise cannot_parse(f"Unclosed start tag at byte offset {at}")
    is_end, name, rest = found.group(1), found.group(2).lower(), found.group(3)
    if is_end:
        _close(reading, name, at)
        return found.end()
    if name not in _NAMES:
        raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {at}')
    attributes = _attributes(rest)
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    reading.tags.append(OpenTag(name=name, at=reading.length, attributes=attributes))
    return found.end()


def _attributes(rest: str) -> dict[str, str]:
    return {
        found.group(1).lower(): found.group(3) or found.group(4) or found.group(5) or ""
        for found in _ATTRIBUTE.finditer(rest)
    }


def _close(reading: _Reading, name: str, at: int) -> None:
    if not reading.tags:
        raise cannot_parse(f"Unexpected end tag at byte offset {at}")
    tag = reading.tags.pop()
    if name not in {"", tag.name}:
        raise cannot_parse(
            f'Unmatched end tag at byte offset {at}, expected "</{tag.name}>", found "</{name}>"'
        )
    entity = _entity(tag, reading)
    if entity:
        reading.entities.append(entity)


def _entity(tag: OpenTag, reading: _Reading) -> telegram.MessageEntity | None:
    length = reading.length - tag.at
    if length == 0 or _is_language_of_pre(tag, reading):
        return None
    if tag.name == "a":
        inner = "".join(reading.parts).encode("utf-16-le")[tag.at * 2 :].decode("utf-16-le")
        return _link(tag, length, tag.attributes.get("href") or inner)
    kind = _NAMES[tag.name]
    if tag.name == "blockquote" and "expandable" in tag.attributes:
        kind = "expandable_blockquote"
    language = tag.attributes.get("class", "").removeprefix("language-") or None
    return telegram.MessageEntity(
        type=kind,
        offset=tag.at,
        length=length,
        language=language if tag.name == "pre" else None,
        custom_emoji_id=tag.attributes.get("emoji-id"),
    )


def _is_language_of_pre(tag: OpenTag, reading: _Reading) -> bool:
    """`<pre><code class="language-…">` is one block with a language, not two."""
    if tag.name != "code" or not reading.tags or reading.tags[-1].name != "pre":
        return False
    reading.tags[-1].attributes.update(tag.attributes)
    return True


def _link(tag: OpenTag, length: int, address: str) -> telegram.MessageEntity | None:
    if address.startswith(_USER_LINK):
        user_id = address.removeprefix(_USER_LINK)
        if not user_id.isdigit():
            return None
        user = telegram.User(id=int(user_id), first_name="", is_bot=False)
        return telegram.MessageEntity("text_mention", tag.at, length, user=user)
    if "." not in address and "//" not in address:
        return None
    return telegram.MessageEntity("text_link", tag.at, length, url=address)

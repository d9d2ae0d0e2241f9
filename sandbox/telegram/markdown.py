"""Telegram's MarkdownV2, read strictly, into text and entities."""

import re
from dataclasses import dataclass, field

import telegram

from sandbox.telegram.errors import cannot_parse
from sandbox.telegram.limits import utf16_length
from sandbox.telegram.model import Formatted

_KINDS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
    "[": "text_link",
}
_TITLES = {"text_link": "TextUrl", "pre": "PreCode"}
_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARK = re.compile(r"```|`|__|\|\||[*_~\[]")
_CODE_MARKS = frozenset({"`", "```"})
_LANGUAGE = re.compile(r"([A-Za-z0-9_+#-]+)\n")
_ADDRESS = re.compile(r"\]\(((?:\\.|[^)\\])*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    mark: str
    at: int
    index: int
    language: str | None = None


@dataclass(slots=True, kw_only=True)
class _Reading:
    source: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[_Open] = field(default_factory=list)
    entities: list[telegram.MessageEntity] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16_length(text)

    def close(self, url: str | None = None) -> None:
        opened = self.opened.pop()
        if self.length > opened.at:
            entity = telegram.MessageEntity(
                type=_KINDS[opened.mark],
                offset=opened.at,
                length=self.length - opened.at,
                url=url,
                language=opened.language,
            )
            self.entities.append(entity)


def read_markdown(source: str) -> Formatted:
    reading = _Reading(source=source)
    index = 0
    while index < len(source):
        index = _step(reading, index)
    if reading.opened:
        left = reading.opened[-1]
        kind = _KINDS[left.mark]
        title = _TITLES.get(kind, kind.capitalize())
        offset = len(source[: left.index].encode())
        raise cannot_parse(f"Can't find end of {title} entity at byte offset {offset}")
    # The outer of two with the same extent was closed later, and comes first.
    closed = reversed(reading.entities)
    entities = sorted(closed, key=lambda entity: (entity.offset, -entity.length))
    return Formatted(text="".join(reading.parts), entities=tuple(entities))


def _step(reading: _Reading, index: int) -> int:
    source = reading.source
    character = source[index]
    if character == "\\" and index + 1 < len(source) and source[index + 1].isascii():
        reading.write(source[index + 1])
        return index + 2
    within = reading.opened[-1].mark if reading.opened else ""
    if within in _CODE_MARKS:
        return _step_in_code(reading, index, within)
    if within == "[" and character == "]":
        return _end_of_link(reading, index)
    found = _MARK.match(source, index)
    if found:
        return _mark(reading, found.group(), index, within)
    if character in _RESERVED:
        raise cannot_parse(
            f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
        )
    reading.write(character)
    return index + 1


def _step_in_code(reading: _Reading, index: int, within: str) -> int:
    if reading.source.startswith(within, index):
        reading.close()
        return index + len(within)
    reading.write(reading.source[index])
    return index + 1


def _mark(reading: _Reading, mark: str, index: int, within: str) -> int:
    end = index + len(mark)
    if mark == within:
        reading.close()
        return end
    language = _LANGUAGE.match(reading.source, end) if mark == "```" else None
    reading.opened.append(
        _Open(
            mark=mark,
            at=reading.length,
            index=index,
            language=language.group(1) if language else None,
        )
    )
    return language.end() if language else end


def _end_of_link(reading: _Reading, index: int) -> int:
    address = _ADDRESS.match(reading.source, index)
    if not address:
        raise cannot_parse("Can't find end of a URL")
    reading.close(re.sub(r"\\(.)", r"\1", address.group(1)))
    return address.end()

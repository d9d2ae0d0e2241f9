"""Shortens HTML to what Telegram takes without breaking a tag or a character."""

import re

_PARTS = re.compile(r"<(/?)([a-z-]+)[^>]*>|&[#a-z0-9]+;|.", re.DOTALL)
ELLIPSIS = "…"


def shown_length(html: str) -> int:
    """How Telegram counts: after the markup is read, in UTF-16 units."""
    return sum(_units(part) for part in _PARTS.finditer(html))


def cut(html: str, longest: int) -> str:
    """The HTML as it is, or its beginning with every open tag closed."""
    if len(html) <= longest // 2 or shown_length(html) <= longest:
        return html
    kept: list[str] = []
    open_tags: list[str] = []
    room = longest - len(ELLIPSIS)
    for part in _PARTS.finditer(html):
        room -= _units(part)
        if room < 0:
            break
        kept.append(part[0])
        if part[2]:
            open_tags = open_tags[:-1] if part[1] else [*open_tags, part[2]]
    closing = "".join(f"</{tag}>" for tag in reversed(open_tags))
    return "".join((*kept, ELLIPSIS, closing))


def _units(part: re.Match[str]) -> int:
    if part[2]:
        return 0
    return 1 if part[0].startswith("&") and len(part[0]) > 1 else 1 + (ord(part[0]) > 0xFFFF)

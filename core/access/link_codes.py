"""What people type or paste instead of opening a link: the token, the address, or a short code.

A code has twelve symbols of Crockford base 32, 60 bits, and lives as long as its link: nobody
finds one by guessing within those minutes.
"""

import re
from dataclasses import dataclass

from core.ids import Ids, token_hash

PREFIX = "link_"  # how a deep link says that it carries a link token
LENGTH = 12
GROUP = 4
_TOKEN = re.compile(rf"(?:https://t\.me/\w{{1,64}}\?start=)?(?:{PREFIX})?([A-Za-z0-9_-]{{43}})")
_CODE = re.compile(r"[0-9A-Z]{4}([- ]?)[0-9A-Z]{4}\1[0-9A-Z]{4}")
_CONFUSED = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedLink:
    """A text that looks like a link: by the hash of its token, or of its code."""

    token_hash: str | None = None
    code_hash: str | None = None
    is_grouped: bool = False  # nobody types a code's hyphens by accident


def new(ids: Ids) -> str:
    code = ids.short(LENGTH)
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def hash_of(code: str) -> str:
    """How a code is stored: like a token, in one spelling."""
    plain = code.upper().translate(_CONFUSED).replace("-", "").replace(" ", "")
    return token_hash(f"code:{plain}")


def read(text: str) -> TypedLink | None:
    """None for a text that cannot be one."""
    text = text.strip()
    if match := _TOKEN.fullmatch(text):
        return TypedLink(token_hash=token_hash(match[1]), is_grouped=True)
    if match := _CODE.fullmatch(text.upper()):
        return TypedLink(code_hash=hash_of(text), is_grouped=match[1] == "-")
    return None

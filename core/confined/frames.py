"""How the two sides of a confined task talk: a length, facts as JSON, then a block of bytes."""

import json
from collections.abc import Mapping
from typing import Any

_LENGTH = 4


def pack(facts: Mapping[str, object], block: bytes) -> bytes:
    head = json.dumps(facts, ensure_ascii=True).encode("ascii")
    return len(head).to_bytes(_LENGTH, "big") + head + block


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Raises ValueError when it is no whole message."""
    start = _LENGTH + int.from_bytes(message[:_LENGTH], "big")
    facts = json.loads(message[_LENGTH:start])
    if not isinstance(facts, dict):
        raise ValueError("facts are an object")  # noqa: TRY004 - one error for every bad form
    return facts, message[start:]

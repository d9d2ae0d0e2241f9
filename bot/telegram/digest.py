"""Remembers in short what a card showed last, so that only what changed is edited."""

import hashlib
from dataclasses import dataclass
from typing import Self

from bot.conversations.model import Picture, Qr
from bot.telegram.render import Rendered


@dataclass(frozen=True, slots=True)
class Digest:
    """One hash for each part that is edited by a call of its own."""

    text: str
    keyboard: str
    image: str

    @classmethod
    def of(cls, rendered: Rendered) -> Self:
        keyboard = rendered.keyboard.model_dump_json() if rendered.keyboard else ""
        parts = (rendered.text.encode(), keyboard.encode(), _told(rendered.image))
        return cls(*(_hash(part) for part in parts))

    @classmethod
    def read(cls, kept: str | None) -> Self | None:
        parts = (kept or "").split(".")
        return cls(*parts) if len(parts) == 3 else None

    def __str__(self) -> str:
        return f"{self.text}.{self.keyboard}.{self.image}"


def _told(image: Qr | Picture | None) -> bytes:
    if isinstance(image, Picture):
        return image.content
    return repr(image).encode() if image else b""


def _hash(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()[:24]

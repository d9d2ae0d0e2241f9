"""A text of the catalogue, taken apart once so that filling it in is only joining."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass(frozen=True, slots=True)
class Template:
    """Literal pieces and field names by turns; the first and the last piece are literal."""

    pieces: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Template":
        return cls(tuple(_FIELD.split(text)))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.pieces[1::2])

    def fill(self, values: Mapping[str, str]) -> str:
        """A field that is missing stands as `[name?]`, which tells more than silence."""
        return "".join(
            piece if position % 2 == 0 else values.get(piece, f"[{piece}?]")
            for position, piece in enumerate(self.pieces)
        )

    def without_tags(self) -> "Template":
        """The same for places that show plain text: button labels and answers to presses."""
        return Template(
            tuple(
                piece if position % 2 else html.unescape(_TAG.sub("", piece))
                for position, piece in enumerate(self.pieces)
            )
        )

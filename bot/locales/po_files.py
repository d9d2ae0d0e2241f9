"""Reads and orders the `.po` files, one per language, straight from the source tree."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("zh_CN", "en")  # the first one stands in for a text another lacks
_KEY_LINE = re.compile(r'^msgid "(.+)"$', re.MULTILINE)


def read_all(folder: Path) -> dict[str, dict[str, str]]:
    """Every language's texts by key; an empty translation counts as none."""
    return {
        language: {key: text for key, text in _entries(folder, language) if text}
        for language in LANGUAGES
    }


def keys_in_order(folder: Path, language: str) -> list[str]:
    """The keys as the file has them, twice those that stand there twice."""
    return _KEY_LINE.findall(_path(folder, language).read_text("utf-8"))


def sort_all(folder: Path) -> None:
    """Rewrite each file with its entries in the order of their keys."""
    for language in LANGUAGES:
        path = _path(folder, language)
        catalog = _read(path, language)
        with path.open("wb") as file:
            write_po(file, catalog, width=0, sort_output=True, omit_header=True)


def _entries(folder: Path, language: str) -> Iterator[tuple[str, str]]:
    for message in _read(_path(folder, language), language):
        if message.id:
            yield str(message.id), str(message.string or "")


def _path(folder: Path, language: str) -> Path:
    return folder / f"{language}.po"


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8", abort_invalid=True)

"""Every word a person sees, by key and language; `--check` proves that none is missing."""

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Self

import structlog

from bot.conversations.model import Text
from bot.locales import check, plurals, po_files
from bot.locales.fields import as_html, formatted, visible
from bot.locales.template import Template

HERE = Path(__file__).parent
SOURCES = HERE.parent
log = structlog.get_logger()


class Catalogue:
    """Says texts in the languages it has; what a language lacks is said in the first one."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]], zone: tzinfo) -> None:
        self.languages = tuple(texts)
        self._zone = zone
        self._html = {
            language: {key: Template.read(text) for key, text in entries.items()}
            for language, entries in texts.items()
        }
        self._plain = {
            language: {key: template.without_tags() for key, template in entries.items()}
            for language, entries in self._html.items()
        }

    @classmethod
    def load(cls, zone: tzinfo, folder: Path = HERE) -> Self:
        """Read the `.po` files of the folder, once, at start."""
        return cls(po_files.read_all(folder), zone)

    def say(self, language: str, text: Text) -> str:
        """The text as HTML, its fields escaped."""
        return self._say(self._html, language, text, as_html)

    def plain(self, language: str, text: Text) -> str:
        """The text without markup: for button labels and answers to presses."""
        return self._say(self._plain, language, text, visible)

    def _say(
        self,
        templates: Mapping[str, Mapping[str, Template]],
        language: str,
        text: Text,
        shown: Callable[[str], str],
    ) -> str:
        template = self._find(templates, language, _counted(text, language))
        values: dict[str, str] = {}
        for name, value in text.fields.items():
            if isinstance(value, Text):
                values[name] = self._say(templates, language, value, shown)
            else:
                told, said = formatted(name, value, self._zone, language)
                values[told] = shown(said)
        if not template.names <= values.keys():
            log.error("text.field_missing", key=text.key, language=language)
        return template.fill(values)

    def _find(
        self, templates: Mapping[str, Mapping[str, Template]], language: str, key: str
    ) -> Template:
        """In the language, counted or general; else in the first language that has the key."""
        general = key.removesuffix(plurals.SINGULAR)
        for name, wanted in (
            (language, key),
            *((one, general) for one in self._preferred(language)),
        ):
            if (found := templates.get(name, {}).get(wanted)) is not None:
                return found
        log.error("text.missing", key=key, language=language)
        return Template((key,))

    def _preferred(self, language: str) -> tuple[str, ...]:
        return (language, *self.languages)


def _counted(text: Text, language: str) -> str:
    """The key of the form the language has for this `count`: `key.singular` beside `key`."""
    count = text.fields.get("count")
    if isinstance(count, int) and plurals.counts_as_one(count, language):
        return f"{text.key}{plurals.SINGULAR}"
    return text.key


def main(arguments: list[str]) -> int:
    """`--check` exits 1 and names every fault; `--sort` rewrites the files in order."""
    parser = argparse.ArgumentParser(prog="python -m bot.locales.catalogue")
    parser.add_argument("--check", action="store_true", help="exit 1 and say what is wrong")
    parser.add_argument("--sort", action="store_true", help="rewrite the files sorted by key")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the .po files are")
    parser.add_argument("--sources", type=Path, default=SOURCES, help="the code that uses them")
    options = parser.parse_args(arguments)
    if options.sort:
        po_files.sort_all(options.folder)
    faults = check.faults_of(options.folder, options.sources) if options.check else []
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

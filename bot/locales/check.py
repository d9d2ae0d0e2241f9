"""What can be wrong with the texts: a missing key, a lost field, a language in the wrong file."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

from bot.locales import plurals, po_files
from bot.locales.template import Template
from bot.locales.usage import Usage

# Names of languages are written in themselves.
_OTHER_LANGUAGE_KEYS = frozenset({"language.zh_CN", "language.en"})
_CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]")
_WORD = re.compile(r"[A-Za-z]{3,}")
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,;]?(?: [A-Za-z]{2,}[,;]?){2,}")  # three words on end
_SEVERAL = re.compile(r"\{count\}(?:</[a-z]+>)? (?:[a-z-]+ )?(?:people|[a-z]+s)\b|\(s\)")
_CODE = re.compile(r"<code>[^<]*</code>")
_QUOTED = re.compile(r"\{(reference|order_no|trade_no|serial|serial_no)\}")
_TAGS = frozenset({"b", "i", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"})
_ATTRIBUTES = {"a": frozenset({"href"}), "blockquote": frozenset({"expandable"})}

Texts = Mapping[str, Mapping[str, str]]


def faults_of(folder: Path, sources: Path) -> list[str]:
    """One sentence per fault, in a steady order."""
    texts = po_files.read_all(folder)
    found = [*_keys(texts), *_fields(texts), *_languages(texts), *_singulars(texts)]
    found += [*_markup(texts), *_copyable(texts)]
    return [*found, *_order(folder), *_empty(folder, texts), *_use(texts, Usage.of(sources))]


def _all_keys(texts: Texts) -> list[str]:
    return sorted({key for entries in texts.values() for key in entries})


def _keys(texts: Texts) -> Iterator[str]:
    for key in _all_keys(texts):
        for language, entries in texts.items():
            if key not in entries and _is_due(key, language):
                yield f"{language}: {key} is missing"


def _is_due(key: str, language: str) -> bool:
    """A singular is due only where the language has one."""
    return not key.endswith(plurals.SINGULAR) or plurals.has_singular(language)


def _fields(texts: Texts) -> Iterator[str]:
    for key in _all_keys(texts):
        names = {
            language: Template.read(entries[key]).names
            for language, entries in texts.items()
            if key in entries
        }
        if len(set(names.values())) > 1:
            told = ", ".join(f"{name} has {sorted(held)}" for name, held in names.items())
            yield f"{key}: the fields differ: {told}"


def _languages(texts: Texts) -> Iterator[str]:
    for key, text in texts.get("en", {}).items():
        if _CJK.search(text) and key not in _OTHER_LANGUAGE_KEYS:
            yield f"en: {key} has Chinese signs in it"
    for key, text in texts.get("zh_CN", {}).items():
        if key in _OTHER_LANGUAGE_KEYS:
            continue
        if not _CJK.search(text) and _WORD.search(_literal(text)):
            yield f"zh_CN: {key} looks untranslated"
        elif _SENTENCE.search(_literal(text)):
            yield f"zh_CN: {key} has an English sentence in it"


def _literal(text: str) -> str:
    """What stands in the text itself, without tags; a field breaks a sentence."""
    return " … ".join(Template.read(text).without_tags().pieces[::2])


def _singulars(texts: Texts) -> Iterator[str]:
    """One thing is not "1 things": who says several has to say one, too."""
    english = texts.get("en", {})
    for key, text in english.items():
        one = f"{key}{plurals.SINGULAR}"
        if not key.endswith(plurals.SINGULAR) and one not in english and _SEVERAL.search(text):
            yield f"en: {one} is missing: the text speaks of several"


def _markup(texts: Texts) -> Iterator[str]:
    for language, entries in texts.items():
        for key, text in entries.items():
            reader = _Tags()
            reader.feed(text)
            if reader.wrong or reader.open:
                yield f"{language}: {key} has tags that are unknown or do not close"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        self.wrong |= tag not in _TAGS or not names <= _ATTRIBUTES.get(tag, frozenset())
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.wrong |= not self.open or self.open.pop() != tag


def _copyable(texts: Texts) -> Iterator[str]:
    """What people quote is set so that a tap copies it; one-line texts are mostly buttons."""
    for language, entries in texts.items():
        for key, text in entries.items():
            names = _QUOTED.findall(_CODE.sub("", text)) if "\n" in text else []
            for name in names:
                yield f"{language}: {key} has {{{name}}} outside of <code>"


def _order(folder: Path) -> Iterator[str]:
    for language in po_files.LANGUAGES:
        keys = po_files.keys_in_order(folder, language)
        if keys != sorted(set(keys)):
            yield f"{language}: keys stand twice or not in order (--sort puts that right)"


def _empty(folder: Path, texts: Texts) -> Iterator[str]:
    for language, entries in texts.items():
        for key in po_files.keys_in_order(folder, language):
            if key not in entries:
                yield f"{language}: {key} has no text"


def _use(texts: Texts, usage: Usage) -> Iterator[str]:
    keys = _all_keys(texts)
    for key in sorted(usage.named - set(keys)):
        yield f"code names {key}, which no language has"
    for pattern in sorted(usage.patterns):
        if not any(re.fullmatch(pattern, key) for key in keys):
            yield f"code builds keys like {pattern}, and no key is like that"
    for key in keys:
        if not usage.uses(key.removesuffix(plurals.SINGULAR)):
            yield f"{key} is used nowhere"

"""Forms of counted texts: `key` is the general one, `key.singular` that of one thing."""

from functools import cache

from babel import Locale

SINGULAR = ".singular"


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def counts_as_one(count: int, language: str) -> bool:
    """Whether the language says this number in the singular, by CLDR's rules."""
    return str(_locale(language).plural_form(count)) == "one"


def has_singular(language: str) -> bool:
    """Whether the language tells one from several."""
    return "one" in _locale(language).plural_form.tags

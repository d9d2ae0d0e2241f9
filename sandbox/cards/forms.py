"""Stripe's request parameters: bracket notation read into paths, and each value checked."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from sandbox.cards.errors import invalid

Path = tuple[str, ...]
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_METADATA_KEYS, _METADATA_NAME, _METADATA_TEXT = 50, 40, 500


def read_form(text: str) -> "Form":
    values: dict[Path, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = _NAME.fullmatch(name)
        if match is None:
            raise invalid(f"Invalid parameter name: {name}", name)
        path = (match[1], *re.findall(r"\[([^\[\]]*)\]", match[2]))
        if path[-1] == "" and len(path) > 1:
            count = sum(known[: len(path) - 1] == path[:-1] for known in values)
            path = (*path[:-1], str(count))
        values[path] = value
    return Form(values)


class Form:
    """An empty text counts as not given, as at Stripe."""

    def __init__(self, values: Mapping[Path, str]) -> None:
        self.values = dict(values)

    def check_known(self, patterns: Collection[str]) -> None:
        """`#` in a pattern is a place in a list, `*` a name of the merchant's own."""
        for path in self.values:
            if _pattern(path) not in patterns:
                name = written(path)
                raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")

    def has(self, *path: str) -> bool:
        return any(known[: len(path)] == path for known in self.values)

    def text(self, *path: str, longest: int = 5000) -> str | None:
        value = self.values.get(path) or None
        if value is not None and len(value) > longest:
            raise invalid(f"{written(path)} has at most {longest} characters", written(path))
        return value

    def required(self, *path: str) -> str:
        value = self.text(*path)
        if value is None:
            name = written(path)
            raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
        return value

    def integer(self, *path: str, least: int = 0, most: int = 10**12) -> int | None:
        value = self.text(*path)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,15}", value):
            name = written(path)
            raise invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer")
        if not least <= int(value) <= most:
            raise invalid(f"{written(path)} is from {least} to {most}", written(path))
        return int(value)

    def flag(self, *path: str) -> bool | None:
        value = self.text(*path)
        if value not in (None, "true", "false"):
            raise invalid(f"Invalid boolean: {value}", written(path))
        return None if value is None else value == "true"

    def choice(self, *path: str, allowed: Collection[str]) -> str | None:
        value = self.text(*path)
        if value is not None and value not in allowed:
            name = written(path)
            raise invalid(f"Invalid {name}: must be one of {', '.join(allowed)}", name)
        return value

    def texts(self, *path: str, allowed: Collection[str] = ()) -> tuple[str, ...]:
        children = [known for known in self.values if known[:-1] == path]
        found = tuple(self.values[child] for child in sorted(children, key=_place))
        wrong = [each for each in found if allowed and each not in allowed]
        if wrong:
            name = written(path)
            raise invalid(f"Invalid {name}: {wrong[0]}; one of {', '.join(allowed)}", name)
        return found

    def metadata(self, *path: str) -> dict[str, str]:
        where = (*path, "metadata")
        found = {known[-1]: text for known, text in self.values.items() if known[:-1] == where}
        if len(found) > _METADATA_KEYS:
            raise invalid(f"Metadata has at most {_METADATA_KEYS} keys", written(where))
        for name, text in found.items():
            if len(name) > _METADATA_NAME or len(text) > _METADATA_TEXT:
                raise invalid(
                    f"Metadata keys have at most {_METADATA_NAME}, values {_METADATA_TEXT} "
                    "characters",
                    written((*where, name)),
                )
        return {name: text for name, text in found.items() if text}


def written(path: Path) -> str:
    return path[0] + "".join(f"[{part}]" for part in path[1:])


def _pattern(path: Path) -> str:
    parts = ["#" if part.isdecimal() else part for part in path]
    for place, part in enumerate(path[:-1]):
        if part == "metadata":
            parts[place + 1] = "*"
    return written(tuple(parts))


def _place(path: Path) -> int:
    return int(path[-1]) if path[-1].isdecimal() else 0

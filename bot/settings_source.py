"""Reads settings out of the process's environment, each by its name or from a file beside it."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.settings_faults import Fault

PREFIX = "TOPUP_"
LARGEST_FILE = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Stands for a value whose file gave none, until all faults are gathered."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a setting means, what it may be, how its text is read, and the text when unset."""

    meaning: str
    allowed: str
    parse: Callable[[str], object]
    default: str | None = None

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        return no_info_plain_validator_function(self._read)

    def _read(self, given: object) -> object:
        if isinstance(given, _Unreadable):
            raise ValueError(given.reason)  # noqa: TRY004 - a fault of the text, not of the code
        return self.parse(str(given))


class FromEnvironment(BaseSettings):
    """A set of settings; built from what `given_to` found, so that it is read only once."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, validate_default=False, frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library names its arguments
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class EnvironmentOrFile(EnvSettingsSource):
    """`TOPUP_X`, else the content of the file that `TOPUP_X_FILE` names. Empty is unset."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        value, key, _ = super().get_field_value(field, field_name)
        if value is None:
            path = self.env_vars.get(f"{PREFIX}{field_name}_file".lower())
            value = None if path is None else _content(path)
        return value, key, False

    def prepare_field_value(self, *parts: Any, **named: Any) -> Any:
        """The text as it stands: no JSON is read into it."""
        return named["value"] if "value" in named else parts[2]


def _content(path: str) -> str | _Unreadable:
    try:
        with Path(path).open("rb") as file:
            text = file.read(LARGEST_FILE + 1).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return _Unreadable(f"the file {path!r} is not UTF-8 text")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        return _Unreadable(f"the file {path!r} cannot be read ({reason})")
    if not text:
        return _Unreadable(f"the file {path!r} is empty")
    if len(text) > LARGEST_FILE:
        return _Unreadable(f"the file {path!r} is larger than {LARGEST_FILE} bytes")
    return text


def variable(field_name: str) -> str:
    return f"{PREFIX}{field_name.upper()}"


def settings_of(model: type[FromEnvironment]) -> Iterator[tuple[str, Setting]]:
    """Each field of the model with the setting it is declared by."""
    for name, field in model.model_fields.items():
        for part in field.metadata:
            if isinstance(part, Setting):
                yield name, part


def given_to(model: type[FromEnvironment]) -> Mapping[str, object]:
    """What the environment says, unread, by the model's field names."""
    return EnvironmentOrFile(model)()


def name_faults(model: type[FromEnvironment]) -> list[Fault]:
    """Names nobody reads, and values given in both ways."""
    names = [variable(field) for field in model.model_fields]
    readable = {*names, *(f"{name}_FILE" for name in names)}
    present = {name.upper() for name, value in os.environ.items() if value}
    faults = [
        _unknown(name, names)
        for name in sorted({item.upper() for item in os.environ} - readable)
        if name.startswith(PREFIX)
    ]
    faults += [
        Fault(name, f"is set, and {name}_FILE too", "one of the two")
        for name in names
        if {name, f"{name}_FILE"} <= present
    ]
    return faults


def _unknown(name: str, names: list[str]) -> Fault:
    close = get_close_matches(name, names, n=1, cutoff=0.8)
    allowed = f"did you mean {close[0]}?" if close else "only the names in docs/settings.md"
    return Fault(name, "is not a setting", allowed)

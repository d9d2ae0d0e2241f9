"""Writes the pages about settings out of the settings themselves.

`python -m bot.settings_page` prints `docs/settings.md`, with `env` `deploy/topup.env.example`.
"""

import sys
from collections.abc import Iterator

import typer

from bot.settings_channels import CHANNELS
from bot.settings_environment import (
    DatabaseEnvironment,
    HttpEnvironment,
    RulesEnvironment,
    UpdatesEnvironment,
)
from bot.settings_reading import WITHOUT_EFFECT
from bot.settings_source import FromEnvironment, settings_of, variable

INTRODUCTION = """\
# Settings

Settings come from the environment. Each may also stand in a file of its own: `TOPUP_X_FILE` names
a file whose content, without the line break at its end, is the value of `TOPUP_X`. That keeps
secrets out of process lists. A setting that is empty counts as unset; one given in both ways is a
fault, and so is a name that begins with `TOPUP_` and is not on this page. `topup serve` lists all
faults at once, one line each, and ends with exit status 2. The other commands need only the
settings they use.

Addresses are https, or http to this machine. A payment channel with none of its settings is off;
with some of them missing, start-up fails and names them. The refund settings of a channel are
aside: without any one of them its refunds become cases to do by hand.
"""
SECTIONS: tuple[tuple[str, type[FromEnvironment]], ...] = (
    ("Telegram", UpdatesEnvironment),
    ("Database", DatabaseEnvironment),
    ("HTTP and the platform", HttpEnvironment),
    ("Rules, remittances, codes and texts", RulesEnvironment),
)


def page() -> str:
    """The whole text; a test compares it with the file."""
    return INTRODUCTION + "".join(f"\n{section}\n" for section in _sections())


ENVIRONMENT = """\
# Every setting, as an environment file: uncomment what you set. docs/settings.md says more.
# Secrets are better kept in files: TOPUP_X_FILE names the file that holds TOPUP_X.
"""


def environment() -> str:
    """An example file with every setting; a test compares it with the one in `deploy/`."""
    models = [(title, model) for title, model in SECTIONS]
    models += [(group.title, group.model) for group in CHANNELS]
    return ENVIRONMENT + "".join(f"\n# --- {title}\n{_lines(model)}" for title, model in models)


def _lines(model: type[FromEnvironment]) -> str:
    return "".join(
        f"\n# {setting.meaning}: {setting.allowed}\n#{variable(name)}={setting.default or ''}\n"
        for name, setting in settings_of(model)
    )


def _sections() -> Iterator[str]:
    for title, model in SECTIONS:
        yield f"## {title}\n\n{_table(model)}"
    for group in CHANNELS:
        yield f"## {group.title}\n\n{_table(group.model)}"


def _table(model: type[FromEnvironment]) -> str:
    rows = ["| setting | meaning | allowed | default |", "|---|---|---|---|"]
    for name, setting in settings_of(model):
        later = " (without effect in this version)" if name in WITHOUT_EFFECT else ""
        default = f"`{setting.default}`" if setting.default is not None else ""
        cells = (f"`{variable(name)}`", f"{setting.meaning}{later}", setting.allowed, default)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    typer.echo(environment() if sys.argv[1:] == ["env"] else page(), nl=False)

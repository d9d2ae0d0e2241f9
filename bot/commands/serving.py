"""Starting the product: settings, then logs, then everything else."""

import structlog

from bot import logs
from bot.serve_role import ServeRole
from bot.settings_reading import read_settings


def serve(role: ServeRole) -> None:
    settings = read_settings()
    logs.configure(settings.secrets())
    if settings.without_effect:
        log = structlog.get_logger("topup")
        log.warning("settings.without_effect", names=settings.without_effect)
    from bot.app import serve as run  # noqa: PLC0415 - takes seconds; faults are told before

    run(settings, role)

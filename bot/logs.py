"""Logs as events with fields, one JSON object a line, without secrets in them."""

import asyncio
import logging
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import Redaction

# They log addresses (the bot's token is in Telegram's) or once per update.
QUIETED = (
    "httpx",
    "httpcore",
    "aiogram",
    "aiohttp",
    "uvicorn",
    "asyncio",
    "sqlalchemy",
    "alembic",
)
_STAMPS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(
    secrets: Iterable[str] = (), *, stream: TextIO | None = None, level: int = logging.INFO
) -> None:
    """Send our events, those of every library and uncaught errors to `stream` (default stdout).

    `secrets` are hidden wherever they appear. Start uvicorn with `log_config=None`.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_formatter(Redaction(secrets)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIETED:
        _quiet(name)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_STAMPS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _log_uncaught


def _formatter(redaction: Redaction) -> logging.Formatter:
    def hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return redaction.fields(event)

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_STAMPS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            hide,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def _quiet(name: str) -> None:
    """The logger and those below it that have settled on handlers or levels of their own."""
    below = [item for item in logging.root.manager.loggerDict if item.startswith(f"{name}.")]
    for item in (name, *below):
        logger = logging.getLogger(item)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(logging.WARNING if item == name else logging.NOTSET)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt | asyncio.CancelledError):
        return
    logging.getLogger("topup").critical("uncaught", exc_info=(kind, error, trace))

"""One question to the Bot API without the bot: who are we, and what time is it there.

Commands ask this; the messenger's library takes seconds to import, and hides the answer's date.
"""

import asyncio
import json
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from bot.settings import Secret
from core.errors import TopupError

TIMEOUT_S = 10.0
LARGEST_ANSWER = 64 * 1024


class TelegramSilent(TopupError):
    """The Bot API could not be asked, or refused the token; never shows the token."""

    code = "telegram_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The bot as Telegram knows it; `date` is the server's clock, to the second."""

    username: str
    date: datetime | None


async def ask_who_we_are(api: str, token: Secret) -> Identity:
    """Raises `TelegramSilent`."""
    return await asyncio.to_thread(_ask, api, token)


def _ask(api: str, token: Secret) -> Identity:
    parts = urlsplit(api)
    try:
        connection = _connection(parts.scheme, str(parts.hostname), parts.port)
        try:
            connection.request("GET", f"{parts.path}/bot{token.reveal()}/getMe")
            response = connection.getresponse()
            return _identity(response, response.read(LARGEST_ANSWER))
        finally:
            connection.close()
    except (OSError, HTTPException) as error:  # its text may hold the address, and so the token
        reason = f"{api} could not be asked: {type(error).__name__}"
        raise TelegramSilent(reason) from None


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        trust = ssl.create_default_context()
        return HTTPSConnection(host, port, timeout=TIMEOUT_S, context=trust)
    return HTTPConnection(host, port, timeout=TIMEOUT_S)


def _identity(response: HTTPResponse, body: bytes) -> Identity:
    if response.status in (401, 404):
        raise TelegramSilent("Telegram does not know the token in TOPUP_BOT_TOKEN")
    try:
        username = json.loads(body)["result"]["username"]
    except (ValueError, KeyError, TypeError) as error:
        raise TelegramSilent(f"getMe answered HTTP {response.status} without a name") from error
    return Identity(username=str(username), date=_date(response.getheader("Date")))


def _date(header: str | None) -> datetime | None:
    try:
        return None if header is None else parsedate_to_datetime(header)
    except ValueError:
        return None

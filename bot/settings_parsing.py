"""From the text of one setting to its value; a ValueError says what is wrong with the text."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from bot.settings import Secret
from core.errors import InvalidRequest
from core.providers.wechat_signing import API_V3_KEY_BYTES, load_public_key, load_signing_key
from core.remittance.calendar import Overrides, read_overrides
from core.remittance.receipt_places import Bucket

Network = IPv4Network | IPv6Network
Choice = TypeVar("Choice", bound=StrEnum)
SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")
LARGEST_DAYS = 256 * 1024  # bytes of a file of bank days
WEBHOOK_KEY_BYTES = range(24, 65)  # what Standard Webhooks asks of a secret
_HOST = re.compile(r"[0-9A-Za-z._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_BEARER = re.compile(r"[0-9A-Za-z._~+/=-]+")


def line(text: str) -> str:
    if any(not symbol.isprintable() for symbol in text):
        raise ValueError("has a line break or another invisible character")
    return text


def matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("does not have the form")
        return text

    return parse


def secret(parse: Callable[[str], object] = line) -> Callable[[str], Secret]:
    def wrapped(text: str) -> Secret:
        parse(text)
        return Secret(text)

    return wrapped


def whole_number(smallest: int, largest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ValueError(f"{text!r} is not a whole number")
        number = int(text)
        if not smallest <= number <= largest:
            raise ValueError(f"{number} is outside the range")
        return number

    return parse


def choice(kind: type[Choice]) -> Callable[[str], Choice]:
    def parse(text: str) -> Choice:
        if text not in list(kind):
            raise ValueError(f"{text!r} is not known")
        return kind(text)

    return parse


def address(text: str) -> str:
    """Without the slash at its end, so that paths can follow."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("is not an address") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise ValueError("is not an address")
    if not _HOST.fullmatch(parts.hostname) or re.search(r"\s", text):
        raise ValueError("is not an address")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("has more than a host, a port and a path")
    if parts.scheme == "http" and not _is_loopback(parts):
        raise ValueError("is http to another machine")
    return text.rstrip("/")


def _is_loopback(parts: SplitResult) -> bool:
    host = str(parts.hostname)
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r} has an IPv6 address without brackets")
    if not colon or not _HOST.fullmatch(host):
        raise ValueError(f"{text!r} is not host:port")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f"{text!r} has no port from 1 to 65535")
    return host, int(port)


def database_url(text: str) -> Secret:
    try:
        parts = urlsplit(text)
        path, _ = parts.path, parts.port
    except ValueError as error:
        raise ValueError("is not a database address") from error
    if parts.scheme not in SCHEMES or not text.startswith(f"{parts.scheme}://"):
        raise ValueError("names another driver")
    if parts.scheme.startswith("sqlite") and (parts.netloc or path == "/:memory:"):
        raise ValueError("does not name a file")
    if len(path) <= 1:
        raise ValueError("does not name a file or a database")
    return Secret(text)


def receipts(text: str) -> Path | Bucket:
    if not text.startswith("s3:"):
        return Path(line(text))
    match = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", text)
    if match is None:
        raise ValueError(f"{text!r} has no bucket")
    return Bucket(name=match[1], prefix=(match[2] or "").strip("/"))


def bank_days(text: str) -> Overrides:
    """What the file at this path says of bank days."""
    try:
        with Path(line(text)).open("rb") as file:
            content = file.read(LARGEST_DAYS + 1)
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file {text!r} is not UTF-8 text") from error
    except OSError as error:
        raise ValueError(f"the file {text!r} cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_DAYS:
        raise ValueError(f"the file {text!r} is larger than {LARGEST_DAYS} bytes")
    try:
        return read_overrides(said)
    except InvalidRequest as error:
        raise ValueError(f"the file {text!r}: {error}") from error


def api_keys(text: str) -> tuple[Secret, ...]:
    keys = [part.strip() for part in text.split(",")]
    if len(keys) > 2:
        raise ValueError(f"has {len(keys)} keys")
    if not all(_BEARER.fullmatch(key) for key in keys):
        raise ValueError("has an empty key, or one with other characters")
    return tuple(Secret(key) for key in keys)


def code_keys(text: str) -> tuple[Secret, ...]:
    keys = [part.strip() for part in line(text).split(",")]
    if not all(keys):
        raise ValueError("has an empty key")
    return tuple(Secret(key) for key in keys)


def standard_webhooks_secret(text: str) -> Secret:
    try:
        key = b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is not Base64") from error
    if len(key) not in WEBHOOK_KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes")
    return Secret(text)


def networks(text: str) -> tuple[Network, ...]:
    found: list[Network] = []
    for part in text.split(","):
        try:
            found.append(ip_network(part.strip(), strict=False))
        except ValueError as error:
            raise ValueError(f"{part.strip()!r} is not an address or network") from error
    return tuple(found)


def timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:  # KeyError: ZoneInfoNotFoundError
        raise ValueError(f"{text!r} is not a known time zone") from error


def readable_file(text: str) -> bytes:
    try:
        return Path(text).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise ValueError(f"{text!r} cannot be read ({reason})") from error


def signing_key_file(text: str) -> bytes:
    pem = readable_file(text)
    load_signing_key(pem)
    return pem


def public_key_file(text: str) -> bytes:
    pem = readable_file(text)
    load_public_key(pem)
    return pem


def api_v3_key(text: str) -> Secret:
    length = len(text.encode())
    if length != API_V3_KEY_BYTES:
        raise ValueError(f"has {length} bytes")
    return Secret(text)

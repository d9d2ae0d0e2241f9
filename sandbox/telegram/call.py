"""One call of a method, however it was sent: address, form, multipart or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from sandbox.telegram.account import Account
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.files import Upload
from sandbox.telegram.limits import UPLOAD_BYTES
from sandbox.telegram.world import World

_TRUE = frozenset({"true", "yes", "1"})
# Room for the other fields beside the largest file.
LARGEST_BODY = UPLOAD_BYTES + 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    values: Mapping[str, Any]
    uploads: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method's arguments with the bot that calls."""

    world: World
    account: Account
    arguments: Arguments

    def has(self, name: str) -> bool:
        return self.arguments.values.get(name) not in {None, ""}

    def text(self, name: str) -> str:
        value = self.arguments.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        value = self.arguments.values.get(name)
        if isinstance(value, bool) or value is None:
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        value = self.arguments.values.get(name)
        return value if isinstance(value, bool) else str(value).lower() in _TRUE

    def json(self, name: str, what: str) -> Any:
        """The JSON in a field; inside a JSON body it may stand there as it is."""
        value = self.arguments.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as broken:
            raise bad_request(f"can't parse {what} JSON object") from broken

    def upload(self, reference: str) -> Upload | None:
        """The file of a field, or the one that `attach://name` points to."""
        return self.arguments.uploads.get(reference.removeprefix("attach://"))


async def read_arguments(request: Request) -> Arguments:
    values: dict[str, Any] = dict(parse_qsl(request.url.query, keep_blank_values=True))
    if request.method != "POST":
        return Arguments(values=values)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if int(request.headers.get("content-length", 0)) > LARGEST_BODY:
        raise ApiError(413, "Request Entity Too Large")
    if media_type == "multipart/form-data":
        return await _multipart(request.headers, await request.body(), values)
    return Arguments(values=values | body_values(await request.body(), media_type))


def body_values(body: bytes, media_type: str) -> dict[str, Any]:
    if not body:
        return {}
    if media_type != "application/json":
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        values = json.loads(body)
    except ValueError as broken:
        raise bad_request("can't parse JSON object") from broken
    if not isinstance(values, dict):
        raise bad_request("object expected as the request body")
    return values


async def read_multipart(headers: Mapping[str, str], body: bytes) -> Arguments:
    return await _multipart(Headers(dict(headers)), body, {})


async def _multipart(headers: Headers, body: bytes, values: dict[str, Any]) -> Arguments:
    async def whole() -> Any:
        yield body

    parser = MultiPartParser(headers, whole(), max_part_size=LARGEST_BODY)
    try:
        form = await parser.parse()
    except MultiPartException as broken:
        raise bad_request("can't parse multipart form") from broken
    uploads: dict[str, Upload] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            uploads[name] = Upload(
                name=value.filename or "file",
                content=await value.read(),
                media_type=value.content_type,
            )
        else:
            values[name] = value
    await form.close()
    return Arguments(values=values, uploads=uploads)

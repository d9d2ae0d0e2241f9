"""Reads what the page sends, and answers it in JSON."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.telegram.errors import ApiError, PageError
from sandbox.telegram.people import Place, place
from sandbox.telegram.world import World

Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[[Request], Awaitable[Any]]
REVISION_HEADER = "X-Revision"


def answering(world: World, answer: Answer) -> Endpoint:
    """The result as JSON; what the app would not let a person do as 4xx with the reason."""

    async def endpoint(request: Request) -> Response:
        headers = {REVISION_HEADER: str(world.revision)}
        try:
            result = await answer(request)
        except (PageError, ApiError) as refused:
            return JSONResponse({"error": str(refused)}, 400, headers)
        if isinstance(result, Response):
            return result
        return JSONResponse(result, headers=headers)

    return endpoint


async def body_of(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as broken:
        raise PageError("the body must be a JSON object") from broken
    if not isinstance(body, dict):
        raise PageError("the body must be a JSON object")
    return body


def whole_number(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as wrong:
        raise PageError(f"{name} must be a whole number") from wrong


def seconds(value: Any, longest_s: float) -> float:
    """A pause somebody asks for, at most `longest_s`."""
    try:
        asked_s = float(value)
    except (TypeError, ValueError) as wrong:
        raise PageError("wait is a number of seconds") from wrong
    return min(max(asked_s, 0.0), longest_s)


def place_of(world: World, fields: Any) -> Place:
    """From `person` and `chat`; without a chat it is the one with the bot."""
    person_id = whole_number(fields.get("person"), "person")
    chat_id = fields.get("chat")
    return place(world, person_id, whole_number(chat_id, "chat") if chat_id else person_id)

"""Answering a POST of the platform API once per idempotency key."""

import hashlib
import json
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.app import Core
from core.errors import Refusal
from core.platform.model import Answer, Command
from core.platform.service import Effect, Idempotency
from web.errors import MEDIA_TYPE, problem_of
from web.gate import caller_of

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$",
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]


class OncePerKey:
    """Runs an effect, or repeats the answer its key got the first time."""

    def __init__(self, core: Core) -> None:
        self._idempotency = Idempotency(core.database, core.clock)

    async def answer(
        self, request: Request, key: str, wish: BaseModel, effect: Effect
    ) -> Response:
        command = Command(
            bearer=caller_of(request).bearer,
            key=key.strip(),
            request_hash=_request_hash(request, wish),
        )
        done = await self._idempotency.run(command, effect, refused)
        media_type = MEDIA_TYPE if done.status >= 400 else "application/json"
        return JSONResponse(dict(done.body), done.status, media_type=media_type)


def refused(refusal: Refusal) -> Answer:
    problem = problem_of(refusal)
    return Answer(status=problem.status, body=problem.body())


def _request_hash(request: Request, wish: BaseModel) -> str:
    """Method, path and what the body means: not its blanks or the order of its members."""
    parts = [request.method, request.url.path, wish.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

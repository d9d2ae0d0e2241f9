"""What people do through the page or through a test: each act is one request."""

import asyncio
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from sandbox.telegram import people
from sandbox.telegram.files import Upload
from sandbox.telegram.model import Json
from sandbox.telegram.page.requests import answering, body_of, place_of, seconds, whole_number
from sandbox.telegram.rendering import shown_on_page
from sandbox.telegram.world import World

ANSWER_WAIT_S = 10


class Acting:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        acts = (
            self.say,
            self.start,
            self.press,
            self.upload,
            self.edit,
            self.delete,
            self.read,
            self.block,
            self.unblock,
        )
        return [
            Route(f"/sandbox/{act.__name__}", answering(self._world, act), methods=["POST"])
            for act in acts
        ]

    async def say(self, request: Request) -> Json:
        body = await body_of(request)
        at = place_of(self._world, body)
        reply_to = body.get("reply_to")
        message = people.say(
            at,
            str(body.get("text") or ""),
            whole_number(reply_to, "reply_to") if reply_to else None,
        )
        return shown_on_page(at.room, message["message_id"])

    async def start(self, request: Request) -> Json:
        body = await body_of(request)
        at = place_of(self._world, {"person": body.get("person")})
        message = people.start(at, body.get("payload"))
        return shown_on_page(at.room, message["message_id"])

    async def press(self, request: Request) -> Json:
        body = await body_of(request)
        at = place_of(self._world, body)
        message_id = whole_number(body.get("message_id"), "message_id")
        data = body.get("data")
        if data is None:
            row, column = (whole_number(body.get(name), name) for name in ("row", "column"))
            data = people.button_data(at, message_id, row, column)
        query = people.press(at, message_id, str(data))
        wait_s = seconds(body.get("wait", ANSWER_WAIT_S), ANSWER_WAIT_S)
        answer = None
        if wait_s > 0:
            # Only the waiting ends: the bot may answer as long as the query lives.
            await asyncio.wait([query.answer], timeout=wait_s)
        if query.answer.done():
            answer = query.answer.result()
        return {"answer": answer, "query_id": query.id}

    async def upload(self, request: Request) -> list[Json]:
        async with request.form(max_part_size=2**31) as form:
            at = place_of(self._world, form)
            uploads = [
                Upload(
                    name=item.filename or "file",
                    content=await item.read(),
                    media_type=item.content_type,
                )
                for item in form.getlist("files")
                if isinstance(item, UploadFile)
            ]
            kind, caption = str(form.get("kind")), str(form.get("caption") or "")
        messages = people.upload(at, kind, uploads, caption)
        return [shown_on_page(at.room, message["message_id"]) for message in messages]

    async def edit(self, request: Request) -> Json:
        body = await body_of(request)
        at = place_of(self._world, body)
        message_id = whole_number(body.get("message_id"), "message_id")
        people.edit(at, message_id, str(body.get("text") or ""))
        return shown_on_page(at.room, message_id)

    async def delete(self, request: Request) -> Any:
        body = await body_of(request)
        at = place_of(self._world, body)
        people.delete(at, whole_number(body.get("message_id"), "message_id"))
        return {}

    async def read(self, request: Request) -> Any:
        at = place_of(self._world, await body_of(request))
        at.room.read_up_to[at.person.id] = max(at.room.posts, default=0)
        return {}

    async def block(self, request: Request) -> Any:
        people.block(place_of(self._world, {"person": (await body_of(request)).get("person")}))
        return {}

    async def unblock(self, request: Request) -> Any:
        people.unblock(place_of(self._world, {"person": (await body_of(request)).get("person")}))
        return {}

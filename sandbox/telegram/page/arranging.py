"""What only the sandbox can do: people, groups, the clock, faults, and the record of calls."""

import math
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from sandbox.telegram import groups
from sandbox.telegram.errors import PageError
from sandbox.telegram.model import Json, PersonRecord
from sandbox.telegram.page.requests import answering, body_of, whole_number
from sandbox.telegram.world import World

FIRST_NEW_PERSON = 5_200_000_001


class Arranging:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        answers = (
            ("POST", "/sandbox/people", self.add_person),
            ("PATCH", "/sandbox/people/{id:int}", self.change_person),
            ("POST", "/sandbox/groups", self.create_group),
            ("POST", "/sandbox/groups/{id}/migrate", self.migrate_group),
            ("POST", "/sandbox/groups/{id}/members", self.change_members),
            ("GET", "/sandbox/faults", self.faults),
            ("PUT", "/sandbox/faults", self.change_faults),
            ("GET", "/sandbox/trace", self.trace),
            ("GET", "/sandbox/clock", self.clock),
            ("POST", "/sandbox/clock", self.advance_clock),
        )
        return [
            Route(path, answering(self._world, answer), methods=[method])
            for method, path, answer in answers
        ]

    async def add_person(self, request: Request) -> Json:
        body = await body_of(request)
        known = {"id", "first_name", "last_name", "username", "language_code", "title", "title_en"}
        if set(body) - known or not body.get("first_name"):
            raise PageError(f"a person has a first_name and may have {sorted(known)}")
        newest = max(self._world.people, default=0)
        body.setdefault("id", max(newest + 1, FIRST_NEW_PERSON))
        return self._world.add_person(PersonRecord(**body)).shown()

    async def change_person(self, request: Request) -> Json:
        person = self._world.person(request.path_params["id"])
        body = await body_of(request)
        if set(body) - {"language_code", "deactivated"}:
            raise PageError("only language_code and deactivated can be changed")
        person.language_code = str(body.get("language_code", person.language_code))
        person.deactivated = bool(body.get("deactivated", person.deactivated))
        return person.shown()

    async def create_group(self, request: Request) -> Json:
        body = await body_of(request)
        members = [whole_number(member, "members") for member in body.get("members") or ()]
        is_supergroup = bool(body.get("supergroup"))
        title = str(body.get("title") or "")
        room = groups.create(self._world, title, members, is_supergroup=is_supergroup)
        return room.chat().to_dict()

    async def migrate_group(self, request: Request) -> Json:
        room = self._world.group(whole_number(request.path_params["id"], "id"))
        return groups.migrate(self._world, room).chat().to_dict()

    async def change_members(self, request: Request) -> Json:
        """{"join": id or "bot", "as"?: status}, {"leave": …}; also {"person"|"bot", "act"}."""
        room = self._world.group(whole_number(request.path_params["id"], "id"))
        body = await body_of(request)
        act, user_id = self._membership(body)
        if act == "join":
            groups.join(self._world, room, user_id, str(body.get("as", "member")))
        else:
            groups.leave(self._world, room, user_id, str(body.get("as", "kicked")))
        return {"chat": room.chat().to_dict(), "members": room.members}

    async def faults(self, _: Request) -> Json:
        return asdict(self._world.faults.settings)

    async def change_faults(self, request: Request) -> Json:
        self._world.faults.change(await body_of(request))
        return asdict(self._world.faults.settings)

    async def trace(self, request: Request) -> Json:
        after = whole_number(request.query_params.get("after", 0), "after")
        return self._world.trace.after(after)

    async def clock(self, _: Request) -> Json:
        return {"now": self._world.now()}

    async def advance_clock(self, request: Request) -> Json:
        seconds = (await body_of(request)).get("advance_s")
        if not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0:
            raise PageError("advance_s is a number of seconds, 0 or more")
        self._world.skipped_s += seconds
        return {"now": self._world.now()}

    def _membership(self, body: dict[str, Any]) -> tuple[str, int]:
        acts = [act for act in ("join", "leave") if body.get(act)]
        if len(acts) != 1:
            raise PageError('name one of "join" and "leave"')
        who = body[acts[0]]
        if who is True:
            who = "bot" if body.get("bot") else body.get("person")
        return acts[0], self._world.bot.id if who == "bot" else whole_number(who, "person")

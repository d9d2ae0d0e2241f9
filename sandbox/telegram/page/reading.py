"""What the page looks at: people, chats, messages, menus, files and events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.telegram.errors import PageError
from sandbox.telegram.methods.menus import DEFAULT_MENU_BUTTON, scope_key
from sandbox.telegram.methods.targets import GONE
from sandbox.telegram.model import Json, PersonRecord, Room
from sandbox.telegram.page.requests import answering, place_of, seconds, whole_number
from sandbox.telegram.people import Place
from sandbox.telegram.rendering import shown_on_page
from sandbox.telegram.world import World

LONGEST_WAIT_S = 60
HEARTBEAT_S = 15


class Reading:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        answers = {
            "/sandbox/state": self.state,
            "/sandbox/chats": self.chats,
            "/sandbox/messages": self.messages,
            "/sandbox/commands": self.commands,
            "/sandbox/file/{file_id}": self.file,
            "/sandbox/events": self.events,
        }
        return [
            Route(path, answering(self._world, answer), methods=["GET"])
            for path, answer in answers.items()
        ]

    async def state(self, _: Request) -> Json:
        world = self._world
        return {
            "bot": world.bot.full_user(),
            "people": [person.shown() for person in world.people.values()],
            "groups": [
                room.chat().to_dict() for room in world.groups.values() if room.migrated_to is None
            ],
        }

    async def chats(self, request: Request) -> Json:
        world = self._world
        person = world.person(whole_number(request.query_params.get("person"), "person"))
        rooms = [world.bot.room_with(person)]
        rooms += [
            room
            for room in world.groups.values()
            if room.migrated_to is None and room.members.get(person.id, "left") not in GONE
        ]
        return {"chats": [self._summary(person, room) for room in rooms]}

    async def messages(self, request: Request) -> Json:
        at = place_of(self._world, request.query_params)
        since = whole_number(request.query_params.get("since", -1), "since")
        wait_s = seconds(request.query_params.get("wait", 0), LONGEST_WAIT_S)
        with self._world.events.watching(at.person.id) as mailbox:
            found = _newer(at.room, since)
            try:
                async with asyncio.timeout(wait_s):
                    while wait_s and not found and await mailbox.get() is not None:
                        found = _newer(at.room, since)
            except TimeoutError:
                pass
        return {"messages": found, "revision": self._world.revision}

    async def commands(self, request: Request) -> Json:
        at = place_of(self._world, request.query_params)
        buttons = self._world.bot.profile.menu_buttons
        button = buttons.get(at.room.id) or buttons.get(None) or DEFAULT_MENU_BUTTON
        return {"commands": _commands_for(at), "menu_button": button}

    async def file(self, request: Request) -> Response:
        stored = self._world.files.by_id(request.path_params["file_id"])
        if stored is None:
            raise PageError("there is no file with this id")
        # An id never gets other bytes.
        headers = {"Cache-Control": "max-age=86400, immutable"}
        return Response(stored.content, media_type=stored.media_type, headers=headers)

    async def events(self, request: Request) -> Response:
        person = self._world.person(whole_number(request.query_params.get("person"), "person"))
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._stream(person), media_type="text/event-stream", headers=headers
        )

    async def _stream(self, person: PersonRecord) -> AsyncIterator[str]:
        with self._world.events.watching(person.id) as mailbox:
            yield "retry: 500\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(mailbox.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"

    def _summary(self, person: PersonRecord, room: Room) -> Json:
        last = max(room.posts, default=None)
        read = room.read_up_to.get(person.id, 0)
        unread = sum(
            number > read and post.sender.id != person.id for number, post in room.posts.items()
        )
        return {
            "chat": self._chat(room),
            "last": shown_on_page(room, last) if last else None,
            "unread": unread,
            "blocked": room.is_private and person.id in self._world.bot.blocked_by,
            "started": bool(room.posts),
        }

    def _chat(self, room: Room) -> Json:
        """A private chat is named after the other side, as apps show it."""
        if not room.is_private:
            members = [user_id for user_id, status in room.members.items() if status not in GONE]
            return {**room.chat().to_dict(), "members": members}
        bot = self._world.bot
        return {
            "id": room.id,
            "type": room.type,
            "first_name": bot.first_name,
            "username": bot.username,
        }


def _newer(room: Room, since: int) -> list[Json]:
    return [
        shown_on_page(room, number)
        for number in sorted(room.posts)
        if room.revisions[number] > since
    ]


def _commands_for(at: Place) -> list[Any]:
    """The narrowest scope wins, and within it the person's language."""
    known = at.account.profile.commands
    for scope in _scopes(at):
        for language in (at.person.language_code[:2], ""):
            commands = known.get((scope, language))
            if commands:
                return commands
    return []


def _scopes(at: Place) -> list[str]:
    chat_id, person_id = at.room.id, at.person.id
    if at.room.is_private:
        return [
            scope_key("chat", chat_id),
            scope_key("all_private_chats"),
            scope_key("default"),
        ]
    scopes = [scope_key("chat_member", chat_id, person_id)]
    is_managing = at.room.members.get(person_id) in {"creator", "administrator"}
    if is_managing:
        scopes.append(scope_key("chat_administrators", chat_id))
    scopes.append(scope_key("chat", chat_id))
    if is_managing:
        scopes.append(scope_key("all_chat_administrators"))
    return [*scopes, scope_key("all_group_chats"), scope_key("default")]

"""The Bot API over HTTP: every method, with the faults that are switched on."""

import asyncio
import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.connection import drop_connection
from sandbox.telegram.account import Account
from sandbox.telegram.call import Arguments, Call, body_values, read_arguments, read_multipart
from sandbox.telegram.errors import ApiError, too_many_requests
from sandbox.telegram.methods import asking, copying, editing, media, menus, receiving, sending
from sandbox.telegram.world import World

Method = Callable[[Call], Any]

_METHODS: Final[Sequence[Method]] = (
    asking.answer_callback_query,
    asking.get_chat,
    asking.get_chat_administrators,
    asking.get_chat_member,
    asking.get_chat_member_count,
    asking.get_me,
    asking.leave_chat,
    copying.copy_message,
    copying.forward_message,
    editing.delete_message,
    editing.delete_messages,
    editing.edit_message_caption,
    editing.edit_message_media,
    editing.edit_message_reply_markup,
    editing.edit_message_text,
    media.get_file,
    menus.delete_my_commands,
    menus.get_chat_menu_button,
    menus.get_my_commands,
    menus.get_my_description,
    menus.get_my_name,
    menus.get_my_short_description,
    menus.set_chat_menu_button,
    menus.set_my_commands,
    menus.set_my_description,
    menus.set_my_name,
    menus.set_my_short_description,
    receiving.delete_webhook,
    receiving.get_updates,
    receiving.get_webhook_info,
    sending.send_chat_action,
    sending.send_document,
    sending.send_media_group,
    sending.send_message,
    sending.send_photo,
)
_JSON = "application/json"
_MULTIPART = "multipart/form-data"


class BotApi:
    """Answers `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._methods: dict[str, Method] = {
            method.__name__.replace("_", ""): method for method in _METHODS
        }
        self._methods["setwebhook"] = self._set_webhook

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/bot{token}/{method}", self.answer, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self.download),
        ]

    async def answer(self, request: Request) -> Response:
        faults = self._world.faults
        if not faults.is_active:
            return await self._answer(request)
        settings = faults.settings
        if settings.delay_s:
            await asyncio.sleep(settings.delay_s)
        if faults.happens(settings.drop_before):
            return await drop_connection(request)
        response = await self._answer(request)
        if faults.happens(settings.drop_after):
            return await drop_connection(request)
        return response

    async def download(self, request: Request) -> Response:
        account = self._world.account(request.path_params["token"])
        stored = self._world.files.by_path(request.path_params["path"])
        if account is None or stored is None:
            error = ApiError(404, "Not Found") if account else ApiError(401, "Unauthorized")
            return _json(error.body(), error.code)
        return Response(stored.content, media_type=stored.media_type)

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["method"]
        arguments = Arguments(values={})
        try:
            account = self._account(request.path_params["token"])
            self._draw_refusal()
            arguments = await read_arguments(request)
            result = await self._run(account, name, arguments)
        except ApiError as refused:
            self._record(name, arguments, refused.body(), refused.code)
            return _json(refused.body(), refused.code)
        body = {"ok": True, "result": result}
        if result or name.lower() != "getupdates":
            self._record(name, arguments, body, 200)
        return _json(body, 200)

    async def _run(self, account: Account, name: str, arguments: Arguments) -> Any:
        method = self._methods.get(name.lower())
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        result = method(Call(world=self._world, account=account, arguments=arguments))
        return await result if inspect.isawaitable(result) else result

    def _account(self, token: str) -> Account:
        number, _, secret = token.partition(":")
        if not number.isdigit() or not secret:
            raise ApiError(404, "Not Found")
        account = self._world.account(token)
        if account is None:
            raise ApiError(401, "Unauthorized")
        return account

    def _draw_refusal(self) -> None:
        faults = self._world.faults
        if not faults.is_active:
            return
        if faults.happens(faults.settings.rate_429):
            raise too_many_requests(faults.settings.retry_after)
        if faults.happens(faults.settings.rate_5xx):
            raise ApiError(502, "Bad Gateway")

    def _record(self, name: str, arguments: Arguments, body: object, status: int) -> None:
        asked = dict(arguments.values)
        for field, upload in arguments.uploads.items():
            asked[field] = f"<{upload.name}, {len(upload.content)} bytes>"
        side = "updates" if name.lower() == "getupdates" else "telegram"
        self._world.trace.record(side, name, asked, body, status)

    async def _set_webhook(self, call: Call) -> bool:
        async def on_reply(response: httpx.Response) -> None:
            await self._run_reply(call.account, response)

        return await receiving.set_webhook(call, on_reply)

    async def _run_reply(self, account: Account, response: httpx.Response) -> None:
        """A webhook may answer with a call; its result is told to nobody, as with Telegram."""
        media_type = response.headers.get("content-type", "").partition(";")[0]
        if not response.content or media_type not in {_JSON, _MULTIPART}:
            return
        name, arguments = "", Arguments(values={})
        try:
            arguments = await _reply_arguments(response, media_type)
            name = str(arguments.values.get("method") or "")
            if name:
                result = await self._run(account, name, arguments)
                self._record(name, arguments, {"ok": True, "result": result}, 200)
        except ApiError as refused:
            self._record(name or "webhook reply", arguments, refused.body(), refused.code)


async def _reply_arguments(response: httpx.Response, media_type: str) -> Arguments:
    if media_type == _MULTIPART:
        return await read_multipart(response.headers, response.content)
    try:
        return Arguments(values=body_values(response.content, media_type))
    except ApiError:
        # Any JSON may be the body of an acknowledgement.
        return Arguments(values={})


def _json(body: object, status: int) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status_code=status, media_type=_JSON)

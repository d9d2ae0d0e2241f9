"""A Bot API server that answers as a test tells it, and remembers every call with its time."""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "123456:test-token-that-must-stay-secret"
MESSAGE = {"message_id": 7, "date": 1_790_000_000, "chat": {"id": 42, "type": "private"}}


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    fields: dict[str, str]
    at: float


@dataclass(slots=True)
class ScriptedApi:
    """Answers of a method are used up in turn; then each call succeeds with a message."""

    calls: list[Call] = field(default_factory=list)
    answers: dict[str, deque[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(deque))
    results: dict[str, Any] = field(default_factory=dict)
    delay_s: float = 0
    base_url: str = ""

    def then(self, method: str, status: int, body: Any) -> None:
        """Status 0 closes the connection; a string body is sent as it is."""
        self.answers[method].append((status, body))

    def refuse(self, method: str, code: int, description: str, **parameters: int) -> None:
        body = {"ok": False, "error_code": code, "description": description}
        self.then(method, code, {**body, "parameters": parameters} if parameters else body)

    def made(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        posted = await request.post()
        fields = {name: value for name, value in posted.items() if isinstance(value, str)}
        self.calls.append(Call(method, fields, time.monotonic()))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if not self.answers[method]:
            result = self.results.get(method, MESSAGE)
            return web.json_response({"ok": True, "result": result})
        status, body = self.answers[method].popleft()
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, content_type="application/json")


@asynccontextmanager
async def serving() -> AsyncIterator[ScriptedApi]:
    api = ScriptedApi()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", api.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()

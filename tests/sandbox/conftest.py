"""A running sandbox, a bare caller of its Bot API, and a person at the app."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from PIL import Image

from sandbox.app import running
from sandbox.connection import trusting_nobody
from sandbox.telegram.demo import CREATOR, FINANCE, demo_world
from sandbox.telegram.person import Person
from sandbox.telegram.world import World

TOKEN = "4242424242:AAsandbox-test-token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    code: int
    description: str
    parameters: dict[str, int]


class Api:
    """Calls methods as any client does; says plainly whether success or refusal is expected."""

    def __init__(self, base_url: str, token: str = TOKEN) -> None:
        self.base_url = base_url
        self.token = token
        self.client = httpx.AsyncClient(timeout=30, trust_env=False, verify=trusting_nobody())

    async def post(self, method: str, files: Any = None, **fields: Any) -> httpx.Response:
        url = f"{self.base_url}/bot{self.token}/{method}"
        if files is None:
            return await self.client.post(url, json=fields)
        plain = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in fields.items()
        }
        return await self.client.post(url, data=plain, files=files)

    async def ok(self, method: str, files: Any = None, **fields: Any) -> Any:
        body = (await self.post(method, files, **fields)).json()
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, files: Any = None, **fields: Any) -> Refusal:
        response = await self.post(method, files, **fields)
        body = response.json()
        assert not body["ok"], body
        assert response.status_code == body["error_code"]
        return Refusal(
            code=body["error_code"],
            description=body["description"],
            parameters=body.get("parameters", {}),
        )

    async def updates(self, **fields: Any) -> list[dict[str, Any]]:
        updates: list[dict[str, Any]] = await self.ok("getUpdates", **fields)
        return updates


def picture(width: int = 640, height: int = 480, color: str = "teal", kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), color).save(written, kind)
    return written.getvalue()


@pytest.fixture
def world() -> World:
    return demo_world()


@pytest.fixture
async def base_url(world: World) -> AsyncIterator[str]:
    async with running(world) as address:
        yield address


@pytest.fixture
async def api(base_url: str) -> AsyncIterator[Api]:
    api = Api(base_url)
    await api.ok("getMe")
    yield api
    await api.client.aclose()


@pytest.fixture
async def finance(base_url: str, api: Api) -> AsyncIterator[Person]:
    """A finance person who has started the bot; the bot has seen that."""
    async with Person(base_url, FINANCE) as person:
        await person.start()
        newest = (await api.updates())[-1]["update_id"]
        await api.updates(offset=newest + 1)
        yield person


@pytest.fixture
async def creator(base_url: str, api: Api) -> AsyncIterator[Person]:
    """A person who has never opened the chat."""
    async with Person(base_url, CREATOR) as person:
        yield person

"""One webhook over real HTTP: signed, bounded in time and size, and followed nowhere."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from core.platform.model import Event, EventState, EventType, Tried
from core.providers import platform_webhook
from core.providers.platform_webhook import PlatformWebhook, target_at
from core.providers.registry import new_http_client

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = Event(
    event_id="evt_1",
    type=EventType.HOLD_FUNDABLE,
    data={"account_id": "100001234567", "hold_id": "购买-1", "amount_fen": 1},
    happened_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    state=EventState.WAITING,
    attempts=0,
)


class Platform:
    """Keeps the requests; answers as `answer` says."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.address = ""
        self.answer: Callable[[], Awaitable[Response]] = self.good

    async def good(self) -> Response:
        return Response(status_code=204)

    async def hear(self, request: Request) -> Response:
        self.got.append((request.url.path, dict(request.headers), await request.body()))
        return await self.answer()


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    served = Platform()
    route = Route("/{path:path}", served.hear, methods=["POST", "GET"])
    app = Starlette(routes=[route])
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    served.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield served
    server.should_exit = True
    await running


@pytest.fixture
async def target(platform: Platform) -> AsyncIterator[PlatformWebhook]:
    async with new_http_client() as http:
        yield PlatformWebhook(f"{platform.address}/in", SECRET, http=http)


async def test_an_event_is_signed_as_standard_webhooks_has_it(
    platform: Platform, target: PlatformWebhook
) -> None:
    now = datetime.now(UTC)

    assert (await target.send(EVENT, now)).is_delivered

    ((path, headers, body),) = platform.got
    assert path == "/in"
    assert Webhook(SECRET).verify(body, headers) == {
        "type": "hold.fundable",
        "timestamp": "2026-11-22T12:00:00+00:00",
        "data": dict(EVENT.data),
    }
    assert (headers["webhook-id"], headers["content-type"]) == ("evt_1", "application/json")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").verify(body, headers)


async def test_a_later_try_has_the_same_body_and_id_and_a_fresh_signature(
    platform: Platform, target: PlatformWebhook
) -> None:
    for second in (1, 2):
        await target.send(EVENT, datetime(2026, 11, 22, 12, 0, second, tzinfo=UTC))

    (_, first, body), (_, second_headers, again) = platform.got
    assert body == again
    assert first["webhook-id"] == second_headers["webhook-id"]
    assert first["webhook-signature"] != second_headers["webhook-signature"]


@pytest.mark.parametrize("status", [199 + 1, 299, 400, 410, 500])
async def test_the_status_is_the_outcome(
    platform: Platform, target: PlatformWebhook, status: int
) -> None:
    async def answer() -> Response:
        return Response(status_code=status)

    platform.answer = answer

    tried = await target.send(EVENT, datetime.now(UTC))

    assert (tried.status, tried.is_delivered) == (status, status < 300)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(
    platform: Platform, target: PlatformWebhook, status: int
) -> None:
    async def answer() -> Response:
        return RedirectResponse("/elsewhere", status_code=status)

    platform.answer = answer

    tried = await target.send(EVENT, datetime.now(UTC))

    assert (tried.status, tried.is_delivered) == (status, False)
    assert [path for path, *_ in platform.got] == ["/in"]


async def test_an_endless_answer_is_not_read_to_its_end(
    platform: Platform, target: PlatformWebhook
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65536
            await asyncio.sleep(0.001)

    async def answer() -> Response:
        return StreamingResponse(endless())

    platform.answer = answer

    async with asyncio.timeout(5):
        tried = await target.send(EVENT, datetime.now(UTC))

    assert tried == Tried(status=200)
    assert sent < 100


async def test_a_slow_answer_ends_the_try(
    platform: Platform, target: PlatformWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer() -> Response:
        await asyncio.sleep(3)
        return Response()

    platform.answer = answer
    monkeypatch.setattr(platform_webhook, "CALL_S", 0.2)

    async with asyncio.timeout(2):
        tried = await target.send(EVENT, datetime.now(UTC))

    assert tried.status is None
    assert "Timeout" in str(tried.fault)


async def test_nobody_there_is_a_fault_and_no_address_is_no_target() -> None:
    async with new_http_client() as http:
        gone = PlatformWebhook("http://127.0.0.1:9/in", SECRET, http=http)
        tried = await gone.send(EVENT, datetime.now(UTC))
        nowhere = target_at(None, None, http=http)

    assert tried == Tried(fault="ConnectError")
    assert nowhere is None
    assert platform_webhook.CALL_S == 10


def test_the_secret_is_not_in_the_target_s_repr() -> None:
    target = PlatformWebhook("https://cloud.example.com/in", SECRET, http=httpx.AsyncClient())

    assert SECRET[6:] not in repr(target)

"""The gate before the platform API: who, how often, under which key, how much."""

from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.app import Core
from tests.web.conftest import (
    BASE,
    BEARER,
    KEY,
    LINKS,
    NEXT_KEY,
    client_of,
    is_problem,
    keyed,
    on_sqlite,
    serve,
)
from web.app import build_app
from web.gate import Gate
from web.settings import WebSettings


@on_sqlite
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer é".encode("latin-1")},
    ],
)
@pytest.mark.parametrize("path", [f"{BASE}/balance", "/v1/openapi.json", "/v1/no/such/path"])
async def test_without_the_bearer_key_nothing_is_told(
    client: httpx.AsyncClient, headers: Mapping[str, str], path: str
) -> None:
    answer = await client.get(path, headers=dict(headers))

    assert is_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@on_sqlite
@pytest.mark.parametrize("key", [KEY, NEXT_KEY])
async def test_both_keys_open_during_rotation(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.get("/v1/openapi.json", headers={"Authorization": f"bearer {key}"})

    assert answer.status_code == 200


@on_sqlite
@pytest.mark.parametrize("keys", [(), ("",)])
async def test_without_a_configured_key_the_api_is_not_there(
    core: Core, settings: WebSettings, keys: tuple[str, ...]
) -> None:
    app = build_app(core, replace(settings, platform_api_keys=keys), telegram=None, checks={})

    async with client_of(app) as client:
        answers = [
            await client.get(f"{BASE}/balance", headers={"Authorization": f"Bearer {key}"})
            for key in (*keys, KEY)
        ]

    assert {answer.status_code for answer in answers} == {404}


@on_sqlite
@pytest.mark.parametrize("key", ["", "   "])
async def test_a_missing_key_is_answered_before_the_body_is_looked_at(
    api: httpx.AsyncClient, key: str
) -> None:
    for body in (b"", b"not json", b"x" * 100_000, b'{"role": "finance"}'):
        answer = await api.post(LINKS, content=body, headers=keyed(key))
        assert answer.headers["ratelimit"].startswith('"bearer";r=')
        assert is_problem(answer, 400, "idempotency_key_missing")

    assert is_problem(await api.post(LINKS), 400, "idempotency_key_missing")


@on_sqlite
@pytest.mark.parametrize("key", ["k" * 256, "a\tb", "é"])
async def test_a_key_that_cannot_be_kept_is_refused(api: httpx.AsyncClient, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}

    answer = await api.post(LINKS, json={"role": "finance"}, headers=headers)

    assert is_problem(answer, 422, "invalid_request")


@on_sqlite
async def test_a_large_body_is_refused(app: FastAPI) -> None:
    async with serve(app) as address, httpx.AsyncClient(base_url=address) as client:
        answer = await client.put(BASE, content=b" " * 100_000, headers=BEARER)

    assert is_problem(answer, 413, "body_too_large")


async def test_a_caller_gets_its_burst_then_its_rate() -> None:
    seconds = 0.0

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=204)(scope, receive, send)

    gate = Gate(served, keys=(KEY, NEXT_KEY), monotonic=lambda: seconds)
    transport = httpx.ASGITransport(gate)
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:

        async def served_of(count: int, key: str = KEY) -> list[httpx.Response]:
            headers = {"Authorization": f"Bearer {key}"}
            return [await client.get("/v1/x", headers=headers) for _ in range(count)]

        burst = await served_of(2001)
        other = await served_of(1, NEXT_KEY)
        seconds = 1.0
        second = await served_of(501)

    assert {answer.status_code for answer in burst[:2000]} == {204}
    assert is_problem(burst[2000], 429, "rate_limited")
    assert int(burst[2000].headers["retry-after"]) >= 1
    policies = {answer.headers["ratelimit-policy"] for answer in burst}
    assert policies == {'"bearer";q=2000;w=4'}
    left = [burst[place].headers["ratelimit"] for place in (0, 999, 1999, 2000)]
    assert left == [
        '"bearer";r=1999;t=1',
        '"bearer";r=1000;t=2',
        '"bearer";r=0;t=4',
        '"bearer";r=0;t=4',
    ]
    assert other[0].status_code == 204
    assert [answer.status_code for answer in second].count(204) == 500

"""The console's server side against a platform API with the contract's shapes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.platform.client import PlatformClient
from sandbox.platform.console import console_routes
from sandbox.trace import Trace
from tests.sandbox_pay.conftest import serving
from tests.sandbox_pay.fake_platform import KEY, FakePlatform

GALAXY = "100001234567"
ACCOUNTS = "/console/api/accounts"


@asynccontextmanager
async def console(base_url: str, key: str = KEY) -> AsyncIterator[tuple[httpx.AsyncClient, Trace]]:
    trace = Trace()
    client = PlatformClient(base_url=base_url, api_key=key, trace=trace)
    async with (
        serving(Starlette(routes=console_routes(client))) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        yield http, trace
    await client.aclose()


@pytest.fixture
async def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
async def page(platform: FakePlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(Starlette(routes=platform.routes())) as address,
        console(address) as (http, _),
    ):
        yield http


async def test_accounts_the_platform_does_not_know_are_shown_as_missing(
    page: httpx.AsyncClient,
) -> None:
    answer = (await page.get(ACCOUNTS)).json()

    assert [each["exists"] for each in answer["accounts"]] == [False, False]
    assert answer["roles"] == ["creator", "finance", "viewer", "member"]


async def test_an_account_can_be_opened_and_shows_what_it_holds(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    platform.add_entry(GALAXY, 10_000, "payment", "wechat")
    platform.add_member(GALAXY, "李会计", "finance")

    shown = (await page.put(f"{ACCOUNTS}/{GALAXY}")).json()

    assert platform.accounts == {GALAXY: "星河科技"}
    assert shown["balance"]["available_fen"] == 10_000
    assert shown["members"][0]["display_name"] == "李会计"
    assert shown["entries"][0]["channel"] == "wechat"


async def test_a_link_opens_the_chat_as_that_person(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    await page.put(f"{ACCOUNTS}/{GALAXY}")

    body = {"role": "finance", "person_id": 5_100_000_002}
    first = (await page.post(f"{ACCOUNTS}/{GALAXY}/links", json=body)).json()
    second = (await page.post(f"{ACCOUNTS}/{GALAXY}/links", json=body)).json()

    assert first["open"].startswith("/?person=5100000002&start=link_")
    assert first["open"] != second["open"]
    assert platform.links == [(GALAXY, "finance")] * 2
    assert len(set(platform.keys)) == 2


@pytest.mark.parametrize(
    "body", [{"role": "boss", "person_id": 1}, {"role": "finance"}, {"person_id": 1}]
)
async def test_a_link_for_no_role_or_nobody_is_refused(
    page: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await page.post(f"{ACCOUNTS}/{GALAXY}/links", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_member_can_be_removed(page: httpx.AsyncClient, platform: FakePlatform) -> None:
    await page.put(f"{ACCOUNTS}/{GALAXY}")
    platform.add_member(GALAXY, "李会计", "finance")

    answer = await page.delete(f"{ACCOUNTS}/{GALAXY}/members/m1")

    assert answer.status_code == 200
    assert platform.members[GALAXY] == []


async def test_an_account_that_is_not_the_demos_is_not_reached(page: httpx.AsyncClient) -> None:
    answer = await page.put(f"{ACCOUNTS}/999")

    assert (answer.status_code, answer.json()["code"]) == (404, "account_not_found")


async def test_a_platform_api_that_is_down_is_said_to_be_down() -> None:
    async with console("http://127.0.0.1:9") as (http, trace):
        answer = await http.get(ACCOUNTS)
        await http.put(f"{ACCOUNTS}/{GALAXY}")

    assert (answer.status_code, answer.json()["code"]) == (503, "api_unreachable")
    assert trace.after(0)["items"][0]["side"] == "platform"


async def test_a_refused_key_is_passed_on(platform: FakePlatform) -> None:
    async with (
        serving(Starlette(routes=platform.routes())) as address,
        console(address, key="wrong") as (http, _),
    ):
        answer = await http.get(ACCOUNTS)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("path", ["/console", "/switchboard"])
async def test_the_pages_are_there(page: httpx.AsyncClient, path: str) -> None:
    answer = await page.get(path)

    assert answer.status_code == 200
    assert 'id="app"' in answer.text

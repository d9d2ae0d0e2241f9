"""Buying in the console: a hold, or a blocked purchase that can be tried again."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.sandbox_pay.conftest import serving
from tests.sandbox_pay.fake_platform import FakePlatform
from tests.sandbox_pay.test_console import ACCOUNTS, GALAXY, console

SEABREEZE = "100007654321"
ONE = f"{ACCOUNTS}/{GALAXY}"
STORAGE = {"product": "storage", "requested_by": "赵开发"}
SERVER = {"product": "server", "requested_by": None}


@pytest.fixture
async def platform() -> FakePlatform:
    return FakePlatform(accounts={GALAXY: "星河科技"})


@pytest.fixture
async def page(platform: FakePlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(Starlette(routes=platform.routes())) as address,
        console(address) as (http, _),
    ):
        yield http


async def shown(page: httpx.AsyncClient) -> dict[str, list[dict[str, object]]]:
    accounts = (await page.get(ACCOUNTS)).json()["accounts"]
    return next(each for each in accounts if each["account_id"] == GALAXY)


async def test_the_products_are_told_with_their_names_and_prices(page: httpx.AsyncClient) -> None:
    products = (await page.get(ACCOUNTS)).json()["products"]

    prices = {item["name"]: item["freeze_fen"] for item in products}
    assert prices["云服务器 4核8G 按量计费"] == 36_000
    assert prices["GPU 实例"] == 1_280_000
    assert all(item["name_en"].isascii() for item in products)


async def test_buying_places_a_hold_for_the_buyer(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    platform.add_entry(GALAXY, 10_000, "payment", "wechat")

    bought = await page.post(f"{ONE}/purchases", json=STORAGE)

    account = await shown(page)
    assert bought.status_code == 200
    assert platform.asked[0].keys() == {"hold_id", "amount_fen", "product", "requested_by"}
    held = [(item["product"], item["requested_by"]) for item in account["holds"]]
    assert held == [("对象存储", "赵开发")]
    assert account["blocked"] == []


async def test_a_purchase_without_funds_is_blocked_until_it_is_tried_again_with_funds(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    platform.add_entry(GALAXY, 30_000, "payment", "wechat")

    refused = await page.post(f"{ONE}/purchases", json=SERVER)
    blocked = (await shown(page))["blocked"]
    again = f"{ONE}/purchases/{blocked[0]['hold_id']}/again"
    platform.add_entry(GALAXY, 5_000, "payment", "wechat")
    still = await page.post(again)
    less = (await shown(page))["blocked"]
    platform.add_entry(GALAXY, 1_000, "payment", "wechat")
    placed = await page.post(again)

    assert (refused.status_code, refused.json()["shortfall_fen"]) == (402, 6_000)
    assert (blocked[0]["code"], blocked[0]["shortfall_fen"]) == ("insufficient_balance", 6_000)
    assert (still.status_code, less[0]["shortfall_fen"]) == (402, 1_000)
    assert placed.status_code == 200
    account = await shown(page)
    assert (account["blocked"], len(account["holds"])) == ([], 1)
    assert len({asked["hold_id"] for asked in platform.asked}) == 1
    assert len(set(platform.keys)) == 3


async def test_a_purchase_whose_answer_was_lost_is_found_or_tried_again_safely(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    platform.add_entry(GALAXY, 10_000, "payment", "wechat")
    platform.loses_answers = True

    lost = await page.post(f"{ONE}/purchases", json=STORAGE)
    account = await shown(page)

    assert lost.status_code == 502
    assert (account["blocked"], len(account["holds"])) == ([], 1)
    assert len(platform.holds) == 1


async def test_a_blocked_purchase_can_be_given_up(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    await page.post(f"{ONE}/purchases", json=SERVER)
    hold_id = (await shown(page))["blocked"][0]["hold_id"]

    elsewhere = await page.delete(f"{ACCOUNTS}/{SEABREEZE}/purchases/{hold_id}")
    given_up = await page.delete(f"{ONE}/purchases/{hold_id}")
    gone = await page.post(f"{ONE}/purchases/{hold_id}/again")

    assert (elsewhere.status_code, given_up.status_code, gone.status_code) == (404, 200, 404)
    assert (await shown(page))["blocked"] == []


@pytest.mark.parametrize(
    ("act", "body", "state", "captured"),
    [
        ("bill", {"amount_fen": None}, "captured", 5_000),
        ("bill", {"amount_fen": 1_234}, "captured", 1_234),
        ("release", {}, "released", 0),
    ],
)
async def test_an_open_hold_can_be_billed_or_released(
    page: httpx.AsyncClient,
    platform: FakePlatform,
    act: str,
    body: dict[str, object],
    state: str,
    captured: int,
) -> None:
    platform.add_entry(GALAXY, 10_000, "payment", "wechat")
    hold_id = (await page.post(f"{ONE}/purchases", json=STORAGE)).json()["hold_id"]

    ended = await page.post(f"{ONE}/holds/{hold_id}/{act}", json=body)
    again = await page.post(f"{ONE}/holds/{hold_id}/{act}", json=body)

    assert (ended.json()["state"], ended.json()["captured_fen"]) == (state, captured)
    assert (again.status_code, again.json()["code"]) == (409, "hold_ended")
    assert (await shown(page))["holds"] == []


async def test_open_holds_of_an_earlier_demo_are_found_by_their_entries(
    page: httpx.AsyncClient, platform: FakePlatform
) -> None:
    platform.add_entry(GALAXY, 10_000, "payment", "wechat")
    hold_id = (await page.post(f"{ONE}/purchases", json=STORAGE)).json()["hold_id"]

    async with (
        serving(Starlette(routes=platform.routes())) as address,
        console(address) as (restarted, _),
    ):
        account = await shown(restarted)

    assert [item["hold_id"] for item in account["holds"]] == [hold_id]


@pytest.mark.parametrize(
    "body", [{"product": "moon"}, {}, {"product": "storage", "requested_by": 7}]
)
async def test_what_is_not_sold_or_nobodys_wish_is_refused(
    page: httpx.AsyncClient, platform: FakePlatform, body: dict[str, object]
) -> None:
    answer = await page.post(f"{ONE}/purchases", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert platform.asked == []

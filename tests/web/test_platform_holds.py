"""Holds as the cloud platform's billing asks for them."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest

from core.app import Core
from tests.holds.purse import fund, purse
from tests.people import ACCOUNT
from tests.play import START, PlayClock, PlayMessenger
from tests.web.conftest import BASE, is_problem, keyed, on_sqlite

HOLDS = f"{BASE}/holds"
WISH = {"hold_id": "H1", "amount_fen": 300, "product": "云服务器"}
FIELDS = {
    "hold_id": "H1",
    "account_id": ACCOUNT,
    "amount_fen": 300,
    "captured_fen": 0,
    "state": "open",
    "product": "云服务器",
    "requested_by": None,
    "created_at": "2026-11-22T12:00:00Z",
    "expires_at": None,
}


@pytest.fixture(autouse=True)
async def account(api: httpx.AsyncClient, core: Core) -> None:
    await api.put(BASE, json={"name": "星河科技"})
    await fund(core, 1000)


async def place(api: httpx.AsyncClient, key: str, **changes: object) -> httpx.Response:
    return await api.post(HOLDS, json=WISH | changes, headers=keyed(key))


async def test_a_hold_is_placed_and_can_be_looked_at(api: httpx.AsyncClient) -> None:
    placed = await place(api, "k1")
    looked = await api.get("/v1/holds/H1")

    assert (placed.status_code, looked.status_code) == (201, 200)
    assert placed.json() == looked.json() == FIELDS
    balance = (await api.get(f"{BASE}/balance")).json()
    assert (balance["available_fen"], balance["frozen_fen"]) == (700, 300)


async def test_buyer_and_end_time_come_back(api: httpx.AsyncClient) -> None:
    placed = await place(
        api, "k1", requested_by="赵开发", expires_at="2026-11-22T21:00:00.5+08:00"
    )

    told = placed.json()
    assert told["requested_by"] == "赵开发"
    ends = datetime.fromisoformat(told["expires_at"])
    assert ends == START + timedelta(hours=1, milliseconds=500)
    again = await place(api, "k2", requested_by="赵开发", expires_at="2026-11-22T13:00:00.500000Z")
    assert (again.status_code, again.json()) == (200, told)


async def test_the_same_hold_under_a_new_key_is_told_as_it_stands(
    api: httpx.AsyncClient, core: Core
) -> None:
    first = await place(api, "k1")
    again = await place(api, "k2")
    await api.post("/v1/holds/H1/release", headers=keyed("r"))
    ended = await place(api, "k3")
    kept = await place(api, "k1")

    assert (first.status_code, again.status_code, ended.status_code) == (201, 200, 200)
    assert again.json() == first.json()
    assert ended.json()["state"] == "released"
    assert (kept.status_code, kept.json()) == (201, first.json())
    assert await purse(core) == (1000, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 301},
        {"product": "GPU 实例"},
        {"requested_by": "x"},
        {"expires_at": "2026-11-23T00:00:00Z"},
    ],
)
async def test_the_same_hold_with_another_body_is_a_conflict(
    api: httpx.AsyncClient, change: dict[str, object]
) -> None:
    await place(api, "k1")

    fresh_key = await place(api, "k2", **change)
    same_key = await place(api, "k1", **change)
    other_body = await place(api, "k2")

    assert is_problem(fresh_key, 409, "hold_conflict")
    assert is_problem(same_key, 409, "idempotency_conflict")
    assert is_problem(other_body, 409, "idempotency_conflict")


async def test_a_hold_of_another_account_is_a_conflict(api: httpx.AsyncClient, core: Core) -> None:
    await api.put("/v1/accounts/other", json={"name": "n"})
    await place(api, "k1")

    answer = await api.post("/v1/accounts/other/holds", json=WISH, headers=keyed("k2"))

    assert is_problem(answer, 409, "hold_conflict")


async def test_too_little_money_is_402_under_its_key_and_the_hold_may_come_again(
    api: httpx.AsyncClient, core: Core
) -> None:
    short = await place(api, "k1", amount_fen=1250)
    await fund(core, 250)
    kept = await place(api, "k1", amount_fen=1250)
    fresh = await place(api, "k2", amount_fen=1250)

    assert is_problem(short, 402, "insufficient_balance")
    assert short.json()["shortfall_fen"] == 250
    assert (kept.status_code, kept.json()) == (402, short.json())
    assert fresh.status_code == 201
    assert await purse(core) == (0, 1250)


async def test_a_refused_hold_is_not_there(api: httpx.AsyncClient) -> None:
    await place(api, "k1", amount_fen=1250)

    assert is_problem(await api.get("/v1/holds/H1"), 404, "hold_not_found")


@pytest.mark.parametrize("call", ["capture", "release"])
async def test_an_unknown_hold_cannot_be_ended(api: httpx.AsyncClient, call: str) -> None:
    answer = await api.post(f"/v1/holds/H1/{call}", headers=keyed("k"))

    assert is_problem(answer, 404, "hold_not_found")


async def test_an_unknown_account_has_no_holds(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/accounts/nobody/holds", json=WISH, headers=keyed("k"))

    assert is_problem(answer, 404, "account_not_found")


@pytest.mark.parametrize(
    ("sent", "captured"),
    [({}, 300), ({"json": {}}, 300), ({"json": {"amount_fen": None}}, 300)]
    + [({"json": {"amount_fen": fen}}, fen) for fen in (1, 299, 300)],
)
async def test_a_capture_takes_all_or_a_part(
    api: httpx.AsyncClient, core: Core, sent: dict[str, object], captured: int
) -> None:
    await place(api, "k1")

    answer = await api.post("/v1/holds/H1/capture", headers=keyed("c1"), **sent)  # type: ignore[arg-type]
    again = await api.post("/v1/holds/H1/capture", headers=keyed("c1"), **sent)  # type: ignore[arg-type]

    expected = FIELDS | {"state": "captured", "captured_fen": captured}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert (again.status_code, again.json()) == (200, expected)
    assert await purse(core) == (1000 - captured, 0)


async def test_a_release_gives_all_of_it_back(api: httpx.AsyncClient, core: Core) -> None:
    await place(api, "k1")

    answer = await api.post("/v1/holds/H1/release", json={}, headers=keyed("r1"))

    assert (answer.status_code, answer.json()) == (200, FIELDS | {"state": "released"})
    assert await purse(core) == (1000, 0)


@pytest.mark.parametrize("first", ["capture", "release"])
@pytest.mark.parametrize("second", ["capture", "release"])
async def test_a_hold_ends_once(api: httpx.AsyncClient, first: str, second: str) -> None:
    await place(api, "k1")
    await api.post(f"/v1/holds/H1/{first}", headers=keyed("e1"))

    answer = await api.post(f"/v1/holds/H1/{second}", headers=keyed("e2"))

    assert is_problem(answer, 409, "hold_ended")
    assert answer.json()["detail"].startswith(f"the hold is {first}d")


async def test_a_hold_whose_time_is_over_is_expired(
    api: httpx.AsyncClient, core: Core, clock: PlayClock
) -> None:
    await place(api, "k1", expires_at="2026-11-22T13:00:00Z")
    clock.forward(hours=1)
    late = await api.post("/v1/holds/H1/capture", headers=keyed("c1"))
    await core.drain(PlayMessenger()).settle()

    assert is_problem(late, 409, "hold_ended")
    assert (await api.get("/v1/holds/H1")).json()["state"] == "expired"
    items = (await api.get(f"{BASE}/entries")).json()["items"]
    shown = [(item["kind"], item["amount_fen"], item["reference"]) for item in items[:2]]
    assert shown == [("hold_expired", 300, "H1"), ("hold_placed", -300, "H1")]
    assert {item["channel"] for item in items[:2]} == {None}


async def test_a_hold_is_placed_once_however_often_it_is_asked_at_once(
    api: httpx.AsyncClient, core: Core
) -> None:
    answers = await asyncio.gather(
        *(place(api, "k1") for _ in range(5)), *(place(api, f"n{n}") for n in range(5))
    )

    assert {answer.status_code for answer in answers} <= {200, 201}
    assert {answer.status_code for answer in answers[:5]} == {answers[0].status_code}
    assert len({answer.text for answer in answers}) == 1
    assert await purse(core) == (700, 300)


@on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        *({"amount_fen": fen} for fen in (0, -1, 2**53, 1.5, "300", True, None)),
        *({"hold_id": name} for name in ("", "a" * 65, "a b", "-", "a/b", "一", "a\n", 7, None)),
        *({"product": name} for name in ("", "  ", "a\x00", "n" * 201, None)),
        *({"requested_by": name} for name in ("", 7, "n" * 201)),
        *(
            {"expires_at": moment}
            for moment in (
                "2026-11-22T12:00:00Z",  # now
                "2020-01-01T00:00:00Z",
                "2026-11-23",
                "2026-11-23T00:00:00",
                "2026-13-23T00:00:00Z",
                "9999-12-31T23:59:59-12:00",
                "0001-01-01T00:00:00+14:00",
                "1795392000",
                1795392000,
                "",
            )
        ),
        {"captured_fen": 0},
    ],
)
async def test_a_wish_without_its_form_is_refused_and_leaves_its_key_free(
    api: httpx.AsyncClient, core: Core, change: dict[str, object]
) -> None:
    wrong = await place(api, "k1", **change)
    right = await place(api, "k1")

    assert is_problem(wrong, 422, "invalid_request")
    assert right.status_code == 201
    assert await purse(core) == (700, 300)


@on_sqlite
@pytest.mark.parametrize(
    "body", [{"amount_fen": 0}, {"amount_fen": 301}, {"amount_fen": "1"}, {"fen": 1}, [], 5]
)
async def test_a_capture_without_its_form_is_refused_and_leaves_its_key_free(
    api: httpx.AsyncClient, body: object
) -> None:
    await place(api, "k1")

    wrong = await api.post("/v1/holds/H1/capture", json=body, headers=keyed("c1"))
    right = await api.post("/v1/holds/H1/capture", headers=keyed("c1"))

    assert is_problem(wrong, 422, "invalid_request")
    assert right.status_code == 200


@on_sqlite
async def test_every_post_needs_its_key(api: httpx.AsyncClient) -> None:
    for path in (HOLDS, "/v1/holds/H1/capture", "/v1/holds/H1/release"):
        answer = await api.post(path, json={})
        assert is_problem(answer, 400, "idempotency_key_missing")


@on_sqlite
async def test_a_hold_is_described(api: httpx.AsyncClient) -> None:
    document = (await api.get("/v1/openapi.json")).json()

    placing = document["paths"]["/v1/accounts/{account_id}/holds"]["post"]["responses"]
    assert set(placing) >= {"200", "201", "400", "401", "402", "404", "409", "422", "429"}
    assert list(placing["402"]["content"]) == ["application/problem+json"]
    described = document["components"]["schemas"]["HoldAnswer"]
    assert set(described["properties"]) == set(FIELDS)

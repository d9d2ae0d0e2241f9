"""Batches of top-up codes over the platform API: told once, repeated only to who asked."""

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from core.app import Core
from core.codes.model import Result
from core.ids import BatchId, PersonId
from tests.codes.promotion import redeem
from tests.play import PlayClock
from tests.web.conftest import is_problem, keyed, on_sqlite

BATCHES = "/v1/code-batches"
WISH = {
    "batch": "spring",
    "count": 3,
    "amount_fen": 100_00,
    "expires_at": "2026-12-31T23:59:59+08:00",
}
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){4}")


async def make(api: httpx.AsyncClient, key: str = "k1", **change: object) -> httpx.Response:
    return await api.post(BATCHES, json={**WISH, **change}, headers=keyed(key))


async def test_a_batch_is_made_and_its_codes_work(
    api: httpx.AsyncClient, core: Core, linked: dict[str, PersonId]
) -> None:
    answer = await make(api)

    told = answer.json()
    assert answer.status_code == 201
    assert {name: told[name] for name in ("batch", "count", "amount_fen", "per_account")} == {
        "batch": "spring",
        "count": 3,
        "amount_fen": 100_00,
        "per_account": None,
    }
    assert told["expires_at"] == "2026-12-31T15:59:59Z"
    assert all(CODE.fullmatch(code) for code in told["codes"])
    assert len(set(told["codes"])) == 3
    assert (await redeem(core, told["codes"][0])).result is Result.REDEEMED
    counts = (await api.get(f"{BATCHES}/spring")).json()
    assert "codes" not in counts
    assert {name: counts[name] for name in ("active", "redeemed", "revoked", "expired")} == {
        "active": 2,
        "redeemed": 1,
        "revoked": 0,
        "expired": 0,
    }


async def test_the_same_key_gets_the_same_codes_and_another_key_none(
    api: httpx.AsyncClient,
) -> None:
    first, again, other = await make(api), await make(api), await make(api, "k2")

    assert (again.status_code, again.json()) == (201, first.json())
    assert is_problem(other, 409, "batch_exists")
    assert "codes" not in other.json()
    assert is_problem(await make(api, count=4), 409, "idempotency_conflict")


@on_sqlite
async def test_the_kept_answer_is_not_readable_in_the_database(
    api: httpx.AsyncClient, tmp_path: Path
) -> None:
    told = (await make(api)).json()

    with sqlite3.connect(tmp_path / "topup.db") as connection:
        dump = "\n".join(connection.iterdump())
    assert "sealed" in dump
    for code in told["codes"]:
        assert code not in dump
        assert code.replace("-", "") not in dump


async def test_counts_follow_revocation_and_expiry(
    api: httpx.AsyncClient, core: Core, clock: PlayClock
) -> None:
    await make(api)
    await make(api, "k2", batch="late", expires_at="2026-11-23T00:00:00Z")
    await core.code_batches.revoke(BatchId("spring"))
    clock.forward(days=1)

    spring = (await api.get(f"{BATCHES}/spring")).json()
    late = (await api.get(f"{BATCHES}/late")).json()

    assert (spring["state"], spring["revoked"], spring["active"]) == ("revoked", 3, 0)
    assert (late["expired"], late["active"]) == (3, 0)


async def test_an_unknown_batch_is_not_found(api: httpx.AsyncClient) -> None:
    assert is_problem(await api.get(f"{BATCHES}/nowhere"), 404, "batch_not_found")


@pytest.mark.parametrize(
    "change",
    [
        {"batch": ""},
        {"batch": "a/b"},
        {"batch": "x" * 65},
        {"batch": 7},
        {"count": 0},
        {"count": 10_001},
        {"count": "3"},
        {"count": 1.0},
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": 999_999_901},
        {"amount_fen": True},
        {"expires_at": "2026-11-22T11:59:59Z"},
        {"expires_at": "2026-12-31"},
        {"expires_at": None},
        {"per_account": 0},
        {"per_account": 4},
        {"colour": "blue"},
    ],
)
@on_sqlite
async def test_what_is_out_of_bounds_is_refused_and_the_key_stays_free(
    api: httpx.AsyncClient, change: dict[str, object]
) -> None:
    assert is_problem(await make(api, **change), 422, "invalid_request")
    assert (await make(api)).status_code == 201


@on_sqlite
async def test_the_key_and_the_bearer_are_needed(api: httpx.AsyncClient) -> None:
    assert is_problem(await api.post(BATCHES, json=WISH), 400, "idempotency_key_missing")
    stranger = {"Authorization": "Bearer wrong"}
    answer = await api.post(BATCHES, json=WISH, headers={**keyed("k"), **stranger})
    assert is_problem(answer, 401, "unauthorized")
    answer = await api.get(f"{BATCHES}/spring", headers=stranger)
    assert is_problem(answer, 401, "unauthorized")


@on_sqlite
async def test_ten_thousand_codes_come_in_one_answer(
    api: httpx.AsyncClient, clock: PlayClock
) -> None:
    ends = (clock.now() + timedelta(days=1)).isoformat()
    answer = await make(api, count=10_000, expires_at=ends)

    assert len(set(answer.json()["codes"])) == 10_000

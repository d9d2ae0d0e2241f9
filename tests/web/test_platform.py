"""The platform API as the cloud platform calls it."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Table, func, select

from core.access.model import Role
from core.app import Core
from core.ids import PersonId, token_hash
from core.storage.tables import idempotency, link_tokens
from tests.people import ACCOUNT, FINANCE, MEMBER
from tests.play import START, PlayClock, PlayProvider
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
    order,
)
from web.app import build_app
from web.settings import WebSettings

# --- accounts and links --------------------------------------------------------------------------


async def test_an_account_is_created_then_renamed(api: httpx.AsyncClient, core: Core) -> None:
    created = await api.put(BASE, json={"name": "星河科技"})
    renamed = await api.put(BASE, json={"name": " 星河云 "})

    assert (created.status_code, renamed.status_code) == (201, 200)
    assert renamed.json() == {"account_id": ACCOUNT, "name": "星河云"}
    assert (await core.access.account(ACCOUNT)).name == "星河云"


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"null",
        b"{}",
        b'{"name": ""}',
        b'{"name": "   "}',
        b'{"name": 1}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "more": 1}',
        b'{"name": "' + b"n" * 201 + b'"}',
        b'{"name": ' + b"1" * 5000 + b"}",
        b"[" * 20_000,
        b"\xff\xff",
    ],
)
async def test_a_body_without_its_form_is_refused_without_an_echo(
    api: httpx.AsyncClient, body: bytes
) -> None:
    answer = await api.put(BASE, content=body, headers={"Content-Type": "application/json"})

    assert is_problem(answer, 422, "invalid_request")
    assert "nnn" not in answer.text


@pytest.mark.parametrize("account", ["a" * 65, "a.b", "-", "%00", "账户", "a%20b", "a%0a"])
async def test_an_account_id_without_its_form_is_refused(
    api: httpx.AsyncClient, account: str
) -> None:
    put = await api.put(f"/v1/accounts/{account}", json={"name": "n"})
    asked = await api.get(f"/v1/accounts/{account}/balance")

    assert is_problem(put, 422, "invalid_request")
    assert is_problem(asked, 422, "invalid_request")


async def test_a_link_is_told_with_its_address_and_works(
    api: httpx.AsyncClient, core: Core
) -> None:
    await api.put(BASE, json={"name": "n"})

    answer = await api.post(
        LINKS, json={"role": "finance", "ttl_seconds": 3600}, headers=keyed("k1")
    )

    assert answer.status_code == 201
    told = answer.json()
    assert told["url"] == f"https://t.me/cloud_topup_bot?start=link_{told['token']}"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", told["token"])
    assert datetime.fromisoformat(told["expires_at"]) == START + timedelta(hours=1)
    offer = await core.access.offer(token_hash(told["token"]))
    assert (offer.account.account_id, offer.role) == (ACCOUNT, Role.FINANCE)


@on_sqlite
@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"role": "owner"},
        {"role": "finance", "ttl_seconds": 0},
        {"role": "finance", "ttl_seconds": 86_401},
        {"role": "finance", "ttl_seconds": "600"},
        {"role": "finance", "ttl_seconds": True},
        {"role": "finance", "ttl_seconds": None},
        {"role": "finance", "extra": 1},
    ],
)
async def test_a_wrong_wish_leaves_its_key_free(
    api: httpx.AsyncClient, wish: dict[str, object]
) -> None:
    await api.put(BASE, json={"name": "n"})

    wrong = await api.post(LINKS, json=wish, headers=keyed("k1"))
    right = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))

    assert is_problem(wrong, 422, "invalid_request")
    assert right.status_code == 201


async def test_the_same_key_and_body_is_the_same_answer(
    api: httpx.AsyncClient, core: Core, clock: PlayClock
) -> None:
    await api.put(BASE, json={"name": "n"})
    first = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))
    clock.forward(hours=3)
    reworded = b'{ "ttl_seconds": 600,  "role": "finance" }'
    again = await api.post(
        LINKS, content=reworded, headers={**keyed("k1"), "Content-Type": "application/json"}
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await count(core, link_tokens) == 1


async def test_the_same_key_for_something_else_is_a_conflict(api: httpx.AsyncClient) -> None:
    await api.put(BASE, json={"name": "n"})
    await api.put("/v1/accounts/other", json={"name": "n"})
    await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))

    body = await api.post(LINKS, json={"role": "viewer"}, headers=keyed("k1"))
    path = await api.post(
        "/v1/accounts/other/links", json={"role": "finance"}, headers=keyed("k1")
    )

    assert is_problem(body, 409, "idempotency_conflict")
    assert is_problem(path, 409, "idempotency_conflict")


async def test_keys_of_two_callers_do_not_meet(api: httpx.AsyncClient) -> None:
    await api.put(BASE, json={"name": "n"})
    first = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))
    other = await api.post(
        LINKS,
        json={"role": "viewer"},
        headers={**keyed("k1"), "Authorization": f"Bearer {NEXT_KEY}"},
    )

    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["token"] != other.json()["token"]


async def test_the_same_request_many_times_at_once_has_one_effect(
    api: httpx.AsyncClient, core: Core
) -> None:
    await api.put(BASE, json={"name": "n"})

    answers = await asyncio.gather(
        *(api.post(LINKS, json={"role": "finance"}, headers=keyed("k1")) for _ in range(10))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert await count(core, link_tokens) == 1


async def test_a_refusal_is_kept_under_its_key_alone(api: httpx.AsyncClient, core: Core) -> None:
    refused = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))
    await api.put(BASE, json={"name": "n"})
    again = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))
    fresh = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k2"))

    assert is_problem(refused, 404, "account_not_found")
    assert is_problem(again, 404, "account_not_found")
    assert fresh.status_code == 201


async def test_the_database_does_not_give_a_kept_token_away(
    api: httpx.AsyncClient, core: Core
) -> None:
    await api.put(BASE, json={"name": "n"})
    answer = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))

    row = await core.database.read(lambda tx: tx.first(select(idempotency)))

    assert row is not None
    assert answer.json()["token"] not in str(row)
    assert KEY not in str(row)


async def test_without_the_bots_name_no_link_is_made(core: Core, settings: WebSettings) -> None:
    unnamed = replace(settings, bot_username=lambda: "")
    app = build_app(core, unnamed, telegram=None, checks={})
    async with client_of(app) as client:
        client.headers.update(BEARER)
        await client.put(BASE, json={"name": "n"})
        answer = await client.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))

    assert is_problem(answer, 503, "not_ready")
    assert await count(core, link_tokens) == 0


async def count(core: Core, table: Table) -> int:
    counting = select(func.count()).select_from(table)
    return await core.database.read(lambda tx: tx.scalar(counting) or 0)


# --- members -------------------------------------------------------------------------------------


async def test_members_are_listed_in_pages(
    api: httpx.AsyncClient, linked: dict[str, PersonId]
) -> None:
    whole = (await api.get(f"{BASE}/members")).json()
    pages, cursor = [], None
    while True:
        params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(f"{BASE}/members", params=params)).json()
        pages += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert whole["next_cursor"] is None
    assert pages == whole["items"]
    assert {item["role"] for item in pages} == {"creator", "finance", "viewer", "member"}
    assert pages[0].keys() == {
        "member_id",
        "role",
        "display_name",
        "linked_at",
        "last_active_at",
    }
    assert datetime.fromisoformat(pages[0]["linked_at"]).astimezone(UTC) == START


async def test_a_removed_member_is_gone_at_once(
    api: httpx.AsyncClient, core: Core, linked: dict[str, PersonId]
) -> None:
    items = (await api.get(f"{BASE}/members")).json()["items"]
    member_id = next(item["member_id"] for item in items if item["role"] == "member")

    removed = await api.delete(f"{BASE}/members/{member_id}")
    again = await api.delete(f"{BASE}/members/{member_id}")

    assert (removed.status_code, removed.content) == (204, b"")
    assert is_problem(again, 404, "member_not_found")
    assert await core.access.memberships(MEMBER) == []


# --- money ---------------------------------------------------------------------------------------


async def test_an_unknown_account_is_told_as_such(api: httpx.AsyncClient) -> None:
    for path in ("balance", "entries", "members"):
        answer = await api.get(f"/v1/accounts/nobody/{path}")
        assert is_problem(answer, 404, "account_not_found")

    deleted = await api.delete("/v1/accounts/nobody/members/M1")
    assert is_problem(deleted, 404, "account_not_found")


async def test_the_balance_of_an_account_that_never_moved_is_zero(api: httpx.AsyncClient) -> None:
    await api.put(BASE, json={"name": "n"})

    answer = await api.get(f"{BASE}/balance")

    assert answer.json() == {"available_fen": 0, "frozen_fen": 0, "currency": "CNY"}


async def test_entries_come_newest_first_in_pages_that_stay_in_place(
    api: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    async def pay(fen: int) -> None:
        view = await order(core, fen=fen)
        await core.topups.record_payment(provider.pay(view.payment.order_no))

    for yuan in range(1, 6):
        await pay(yuan * 100)
    first = (await api.get(f"{BASE}/entries", params={"limit": 2})).json()
    await pay(600)
    params = {"limit": 100, "cursor": first["next_cursor"]}
    rest = (await api.get(f"{BASE}/entries", params=params)).json()

    assert [item["amount_fen"] for item in first["items"]] == [500, 400]
    assert [item["amount_fen"] for item in rest["items"]] == [300, 200, 100]
    assert rest["next_cursor"] is None
    newest = first["items"][0]
    assert (newest["kind"], newest["channel"]) == ("payment", "wechat")
    assert newest["available_after_fen"] == 1500
    assert newest["reference"].startswith("4200002026")
    assert (await api.get(f"{BASE}/balance")).json()["available_fen"] == 2100


@on_sqlite
@pytest.mark.parametrize("path", ["entries", "members"])
@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"limit": "9" * 40},
        {"cursor": "!"},
        {"cursor": "é"},
        {"cursor": "a" * 201},
    ],
)
async def test_a_wrong_page_is_refused(
    api: httpx.AsyncClient, linked: dict[str, PersonId], path: str, params: dict[str, str]
) -> None:
    answer = await api.get(f"{BASE}/{path}", params=params)

    assert is_problem(answer, 422, "invalid_request")


@on_sqlite
@pytest.mark.parametrize("cursor", ["", "LTE", "MA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
async def test_a_cursor_that_names_no_entry_is_refused(
    api: httpx.AsyncClient, linked: dict[str, PersonId], cursor: str
) -> None:
    answer = await api.get(f"{BASE}/entries", params={"cursor": cursor})

    assert is_problem(answer, 422, "invalid_request")


async def test_people_named_by_the_platform_may_act(core: Core, api: httpx.AsyncClient) -> None:
    await api.put(BASE, json={"name": "n"})
    told = await api.post(LINKS, json={"role": "finance"}, headers=keyed("k1"))
    await core.access.meet(FINANCE, "person", "en")
    await core.access.accept_link(token_hash(told.json()["token"]), FINANCE)

    items = (await api.get(f"{BASE}/members")).json()["items"]

    assert [(item["role"], item["display_name"]) for item in items] == [("finance", "person")]

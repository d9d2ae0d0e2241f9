"""Alive, ready, and the figures."""

import asyncio

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from core.app import Core
from core.ids import PersonId
from core.inbox.model import Incoming
from core.storage.schema import head, migrate
from tests.play import PlayClock, PlayProvider
from tests.web.conftest import client_of, on_sqlite, order
from web.app import build_app, build_health_app
from web.settings import WebSettings

SPOIL = "UPDATE ledger_accounts SET balance_fen = balance_fen + {} WHERE version IS NOT NULL"


async def test_a_fresh_installation_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status_code, alive.text) == (200, "ok")
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "checks": {"database": "ok", "revision": "ok", "backlog": "ok"},
    }


async def test_an_older_revision_is_not_ready(client: httpx.AsyncClient, core: Core) -> None:
    async def set_revision(name: str) -> None:
        change = text("UPDATE alembic_version SET version_num = :name").bindparams(name=name)
        await core.database.write(lambda tx: tx.execute(change))

    await set_revision("0000")
    answer = await client.get("/readyz")
    await set_revision(head())

    assert answer.status_code == 503
    assert "0000" in answer.json()["checks"]["revision"]


async def test_a_database_without_tables_is_not_ready_and_nothing_leaks(core: Core) -> None:
    await migrate(core.database.url, "base")
    async with client_of(build_health_app(core, {})) as client:
        ready, figures = await client.get("/readyz"), await client.get("/metrics")
    await migrate(core.database.url)

    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "failed"
    assert "SELECT" not in ready.text
    assert "topup_database_up 0.0" in figures.text


async def test_work_that_waits_too_long_is_not_ready(
    client: httpx.AsyncClient, core: Core, clock: PlayClock
) -> None:
    await core.inbox.receive([Incoming(update_id=1, queue="chat:1", payload="{}")])
    clock.forward(seconds=299)
    in_time = await client.get("/readyz")
    clock.forward(seconds=2)
    late = await client.get("/readyz")

    assert (in_time.status_code, late.status_code) == (200, 503)
    assert late.json()["checks"]["backlog"].startswith("inbox: 1 wait")


@on_sqlite
async def test_the_installations_own_checks_count(core: Core) -> None:
    async def fine() -> str | None:
        return None

    async def wrong() -> str | None:
        return "the poller has not been heard for 90 s"

    async def broken() -> str | None:
        raise OSError("password")

    checks = {"sender": fine, "poller": wrong, "receipts": broken}
    async with client_of(build_health_app(core, checks)) as client:
        answer = await client.get("/readyz")

    found = answer.json()["checks"]
    assert answer.status_code == 503
    assert (found["sender"], found["receipts"]) == ("ok", "failed")
    assert found["poller"] == "the poller has not been heard for 90 s"


@on_sqlite
async def test_a_check_that_hangs_is_not_waited_for(core: Core) -> None:
    async def hanging() -> str | None:
        await asyncio.sleep(60)
        return None

    async with client_of(build_health_app(core, {"slow": hanging})) as client:
        async with asyncio.timeout(10):
            answer = await client.get("/readyz")

    assert answer.json()["checks"]["slow"] == "no answer within 2 s"


async def test_the_deep_probe_reads_the_ledger(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))

    answer = await client.get("/readyz?deep=1")

    assert answer.status_code == 200
    assert answer.json()["checks"]["ledger"] == "ok"


async def test_broken_books_are_not_ready_and_name_the_invariant_alone(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    await core.database.write(lambda tx: tx.execute(text(SPOIL.format(1))))

    deep, plain = await client.get("/readyz?deep=1"), await client.get("/readyz?deep=0")
    await core.database.write(lambda tx: tx.execute(text(SPOIL.format(-1))))

    assert (deep.status_code, plain.status_code) == (503, 200)
    assert deep.json()["checks"]["ledger"] == "BALANCE-IS-SUM does not hold"


async def test_figures_tell_requests_by_route_and_the_backlog(
    core: Core, settings: WebSettings, clock: PlayClock
) -> None:
    registry = CollectorRegistry()
    app = build_app(core, settings, telegram=core.inbox, checks={}, registry=registry)
    await core.inbox.receive([Incoming(update_id=1, queue="chat:1", payload="{}")])
    clock.forward(seconds=30)

    async with client_of(app) as client:
        await client.get("/pay/secret-token-that-nobody-may-read-in-a-figure")
        await client.request("BREW", "/healthz")
        await client.post("/telegram/webhook")
        answer = await client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "secret-token" not in answer.text
    assert 'route="/pay/{token}",status="404"' in answer.text
    assert 'method="other"' in answer.text
    assert 'method="POST",route="/telegram/webhook",status="401"' in answer.text
    assert 'topup_backlog{queue="inbox",state="waiting"} 1.0' in answer.text
    assert 'topup_backlog_oldest_seconds{queue="inbox"} 30.0' in answer.text
    assert "topup_database_up 1.0" in answer.text


@on_sqlite
@pytest.mark.parametrize(
    "path", ["/telegram/webhook", "/notify/wechat", "/pay/x", "/v1/openapi.json"]
)
async def test_a_worker_serves_health_alone(core: Core, path: str) -> None:
    async with client_of(build_health_app(core, {})) as client:
        served = [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]
        other = await client.get(path)

    assert [answer.status_code for answer in served] == [200, 200, 200]
    assert other.status_code == 404


async def test_a_crowd_of_deep_probes_shares_one_reading_of_the_ledger(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    before = await client.get("/readyz?deep=1")
    await core.database.write(lambda tx: tx.execute(text(SPOIL.format(1))))

    soon_after = await asyncio.gather(*(client.get("/readyz?deep=1") for _ in range(5)))
    await core.database.write(lambda tx: tx.execute(text(SPOIL.format(-1))))

    assert {answer.text for answer in soon_after} == {before.text}


async def test_what_waits_for_people_is_among_the_figures(
    client: httpx.AsyncClient,
    core: Core,
    clock: PlayClock,
    provider: PlayProvider,
    linked: dict[str, PersonId],
) -> None:
    bought = await order(core)
    report = provider.pay(bought.payment.order_no, amount_fen=123)
    await core.topups.record_payment(report)
    clock.forward(hours=1)

    figures = (await client.get("/metrics")).text

    assert 'topup_cases{kind="amount_differs"} 1.0' in figures
    assert 'topup_cases_fen{kind="amount_differs"} 123.0' in figures
    assert 'topup_cases_oldest_seconds{kind="amount_differs"} 3600.0' in figures

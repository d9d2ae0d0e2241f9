"""Provider callbacks: acknowledged after the commit, or refused and nothing stored."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from core.access.model import StaffRole
from core.app import Core
from core.channels import Channel
from core.ids import OrderNo, PersonId
from core.providers.base import RefundOrder, RefundReport, RefundState
from core.refunds.model import RefundRequest
from core.storage.database import Database
from core.storage.tables import notices, provider_events, trades
from core.storage.transaction import Tx
from tests.conftest import SETTINGS
from tests.desk import REVIEWER, add_staff, on_desk, settle
from tests.people import ACCOUNT, FINANCE, link_everybody
from tests.play import PlayClock, PlayProvider
from tests.web.conftest import client_of, on_sqlite, order, serve
from web.app import build_app
from web.settings import WebSettings

PATH = "/notify/wechat"
SIGNED = {"X-Signature": "good"}
OPERATOR = PersonId(77)


def told(order_no: OrderNo) -> bytes:
    return json.dumps({"order_no": order_no}).encode()


async def stored(core: Core) -> tuple[int, int]:
    """How many callbacks and how many trades are in the database."""

    def count(tx: Tx) -> tuple[int, int]:
        counts = [
            tx.scalar(select(func.count()).select_from(table)) or 0
            for table in (provider_events, trades)
        ]
        return counts[0], counts[1]

    return await core.database.read(count)


async def test_a_paid_callback_is_credited_and_acknowledged(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await order(core, fen=500_00)
    provider.pay(view.payment.order_no)

    answer = await client.post(PATH, content=told(view.payment.order_no), headers=SIGNED)

    assert answer.status_code == 200
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 500_00


async def test_eight_copies_at_once_are_one_credit_and_eight_successes(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await order(core, fen=500_00)
    provider.pay(view.payment.order_no)
    body = told(view.payment.order_no)

    async def sent_until_acknowledged() -> int:
        for _ in range(5):  # a busy machine may miss the time budget: then it is sent again
            answer = await client.post(PATH, content=body, headers=SIGNED)
            if answer.status_code != 500:
                break
        return answer.status_code

    answers = await asyncio.gather(*(sent_until_acknowledged() for _ in range(8)))

    assert answers == [200] * 8
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 500_00
    assert await stored(core) == (1, 1)


@on_sqlite
@pytest.mark.parametrize("headers", [{}, {"X-Signature": ""}, {"X-Signature": "bad"}])
async def test_a_forged_callback_leaves_nothing_but_a_count(
    core: Core,
    settings: WebSettings,
    provider: PlayProvider,
    linked: dict[str, PersonId],
    headers: dict[str, str],
) -> None:
    view = await order(core)
    provider.pay(view.payment.order_no)
    registry = CollectorRegistry()
    app = build_app(core, settings, telegram=None, checks={}, registry=registry)

    async with client_of(app) as client:
        answer = await client.post(PATH, content=told(view.payment.order_no), headers=headers)

    assert answer.status_code == 401
    assert await stored(core) == (0, 0)
    counted = {"channel": "wechat", "result": "forged"}
    assert registry.get_sample_value("topup_provider_callbacks_total", counted) == 1


@on_sqlite
@pytest.mark.parametrize(
    "path", ["/notify/qq", "/notify/tenpay", "/notify/stripe", "/notify/card", "/notify/x"]
)
async def test_a_channel_that_is_off_has_no_address(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, content=b"{}", headers=SIGNED)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@on_sqlite
async def test_only_posts_are_callbacks(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_many_forged_callbacks_are_told_once_a_day(
    client: httpx.AsyncClient, core: Core, clock: PlayClock, linked: dict[str, PersonId]
) -> None:
    await core.access.meet(OPERATOR, "operator", "zh_CN")
    await core.access.add_staff(OPERATOR, StaffRole.OPERATOR)

    async def forge(times: int) -> int | None:
        for _ in range(times):
            assert (await client.post(PATH, content=b"{}", headers={})).status_code == 401
        counting = select(func.count()).where(notices.c.kind == "alarm")
        return await core.database.read(lambda tx: tx.scalar(counting))

    few, many, more = await forge(19), await forge(1), await forge(40)
    clock.forward(days=1)
    slowly = 0
    for _ in range(25):
        slowly = await forge(1) or 0
        clock.forward(minutes=1)

    assert (few, many, more, slowly) == (0, 1, 1, 1)


async def test_money_of_another_merchant_is_refused_with_one_alarm_a_day(
    client: httpx.AsyncClient,
    core: Core,
    clock: PlayClock,
    provider: PlayProvider,
    linked: dict[str, PersonId],
) -> None:
    await core.access.meet(OPERATOR, "operator", "zh_CN")
    await core.access.add_staff(OPERATOR, StaffRole.OPERATOR)
    view = await order(core)
    provider.pay(view.payment.order_no)
    provider.merchant = "1999999999"

    async def alarms() -> int | None:
        answer = await client.post(PATH, content=told(view.payment.order_no), headers=SIGNED)
        assert answer.status_code == 401
        counting = select(func.count()).where(notices.c.kind == "alarm")
        return await core.database.read(lambda tx: tx.scalar(counting))

    first, second = await alarms(), await alarms()
    clock.forward(days=1)
    next_day = await alarms()

    assert (first, second, next_day) == (1, 1, 2)
    assert await stored(core) == (0, 0)
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 0


async def test_our_failure_makes_the_provider_send_it_again(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await order(core)
    provider.pay(view.payment.order_no)
    provider.orders[view.payment.order_no].trade_no = ""  # paid, but no trade named: ours to find

    answer = await client.post(PATH, content=told(view.payment.order_no), headers=SIGNED)

    assert answer.status_code == 500
    assert await stored(core) == (0, 0)


async def test_a_refund_nobody_asked_for_is_not_acknowledged(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider
) -> None:
    def refund(headers: object, body: bytes) -> RefundReport:
        return RefundReport(
            channel=Channel.WECHAT,
            refund_no="R1",
            provider_refund_no="50000",
            state=RefundState.DONE,
            refund_fen=100,
        )

    provider.read = refund  # type: ignore[assignment, method-assign]

    answer = await client.post(PATH, content=b"{}", headers=SIGNED)

    assert answer.status_code == 500


class Refunding(PlayProvider):
    """Sends money back, and lets it be on the way."""

    can_refund = True

    async def refund(self, order: RefundOrder) -> RefundReport:
        return self._of(order.refund_no, RefundState.PROCESSING)

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        return self._of(order.refund_no, RefundState.PROCESSING)

    def _of(self, refund_no: str, state: RefundState) -> RefundReport:
        return RefundReport(
            channel=Channel.WECHAT,
            refund_no=refund_no,
            provider_refund_no="50000",
            state=state,
            refund_fen=500_00,
        )


async def test_a_refund_of_ours_ends_as_its_callback_says_and_is_acknowledged(
    database: Database, clock: PlayClock, settings: WebSettings
) -> None:
    provider = Refunding(clock)
    core = Core(database, {Channel.WECHAT: provider}, SETTINGS, clock=clock)
    await link_everybody(core)
    await add_staff(core)
    view = await order(core, fen=500_00)
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    (trade,) = await core.refunds.trades(FINANCE, ACCOUNT)
    refund = await core.refunds.ask(
        RefundRequest(
            person_id=FINANCE,
            trade_id=trade.trade_id,
            amount_fen=500_00,
            reason="twice",
            key="r1",
        )
    )
    (case,) = await on_desk(core, REVIEWER)
    await core.cases.claim(case.case.case_id, REVIEWER)
    await core.refunds.approve(case.case.case_id, REVIEWER)
    await settle(core)

    def told_of_refund(headers: object, body: bytes) -> RefundReport:
        return provider._of(refund.refund_id, RefundState.DONE)

    provider.read = told_of_refund  # type: ignore[assignment, method-assign]
    app = build_app(core, settings, telegram=core.inbox, checks={})
    async with client_of(app) as client:
        answers = [await client.post(PATH, content=b"{}", headers=SIGNED) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    (after,) = await core.refunds.of_trade(trade.trade_id, FINANCE)
    assert after.state == "done"
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 0


async def test_a_callback_over_the_bound_is_refused_unread(
    app: FastAPI, core: Core, provider: PlayProvider
) -> None:
    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 1024

    async with serve(app) as address, httpx.AsyncClient(base_url=address) as client:
        whole = await client.post(PATH, content=b" " * (64 * 1024 + 1), headers=SIGNED)
        in_pieces = await client.post(PATH, content=streamed(), headers=SIGNED)

    assert (whole.status_code, in_pieces.status_code) == (413, 413)
    assert await stored(core) == (0, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_commit_that_takes_too_long_is_a_failure_to_be_sent_again(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    """Whether the slow transaction took effect is open; the copy that comes later settles it."""
    view = await order(core, fen=500_00)
    provider.pay(view.payment.order_no)
    body = told(view.payment.order_no)
    go_on = threading.Event()
    occupying = asyncio.create_task(core.database.write(lambda _tx: go_on.wait(10)))
    await asyncio.sleep(0.1)  # the only writer is busy from here

    late = await client.post(PATH, content=body, headers=SIGNED)
    go_on.set()
    await occupying
    again = await client.post(PATH, content=body, headers=SIGNED)

    assert (late.status_code, again.status_code) == (500, 200)
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 500_00

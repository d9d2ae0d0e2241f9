"""What a provider's callbacks do to the books: once each, forged never, odd ones to people."""

import asyncio

import pytest
import pytest_asyncio

from core.access.model import StaffRole
from core.access.service import Access
from core.clock import SystemClock
from core.ids import PersonId, RandomIds
from core.storage.engine import open_database
from sandbox.pay.callbacks import Attempt
from sandbox.pay.letters import FORGERIES
from sandbox.pay.wechat import Paying
from sandbox.telegram.person import Person, text_of
from tests.e2e.company import (
    PATIENCE_S,
    ZH,
    Company,
    Payable,
    count_told,
    found,
    has_button,
    order,
    told,
)
from tests.e2e.installation import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

POLLED_WITHIN_S = 45
Waiting = tuple[Company, Person, Payable]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def waiting(shared: Installation) -> Waiting:
    """An order that nobody pays, for callbacks that must not count."""
    company = await found(shared)
    payer = await company.join("finance")
    return company, payer, await order(payer, "59")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reviewer(shared: Installation) -> Person:
    """Staff of the platform who has met the bot."""
    person = shared.person("reviewer")
    database = await open_database(shared.environment["TOPUP_DATABASE_URL"], readers=1)
    access = Access(database, SystemClock(), RandomIds())
    await access.add_staff(PersonId(person.id), StaffRole.REVIEWER)
    await database.close()
    await person.start()
    await person.wait("审核员", timeout_s=PATIENCE_S)
    return person


def attempts(company: Company, order_no: str) -> list[Attempt]:
    return [
        attempt
        for delivery in company.installation.wechat.callbacks.deliveries
        if delivery.notice.content.get("out_trade_no") == order_no
        for attempt in delivery.attempts
    ]


async def credited_once(company: Company, payer: Person, bought: Payable) -> None:
    """One entry, one arrival, and the sum of the order."""
    wechat = company.installation.wechat
    (payment,) = wechat.orders.get(bought.order_no).payments
    await told(payer, ZH.arrived, payment.transaction_id)
    assert [entry["reference"] for entry in await company.entries()] == [payment.transaction_id]
    assert await company.available_fen() == payment.total_fen
    assert await count_told(payer, ZH.arrived, payment.transaction_id) == 1


@pytest.mark.parametrize(
    "paying",
    [Paying(times=1), Paying(times=2), Paying(times=15), Paying(times=8, concurrent=True)],
    ids=["once", "twice", "15 times", "eight at once"],
)
async def test_a_payment_is_credited_once_however_often_it_is_told(
    company: Company, paying: Paying
) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "60")
    await company.installation.wechat.pay(bought.order_no, paying)
    await credited_once(company, payer, bought)
    answers = attempts(company, bought.order_no)
    assert [answer.status for answer in answers] == [200] * paying.times


async def test_a_callback_after_the_query_changes_nothing(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "61")
    wechat = company.installation.wechat
    await wechat.pay(bought.order_no, Paying(announce=False))
    await payer.press_on(bought.card["message_id"], ZH.paid_already)
    await credited_once(company, payer, bought)
    late = await wechat.send(bought.order_no, "honest")
    assert [attempt.status for attempt in late.attempts] == [200]
    await credited_once(company, payer, bought)


async def test_a_query_after_the_callback_changes_nothing(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "62")
    await asyncio.gather(
        company.installation.wechat.pay(bought.order_no),
        payer.press_on(bought.card["message_id"], ZH.paid_already),
    )
    await credited_once(company, payer, bought)


async def test_a_lost_callback_is_found_by_asking(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "63")
    await company.installation.wechat.pay(bought.order_no, Paying(announce=False))
    answer = await payer.press_on(bought.card["message_id"], ZH.paid_already)
    assert answer is not None
    assert "已到账" in answer["text"]
    await credited_once(company, payer, bought)


async def test_a_lost_callback_is_found_by_the_planned_look(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "64")
    payment = await company.installation.wechat.pay(bought.order_no, Paying(announce=False))
    await told(payer, ZH.arrived, payment.transaction_id, timeout_s=POLLED_WITHIN_S)
    await credited_once(company, payer, bought)


async def test_asking_too_early_says_so_and_keeps_the_card(company: Company) -> None:
    payer = await company.join("finance")
    bought = await order(payer, "65")
    answer = await payer.press_on(bought.card["message_id"], ZH.paid_already)
    assert answer is not None
    assert "还没有收到" in answer["text"]
    assert has_button(await payer.message(bought.card["message_id"]), ZH.pay)
    assert await company.available_fen() == 0


@pytest.mark.parametrize("kind", [*FORGERIES, "other_merchant", "other_app"])
async def test_what_is_not_wechats_or_not_for_us_is_refused(waiting: Waiting, kind: str) -> None:
    """401, nothing changed, nobody told."""
    company, payer, bought = waiting
    seen = len(await payer.messages())
    delivery = await company.installation.wechat.send(bought.order_no, kind)
    assert [attempt.status for attempt in delivery.attempts] == [401]
    assert await company.available_fen() == 0
    assert await company.entries() == []
    assert len(await payer.messages()) == seen


async def test_a_signed_notice_of_an_unpaid_order_credits_nothing(waiting: Waiting) -> None:
    company, _, bought = waiting
    await company.installation.wechat.send(bought.order_no, "unpaid")
    assert await company.available_fen() == 0


async def test_another_amount_waits_for_people(company: Company, reviewer: Person) -> None:
    payer = await company.join("creator")
    bought = await order(payer, "70")
    wechat = company.installation.wechat
    payment = await wechat.pay(bought.order_no, Paying(amount_fen=6_999))
    notice = await told(payer, "还没有入账", payment.transaction_id)
    assert "到账金额与订单不符" in text_of(notice)
    case = await told(reviewer, "待处理", payment.transaction_id)
    assert "¥69.99" in text_of(case)
    await payer.wait("核对中", timeout_s=PATIENCE_S)
    assert await company.available_fen() == 0
    assert all(answer.status == 200 for answer in attempts(company, bought.order_no))


async def test_another_currency_is_a_case_without_a_posting(
    company: Company, reviewer: Person
) -> None:
    payer = await company.join("creator")
    bought = await order(payer, "71")
    payment = await company.installation.wechat.pay(bought.order_no, Paying(currency="USD"))
    case = await told(reviewer, "待处理", payment.transaction_id)
    assert "币种不符" in text_of(case)
    await told(payer, "还没有入账", payment.transaction_id)
    assert await company.available_fen() == 0
    assert await company.entries() == []


async def test_a_second_payment_of_one_order_is_credited_and_marked(company: Company) -> None:
    payer = await company.join("creator")
    bought = await order(payer, "72")
    wechat = company.installation.wechat
    first = await wechat.pay(bought.order_no)
    await told(payer, ZH.arrived, first.transaction_id)
    second = await wechat.pay(bought.order_no, Paying(again=True))
    arrival = await told(payer, ZH.arrived, second.transaction_id)
    assert "又一次付款" in text_of(arrival)
    assert await company.available_fen() == 14_400


async def test_money_for_a_cancelled_order_is_credited_and_marked_late(company: Company) -> None:
    payer = await company.join("creator")
    bought = await order(payer, "73")
    await payer.press_on(bought.card["message_id"], ZH.cancel)
    await payer.wait("已取消", timeout_s=PATIENCE_S)
    payment = await company.installation.wechat.pay(bought.order_no, Paying(late=True))
    arrival = await told(payer, ZH.arrived, payment.transaction_id)
    assert "订单结束后才到" in text_of(arrival)
    assert await company.available_fen() == 7_300


async def test_rubbish_at_the_callback_addresses_does_no_harm(
    company: Company, running: Installation
) -> None:
    answer = await running.http.post(f"{running.bot_url}/notify/wechat", content=b"x" * 70_000)
    assert answer.status_code == 413
    for path, status in (("/notify/qq", 401), ("/notify/stripe", 401), ("/notify/nobody", 404)):
        assert (await running.http.post(f"{running.bot_url}{path}")).status_code == status
    payer = await company.join("finance")
    bought = await order(payer, "74")
    await running.wechat.pay(bought.order_no)
    await credited_once(company, payer, bought)

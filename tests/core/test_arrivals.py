"""Whatever way money comes, the same people hear of it, and so does the platform."""

import pytest
from sqlalchemy import select

from core.app import Core
from core.arrivals import service as arrivals
from core.arrivals.model import Arrival
from core.channels import Channel
from core.ids import PersonId, TopUpId
from core.storage.platform_tables import platform_events
from core.storage.tables import notices
from core.storage.transaction import Tx
from core.topup.orders import StartRequest
from tests.people import ACCOUNT, FINANCE
from tests.play import PlayProvider

ARRIVAL = Arrival(
    account_id=ACCOUNT,
    amount_fen=12_00,
    channel="code",
    reference="SPRING",
    key="code:1",
    facts={"mark": "late", "amount_fen": 1},
    also_tell=frozenset({PersonId(77)}),
)


async def told(core: Core) -> list[tuple[int, object]]:
    query = select(notices).where(notices.c.kind == "funds_arrived").order_by(notices.c.id)
    rows = await core.database.read(lambda tx: tx.all(query))
    return [(row.person_id, row.facts) for row in rows]


async def events(core: Core) -> list[tuple[str, object]]:
    rows = await core.database.read(lambda tx: tx.all(select(platform_events)))
    return [(row.type, row.data) for row in rows]


async def test_an_arrival_is_told_to_finance_to_who_paid_and_to_the_platform(
    core: Core, linked: dict[str, PersonId]
) -> None:
    facts = await core.database.write(
        lambda tx: arrivals.announce(tx, ARRIVAL, at=core.clock.now())
    )

    expected = {
        "account_id": ACCOUNT,
        "amount_fen": 12_00,
        "channel": "code",
        "reference": "SPRING",
        "available_fen": 0,
    }
    assert facts == {
        **expected,
        "account": "星河科技",
        "order_no": None,
        "mark": "late",
        "top_up": None,
    }
    assert await told(core) == [
        (person, facts) for person in (linked["creator"], linked["finance"], 77)
    ]
    assert await events(core) == [("funds.arrived", expected)]


async def test_an_arrival_that_is_undone_is_told_to_nobody(
    core: Core, linked: dict[str, PersonId]
) -> None:
    def work(tx: Tx) -> None:
        arrivals.announce(tx, ARRIVAL, at=core.clock.now())
        raise ValueError

    with pytest.raises(ValueError):
        await core.database.write(work)

    assert (await told(core), await events(core)) == ([], [])


async def test_a_payment_tells_the_platform_once_however_often_it_is_reported(
    core: Core, provider: PlayProvider, linked: dict[str, PersonId]
) -> None:
    view = await core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=500_00,
            channel=Channel.WECHAT,
            key="k",
            top_up_id=TopUpId("W"),
        )
    )
    report = provider.pay(view.payment.order_no)
    for _ in range(3):
        await core.topups.record_payment(report)

    assert await events(core) == [
        (
            "funds.arrived",
            {
                "account_id": ACCOUNT,
                "amount_fen": 500_00,
                "channel": "wechat",
                "reference": report.trade_no,
                "available_fen": 500_00,
            },
        )
    ]

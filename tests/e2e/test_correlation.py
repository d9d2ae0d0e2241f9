"""One id leads through the log from what came in to what was sent."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.bots import Launcher
from tests.e2e.company import found, order, told, until
from tests.e2e.installation import Installation, installation

pytestmark = pytest.mark.asyncio(loop_scope="session")
Event = dict[str, object]


@pytest_asyncio.fixture(loop_scope="session")
async def one(launcher: Launcher, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path, start=launcher.start, mode="webhook") as own:
        yield own


def events(one: Installation) -> list[Event]:
    return [json.loads(line) for line in one.log_lines()]


def ids_of(one: Installation, event: str, **facts: object) -> set[object]:
    """Which ids the events of this name with these fields carry."""
    return {
        item.get("correlation_id")
        for item in events(one)
        if item["event"] == event and facts.items() <= item.items()
    }


async def test_one_id_leads_from_an_update_or_a_callback_to_the_message(
    one: Installation,
) -> None:
    company = await found(one)
    person = await company.join("finance")
    card = await order(person, "100")

    payment = await one.wechat.pay(card.order_no)
    await told(person, "已到账", payment.transaction_id)

    def is_logged() -> bool:
        landed = ids_of(one, "payment.landed", landing="credited", trade=payment.transaction_id)
        return len(landed & ids_of(one, "telegram.called", method="sendMessage")) == 1

    await until(is_logged)
    stored, handled = ids_of(one, "update.stored"), ids_of(one, "update.handled")
    spoken = ids_of(one, "telegram.called", method="sendMessage", chat=person.id)
    assert handled <= stored
    assert stored & spoken  # an answer to what the person wrote
    assert None not in stored | spoken
    assert stored.isdisjoint(ids_of(one, "payment.landed"))  # the callback has an id of its own

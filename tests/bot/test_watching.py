"""Operators hear in the chat of what waits too long: when it begins, and once a day."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.conversations.model import Field, Text
from bot.conversations.notices import screen_of
from bot.locales.catalogue import Catalogue
from bot.watching import Watching
from core.access.model import StaffRole
from core.app import Core
from core.ids import NoticeId, PersonId
from core.inbox.model import Incoming
from core.notices import store
from core.notices.model import Notice, NoticeKind
from core.providers.base import Outcome, Source
from core.storage.tables import notices
from tests.conftest import SETTINGS
from tests.play import PlayClock, PlayProvider

OPERATOR = PersonId(900_001)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = on_sqlite


@pytest.fixture
async def watching(core: Core) -> Watching:
    await core.access.meet(OPERATOR, "operator", "zh_CN")
    await core.access.add_staff(OPERATOR, StaffRole.OPERATOR)
    return Watching(core, "test")


async def told(core: Core) -> list[Notice]:
    """The alarms so far."""
    ids = await core.database.read(
        lambda tx: [
            row.id
            for row in tx.all(select(notices.c.id).where(notices.c.kind == "alarm").order_by("id"))
        ]
    )
    found = [await core.database.read(lambda tx, n=n: store.pending(tx, n)) for n in ids]  # type: ignore[misc]
    return [notice for notice in found if notice is not None]


async def wait_in_the_inbox(core: Core) -> None:
    await core.inbox.receive([Incoming(update_id=1, queue="chat:1", payload="{}")])


async def test_a_backlog_is_told_once_and_again_after_it_was_gone(
    core: Core, watching: Watching, clock: PlayClock
) -> None:
    await wait_in_the_inbox(core)
    await watching.look()
    assert await told(core) == []

    clock.forward(seconds=301)
    for _ in range(5):
        await watching.look()
        clock.forward(seconds=60)
    (first,) = await told(core)
    assert first.person_id == OPERATOR
    assert first.facts == {"what": "backlog", "queue": "inbox", "waiting": 1, "minutes": 5}

    await core.inbox.done((await core.inbox.claim(1))[0])
    clock.forward(hours=1)
    await watching.look()
    await core.inbox.receive([Incoming(update_id=2, queue="chat:1", payload="{}")])
    clock.forward(seconds=301)
    await watching.look()
    assert len([item for item in await told(core) if item.facts["queue"] == "inbox"]) == 2


async def test_a_worker_that_takes_over_does_not_tell_it_again_at_once(
    core: Core, watching: Watching, clock: PlayClock
) -> None:
    await wait_in_the_inbox(core)
    clock.forward(minutes=6)
    await watching.look()
    await Watching(core, "another").look()

    assert len(await told(core)) == 1


async def test_money_in_suspense_for_a_day_is_told_daily(
    core: Core, watching: Watching, clock: PlayClock, provider: PlayProvider
) -> None:
    report = replace(
        provider.report("T-unknown", Source.CALLBACK),
        outcome=Outcome.PAID,
        trade_no="42",
        amount_fen=12_00,
        currency="CNY",
    )
    await core.topups.record_payment(report)
    clock.forward(hours=23)
    await watching.look()
    assert await suspense(core) == []

    for _ in range(49):
        clock.forward(hours=1)
        await watching.look()
    facts = await suspense(core)
    assert [item["number"] for item in facts] == [1, 1]
    assert {item["amount_fen"] for item in facts} == {12_00}


async def suspense(core: Core) -> list[dict[str, object]]:
    return [dict(n.facts) for n in await told(core) if n.facts["what"] == "suspense_old"]


@pytest.mark.parametrize(
    ("what", "facts", "said"),
    [
        ("backlog", {"queue": "jobs", "waiting": 7, "minutes": 9}, "后台任务"),
        ("suspense_old", {"number": 2, "amount_fen": 5_00, "minutes": 1500}, "¥5.00"),
        ("dead_job", {"detail": "send_event 7: gone"}, "send_event 7"),
        ("dead_update", {"detail": "U7: gone"}, "U7"),
        ("books_broken", {"detail": "CONSERVE"}, "CONSERVE"),
        ("bank_days", {"detail": "holidays of 2028 are not known"}, "2028"),
        ("forged_callbacks", {"channel": "wechat", "number": 20}, "微信支付"),
    ],
)
async def test_every_alarm_has_words_of_its_own(
    core: Core, clock: PlayClock, what: str, facts: dict[str, Field], said: str
) -> None:
    notice = Notice(
        notice_id=NoticeId(1),
        person_id=OPERATOR,
        account_id=None,
        kind=NoticeKind.ALARM,
        facts={"what": what, **facts},
        created_at=clock.now(),
    )
    shown = screen_of(notice).text
    assert isinstance(shown, Text)

    text = Catalogue.load(SETTINGS.zone).say("zh_CN", shown)

    assert shown.key == f"alarm.{what}"
    assert said in text
    assert "{" not in text

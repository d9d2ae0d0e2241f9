"""A hold freezes money once, ends once, and gives back what was not taken."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select, text

from core.app import Core
from core.errors import (
    AccountNotFound,
    HoldConflict,
    HoldEnded,
    HoldNotFound,
    InsufficientBalance,
    InvalidRequest,
    ReferenceConflict,
    RuleBroken,
)
from core.holds.model import HoldEvent, HoldState
from core.ids import AccountId, HoldId
from core.ledger import postings, store
from core.storage.tables import audit as audit_table
from core.storage.tables import transfers
from tests.holds.purse import fund, purchase, purse
from tests.people import ACCOUNT, OTHER_ACCOUNT
from tests.play import START, PlayClock, PlayMessenger

pytestmark = pytest.mark.usefixtures("linked")
H1 = HoldId("H1")


async def test_placing_freezes_the_amount(core: Core) -> None:
    await fund(core, 1000)

    placed = await core.holds.place(purchase(fen=300, requested_by="赵开发"))

    assert not placed.repeated
    assert placed.hold == await core.holds.hold(H1)
    assert (placed.hold.state, placed.hold.captured_fen) == (HoldState.OPEN, 0)
    assert await purse(core) == (700, 300)


async def test_the_same_request_again_gives_the_hold_as_it_stands(core: Core) -> None:
    await fund(core, 1000)
    first = await core.holds.place(purchase(fen=300))
    again = await core.holds.place(purchase(fen=300))
    await core.holds.capture(H1, 120)
    ended = await core.holds.place(purchase(fen=300))

    assert again.repeated
    assert again.hold == first.hold
    assert (ended.hold.state, ended.hold.captured_fen) == (HoldState.CAPTURED, 120)
    assert await purse(core) == (880, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 301},
        {"product": "GPU 实例"},
        {"requested_by": "somebody"},
        {"expires_at": START + timedelta(hours=1)},
        {"account_id": OTHER_ACCOUNT},
    ],
)
async def test_the_same_id_for_another_purchase_is_a_conflict(
    core: Core, change: dict[str, object]
) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await fund(core, 1000)
    await fund(core, 1000, OTHER_ACCOUNT)
    await core.holds.place(purchase(fen=300))

    with pytest.raises(HoldConflict):
        await core.holds.place(replace(purchase(fen=300), **change))  # type: ignore[arg-type]

    assert await purse(core) == (700, 300)
    assert await purse(core, OTHER_ACCOUNT) == (1000, 0)


async def test_too_little_money_says_how_much_is_missing_and_leaves_no_trace(core: Core) -> None:
    await fund(core, 250)

    with pytest.raises(InsufficientBalance) as refused:
        await core.holds.place(purchase(fen=300))

    assert refused.value.shortfall_fen == 50
    assert await purse(core) == (250, 0)
    with pytest.raises(HoldNotFound):
        await core.holds.hold(H1)


async def test_a_refused_id_may_come_again_once_funds_have_arrived(core: Core) -> None:
    with pytest.raises(InsufficientBalance):
        await core.holds.place(purchase(fen=300))
    await fund(core, 300)

    placed = await core.holds.place(purchase(fen=300))

    assert not placed.repeated
    assert await purse(core) == (0, 300)


async def test_the_whole_balance_can_be_frozen_and_no_fen_more(core: Core) -> None:
    await fund(core, 300)
    await core.holds.place(purchase(fen=300))

    with pytest.raises(InsufficientBalance) as refused:
        await core.holds.place(purchase("H2", fen=1))

    assert refused.value.shortfall_fen == 1


async def test_an_account_nobody_opened_freezes_nothing(core: Core) -> None:
    with pytest.raises(AccountNotFound):
        await core.holds.place(purchase(account=AccountId("nobody")))


@pytest.mark.parametrize("change", [{"amount_fen": 0}, {"amount_fen": -5}, {"expires_at": START}])
async def test_a_hold_of_nothing_or_of_no_time_is_refused(
    core: Core, change: dict[str, object]
) -> None:
    await fund(core, 1000)

    with pytest.raises(InvalidRequest):
        await core.holds.place(replace(purchase(), **change))  # type: ignore[arg-type]

    assert await purse(core) == (1000, 0)


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("part", "captured"), [(None, 300), (300, 300), (299, 299), (1, 1)])
async def test_a_capture_takes_its_part_and_returns_the_rest_in_one_transfer(
    core: Core, part: int | None, captured: int
) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300))

    hold = await core.holds.capture(H1, part)

    assert hold == await core.holds.hold(H1)
    assert (hold.state, hold.captured_fen) == (HoldState.CAPTURED, captured)
    assert await purse(core) == (1000 - captured, 0)
    assert await kinds(core) == ["payment", "hold_placed", "hold_captured"]
    returned = [
        entry.amount_fen
        for entry in await core.ledger.history(ACCOUNT)
        if entry.kind == "hold_captured"
    ]
    assert returned == ([300 - captured] if captured < 300 else [])


@pytest.mark.parametrize("part", [0, -1, 301])
async def test_a_capture_outside_what_is_held_is_refused(core: Core, part: int) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300))

    with pytest.raises(InvalidRequest, match="1 to 300"):
        await core.holds.capture(H1, part)

    assert await purse(core) == (700, 300)


async def test_a_release_gives_all_of_it_back(core: Core) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300))

    hold = await core.holds.release(H1)

    assert hold.state is HoldState.RELEASED
    assert await purse(core) == (1000, 0)
    assert await kinds(core) == ["payment", "hold_placed", "hold_released"]


async def test_a_hold_whose_time_is_over_gives_all_of_it_back(
    core: Core, clock: PlayClock
) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300, expires_at=START + timedelta(hours=1)))
    drain = core.drain(PlayMessenger())

    clock.forward(minutes=59)
    await drain.settle()
    before = (await core.holds.hold(H1)).state
    clock.forward(minutes=1)
    await drain.settle()

    assert (before, (await core.holds.hold(H1)).state) == (HoldState.OPEN, HoldState.EXPIRED)
    assert await purse(core) == (1000, 0)
    assert await kinds(core) == ["payment", "hold_placed", "hold_expired"]


async def test_a_hold_without_an_end_time_stays_open(core: Core, clock: PlayClock) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300))

    clock.forward(days=4000)
    await core.drain(PlayMessenger()).settle()
    await core.holds.expire(H1)

    assert (await core.holds.hold(H1)).state is HoldState.OPEN


async def test_the_deadline_decides_even_before_the_money_went_back(
    core: Core, clock: PlayClock
) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300, expires_at=START + timedelta(hours=1)))
    clock.forward(hours=1)

    with pytest.raises(HoldEnded) as late:
        await core.holds.capture(H1)
    with pytest.raises(HoldEnded):
        await core.holds.release(H1)

    assert late.value.state == "expired"
    assert await purse(core) == (700, 300)
    await core.drain(PlayMessenger()).settle()
    assert await purse(core) == (1000, 0)


async def test_an_expiry_that_comes_early_waits(core: Core) -> None:
    ends = START + timedelta(hours=1)
    await fund(core, 1000)
    await core.holds.place(purchase(expires_at=ends))

    assert await core.holds.expire(H1) == ends
    assert await core.holds.expire(HoldId("unknown")) is None
    assert (await core.holds.hold(H1)).state is HoldState.OPEN


@pytest.mark.parametrize("call", ["hold", "capture", "release"])
async def test_a_hold_nobody_placed_is_not_found(core: Core, call: str) -> None:
    with pytest.raises(HoldNotFound):
        await getattr(core.holds, call)(H1)


async def end(core: Core, clock: PlayClock, event: HoldEvent) -> None:
    if event is HoldEvent.CAPTURE:
        await core.holds.capture(H1)
    elif event is HoldEvent.RELEASE:
        await core.holds.release(H1)
    else:
        clock.forward(hours=1)
        await core.holds.expire(H1)


@pytest.mark.parametrize(("first", "second"), list(product(HoldEvent, HoldEvent)))
async def test_after_any_end_no_other_comes(
    core: Core, clock: PlayClock, first: HoldEvent, second: HoldEvent
) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase(fen=300, expires_at=START + timedelta(hours=1)))
    await end(core, clock, first)
    ended, held = await core.holds.hold(H1), await purse(core)

    if second is HoldEvent.EXPIRE:
        await end(core, clock, second)  # a job may run twice
    else:
        with pytest.raises(HoldEnded):
            await end(core, clock, second)

    assert await core.holds.hold(H1) == ended
    assert await purse(core) == held
    assert len(await kinds(core)) == 3


# --- the trail and the books ---------------------------------------------------------------------


async def kinds(core: Core) -> list[str]:
    query = select(transfers.c.kind).order_by(transfers.c.id)
    return await core.database.read(lambda tx: [row.kind for row in tx.all(query)])


async def test_every_step_of_a_hold_is_in_the_audit_trail(core: Core, clock: PlayClock) -> None:
    await fund(core, 1000)
    for hold_id in ("H1", "H2", "H3"):
        ends = START + timedelta(hours=1) if hold_id == "H3" else None
        await core.holds.place(purchase(hold_id, expires_at=ends))
    await core.holds.capture(H1, 30)
    await core.holds.release(HoldId("H2"))
    clock.forward(hours=1)
    await core.drain(PlayMessenger()).settle()

    query = select(audit_table).where(audit_table.c.subject.like("hold:%"))
    rows = await core.database.read(lambda tx: tx.all(query.order_by(audit_table.c.id)))

    assert [(row.subject, row.action, row.actor) for row in rows] == [
        ("hold:H1", "hold.placed", "platform"),
        ("hold:H2", "hold.placed", "platform"),
        ("hold:H3", "hold.placed", "platform"),
        ("hold:H1", "hold.captured", "platform"),
        ("hold:H2", "hold.released", "platform"),
        ("hold:H3", "hold.expired", "clock"),
    ]
    assert rows[3].facts == {"amount_fen": 100, "captured_fen": 30}
    assert {row.account_id for row in rows} == {ACCOUNT}


async def test_the_books_themselves_refuse_a_second_end(core: Core) -> None:
    await fund(core, 1000)
    for hold_id in ("H1", "H2"):
        await core.holds.place(purchase(hold_id))
    await core.holds.capture(H1)
    again = postings.hold_returned(
        hold_id=H1, account_id=ACCOUNT, amount_fen=100, is_expired=False, occurred_at=START
    )

    with pytest.raises(ReferenceConflict):
        await core.database.write(lambda tx: store.append(tx, again, at=START))

    assert await purse(core) == (800, 100)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ("amount_fen = 0", "ck_holds_"),
        ("captured_fen = 101, state = 'captured', ended_at = created_at", "ck_holds_captured"),
        ("captured_fen = 5", "ck_holds_captured_state"),
        ("state = 'released'", "ck_holds_ended"),
        ("state = 'gone', ended_at = created_at", "ck_holds_state"),
    ],
)
async def test_the_database_refuses_a_hold_that_cannot_be(
    core: Core, values: str, rule: str
) -> None:
    await fund(core, 1000)
    await core.holds.place(purchase())

    with pytest.raises(RuleBroken, match=rule):
        await core.database.write(lambda tx: tx.execute(text(f"UPDATE holds SET {values}")))

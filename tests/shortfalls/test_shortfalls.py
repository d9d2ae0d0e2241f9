"""A refused hold is remembered, told, funded oldest first, and gone when it is placed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.access.model import Right
from core.app import Core
from core.errors import InsufficientBalance, NotAllowed, NotFound, NotLinked
from core.holds.model import HoldRequest
from core.ids import AccountId, HoldId, PersonId
from core.shortfalls.model import Shortfall
from core.storage.platform_tables import platform_events
from core.storage.shortfall_tables import blocked_purchases
from tests.holds.purse import fund, purchase, purse
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, OTHER_ACCOUNT, STRANGER, VIEWER
from tests.play import START, PlayClock, PlayMessenger

pytestmark = pytest.mark.usefixtures("linked")
CARD = f"blocked:{ACCOUNT}"


async def refuse(core: Core, *requests: HoldRequest) -> list[int]:
    missing = []
    for request in requests:
        with pytest.raises(InsufficientBalance) as short:
            await core.holds.place(request)
        missing.append(short.value.shortfall_fen)
    return missing


async def told(core: Core, messenger: PlayMessenger | None = None) -> PlayMessenger:
    """What people are sent now."""
    messenger = messenger or PlayMessenger()
    await core.drain(messenger).settle()
    return messenger


async def fundable(core: Core) -> list[object]:
    query = (
        select(platform_events)
        .where(platform_events.c.type == "hold.fundable")
        .order_by(platform_events.c.happened_at)
    )
    rows = await core.database.read(lambda tx: tx.all(query))
    return sorted(row.data["hold_id"] for row in rows)


async def of(core: Core, account: AccountId = ACCOUNT) -> Shortfall:
    return await core.shortfalls.of(account, FINANCE)


def names(shortfall: Shortfall) -> list[tuple[str, int]]:
    return [(item.blocked.purchase.hold_id, item.missing_fen) for item in shortfall.waiting]


async def states(core: Core) -> dict[str, str]:
    rows = await core.database.read(lambda tx: tx.all(select(blocked_purchases)))
    return {row.hold_id: row.state for row in rows}


# --- remembering ---------------------------------------------------------------------------------


async def test_a_refused_hold_waits_and_freezes_nothing(core: Core) -> None:
    await fund(core, 1000)

    assert await refuse(core, purchase(fen=1500, requested_by="赵开发")) == [500]

    found = await of(core)
    assert (found.account_name, found.available_fen, found.missing_fen) == ("星河科技", 1000, 500)
    assert names(found) == [("H1", 500)]
    waiting = found.waiting[0]
    assert (waiting.buyer, waiting.blocked.blocked_at) == ("赵开发", START)
    assert await purse(core) == (1000, 0)


async def test_a_buyer_named_by_member_id_is_shown_by_name(core: Core) -> None:
    members = {item.person_id: item for item in await core.access.members(ACCOUNT)}

    await refuse(core, purchase(requested_by=members[MEMBER].member_id))

    assert (await of(core)).waiting[0].buyer == f"person {MEMBER}"


async def test_several_wait_oldest_first_and_their_sums_add_up(
    core: Core, clock: PlayClock
) -> None:
    await fund(core, 100)
    for name, fen in (("A", 150), ("B", 400), ("C", 120)):
        await refuse(core, purchase(name, fen))
        clock.forward(minutes=1)

    found = await of(core)

    assert names(found) == [("A", 50), ("B", 300), ("C", 20)]
    assert (found.missing_fen, found.first_missing_fen) == (570, 50)


async def test_the_same_refusal_again_is_one_entry_in_its_old_place(
    core: Core, clock: PlayClock
) -> None:
    await refuse(core, purchase("A", 100), purchase("B", 100))
    clock.forward(minutes=1)
    await refuse(core, purchase("A", 130))

    assert names(await of(core)) == [("A", 130), ("B", 100)]


async def test_a_hold_of_an_unknown_account_is_not_remembered(core: Core) -> None:
    with pytest.raises(Exception, match="nobody"):
        await core.holds.place(purchase(account=AccountId("nobody")))

    assert await states(core) == {}


@pytest.mark.parametrize(
    ("person", "error"), [(VIEWER, NotAllowed), (MEMBER, NotAllowed), (STRANGER, NotLinked)]
)
async def test_only_who_moves_money_works_on_what_waits(
    core: Core, person: PersonId, error: type[Exception]
) -> None:
    await refuse(core, purchase())
    blocked_id = (await of(core)).waiting[0].blocked.blocked_id

    with pytest.raises(error):
        await core.shortfalls.of(ACCOUNT, person)
    with pytest.raises(error):
        await core.shortfalls.dismiss(blocked_id, person)

    assert await states(core) == {"H1": "waiting"}


async def test_a_viewer_sees_what_waits_beside_the_balance(core: Core) -> None:
    await refuse(core, purchase())

    assert (await core.shortfalls.of(ACCOUNT, VIEWER, Right.SEE_MONEY)).missing_fen == 100


# --- telling -------------------------------------------------------------------------------------


async def test_the_first_refusal_brings_the_card_to_finance_people_only(core: Core) -> None:
    await refuse(core, purchase())

    messenger = await told(core)

    assert sorted(messenger.shown) == [(CARD, CREATOR, True), (CARD, FINANCE, True)]


async def test_a_flood_edits_the_card_and_pushes_once_a_minute(
    core: Core, clock: PlayClock
) -> None:
    messenger = PlayMessenger()
    for second in range(150):
        await refuse(core, purchase(f"H{second}"), purchase("again"))
        await told(core, messenger)
        clock.forward(seconds=1)

    pushes = [person for _, person, anew in messenger.shown if anew]
    assert pushes.count(FINANCE) == 3
    assert {item.kind.value for item in messenger.told} == {"member_linked"}
    assert 50 <= messenger.refreshed.count(CARD) <= 150
    clock.forward(minutes=2)
    await told(core, messenger)
    assert messenger.refreshed[-1] == CARD
    assert [person for _, person, _ in messenger.shown].count(FINANCE) == 4


async def test_the_same_refusal_again_and_again_pushes_once(core: Core, clock: PlayClock) -> None:
    messenger = PlayMessenger()
    for _ in range(10):
        await refuse(core, purchase())
        await told(core, messenger)
        clock.forward(minutes=2)

    assert sorted(person for _, person, _ in messenger.shown) == [CREATOR, FINANCE]
    assert messenger.refreshed


# --- funding -------------------------------------------------------------------------------------


async def test_funds_that_arrive_let_it_go_on_and_everybody_hears(
    core: Core, clock: PlayClock
) -> None:
    members = {item.person_id: item for item in await core.access.members(ACCOUNT)}
    await refuse(core, purchase(fen=500, requested_by=members[MEMBER].member_id))
    await told(core)
    clock.forward(minutes=5)
    await fund(core, 500)

    messenger = await told(core)

    assert await states(core) == {"H1": "fundable"}
    assert await fundable(core) == ["H1"]
    assert CARD in messenger.refreshed
    heard = {(item.person_id, item.kind.value) for item in messenger.told}
    assert heard == {
        (CREATOR, "funds_arrived"),
        (FINANCE, "funds_arrived"),
        (CREATOR, "purchases_funded"),
        (FINANCE, "purchases_funded"),
        (MEMBER, "purchase_goes_on"),
    }
    buyer = next(item for item in messenger.told if item.person_id == MEMBER)
    assert buyer.facts == {"account": "星河科技", "products": ["云服务器"]}


async def test_funds_go_to_the_oldest_and_what_is_left_to_the_next_that_fits(
    core: Core, clock: PlayClock
) -> None:
    for name, fen in (("A", 300), ("B", 500), ("C", 100), ("D", 1)):
        await refuse(core, purchase(name, fen))
        clock.forward(seconds=1)
    await fund(core, 400)

    assert await states(core) == {
        "A": "fundable",
        "B": "waiting",
        "C": "fundable",
        "D": "waiting",
    }
    assert await fundable(core) == ["A", "C"]
    assert names(await of(core)) == [("A", 0), ("B", 400), ("C", 0), ("D", 1)]

    await fund(core, 501)
    assert await fundable(core) == ["A", "B", "C", "D"]
    assert (await of(core)).missing_fen == 0


async def test_too_little_lets_nothing_go_on(core: Core) -> None:
    await refuse(core, purchase(fen=500))
    await fund(core, 499)

    assert await fundable(core) == []
    assert names(await of(core)) == [("H1", 1)]


async def test_a_released_or_expired_hold_funds_what_waits(core: Core, clock: PlayClock) -> None:
    await fund(core, 500)
    await core.holds.place(purchase("R", 200))
    await core.holds.place(purchase("X", 200, expires_at=START + timedelta(hours=1)))
    await core.holds.place(purchase("C", 100))
    await refuse(core, purchase("A", 200), purchase("B", 200), purchase("D", 60))

    await core.holds.release(HoldId("R"))
    assert await fundable(core) == ["A"]
    await core.holds.capture(HoldId("C"), 40)
    assert await fundable(core) == ["A", "D"]
    clock.forward(hours=1)
    await told(core)
    assert await fundable(core) == ["A", "B", "D"]


async def test_placing_it_again_ends_the_entry(core: Core) -> None:
    await refuse(core, purchase(fen=500))
    await fund(core, 500)

    placed = await core.holds.place(purchase(fen=500))

    assert not placed.repeated
    assert await states(core) == {"H1": "placed"}
    assert (await of(core)).waiting == ()
    assert CARD in (await told(core)).refreshed


async def test_funds_that_went_elsewhere_have_it_wait_again(core: Core) -> None:
    await refuse(core, purchase("A", 500))
    await fund(core, 500)
    await core.holds.place(purchase("other", 100))

    assert await states(core) == {"A": "waiting"}
    assert names(await of(core)) == [("A", 100)]

    await fund(core, 100)
    assert await fundable(core) == ["A", "A"]


async def test_funds_that_come_and_go_are_told_once_a_minute(core: Core, clock: PlayClock) -> None:
    await fund(core, 500)
    await core.holds.place(purchase("busy", 100))
    await refuse(core, purchase("A", 500))
    messenger = await told(core)
    for number in range(20):
        name = "busy" if number == 0 else f"busy{number}"
        await core.holds.release(HoldId(name))
        await core.holds.place(purchase(f"busy{number + 1}", 100))
        clock.forward(seconds=6)
    await told(core, messenger)

    funded = [item for item in messenger.told if item.kind.value == "purchases_funded"]
    assert [item.person_id for item in funded].count(FINANCE) == 2
    assert len(await fundable(core)) == 20


# --- ending --------------------------------------------------------------------------------------


async def test_one_that_is_dismissed_leaves_its_funds_to_the_next(core: Core) -> None:
    await refuse(core, purchase("A", 500), purchase("B", 300))
    await fund(core, 500)
    assert await fundable(core) == ["A"]
    first = (await of(core)).waiting[0].blocked.blocked_id

    assert await core.shortfalls.dismiss(first, FINANCE) == ACCOUNT
    await core.shortfalls.dismiss(first, FINANCE)

    assert await states(core) == {"A": "dismissed", "B": "fundable"}
    assert await fundable(core) == ["A", "B"]


async def test_a_dismissed_one_comes_back_without_a_push_when_it_is_refused_again(
    core: Core, clock: PlayClock
) -> None:
    await refuse(core, purchase("A"), purchase("B"))
    await told(core)
    await core.shortfalls.dismiss((await of(core)).waiting[0].blocked.blocked_id, FINANCE)
    clock.forward(minutes=5)
    await refuse(core, purchase("A"))
    clock.forward(seconds=1)

    messenger = await told(core)

    assert names(await of(core)) == [("B", 100), ("A", 100)]
    assert messenger.shown == []
    assert CARD in messenger.refreshed


async def test_a_purchase_of_another_account_cannot_be_dismissed(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "远山")
    await refuse(core, purchase(account=OTHER_ACCOUNT))
    row = await core.database.read(lambda tx: tx.first(select(blocked_purchases)))
    assert row is not None

    with pytest.raises(NotLinked):
        await core.shortfalls.dismiss(row.id, FINANCE)
    with pytest.raises(NotFound):
        await core.shortfalls.dismiss(row.id + 1, FINANCE)


async def test_after_seven_days_without_a_new_try_it_expires(core: Core, clock: PlayClock) -> None:
    await refuse(core, purchase("A"), purchase("B"))
    clock.forward(days=6)
    await refuse(core, purchase("B"))
    clock.forward(days=1)
    await told(core)
    assert await states(core) == {"A": "expired", "B": "waiting"}

    clock.forward(days=6)
    await told(core)
    assert await states(core) == {"A": "expired", "B": "expired"}


async def test_it_waits_no_longer_than_the_purchase_itself(core: Core, clock: PlayClock) -> None:
    await refuse(core, purchase(expires_at=START + timedelta(hours=2)))
    clock.forward(hours=2)
    await told(core)

    assert await states(core) == {"H1": "expired"}


async def test_a_shorter_life_counts_from_the_next_refusal_on(
    core: Core, clock: PlayClock
) -> None:
    await refuse(core, purchase())
    await refuse(core, purchase(expires_at=START + timedelta(hours=2)))
    clock.forward(hours=2)
    await told(core)

    assert await states(core) == {"H1": "expired"}


async def test_ended_ones_are_forgotten_after_a_month(core: Core, clock: PlayClock) -> None:
    await refuse(core, purchase("A"), purchase("B"))
    await core.shortfalls.dismiss((await of(core)).waiting[0].blocked.blocked_id, FINANCE)
    clock.forward(days=31)
    await core.shortfalls.sweep()

    assert list(await states(core)) == ["B"]


# --- at once -------------------------------------------------------------------------------------


async def test_no_refusal_that_races_an_arrival_is_left_waiting_beside_its_funds(
    core: Core,
) -> None:
    for round_no in range(20):
        account = AccountId(f"race{round_no}")
        await core.access.save_account(account, "n")
        asked = [purchase(f"{account}-{n}", 100, account=account) for n in range(4)]

        results = await asyncio.gather(
            *(core.holds.place(item) for item in asked),
            fund(core, 100, account),
            return_exceptions=True,
        )

        short = [item for item in results if isinstance(item, InsufficientBalance)]
        kept = await core.database.read(
            lambda tx, account=account: tx.rows(blocked_purchases, account_id=account)
        )
        waits = [row.state for row in kept]
        available, frozen = await purse(core, account)
        assert len(short) + frozen // 100 == 4
        assert len(waits) == len(short)
        assert waits.count("fundable") == available // 100

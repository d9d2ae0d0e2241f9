"""Many holds at once: never more than the money there is, and one end each."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from core.app import Core
from core.errors import HoldEnded, InsufficientBalance
from core.holds.model import Hold, HoldState, Placed
from core.ids import AccountId, HoldId
from tests.holds.purse import fund, purchase, purse
from tests.people import ACCOUNT
from tests.play import PlayClock

pytestmark = pytest.mark.usefixtures("linked")
ROUNDS = 20


async def test_sixty_holds_of_100_on_1000_are_granted_exactly_ten_times(core: Core) -> None:
    for round_no in range(ROUNDS):
        account = AccountId(f"round{round_no}")
        await core.access.save_account(account, "n")
        await fund(core, 1000, account)

        results = await asyncio.gather(
            *(core.holds.place(purchase(f"{round_no}-{n}", account=account)) for n in range(60)),
            return_exceptions=True,
        )

        granted = [item for item in results if isinstance(item, Placed)]
        refused = [item for item in results if isinstance(item, InsufficientBalance)]
        assert (len(granted), len(refused)) == (10, 50)
        assert {item.shortfall_fen for item in refused} == {100}
        assert await purse(core, account) == (0, 1000)


async def test_one_purchase_many_times_at_once_freezes_once(core: Core) -> None:
    await fund(core, 1000)

    results = await asyncio.gather(*(core.holds.place(purchase(fen=300)) for _ in range(20)))

    assert Counter(item.repeated for item in results) == {True: 19, False: 1}
    assert await purse(core) == (700, 300)


async def test_what_is_told_as_missing_is_missing_while_money_arrives(core: Core) -> None:
    """A refusal is told after the money that came before it, and never without a shortfall."""
    for round_no in range(ROUNDS):
        account = AccountId(f"arriving{round_no}")
        await core.access.save_account(account, "n")
        await fund(core, 50, account)

        results = await asyncio.gather(
            *(core.holds.place(purchase(f"{account}-{n}", account=account)) for n in range(6)),
            fund(core, 100, account),
            return_exceptions=True,
        )

        missing = [item.shortfall_fen for item in results if isinstance(item, InsufficientBalance)]
        granted = [item for item in results if isinstance(item, Placed)]
        assert len(missing) + len(granted) == 6
        assert set(missing) <= {50}
        assert len(granted) <= 1


async def test_of_a_capture_and_a_release_at_once_one_happens(core: Core) -> None:
    await fund(core, 100 * ROUNDS)
    taken = 0
    for round_no in range(ROUNDS):
        hold_id = HoldId(f"H{round_no}")
        await core.holds.place(purchase(hold_id))

        results = await asyncio.gather(
            *(core.holds.capture(hold_id, 60) for _ in range(3)),
            *(core.holds.release(hold_id) for _ in range(3)),
            return_exceptions=True,
        )

        ended = [item for item in results if isinstance(item, Hold)]
        assert len(ended) == 1
        assert len([item for item in results if isinstance(item, HoldEnded)]) == 5
        taken += ended[0].captured_fen

    assert await purse(core) == (100 * ROUNDS - taken, 0)


class EdgeClock(PlayClock):
    """Tells in turn the last moment before the deadline and the deadline itself."""

    def __init__(self) -> None:
        super().__init__()
        self.deadline = self.time + timedelta(hours=1)
        self.is_near = False
        self.looks = 0

    def now(self):  # noqa: ANN201 - as in the class above
        if not self.is_near:
            return self.time
        self.looks += 1
        return self.deadline - timedelta(microseconds=self.looks % 2)


@pytest.fixture
def clock() -> EdgeClock:
    return EdgeClock()


async def test_an_expiry_that_races_a_capture_leaves_one_end(core: Core, clock: EdgeClock) -> None:
    await fund(core, 100 * ROUNDS)
    requests = [purchase(f"H{n}", expires_at=clock.deadline) for n in range(ROUNDS)]
    for request in requests:
        await core.holds.place(request)
    clock.is_near = True

    for request in requests:
        await asyncio.gather(
            core.holds.expire(request.hold_id),
            core.holds.capture(request.hold_id),
            core.holds.expire(request.hold_id),
            core.holds.capture(request.hold_id),
            return_exceptions=True,
        )
    clock.is_near, clock.time = False, clock.deadline
    ends = Counter()
    for request in requests:
        await core.holds.expire(request.hold_id)
        ends[(await core.holds.hold(request.hold_id)).state] += 1

    assert ends.total() == ROUNDS
    assert set(ends) <= {HoldState.CAPTURED, HoldState.EXPIRED}
    assert await purse(core) == (100 * ends[HoldState.EXPIRED], 0)
    assert (await core.ledger.history(ACCOUNT, limit=1))[0].available_after_fen >= 0

"""Every state of a blocked purchase and of an event meets what can happen to it."""

from itertools import product

import pytest

from core.errors import IllegalStep
from core.platform.model import EVENT_STEPS, EventMove, EventState
from core.platform.model import step as event_step
from core.shortfalls.model import (
    BLOCKED_STEPS,
    LIVING,
    BlockedEvent,
    BlockedState,
    step,
    to_top_up,
)


@pytest.mark.parametrize(("state", "event"), list(product(BlockedState, BlockedEvent)))
def test_a_blocked_purchase_moves_as_the_table_says_or_raises(
    state: BlockedState, event: BlockedEvent
) -> None:
    if (state, event) in BLOCKED_STEPS:
        assert step(state, event) is BLOCKED_STEPS[state, event]
    else:
        with pytest.raises(IllegalStep):
            step(state, event)


@pytest.mark.parametrize(("state", "move"), list(product(EventState, EventMove)))
def test_an_event_for_the_platform_moves_as_the_table_says_or_raises(
    state: EventState, move: EventMove
) -> None:
    if (state, move) in EVENT_STEPS:
        assert event_step(state, move) is EVENT_STEPS[state, move]
    else:
        with pytest.raises(IllegalStep):
            event_step(state, move)


def test_a_placed_purchase_is_never_blocked_again() -> None:
    assert not [key for key in BLOCKED_STEPS if key[0] is BlockedState.PLACED]


def test_only_a_new_refusal_brings_an_ended_one_back() -> None:
    back = {event for (state, event) in BLOCKED_STEPS if state not in LIVING}
    assert back == {BlockedEvent.REFUSE}


@pytest.mark.parametrize(
    ("missing", "least", "topped_up"),
    [
        (1, 100, 100),
        (100, 100, 100),
        (101, 100, 200),
        (1234, 100, 1300),
        (50, 1000, 1000),
        (50, 1001, 1100),
        (1500, 1, 1500),
        (99, 1, 100),
        (9_999_999_00, 100, 9_999_999_00),
        (9_999_999_01, 100, 9_999_999_00),
    ],
)
def test_a_missing_sum_is_raised_to_what_can_be_paid(
    missing: int, least: int, topped_up: int
) -> None:
    assert to_top_up(missing, least_fen=least) == topped_up

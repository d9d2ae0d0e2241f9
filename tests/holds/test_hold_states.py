"""Every state of a hold meets every event: the table moves it, or an error says no."""

from itertools import product

import pytest

from core.errors import IllegalStep
from core.holds.model import HOLD_STEPS, HoldEvent, HoldState, step


@pytest.mark.parametrize(("state", "event"), list(product(HoldState, HoldEvent)))
def test_an_event_moves_as_the_table_says_or_raises(state: HoldState, event: HoldEvent) -> None:
    if (state, event) in HOLD_STEPS:
        assert step(state, event) is HOLD_STEPS[state, event]
    else:
        with pytest.raises(IllegalStep) as refused:
            step(state, event)
        assert refused.value.code == "hold_ended"


def test_only_an_open_hold_moves_and_every_other_state_is_an_end() -> None:
    assert {state for state, _ in HOLD_STEPS} == {HoldState.OPEN}
    assert set(HOLD_STEPS.values()) == set(HoldState) - {HoldState.OPEN}

"""Every state of codes and batches meets every event: the table moves it, or an error says no."""

from itertools import product

import pytest

from core.codes.model import (
    BATCH_STEPS,
    CODE_STEPS,
    BatchEvent,
    BatchState,
    CodeEvent,
    CodeState,
    step,
    step_code,
)
from core.errors import IllegalStep


@pytest.mark.parametrize(("state", "event"), list(product(CodeState, CodeEvent)))
def test_a_code_moves_as_the_table_says_or_raises(state: CodeState, event: CodeEvent) -> None:
    if (state, event) in CODE_STEPS:
        assert step_code(state, event) is CODE_STEPS[state, event]
    else:
        with pytest.raises(IllegalStep):
            step_code(state, event)


@pytest.mark.parametrize(("state", "event"), list(product(BatchState, BatchEvent)))
def test_a_batch_moves_as_the_table_says_or_raises(state: BatchState, event: BatchEvent) -> None:
    if (state, event) in BATCH_STEPS:
        assert step(state, event) is BATCH_STEPS[state, event]
    else:
        with pytest.raises(IllegalStep):
            step(state, event)


def test_a_code_that_has_ended_moves_no_more() -> None:
    assert {state for state, _ in CODE_STEPS} == {CodeState.ACTIVE}
    assert {state for state, _ in BATCH_STEPS} == {BatchState.DRAFT, BatchState.RELEASED}

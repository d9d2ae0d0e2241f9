"""Every state meets every event: the table moves it, or an error says no."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product

import pytest

from core.errors import IllegalStep
from core.remittance.model import ENDED as ENDED_REMITTANCES
from core.remittance.model import REMITTANCE_STEPS, RemittanceEvent, RemittanceState
from core.remittance.model import step as remittance_step
from core.requests.model import REQUEST_STEPS, RequestEvent, RequestState
from core.topup.model import (
    PAYMENT_STEPS,
    TOP_UP_STEPS,
    PaymentEvent,
    PaymentState,
    TopUpEvent,
    TopUpState,
    next_look,
    step,
)
from tests.play import START

TABLES: list[tuple[Mapping[tuple[StrEnum, StrEnum], StrEnum], type[StrEnum], type[StrEnum]]] = [
    (TOP_UP_STEPS, TopUpState, TopUpEvent),
    (PAYMENT_STEPS, PaymentState, PaymentEvent),
    (REQUEST_STEPS, RequestState, RequestEvent),
]
ALL = [
    (table, state, event)
    for table, states, events in TABLES
    for state, event in product(states, events)
]


@pytest.mark.parametrize(("table", "state", "event"), ALL)
def test_an_event_moves_as_the_table_says_or_raises(
    table: Mapping[tuple[StrEnum, StrEnum], StrEnum], state: StrEnum, event: StrEnum
) -> None:
    if (state, event) in table:
        assert step(table, state, event) is table[state, event]
    else:
        with pytest.raises(IllegalStep):
            step(table, state, event)


def test_money_that_arrives_late_is_still_money() -> None:
    for state in set(PaymentState) - {PaymentState.PAID}:
        assert step(PAYMENT_STEPS, state, PaymentEvent.PAY) is PaymentState.PAID


def test_a_paid_payment_and_an_ended_top_up_move_no_more() -> None:
    assert not [key for key in PAYMENT_STEPS if key[0] is PaymentState.PAID]
    assert {state for state, _ in TOP_UP_STEPS} == {TopUpState.OPEN}


def test_looks_come_often_at_first_then_hourly_and_as_the_order_ends() -> None:
    from datetime import timedelta

    ends = START + timedelta(minutes=7)
    moments, now = [], START
    for _ in range(12):
        now = next_look(START, ends, now)
        moments.append((now - START).total_seconds())

    assert moments == [5, 15, 30, 60, 180, 300, 420, 600, 1020, 1800, 5400, 9000]


@pytest.mark.parametrize(("state", "event"), list(product(RemittanceState, RemittanceEvent)))
def test_a_remittance_moves_as_its_table_says_or_raises(
    state: RemittanceState, event: RemittanceEvent
) -> None:
    if (state, event) in REMITTANCE_STEPS:
        assert remittance_step(state, event) is REMITTANCE_STEPS[state, event]
    else:
        with pytest.raises(IllegalStep):
            remittance_step(state, event)


def test_an_ended_remittance_moves_no_more_but_for_an_approval_undone() -> None:
    leaving = {key for key in REMITTANCE_STEPS if key[0] in ENDED_REMITTANCES}
    assert leaving == {(RemittanceState.APPROVED, RemittanceEvent.UNDO)}

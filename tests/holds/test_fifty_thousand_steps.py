"""Fifty thousand random steps of holds, money and time against the ledger of `tests.holds.book`.

The use cases run inside one SQLite transaction for each example, which is rolled back at its end:
a step costs no disk.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection

from core.app import Core
from core.errors import HoldConflict, HoldEnded, HoldNotFound, InvalidRequest
from core.holds import store as holds_store
from core.holds.model import Hold, HoldRequest, Placed
from core.ids import HoldId
from core.ledger import audit as ledger_audit
from core.ledger import store as ledger
from core.shortfalls import store as shortfalls
from core.shortfalls.model import BlockedState
from core.storage.sqlite import _engine
from core.storage.tables import accounts
from core.storage.transaction import Tx
from tests.conftest import SETTINGS
from tests.holds.book import Book
from tests.holds.purse import fund_in, purchase
from tests.people import ACCOUNT
from tests.play import PlayClock

STEPS = 50_000
A_RUN = 100
STEPPING = settings(
    max_examples=STEPS // A_RUN * 11 // 10,  # some end before their last step
    stateful_step_count=A_RUN,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
NAMES = st.sampled_from([f"H{number}" for number in range(10)])
AMOUNTS = st.integers(1, 400)
ENDS = st.sampled_from([None, None, None, 0, 5, 20, 60 * 24 * 9])


class Steps:
    """What all examples share: the connection, and how many steps there were."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.taken = 0


@pytest.fixture
def steps(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Steps]:
    path = tmp_path / "steps.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    engine = _engine(f"sqlite:///{path}", read_only=False)
    with engine.connect() as connection:
        yield Steps(connection)
    engine.dispose()


class _Nowhere:
    """The steps bring their own transaction."""


class Machine(RuleBasedStateMachine):
    def __init__(self, steps: Steps) -> None:
        super().__init__()
        steps.connection.exec_driver_sql("BEGIN IMMEDIATE")
        self.steps, self.tx = steps, Tx(steps.connection)
        self.clock = PlayClock()
        self.core = Core(_Nowhere(), {}, SETTINGS, clock=self.clock)  # type: ignore[arg-type]
        self.book = Book()
        row = {"id": ACCOUNT, "name": "n", "created_at": self.clock.now()}
        self.tx.insert(accounts, row)

    @rule(fen=AMOUNTS)
    def money_arrives(self, fen: int) -> None:
        fund_in(self.tx, self.core, fen, ACCOUNT)
        self.book.available += fen

    @rule(name=NAMES, fen=AMOUNTS, minutes=ENDS)
    def place(self, name: str, fen: int, minutes: int | None) -> None:
        ends = None if minutes is None else self.clock.now() + timedelta(minutes=minutes)
        self._place(purchase(self._id(name), fen, account=ACCOUNT, expires_at=ends))

    @rule(name=NAMES)
    def place_again(self, name: str) -> None:
        if (held := self.book.holds.get(self._id(name))) is not None:
            self._place(held[0])
        elif (wait := self.book.waits.get(self._id(name))) is not None:
            self._place(wait.asked)

    def _place(self, asked: HoldRequest) -> None:
        expected = self.book.place(asked, self.clock.now())
        assert self._outcome(lambda: self.core.holds.place_in(self.tx, asked)) == expected

    @rule(name=NAMES, part=st.one_of(st.none(), st.integers(1, 450)))
    def capture(self, name: str, part: int | None) -> None:
        hold_id = self._id(name)
        expected = self.book.end(hold_id, "captured", part, self.clock.now())
        call = self._outcome(lambda: self.core.holds.capture_in(self.tx, hold_id, part))
        assert call == expected

    @rule(name=NAMES)
    def release(self, name: str) -> None:
        hold_id = self._id(name)
        expected = self.book.end(hold_id, "released", None, self.clock.now())
        assert self._outcome(lambda: self.core.holds.release_in(self.tx, hold_id)) == expected

    def _outcome(self, call: Callable[[], object]) -> str:
        try:
            with self.tx.savepoint():
                found = call()
        except (HoldConflict, HoldEnded, HoldNotFound, InvalidRequest) as refused:
            return type(refused).__name__
        if isinstance(found, Hold):
            return found.state.value
        if isinstance(found, Placed):
            return "again" if found.repeated else "placed"
        return f"short {found.shortfall_fen}"  # type: ignore[attr-defined]

    @rule(minutes=st.integers(1, 15))
    def time_passes_while_the_worker_sleeps(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule(minutes=st.sampled_from([0, 1, 5, 15, 60 * 24 * 4]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)
        for hold_id in list(self.book.holds):
            self.core.holds.expire_in(self.tx, hold_id)
        for hold_id in list(self.book.waits):
            self.core.shortfalls.expire_in(self.tx, hold_id, ACCOUNT)
        self.book.expire(self.clock.now())

    @invariant()
    def everything_is_where_the_book_says(self) -> None:
        self.steps.taken += 1
        held = ledger.balance(self.tx, ACCOUNT)
        assert (held.available_fen, held.frozen_fen) == (self.book.available, self.book.frozen)
        living = shortfalls.living(self.tx, ACCOUNT)
        found = {item.purchase.hold_id: item.state is BlockedState.FUNDABLE for item in living}
        assert list(found.items()) == list(self.book.fundable().items())

    def teardown(self) -> None:
        for hold_id, (asked, state, taken) in self.book.holds.items():
            hold = holds_store.hold(self.tx, hold_id)
            assert hold is not None
            assert (hold.request, hold.state, hold.captured_fen) == (asked, state, taken)
        ledger_audit.check_all(self.tx)
        self.steps.connection.exec_driver_sql("ROLLBACK")

    def _id(self, name: str) -> HoldId:
        return HoldId(name)


@pytest.mark.timeout(1200)
def test_fifty_thousand_steps_agree_with_pencil_and_paper(steps: Steps) -> None:
    run_state_machine_as_test(lambda: Machine(steps), settings=STEPPING)

    assert steps.taken >= STEPS

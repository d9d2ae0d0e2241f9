"""Hundreds of random steps, on each database, against the ledger of `tests.holds.book`."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.app import Core
from core.errors import HoldConflict, HoldEnded, HoldNotFound, InsufficientBalance, InvalidRequest
from core.holds.model import Hold, HoldRequest
from core.ids import AccountId, HoldId
from core.storage.engine import open_database
from tests.conftest import SETTINGS
from tests.holds.book import Book
from tests.holds.purse import fund, purchase, purse
from tests.play import PlayClock, PlayMessenger

STEPS = settings(
    max_examples=8,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
NAMES = st.sampled_from(["A", "B", "C", "D"])
AMOUNTS = st.integers(1, 400)
_accounts = count(1)


class Machine(RuleBasedStateMachine):
    def __init__(self, database_url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = PlayClock()
        self.database = self.runner.run(open_database(database_url))
        self.core = Core(self.database, {}, SETTINGS, clock=self.clock)
        self.drain = self.core.drain(PlayMessenger())
        self.book = Book()
        self.account = AccountId(f"machine{next(_accounts)}")

    @initialize(fen=st.integers(0, 1000))
    def open_account(self, fen: int) -> None:
        self.runner.run(self.core.access.save_account(self.account, "n"))
        if fen:
            self.add_money(fen)

    @rule(fen=AMOUNTS)
    def money_arrives(self, fen: int) -> None:
        self.add_money(fen)

    def add_money(self, fen: int) -> None:
        self.runner.run(fund(self.core, fen, self.account))
        self.book.available += fen

    @rule(name=NAMES, fen=AMOUNTS, minutes=st.sampled_from([None, None, 0, 5, 20]))
    def place(self, name: str, fen: int, minutes: int | None) -> None:
        ends = None if minutes is None else self.clock.now() + timedelta(minutes=minutes)
        self._place(purchase(self._id(name), fen, account=self.account, expires_at=ends))

    @rule(name=NAMES)
    def place_again(self, name: str) -> None:
        if (known := self.book.holds.get(self._id(name))) is not None:
            self._place(known[0])

    def _place(self, asked: HoldRequest) -> None:
        expected = self.book.place(asked, self.clock.now())
        try:
            placed = self.runner.run(self.core.holds.place(asked))
            outcome = "again" if placed.repeated else "placed"
        except InsufficientBalance as short:
            outcome = f"short {short.shortfall_fen}"
        except (HoldConflict, InvalidRequest) as refused:
            outcome = type(refused).__name__
        assert outcome == expected

    @rule(name=NAMES, part=st.one_of(st.none(), st.integers(1, 450)))
    def capture(self, name: str, part: int | None) -> None:
        hold_id = self._id(name)
        expected = self.book.end(hold_id, "captured", part, self.clock.now())
        assert self._outcome(lambda: self.core.holds.capture(hold_id, part)) == expected

    @rule(name=NAMES)
    def release(self, name: str) -> None:
        hold_id = self._id(name)
        expected = self.book.end(hold_id, "released", None, self.clock.now())
        assert self._outcome(lambda: self.core.holds.release(hold_id)) == expected

    def _outcome(self, call: Callable) -> str:
        try:
            hold: Hold = self.runner.run(call())
        except (HoldEnded, HoldNotFound, InvalidRequest) as refused:
            return type(refused).__name__
        return hold.state

    @rule(minutes=st.integers(1, 15))
    def time_passes_while_the_worker_sleeps(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule(minutes=st.integers(0, 15))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)
        self.runner.run(self.drain.settle())
        self.book.expire(self.clock.now())

    @invariant()
    def the_money_is_where_the_book_says(self) -> None:
        assert self.runner.run(purse(self.core, self.account)) == (
            self.book.available,
            self.book.frozen,
        )

    @invariant()
    def the_holds_are_as_the_book_says(self) -> None:
        for hold_id, (asked, state, taken) in self.book.holds.items():
            hold = self.runner.run(self.core.holds.hold(hold_id))
            assert (hold.request, hold.state, hold.captured_fen) == (asked, state, taken)

    def teardown(self) -> None:
        try:
            self.runner.run(self.core.ledger.verify())
        finally:
            self.runner.run(self.database.close())
            self.runner.close()

    def _id(self, name: str) -> HoldId:
        return HoldId(f"{self.account}.{name}")


def test_holds_agree_with_a_pencil_and_paper_ledger(database_url: str) -> None:
    run_state_machine_as_test(lambda: Machine(database_url), settings=STEPS)

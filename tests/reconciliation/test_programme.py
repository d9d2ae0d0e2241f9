"""Ten thousand trades with twelve kinds of seeded differences: all are found, and nothing else."""

import os
from datetime import date

import pytest
from sqlalchemy import select

from core.app import Core
from core.reconciliation.model import Outcome, Reconciled
from core.storage.reconciliation_tables import bill_lines
from tests.reconciliation.bills import Bill, Shop
from tests.reconciliation.programme import a_day, seed_differences

SEEDS = range(20) if os.environ.get("PROOF") == "release" else range(1)
KINDS = 12


def size(shop: Shop) -> tuple[int, int]:
    """Clean trades, and differences of each kind."""
    return (10_000, 20) if shop.core.database.url.startswith("sqlite") else (2_000, 10)


async def found(core: Core, run: Reconciled) -> set[tuple[str, str]]:
    """Every outcome that is not as it should be, by number: of lines, and of what is missing."""
    rows = await core.database.read(
        lambda tx: tx.all(
            select(bill_lines.c.outcome, bill_lines.c.number).where(
                bill_lines.c.outcome != Outcome.MATCHED, bill_lines.c.day == run.day
            )
        )
    )
    told = {(item.finding.outcome.value, item.finding.number) for item in run.breaks}
    return told | {(row.outcome, row.number) for row in rows}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(600)
async def test_every_seeded_difference_is_found_and_no_other(shop: Shop, seed: int) -> None:
    clean, each = size(shop)
    made = await a_day(shop.core, shop.provider, _yesterday(shop), trades_=clean, seed=seed)
    await seed_differences(made, each)
    shop.provider.bills[made.day] = Bill(made.bill())

    run = await shop.reconcile(made.day, by="clock")

    assert await found(shop.core, run) == made.expected
    assert len(made.expected) == KINDS * each
    assert run.clearing.unexplained_fen == 0
    assert run.outcomes[Outcome.CREDITED] == each
    assert not run.is_settled
    again = await shop.reconcile(made.day, by="clock")
    expected = {item for item in made.expected if item[0] != Outcome.CREDITED}
    assert await found(shop.core, again) == expected
    assert (again.new_breaks, len(again.breaks)) == (0, len(run.breaks))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(600)
async def test_a_clean_day_raises_no_false_alarm(shop: Shop, seed: int) -> None:
    clean, _ = size(shop)
    made = await a_day(shop.core, shop.provider, _yesterday(shop), trades_=clean, seed=seed)
    shop.provider.bills[made.day] = Bill(made.bill())

    run = await shop.reconcile(made.day, by="clock")

    assert run.outcomes == {Outcome.MATCHED: clean + clean // 20}
    assert (run.is_clean, run.is_settled, run.clearing.held_fen) == (True, True, 0)
    assert run.clearing.shares == {}


def _yesterday(shop: Shop) -> date:
    shop.next_morning()
    return shop.yesterday

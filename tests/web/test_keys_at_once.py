"""A thousand idempotency keys, each sent twice at once and once more with another body."""

import asyncio

import httpx
import pytest
from sqlalchemy import func, select

from core.app import Core
from core.storage.tables import holds, idempotency, transfers
from tests.holds.purse import fund, purse
from tests.web.conftest import BASE, KEY, NEXT_KEY, is_problem, keyed

KEYS = 1000
AT_ONCE = 50
FEN, CHANGED_FEN = 100, 150


async def three(client: httpx.AsyncClient, number: int) -> tuple[httpx.Response, ...]:
    """Twice the same and once another amount, under one key and for one hold."""
    bearer = KEY if number % 2 else NEXT_KEY  # each with its own rate
    headers = {"Authorization": f"Bearer {bearer}", **keyed(f"key-{number}")}

    async def place(fen: int) -> httpx.Response:
        wish = {"hold_id": f"H{number}", "amount_fen": fen, "product": "p"}
        return await client.post(f"{BASE}/holds", json=wish, headers=headers)

    return tuple(await asyncio.gather(place(FEN), place(CHANGED_FEN), place(FEN)))


@pytest.mark.usefixtures("linked")
async def test_a_key_has_one_effect_and_another_body_is_the_conflict(
    client: httpx.AsyncClient, core: Core
) -> None:
    await fund(core, KEYS * CHANGED_FEN)
    taken = 0
    for start in range(0, KEYS, AT_ONCE):
        numbers = range(start, start + AT_ONCE)
        rounds = await asyncio.gather(*(three(client, number) for number in numbers))
        for first, changed, second in rounds:
            if first.status_code == 201:
                assert (second.status_code, second.text) == (201, first.text)
                assert is_problem(changed, 409, "idempotency_conflict")
                taken += FEN
            else:
                assert changed.status_code == 201
                assert is_problem(first, 409, "idempotency_conflict")
                assert is_problem(second, 409, "idempotency_conflict")
                taken += CHANGED_FEN

    for table, expected in ((holds, KEYS), (idempotency, KEYS), (transfers, KEYS + 1)):
        count = select(func.count()).select_from(table)
        assert await core.database.read(lambda tx, count=count: tx.scalar(count)) == expected
    assert await purse(core) == (KEYS * CHANGED_FEN - taken, taken)

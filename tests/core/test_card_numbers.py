"""Card numbers are found in what people type, and amounts, accounts and orders are not."""

import json

import pytest

from core.card_numbers import masked, was_masked
from core.inbox.envelope import incoming_of, read_update

CARDS = [
    "4242424242424242",
    "5555555555554444",
    "3566002020360505",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "6200000000000005",
    "4000 0015 6000 0002",
    "4000-0034-4000-0004",
    "４２４２４２４２４２４２４２４２",
    "2223003122003222",
]


@pytest.mark.parametrize("number", CARDS)
def test_every_schemes_number_is_hidden(number: str) -> None:
    text = f"卡号 {number} 有效期 12/27"

    hidden = masked(text)

    assert was_masked(hidden)
    assert len(hidden) == len(text)
    assert hidden.startswith("卡号 •")
    assert hidden.endswith("• 有效期 12/27")


@pytest.mark.parametrize(
    "text",
    [
        "9,999,999",
        "1000000",
        "4242424242424241",
        "110907316810601",
        "T20261122ABCDEFGH",
        "1900000109471611220000000001",
        "2026-11-22 12:30",
        "+86 138 0013 8000",
        "1234567890123456",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text
    assert not was_masked(text)


@pytest.mark.parametrize("field", ["text", "caption"])
@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_a_card_number_never_reaches_the_inbox(kind: str, field: str) -> None:
    update = {"update_id": 1, kind: {"chat": {"id": 5}, field: "my card 4242 4242 4242 4242"}}

    for kept in (read_update(json.dumps(update).encode()), incoming_of(update)):
        assert "4242" not in kept.payload
        assert kept.queue == "chat:5"
        assert was_masked(json.loads(kept.payload)[kind][field])


def test_an_update_without_one_is_kept_word_for_word() -> None:
    raw = '{"update_id":1,  "message":{"chat":{"id":5},"text":"100"}}'

    assert read_update(raw.encode()).payload == raw

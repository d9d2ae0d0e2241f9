"""Amounts as people type them, and as they read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money
from core.errors import AmountRefused

READ = {
    "100": 100_00,
    " 1 ": 1_00,
    "9999999": 9_999_999_00,
    "１００": 100_00,
    "1,000": 1_000_00,
    "1，000": 1_000_00,
    "9,999,999": 9_999_999_00,
    "¥100": 100_00,
    "￥ 1,000": 1_000_00,
    "100元": 100_00,
    "100 元": 100_00,
    "RMB 500": 500_00,
    "rmb500": 500_00,
    "500 CNY": 500_00,
    "CNY500": 500_00,
    "100.00": 100_00,
    "100.0": 100_00,
    "1万": 10_000_00,
    "1.5万": 15_000_00,
    "1.5万元": 15_000_00,
    "¥1.2345万": 12_345_00,
    "１．５万": 15_000_00,
    "999万": 9_990_000_00,
}
REFUSED = [
    "",
    "0",
    "0.00",
    "0万",
    "-5",
    "－5",
    "100.5",
    "100.50",
    "0.01",
    "1,23",
    "12,34",
    "1,0000",
    ",100",
    "1,000,00",
    "10000000",
    "1000万",
    "100.000",
    "100.",
    ".5",
    "1.23456万",
    "1.00005万",
    "十",
    "10²",
    "①",
    "٣",
    "1e3",
    "0x10",
    "1 000",
    "100元元",
    "一百",
    "abc",
    "100;200",
    "1/2",
    "NaN",
    "9" * 400,
]


@pytest.mark.parametrize(("text", "fen"), READ.items())
def test_what_people_type_is_read(text: str, fen: int) -> None:
    assert money.read_yuan(text) == fen


@pytest.mark.parametrize("text", REFUSED)
def test_all_else_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(AmountRefused) as refused:
        money.read_yuan(text)

    assert (refused.value.minimum_fen, refused.value.maximum_fen) == (1_00, 9_999_999_00)


@given(st.integers(min_value=1, max_value=9_999_999))
def test_what_is_shown_reads_back(yuan: int) -> None:
    assert money.read_yuan(money.show(yuan * 100)) == yuan * 100


@given(st.text(max_size=30))
def test_any_text_is_read_in_range_or_refused(text: str) -> None:
    try:
        fen = money.read_yuan(text)
    except AmountRefused:
        return
    assert money.MINIMUM_FEN <= fen <= money.MAXIMUM_FEN
    assert fen % 100 == 0


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-5, "-¥0.05"),
        (123450, "¥1,234.50"),
        (10**12, "¥10,000,000,000.00"),
    ],
)
def test_money_is_printed_in_full(fen: int, text: str) -> None:
    assert money.show(fen) == text

"""References of remittances survive a bank's remark, and mistakes in them are noticed."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import ALPHABET, RandomIds
from core.reference import LENGTH, find_references, is_reference, new_reference

REFERENCES = st.builds(lambda: new_reference(RandomIds()))
KNOWN = "R" + "2BWYZ3YC5"  # the same in every process that collects these tests


def test_a_reference_is_short_and_plain() -> None:
    reference = new_reference(RandomIds())

    assert len(reference) == LENGTH == 10
    assert reference.isascii()
    assert reference.isalnum()
    assert is_reference(reference)


@settings(deadline=None)
@given(REFERENCES)
def test_one_wrong_symbol_is_always_noticed(reference: str) -> None:
    for place in range(1, LENGTH):
        for symbol in set(ALPHABET) - {reference[place]}:
            assert not is_reference(reference[:place] + symbol + reference[place + 1 :])


@settings(deadline=None)
@given(REFERENCES)
def test_two_symbols_that_changed_places_are_always_noticed(reference: str) -> None:
    for one, other in combinations(range(1, LENGTH), 2):
        if reference[one] != reference[other]:
            changed = list(reference)
            changed[one], changed[other] = changed[other], changed[one]
            assert not is_reference("".join(changed))


@pytest.mark.parametrize("text", ["", "R", KNOWN[1:], KNOWN + "0", KNOWN.lower(), "R" + "U" * 9])
def test_other_shapes_are_no_references(text: str) -> None:
    assert not is_reference(text)


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "云服务费+开发者账号(100001234567){}",
        "云服务费{}100001234567",
        "转账 {} 谢谢",
        "/REMARK/{}/ORDER/RRRR",
        "R{}R",
        "FOR{}",
    ],
)
@pytest.mark.parametrize(
    "written",
    [
        lambda text: text,
        lambda text: text.lower(),
        lambda text: f"{text[:1]} {text[1:5]} {text[5:]}",
        lambda text: f"{text[:5]}-{text[5:]}",
        lambda text: "".join(chr(ord(symbol) + 0xFEE0) for symbol in text),
        lambda text: text.replace("0", "O").replace("1", "l"),
        lambda text: text.replace("0", "o").replace("1", "I"),
    ],
)
def test_it_is_found_however_it_was_written(around: str, written: object) -> None:
    assert callable(written)
    for _ in range(20):
        reference = new_reference(RandomIds())
        assert reference in find_references(around.format(written(reference)))


def test_several_are_found_in_order_and_once() -> None:
    one, other = new_reference(RandomIds()), new_reference(RandomIds())

    assert find_references(f"{one}，{other}，{one}") == [one, other]


@settings(deadline=None)
@given(st.text())
def test_whatever_is_found_is_a_reference(text: str) -> None:
    assert all(is_reference(found) for found in find_references(text))

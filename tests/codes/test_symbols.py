"""What a code looks like, what is forgiven when it is typed, and what never is."""

import random
import re

import pytest

from core.codes import symbols
from core.ids import ALPHABET, RandomIds

CODE = symbols.fresh(RandomIds())


def test_a_code_is_five_groups_of_five_symbols_that_can_be_read_out_loud() -> None:
    printed = symbols.grouped(CODE)

    assert re.fullmatch(rf"[{ALPHABET}]{{5}}(-[{ALPHABET}]{{5}}){{4}}", printed)
    assert not set("ILOU") & set(printed)
    assert symbols.read(printed) == CODE


def test_a_thousand_codes_are_a_thousand_and_use_every_symbol_alike() -> None:
    codes = [symbols.fresh(RandomIds()) for _ in range(1000)]

    assert len(set(codes)) == 1000
    for place in (0, 12, 23, 24):
        assert len({code[place] for code in codes}) == 32


@pytest.mark.parametrize("code", [symbols.fresh(RandomIds()) for _ in range(5)], ids=range(5))
def test_every_mistyped_symbol_and_every_swap_is_noticed(code: str) -> None:
    for place in range(25):
        for other in set(ALPHABET) - {code[place]}:
            assert symbols.read(code[:place] + other + code[place + 1 :]) is None
        for later in range(place + 1, 25):
            if code[place] != code[later]:
                swapped = list(code)
                swapped[place], swapped[later] = swapped[later], swapped[place]
                assert symbols.read("".join(swapped)) is None


FORMS = {
    "hyphens": symbols.grouped,
    "none": lambda code: code,
    "lower case": lambda code: symbols.grouped(code).lower(),
    "blanks": lambda code: symbols.grouped(code).replace("-", " "),
    "odd blanks": lambda code: f"  {code[:7]} {code[7:]}\n",
    "wide blanks": lambda code: symbols.grouped(code).replace("-", "\u3000"),
    "letters for digits": lambda code: code.replace("0", "O").replace("1", "l"),
    "i for 1": lambda code: code.replace("0", "o").replace("1", "I"),
    "full width": lambda code: "".join(chr(ord(sign) + 0xFEE0) for sign in symbols.grouped(code)),
    "dashes": lambda code: symbols.grouped(code).replace("-", "—"),
    "minus": lambda code: symbols.grouped(code).replace("-", "\u2212"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_same_code_in_many_hands_is_the_same_code(form) -> None:  # noqa: ANN001
    for _ in range(50):
        code = symbols.fresh(RandomIds())
        assert symbols.read(form(code)) == code


@pytest.mark.parametrize(
    "text", ["", "12345", CODE[:-1], CODE + "0", CODE[:-1] + "U", "充值码" * 9], ids=range(6)
)
def test_what_is_no_code_is_not_read(text: str) -> None:
    assert symbols.read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "我的充值码是 {}，谢谢",
        "https://t.me/cloud_topup_bot?start=code_{}",
        "code_{}",
        "({})",
        "see\n{}\nplease",
    ],
)
def test_a_code_is_found_in_what_somebody_wrote(text: str) -> None:
    for _ in range(50):
        code = symbols.fresh(RandomIds())
        assert symbols.found_in(text.format(code)) == code
        assert symbols.found_in(text.format(symbols.grouped(code))) == code


def test_longer_words_and_numbers_of_25_digits_are_not_taken_for_codes() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        assert symbols.found_in("".join(chance.choices("0123456789", k=25))) is None
    assert symbols.found_in("A" + CODE) is None
    assert symbols.found_in(CODE + "7") is None
    assert symbols.found_in("please send me the bill for the last month by tomorrow") is None

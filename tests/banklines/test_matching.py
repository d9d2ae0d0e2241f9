"""Which line fits which claim: ranked with the why, exact only when nothing else fits."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.banklines.matching import exact, rank, same_name
from core.banklines.model import BankLine, Claim, LineState, Match, Reason
from core.ids import RandomIds
from core.reference import new_reference
from tests.banklines.statements import FIRST

REFERENCE = new_reference(RandomIds())
CLAIM = Claim(
    claim_id="M1",
    reference=REFERENCE,
    amount_fen=123_450,
    payer_name="远山网络有限公司",
    payer_account="5678",
    transferred_on=FIRST,
    serial_no="C202611240001",
)
LINE = BankLine(
    line_id=1,
    bank_account="110907316810601",
    booked_on=FIRST + timedelta(days=30),
    amount_fen=1,
    payer_name="",
    payer_account="",
    remark="",
    bank_id="",
    references=frozenset(),
    state=LineState.NEW,
    claim_id=None,
    note=None,
    decided_by=None,
    decided_at=None,
)


def only(line: BankLine, claim: Claim = CLAIM) -> Match:
    (found,) = rank(claim, [line])
    return found


@pytest.mark.parametrize(
    ("line", "reasons", "is_exact"),
    [
        (replace(LINE, references=frozenset({REFERENCE})), [Reason.REFERENCE], False),
        (replace(LINE, bank_id="c2026-1124 0001"), [Reason.SERIAL_NO], False),
        (replace(LINE, amount_fen=123_450), [Reason.AMOUNT], False),
        (
            replace(LINE, amount_fen=123_450, references=frozenset({"R0", REFERENCE})),
            [Reason.REFERENCE, Reason.AMOUNT],
            True,
        ),
        (
            replace(LINE, amount_fen=123_450, bank_id="000C202611240001"),
            [Reason.SERIAL_NO, Reason.AMOUNT],
            True,
        ),
        (
            replace(LINE, amount_fen=123_450, payer_name="远山 网络（有限公司）"),
            [Reason.AMOUNT, Reason.PAYER],
            False,
        ),
        (
            replace(LINE, amount_fen=123_450, payer_account="6225****5678"),
            [Reason.AMOUNT, Reason.PAYER_ACCOUNT],
            False,
        ),
        (
            replace(LINE, amount_fen=123_450, booked_on=FIRST),
            [Reason.AMOUNT, Reason.SAME_DAY],
            False,
        ),
        (
            replace(LINE, amount_fen=123_450, booked_on=FIRST - timedelta(days=3)),
            [Reason.AMOUNT, Reason.NEAR_DAY],
            False,
        ),
    ],
)
def test_a_match_says_why(line: BankLine, reasons: list[Reason], is_exact: bool) -> None:
    found = only(line)

    assert list(found.reasons) == reasons
    assert found.is_exact is is_exact


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        replace(LINE, payer_name=CLAIM.payer_name, booked_on=FIRST, payer_account="62255678"),
        replace(LINE, references=frozenset({new_reference(RandomIds())})),
        replace(LINE, amount_fen=123_451),
    ],
)
def test_payer_and_day_alone_are_no_match(line: BankLine) -> None:
    assert rank(CLAIM, [line]) == []


def test_an_empty_serial_number_matches_no_empty_one() -> None:
    claim = replace(CLAIM, serial_no="", reference="")

    assert rank(claim, [replace(LINE, bank_id="", references=frozenset())]) == []
    assert rank(replace(CLAIM, serial_no="000"), [replace(LINE, bank_id="0")]) == []


@pytest.mark.parametrize(
    ("told", "printed", "same"),
    [
        ("5678", "6225880212345678", True),
        ("尾号5678", "6225880212345678", True),
        ("678", "6225880212345678", False),
        ("6225880212345678", "5678", True),
        ("6225880212345678", "6225****5678", True),
        ("6225880212345679", "6225****5678", False),
        ("12345678", "****678", False),
        ("5679", "6225880212345678", False),
        ("", "6225880212345678", False),
        ("5678", "", False),
    ],
)
def test_last_digits_of_an_account_are_compared(told: str, printed: str, same: bool) -> None:
    line = replace(LINE, amount_fen=123_450, payer_account=printed)
    found = only(line, replace(CLAIM, payer_account=told))

    assert (Reason.PAYER_ACCOUNT in found.reasons) is same


def test_names_are_the_same_in_any_width_and_brackets() -> None:
    assert same_name("ＡＢＣ（北京）有限公司", "abc(北京) 有限公司")
    assert not same_name("远山网络", "远山网络科技")
    assert not same_name("", "")


def test_the_best_line_comes_first() -> None:
    lines = [
        replace(LINE, line_id=1, amount_fen=123_450),
        replace(LINE, line_id=2, amount_fen=123_450, references=frozenset({REFERENCE})),
        replace(LINE, line_id=3, references=frozenset({REFERENCE})),
        replace(LINE, line_id=4, amount_fen=123_450, payer_name=CLAIM.payer_name),
        replace(LINE, line_id=5),
    ]

    assert [match.line.line_id for match in rank(CLAIM, lines)] == [2, 3, 4, 1]


def test_what_fits_twice_is_left_to_people() -> None:
    sure = replace(LINE, amount_fen=123_450, references=frozenset({REFERENCE}))
    twice = replace(sure, line_id=2)
    other = replace(CLAIM, claim_id="M2", reference="")

    assert [match.line.line_id for match in exact([CLAIM], [sure])] == [1]
    assert exact([CLAIM], [sure, twice]) == []
    shared = replace(sure, bank_id="C202611240001")
    assert exact([CLAIM, other], [shared]) == []
    far = replace(other, serial_no="X9")
    line = replace(LINE, line_id=3, amount_fen=123_450, bank_id="X9")
    assert [(m.claim_id, m.line.line_id) for m in exact([far, CLAIM], [sure, line])] == [
        ("M2", 3),
        ("M1", 1),
    ]


@settings(deadline=None)
@given(st.data())
def test_exact_matches_pair_one_to_one(data: st.DataObject) -> None:
    references = [new_reference(RandomIds()) for _ in range(4)]
    serials = ["", "A1", "B2", "C3"]
    amounts = st.sampled_from([100, 200])
    claims = [
        replace(
            CLAIM,
            claim_id=f"M{number}",
            reference=data.draw(st.sampled_from(references)),
            amount_fen=data.draw(amounts),
            serial_no=data.draw(st.sampled_from(serials)),
        )
        for number in range(4)
    ]
    lines = [
        replace(
            LINE,
            line_id=number,
            references=frozenset(data.draw(st.sets(st.sampled_from(references), max_size=2))),
            amount_fen=data.draw(amounts),
            bank_id=data.draw(st.sampled_from(serials)),
        )
        for number in range(5)
    ]
    found = exact(claims, lines)

    assert len({match.claim_id for match in found}) == len(found)
    assert len({match.line.line_id for match in found}) == len(found)
    for match in found:
        claim = next(item for item in claims if item.claim_id == match.claim_id)
        fitting = [item for item in rank(claim, lines) if item.is_exact]
        assert [item.line.line_id for item in fitting] == [match.line.line_id]


def test_a_thousand_lines_and_two_hundred_claims_are_quick() -> None:
    references = [new_reference(RandomIds()) for _ in range(1000)]
    lines = [
        replace(
            LINE,
            line_id=number,
            amount_fen=100 + number % 50,
            payer_name=f"公司{number}",
            references=frozenset({references[number]}),
        )
        for number in range(1000)
    ]
    claims = [
        replace(
            CLAIM, claim_id=f"M{n}", amount_fen=100 + n % 50, reference=references[n], serial_no=""
        )
        for n in range(200)
    ]
    started = time.perf_counter()
    found = exact(claims, lines)
    took = time.perf_counter() - started
    print(f"exact: {took:.3f} s")

    assert len(found) == 200
    assert took < 2

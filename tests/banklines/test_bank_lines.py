"""Bank lines: sent by reviewers, kept once, taken once, shown to nobody else."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import pytest

from core.app import Core
from core.banklines import claiming
from core.banklines.model import (
    LINE_STEPS,
    BankLine,
    Claim,
    Columns,
    Imported,
    LineEvent,
    LineState,
    Reason,
    Table,
    step,
)
from core.banklines.service import BankLines
from core.errors import (
    IllegalStep,
    InvalidRequest,
    NotAllowed,
    NotFound,
    StatementRefused,
)
from core.ids import PersonId, RandomIds
from core.reference import new_reference
from core.storage.bankline_tables import bank_lines
from tests.banklines.statements import (
    ACCOUNT,
    FIRST,
    MAKERS,
    Paid,
    camt053,
    commercial_bank,
    english,
    many,
    merchants_bank,
    mt940,
    sheet,
)
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff
from tests.people import FINANCE, MEMBER
from tests.play import PlayClock

pytestmark = pytest.mark.usefixtures("linked", "staff")
REFERENCE = new_reference(RandomIds())
CLAIM = Claim(
    claim_id="M1",
    reference=REFERENCE,
    amount_fen=123_450,
    payer_name="远山网络有限公司",
    payer_account=None,
    transferred_on=FIRST,
    serial_no=None,
)


@pytest.fixture
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


@pytest.fixture
def banklines(core: Core, clock: PlayClock) -> BankLines:
    return BankLines(core.database, clock)


async def sent(banklines: BankLines, data: bytes) -> Imported:
    done = await banklines.import_statement(REVIEWER, data, ACCOUNT)
    if isinstance(done, Table):
        assert done.proposed is not None
        done = await banklines.import_statement(REVIEWER, data, ACCOUNT, columns=done.proposed)
    assert isinstance(done, Imported)
    return done


async def kept(banklines: BankLines) -> list[BankLine]:
    return (await banklines.waiting(REVIEWER))[0]


async def first(banklines: BankLines) -> BankLine:
    await sent(banklines, mt940([Paid(remark=REFERENCE)]))
    return (await kept(banklines))[0]


@pytest.mark.parametrize(
    ("state", "event"), list(product(LineState, LineEvent)), ids=lambda item: item.value
)
def test_an_event_moves_as_the_table_says_or_raises(state: LineState, event: LineEvent) -> None:
    if (state, event) in LINE_STEPS:
        assert step(state, event) is LINE_STEPS[state, event]
    else:
        with pytest.raises(IllegalStep):
            step(state, event)


def test_what_was_credited_or_returned_never_moves_again() -> None:
    ended = {LineState.CREDITED, LineState.RETURNED}

    assert not [key for key in LINE_STEPS if key[0] in ended]


async def test_a_statement_is_kept_once_however_often_it_comes(banklines: BankLines) -> None:
    paid = [Paid(), Paid(fen=5, number="C2"), Paid(fen=6, number="C3", out=True)]
    done = await sent(banklines, mt940(paid))
    again = await sent(banklines, mt940(paid))
    longer = await sent(banklines, mt940([*paid, Paid(fen=7, number="C4")]))

    assert (done.new, done.known, done.outgoing) == (2, 0, 1)
    assert (again.new, again.known) == (0, 2)
    assert (longer.new, longer.known) == (1, 2)


async def test_a_line_is_the_same_in_every_form(banklines: BankLines) -> None:
    for number, make in enumerate(MAKERS.values()):
        done = await sent(banklines, make([Paid(), Paid(fen=5, number="C2")]))
        assert (done.new, done.known) == ((2, 0) if number == 0 else (0, 2))


@pytest.mark.parametrize("make", [merchants_bank, english, sheet])
async def test_equal_lines_without_a_number_are_all_kept(
    banklines: BankLines, make: Callable[[Sequence[Paid]], bytes]
) -> None:
    same = [Paid(number=""), Paid(number=""), Paid(number="")]

    assert (await sent(banklines, make(same))).new == 3
    assert (await sent(banklines, make(same))).known == 3
    assert (await sent(banklines, make([*same, Paid(number="")]))).new == 1


async def test_one_number_on_two_amounts_is_two_lines(banklines: BankLines) -> None:
    assert (await sent(banklines, mt940([Paid(fen=1), Paid(fen=2)]))).new == 2


async def test_two_reviewers_sending_at_once_keep_each_line_once(banklines: BankLines) -> None:
    data = mt940(many(1200))
    done = await asyncio.gather(*(sent(banklines, data) for _ in range(2)))

    assert sum(item.new for item in done) == 1200


async def test_columns_are_asked_once_for_each_account(banklines: BankLines) -> None:
    data, heading = commercial_bank([Paid()]), commercial_bank([Paid(fen=7, number="C9")])
    asked = await banklines.import_statement(REVIEWER, data, ACCOUNT)
    assert isinstance(asked, Table)
    assert asked.proposed is not None
    assert asked.proposed.payer_name == "对方单位名称"
    assert await kept(banklines) == []

    await banklines.import_statement(REVIEWER, data, ACCOUNT, columns=asked.proposed)
    assert isinstance(await banklines.import_statement(SECOND, heading, ACCOUNT), Imported)
    assert isinstance(await banklines.import_statement(SECOND, data, "other"), Table)
    other_form = await banklines.import_statement(REVIEWER, english([Paid()]), ACCOUNT)
    assert isinstance(other_form, Table)


async def test_columns_that_are_not_there_are_refused(banklines: BankLines) -> None:
    for columns in (Columns(booked_on="没有", amount="发生额(元)"), Columns(booked_on="交易时间")):
        with pytest.raises(StatementRefused) as refused:
            await banklines.import_statement(
                REVIEWER, commercial_bank([Paid()]), ACCOUNT, columns=columns
            )
        assert refused.value.reason == "columns"


@pytest.mark.parametrize("make", [mt940, camt053])
async def test_a_statement_of_another_account_is_refused(
    banklines: BankLines, make: Callable[..., bytes]
) -> None:
    with pytest.raises(StatementRefused) as refused:
        await banklines.import_statement(REVIEWER, make([Paid()], account="62220000999"), ACCOUNT)
    assert refused.value.reason == "other_account"
    assert await kept(banklines) == []

    await sent(banklines, make([Paid()], account=f"CMBCCNBS/{ACCOUNT}"))


@pytest.mark.parametrize("person", [OPERATOR, FINANCE, MEMBER, PersonId(99)])
async def test_only_reviewers_have_to_do_with_statements(
    banklines: BankLines, person: PersonId
) -> None:
    line = await first(banklines)
    for act in (
        banklines.import_statement(person, mt940([Paid()]), ACCOUNT),
        banklines.waiting(person),
        banklines.best(person, CLAIM),
        banklines.ignore(person, line.line_id, "note"),
    ):
        with pytest.raises(NotAllowed):
            await act


async def test_the_best_line_is_shown_with_the_why(banklines: BankLines) -> None:
    paid = [
        Paid(number="A", payer="别人", day=FIRST.replace(day=1)),
        Paid(number="B", remark=f"云服务费{REFERENCE.lower()}"),
        Paid(number="C", fen=9),
    ]
    await sent(banklines, mt940(paid))
    found = await banklines.best(REVIEWER, CLAIM)

    assert [match.line.bank_id for match in found] == ["B", "A"]
    assert set(found[0].reasons) >= {Reason.REFERENCE, Reason.AMOUNT, Reason.PAYER}
    by_number = replace(CLAIM, amount_fen=1, reference="", serial_no="c")
    assert [match.line.bank_id for match in await banklines.best(REVIEWER, by_number)] == ["C"]


async def test_a_line_is_taken_and_credited_once(core: Core, banklines: BankLines) -> None:
    line = await first(banklines)
    await sent(banklines, mt940([Paid(number="SECOND")]))
    write, now = core.database.write, core.clock.now()

    def take(line_id: int, claim_id: str) -> object:
        return write(lambda tx: claiming.take(tx, line_id, claim_id, person_id=REVIEWER, at=now))

    await take(line.line_id, "M1")
    await take(line.line_id, "M1")  # again changes nothing
    with pytest.raises(IllegalStep):  # the line is another claim's
        await take(line.line_id, "M2")
    second = (await kept(banklines))[0]
    with pytest.raises(IllegalStep):  # the claim has another line
        await take(second.line_id, "M1")
    with pytest.raises(NotFound):
        await take(10**6, "M1")
    credited = await write(lambda tx: claiming.credit(tx, "M1", person_id=REVIEWER, at=now))
    again = await write(lambda tx: claiming.credit(tx, "M1", person_id=SECOND, at=now))

    assert credited == again
    assert credited is not None
    assert (credited.state, credited.decided_by) == (LineState.CREDITED, REVIEWER)
    with pytest.raises(IllegalStep):
        await write(lambda tx: claiming.release(tx, "M1", at=now))
    assert await write(lambda tx: claiming.credit(tx, "M9", person_id=None, at=now)) is None


async def test_the_key_refuses_a_second_line_for_a_claim(core: Core, banklines: BankLines) -> None:
    from core.errors import DuplicateKey

    await sent(banklines, mt940([Paid(number="A"), Paid(number="B")]))
    lines = await kept(banklines)

    def by_hand() -> object:
        return core.database.write(
            lambda tx: [
                tx.change(bank_lines, {"id": line.line_id}, state="credited", claim_id="M1")
                for line in lines
            ]
        )

    with pytest.raises(DuplicateKey) as refused:
        await by_hand()
    assert refused.value.constraint == "uq_bank_lines_claim_id"


async def test_many_claims_at_once_take_a_line_once(core: Core, banklines: BankLines) -> None:
    line = await first(banklines)
    now = core.clock.now()
    results = await asyncio.gather(
        *(
            core.database.write(
                lambda tx, n=n: claiming.take(tx, line.line_id, f"M{n}", person_id=SECOND, at=now)
            )
            for n in range(20)
        ),
        return_exceptions=True,
    )

    assert [type(item) for item in results].count(BankLine) == 1
    assert [type(item) for item in results].count(IllegalStep) == 19


async def test_a_released_line_is_free_for_another(core: Core, banklines: BankLines) -> None:
    line = await first(banklines)
    write, now = core.database.write, core.clock.now()
    await write(lambda tx: claiming.take(tx, line.line_id, "M1", person_id=REVIEWER, at=now))
    assert await kept(banklines) == []
    await write(lambda tx: claiming.release(tx, "M1", at=now))

    assert [item.line_id for item in await kept(banklines)] == [line.line_id]
    await write(lambda tx: claiming.take(tx, line.line_id, "M2", person_id=SECOND, at=now))
    found = await core.database.read(lambda tx: claiming.line_of(tx, "M2"))
    assert found is not None
    assert found.line_id == line.line_id


async def test_exact_matches_are_found_for_many_claims(core: Core, banklines: BankLines) -> None:
    references = [new_reference(RandomIds()) for _ in range(30)]
    paid = [
        Paid(fen=100 + n, number=f"N{n}", remark=reference)
        for n, reference in enumerate(references)
    ]
    await sent(banklines, mt940([*paid, Paid(fen=100, number="twin", remark=references[0])]))
    claims = [
        replace(CLAIM, claim_id=f"M{n}", amount_fen=100 + n, reference=reference)
        for n, reference in enumerate(references)
    ]
    found = await core.database.read(lambda tx: claiming.exact(tx, claims))

    assert [match.claim_id for match in found] == [f"M{n}" for n in range(1, 30)]
    assert all(match.is_exact for match in found)


async def test_a_line_set_aside_says_why(core: Core, banklines: BankLines) -> None:
    line = await first(banklines)
    with pytest.raises(InvalidRequest):
        await banklines.ignore(REVIEWER, line.line_id, "  ")
    ignored = await banklines.ignore(REVIEWER, line.line_id, "利息")
    assert (ignored.state, ignored.note) == (LineState.IGNORED, "利息")
    with pytest.raises(IllegalStep):
        await banklines.give_back(REVIEWER, line.line_id, "退款")
    await banklines.reopen(SECOND, line.line_id, "看错了")
    returned = await banklines.give_back(SECOND, line.line_id, "11月25日原路退回")

    assert returned.state is LineState.RETURNED
    with pytest.raises(NotFound):
        await banklines.ignore(REVIEWER, 10**6, "note")
    assert await banklines.best(REVIEWER, CLAIM) == []


async def test_lines_are_listed_oldest_first_in_pages(banklines: BankLines) -> None:
    await sent(banklines, mt940(many(25)))
    pages = [await banklines.waiting(REVIEWER, page=number) for number in range(3)]
    days = [line.booked_on for page, _ in pages for line in page]

    assert [(len(page), more) for page, more in pages] == [(10, True), (10, True), (5, False)]
    assert days == sorted(days)

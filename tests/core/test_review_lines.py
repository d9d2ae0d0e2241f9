"""Bank lines in reviews: taken by a decision, credited once, freed again, claimed by who paid."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from core.access.model import Role
from core.app import Core, CoreSettings
from core.banklines.model import BankLine, Imported, KnownLine, LineState, Standing
from core.errors import NotAllowed, NotFound, NotLinked, StepUpNeeded
from core.ids import PersonId
from core.remittance.model import Declared, RejectCode, Remittance
from core.remittance.model import RemittanceState as State
from core.reviews.model import NO_LINE, Outcome
from core.storage.database import Database
from tests.banklines.statements import ACCOUNT, Paid, mt940
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, available
from tests.people import ACCOUNT as CLOUD_ACCOUNT
from tests.people import CREATOR, FINANCE, MEMBER, OTHER_ACCOUNT, VIEWER, link
from tests.play import START, PlayClock
from tests.remittances import ACCOUNT_NAME, approved, claimed, submitted

LARGE = 50_000_01
TODAY = START.date()
OUTSIDER = PersonId(21)


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


async def arrives(core: Core, *paid: Paid) -> list[BankLine]:
    """The bank's statement with these lines, sent in; all lines nobody has taken."""
    done = await core.banklines.import_statement(REVIEWER, mt940(paid), ACCOUNT)
    assert isinstance(done, Imported)
    return (await core.banklines.waiting(REVIEWER))[0]


def paid_for(found: Remittance, **other: object) -> Paid:
    """The line of this remittance, its reference in the remark."""
    fen = int(found.declared.amount_fen or 0)
    line = Paid(fen=fen, payer=ACCOUNT_NAME, remark=found.reference, day=TODAY)
    return replace(line, number=f"N{found.reference}", **other)  # type: ignore[arg-type]


async def state_of(core: Core, line: BankLine) -> LineState:
    return (await core.banklines.line(REVIEWER, line.line_id)).state


async def test_the_best_line_is_seen_beside_the_claim(core: Core) -> None:
    found = await submitted(core)
    other = Paid(fen=1_000_00, payer="别家", remark="货款", number="X1", day=TODAY)
    await arrives(core, paid_for(found), other, Paid(fen=7, number="X2"))
    view = await core.reviews.view(found.remittance_id, SECOND)
    assert [match.line.bank_id for match in view.lines] == [f"N{found.reference}", "X1"]
    assert [match.is_exact for match in view.lines] == [True, False]
    assert view.line is None


async def test_a_line_credits_once(core: Core) -> None:
    found = await submitted(core)
    other = await submitted(core, key="k2", seed=2, serial="S2")
    (line,) = await arrives(core, paid_for(found))
    for item, person in ((found, REVIEWER), (other, SECOND)):
        await claimed(core, item, person)
    who = (found.remittance_id, REVIEWER, 1_000_00)
    done = await core.reviews.approve(*who, line_id=line.line_id)
    assert (done.outcome, done.view.line is not None) == (Outcome.DONE, True)
    assert await state_of(core, line) is LineState.CREDITED
    who = (other.remittance_id, SECOND, 1_000_00)
    again = await core.reviews.approve(*who, line_id=line.line_id)
    assert again.outcome is Outcome.LINE_GONE
    assert again.view.remittance.state is State.IN_REVIEW
    assert again.view.lines == ()
    assert await available(core) == 1_000_00


async def test_two_approvals_by_one_line_at_once_credit_it_once(core: Core) -> None:
    first = await submitted(core)
    second = await submitted(core, key="k2", seed=2, serial="S2")
    (line,) = await arrives(core, paid_for(first))
    pairs = ((first, REVIEWER), (second, SECOND))
    for item, person in pairs:
        await claimed(core, item, person)
    done = await asyncio.gather(
        *(
            core.reviews.approve(item.remittance_id, person, 1_000_00, line_id=line.line_id)
            for item, person in pairs
        )
    )
    assert sorted(item.outcome for item in done) == [Outcome.DONE, Outcome.LINE_GONE]
    assert await available(core) == 1_000_00


async def test_a_line_of_another_sum_is_not_taken(core: Core) -> None:
    found = await submitted(core)
    (line,) = await arrives(core, paid_for(found, fen=995_00))
    await claimed(core, found)
    refused = await core.reviews.approve(
        found.remittance_id, REVIEWER, 1_000_00, line_id=line.line_id
    )
    assert refused.outcome is Outcome.LINE_GONE
    done = await core.reviews.approve(
        found.remittance_id, REVIEWER, 995_00, "手续费", line_id=line.line_id
    )
    assert done.outcome is Outcome.DONE
    assert await state_of(core, line) is LineState.CREDITED


async def test_two_reviewers_approve_by_the_line_the_first_one_took(core: Core) -> None:
    found = await submitted(core, fen=LARGE)
    (line,) = await arrives(core, paid_for(found))
    await claimed(core, found)
    half = await core.reviews.approve(found.remittance_id, REVIEWER, LARGE, line_id=line.line_id)
    assert half.outcome is Outcome.SECOND_NEEDED
    assert await state_of(core, line) is LineState.MATCHED
    await claimed(core, found, SECOND)
    await core.reviews.approve(found.remittance_id, SECOND, LARGE)
    assert await state_of(core, line) is LineState.CREDITED
    assert await available(core) == LARGE


async def test_a_line_stays_with_an_approval_that_was_undone(
    core: Core, database: Database, core_settings: CoreSettings, clock: PlayClock
) -> None:
    slow = Core(database, {}, replace(core_settings, undo=timedelta(seconds=60)), clock=clock)
    found = await submitted(slow)
    (line,) = await arrives(slow, paid_for(found))
    await claimed(slow, found)
    who = (found.remittance_id, REVIEWER)
    await slow.reviews.approve(*who, 1_000_00, line_id=line.line_id)
    assert await state_of(slow, line) is LineState.MATCHED
    undone = await slow.reviews.undo(*who)
    assert undone.view.line is not None
    await slow.reviews.reject(*who, RejectCode.OTHER, "看错了")
    assert await state_of(slow, line) is LineState.NEW


@pytest.mark.parametrize("how", ["reject", "without", "other_sum"])
async def test_a_line_is_free_again_when_it_was_not_used(core: Core, how: str) -> None:
    found = await submitted(core, fen=LARGE)
    (line,) = await arrives(core, paid_for(found))
    await claimed(core, found)
    await core.reviews.approve(found.remittance_id, REVIEWER, LARGE, line_id=line.line_id)
    await claimed(core, found, SECOND)
    if how == "reject":
        await core.reviews.reject(found.remittance_id, SECOND, RejectCode.NOT_ARRIVED)
    elif how == "without":
        await core.reviews.approve(found.remittance_id, SECOND, LARGE, line_id=NO_LINE)
    else:
        await core.reviews.approve(found.remittance_id, SECOND, LARGE - 1, "少一分")
    assert await state_of(core, line) is LineState.NEW


# --- all exact matches --------------------------------------------------------------------------


async def test_exact_matches_are_listed_and_each_is_decided(core: Core) -> None:
    found = [
        await submitted(core, key=f"k{number}", seed=number, serial=f"S{number}", fen=fen)
        for number, fen in enumerate((100_00, 200_00, LARGE), start=1)
    ]
    await arrives(core, *map(paid_for, found), Paid(fen=9, number="nobody's", day=TODAY))
    standing = await core.matches.standing(REVIEWER)
    assert standing == Standing(exact=3, likely=0, unmatched=1)
    matched = await core.matches.exact(REVIEWER)
    lines = {item.remittance.remittance_id: item.line for item in matched.sure}
    assert set(lines) == {item.remittance_id for item in found}
    outcomes = []
    for item in found:
        line = lines[item.remittance_id]
        who = (item.remittance_id, REVIEWER, line.line_id)
        done = await core.matches.approve(*who, shown_fen=line.amount_fen)
        outcomes.append(done.outcome)
    assert outcomes == [Outcome.DONE, Outcome.DONE, Outcome.SECOND_NEEDED]
    assert await available(core) == 300_00
    assert (await core.matches.exact(REVIEWER)).sure == ()
    (left,) = (await core.matches.exact(SECOND)).sure
    who = (left.remittance.remittance_id, SECOND, left.line.line_id)
    assert (await core.matches.approve(*who, shown_fen=LARGE)).outcome is Outcome.DONE
    assert await available(core) == 300_00 + LARGE
    view = await core.reviews.view(found[0].remittance_id, SECOND)
    assert [item.person_id for item in view.decisions] == [REVIEWER]


async def test_what_is_odd_held_or_ones_own_is_not_listed(core: Core) -> None:
    await approved(core, key="before", serial="TWICE", seed=9)
    odd = await submitted(core, key="odd", serial="TWICE", seed=2, fen=200_00)
    held = await submitted(core, key="held", serial="S3", seed=3, fen=300_00)
    free = await submitted(core, key="free", serial="S4", seed=4, fen=400_00)
    await arrives(core, *map(paid_for, (odd, held, free)))
    await claimed(core, held, SECOND)
    matched = await core.matches.exact(REVIEWER)
    assert [item.remittance.reference for item in matched.sure] == [free.reference]
    assert matched.odd == 1
    await link(core, REVIEWER, Role.VIEWER)
    assert (await core.matches.exact(REVIEWER)).sure == ()
    for person in (OPERATOR, FINANCE):
        for look in (core.matches.exact, core.matches.standing):
            with pytest.raises(NotAllowed):
                await look(person)


async def test_a_match_that_does_not_hold_any_more_is_not_approved(core: Core) -> None:
    found = await submitted(core)
    (line,) = await arrives(core, paid_for(found))
    changed = Declared(amount_fen=2_000_00)
    await core.remittances.drafts.declare(found.remittance_id, FINANCE, changed)
    for shown in (1_000_00, 2_000_00):
        reviewed = await core.matches.approve(
            found.remittance_id, REVIEWER, line.line_id, shown_fen=shown
        )
        assert reviewed.outcome is Outcome.LINE_GONE
        assert reviewed.view.holder is None
    assert await available(core) == 0


# --- "this one is ours" -------------------------------------------------------------------------


KNOWN = KnownLine(amount_fen=1_000_00, booked_on=TODAY, payer_name=ACCOUNT_NAME)
UNKNOWN_TO_BOOKS = Paid(fen=1_000_00, payer=ACCOUNT_NAME, number="U1", day=TODAY)


async def test_a_payer_claims_a_line_and_reviewers_decide(core: Core) -> None:
    (line,) = await arrives(core, UNKNOWN_TO_BOOKS)
    view = await core.remittances.claim_line(FINANCE, CLOUD_ACCOUNT, KNOWN, key="e1")
    again = await core.remittances.claim_line(FINANCE, CLOUD_ACCOUNT, KNOWN, key="e1")
    assert (view.remittance.state, view.files, view.has_line) == (State.SUBMITTED, (), True)
    assert again.remittance.remittance_id == view.remittance.remittance_id
    assert await state_of(core, line) is LineState.MATCHED
    assert await available(core) == 0

    await claimed(core, view.remittance)
    await core.reviews.approve(view.remittance.remittance_id, REVIEWER, 1_000_00)
    assert await state_of(core, line) is LineState.CREDITED
    assert await available(core) == 1_000_00


async def test_a_line_is_claimed_by_one_account_until_it_is_taken_back(core: Core) -> None:
    await arrives(core, UNKNOWN_TO_BOOKS)
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, OUTSIDER, Role.CREATOR, OTHER_ACCOUNT)
    view = await core.remittances.claim_line(FINANCE, CLOUD_ACCOUNT, KNOWN, key="e1")
    assert not await core.remittances.knows_line(OUTSIDER, OTHER_ACCOUNT, KNOWN)
    with pytest.raises(NotFound):
        await core.remittances.claim_line(OUTSIDER, OTHER_ACCOUNT, KNOWN, key="e2")
    assert await core.remittances.listed(OUTSIDER, OTHER_ACCOUNT) == ([], False)

    await core.remittances.withdraw(view.remittance.remittance_id, FINANCE)
    await core.remittances.claim_line(OUTSIDER, OTHER_ACCOUNT, KNOWN, key="e3")


async def test_many_claims_at_once_take_a_line_once(core: Core) -> None:
    await arrives(core, UNKNOWN_TO_BOOKS)
    done = await asyncio.gather(
        *(
            core.remittances.claim_line(person, CLOUD_ACCOUNT, KNOWN, key=f"e{number}")
            for number, person in enumerate((FINANCE, CREATOR) * 3)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(item, NotFound) for item in done) == len(done) - 1


async def test_only_who_moves_money_claims_and_only_by_all_three(core: Core) -> None:
    await arrives(core, UNKNOWN_TO_BOOKS)
    claim, knows = core.remittances.claim_line, core.remittances.knows_line
    for person, error in ((VIEWER, NotAllowed), (MEMBER, NotAllowed), (SECOND, NotLinked)):
        with pytest.raises(error):
            await knows(person, CLOUD_ACCOUNT, KNOWN)
        with pytest.raises(error):
            await claim(person, CLOUD_ACCOUNT, KNOWN, key="e1")
    wrong = (
        replace(KNOWN, amount_fen=1),
        replace(KNOWN, booked_on=TODAY - timedelta(days=1)),
        *(replace(KNOWN, payer_name=name) for name in ("海风", "星河", "%")),
    )
    for known in wrong:
        assert not await knows(FINANCE, CLOUD_ACCOUNT, known)
        with pytest.raises(NotFound):
            await claim(FINANCE, CLOUD_ACCOUNT, known, key="e2")
    assert await knows(FINANCE, CLOUD_ACCOUNT, replace(KNOWN, payer_name="（星河 科技）"))


async def test_a_line_that_names_another_account_is_not_there_to_claim(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, OUTSIDER, Role.CREATOR, OTHER_ACCOUNT)
    theirs = await core.remittances.drafts.open_draft(OUTSIDER, OTHER_ACCOUNT, None, key="o")
    remarks = (theirs.reference, f"云服务费+开发者账号({OTHER_ACCOUNT})")
    await arrives(
        core,
        *(
            replace(UNKNOWN_TO_BOOKS, remark=remark, number=f"U{number}")
            for number, remark in enumerate(remarks)
        ),
        replace(UNKNOWN_TO_BOOKS, payer="", number="U9"),
    )
    knows = core.remittances.knows_line
    assert not await knows(FINANCE, CLOUD_ACCOUNT, KNOWN)
    assert not await knows(FINANCE, CLOUD_ACCOUNT, replace(KNOWN, payer_name=" "))
    with pytest.raises(NotFound):
        await core.remittances.claim_line(FINANCE, CLOUD_ACCOUNT, KNOWN, key="e1")
    assert await core.remittances.listed(FINANCE, CLOUD_ACCOUNT) == ([], False)

    assert await knows(OUTSIDER, OTHER_ACCOUNT, KNOWN)
    own = replace(UNKNOWN_TO_BOOKS, remark=f"云服务费+开发者账号({CLOUD_ACCOUNT})", number="U3")
    await arrives(core, own)
    assert await knows(FINANCE, CLOUD_ACCOUNT, KNOWN)


# --- the second proof ---------------------------------------------------------------------------


async def test_approving_and_reversing_ask_for_a_code_where_it_is_on(
    core: Core, clock: PlayClock
) -> None:
    secret = (await core.step_up.enrol(REVIEWER)).secret
    await core.step_up.switch_on(REVIEWER, pyotp.TOTP(secret).at(clock.now()))
    found = await submitted(core)
    other = await submitted(core, key="k2", seed=2, serial="S2", fen=50_00)
    (line,) = await arrives(core, paid_for(other))
    clock.forward(minutes=6)
    await claimed(core, found)
    with pytest.raises(StepUpNeeded):
        await core.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    with pytest.raises(StepUpNeeded):
        await core.reviews.approve(found.remittance_id, REVIEWER, 990_00, "手续费")
    who = (other.remittance_id, REVIEWER, line.line_id)
    with pytest.raises(StepUpNeeded):
        await core.matches.approve(*who, shown_fen=50_00)
    assert (await core.reviews.view(other.remittance_id, REVIEWER)).holder is None

    await core.step_up.show(REVIEWER, pyotp.TOTP(secret).at(clock.now()))
    await core.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    assert (await core.matches.approve(*who, shown_fen=50_00)).outcome is Outcome.DONE
    clock.forward(minutes=6)
    with pytest.raises(StepUpNeeded):
        await core.reviews.ask_reversal(found.remittance_id, REVIEWER, "重复")
    await core.reviews.ask_reversal(found.remittance_id, SECOND, "重复")
    with pytest.raises(StepUpNeeded):
        await core.reviews.end_reversal(found.remittance_id, REVIEWER, confirmed=True)
    assert await available(core) == 1_050_00


async def test_a_second_word_asks_for_its_own_code(core: Core, clock: PlayClock) -> None:
    secret = (await core.step_up.enrol(SECOND)).secret
    await core.step_up.switch_on(SECOND, pyotp.TOTP(secret).at(clock.now()))
    clock.forward(minutes=6)
    found = await submitted(core, fen=LARGE)
    await claimed(core, found)
    await core.reviews.approve(found.remittance_id, REVIEWER, LARGE)
    await claimed(core, found, SECOND)
    with pytest.raises(StepUpNeeded):
        await core.reviews.approve(found.remittance_id, SECOND, LARGE)
    assert await available(core) == 0
    await core.step_up.show(SECOND, pyotp.TOTP(secret).at(clock.now()))
    await core.reviews.approve(found.remittance_id, SECOND, LARGE)
    assert await available(core) == LARGE

"""What fits nothing is decided once, by one person at a time, who has nothing to do with it."""

import asyncio
from dataclasses import replace

import pytest

from core.access.model import Role
from core.app import Core
from core.cases.model import CaseState, Decision, Result
from core.errors import AccountNotFound, IllegalStep, InvalidRequest, NotAllowed, NotFound
from core.ids import AccountId, CaseId, PersonId
from core.topup import store as topup
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, available, on_desk, order, settle
from tests.people import ACCOUNT, CREATOR, FINANCE, OTHER_ACCOUNT, link
from tests.play import PlayClock, PlayProvider

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


async def differing(core: Core, provider: PlayProvider, wish: str = "W1") -> CaseId:
    """¥99 came for an order of ¥100."""
    view = await order(core, wish)
    await core.topups.record_payment(provider.pay(view.payment.order_no, amount_fen=99_00))
    return (await on_desk(core, REVIEWER))[-1].case.case_id


async def unknown(core: Core, provider: PlayProvider) -> CaseId:
    view = await order(core)
    report = replace(provider.pay(view.payment.order_no), order_no="NOTOURS1234")
    await core.topups.record_payment(report)
    return (await on_desk(core, REVIEWER))[0].case.case_id


async def broken(core: Core) -> CaseId:
    """A reconciliation break, the way reconciliation makes one."""
    await core.database.write(
        lambda tx: topup.open_case(
            tx,
            "CASEBREAK1",
            "break_theirs_only",
            dedupe_key="break:1",
            account_id=None,
            payment_id=None,
            amount_fen=5_00,
            facts={"channel": "wechat", "reference": "42", "detail": "bill of 2026-11-21"},
            at=core.clock.now(),
        )
    )
    return CaseId("CASEBREAK1")


async def test_money_of_another_amount_is_credited_after_a_decision(
    core: Core, provider: PlayProvider
) -> None:
    case_id = await differing(core, provider)
    await core.cases.claim(case_id, REVIEWER)
    handled = await core.cases.credit(case_id, REVIEWER)

    assert handled.result is Result.DONE
    assert handled.view.case.decision is Decision.CREDIT
    assert await available(core) == 99_00
    told = [n for n in (await settle(core)).told if n.kind == "funds_arrived"]
    assert {n.person_id for n in told} == {CREATOR, FINANCE}
    assert {n.facts["available_fen"] for n in told} == {99_00}
    assert await on_desk(core, REVIEWER) == []


async def test_what_was_credited_later_can_be_refunded(core: Core, provider: PlayProvider) -> None:
    case_id = await differing(core, provider)
    assert await core.refunds.trades(FINANCE, ACCOUNT) == []
    await core.cases.claim(case_id, REVIEWER)
    await core.cases.credit(case_id, REVIEWER)
    assert [trade.rest_fen for trade in await core.refunds.trades(FINANCE, ACCOUNT)] == [99_00]


async def test_money_goes_back_to_the_channel_and_the_payer_hears_it(
    core: Core, provider: PlayProvider
) -> None:
    case_id = await differing(core, provider)
    await core.cases.claim(case_id, REVIEWER)
    handled = await core.cases.give_back(case_id, REVIEWER, "渠道退款单 8812")

    assert handled.result is Result.DONE
    assert await available(core) == 0
    told = [n for n in (await settle(core)).told if n.kind == "case_decided"]
    assert [(n.person_id, n.facts["note"]) for n in told] == [(FINANCE, "渠道退款单 8812")]


async def test_money_of_no_order_goes_to_the_account_a_reviewer_names(
    core: Core, provider: PlayProvider
) -> None:
    case_id = await unknown(core, provider)
    await core.access.save_account(OTHER_ACCOUNT, "远山网络")
    await core.cases.claim(case_id, REVIEWER)
    with pytest.raises(InvalidRequest):
        await core.cases.credit(case_id, REVIEWER)
    with pytest.raises(AccountNotFound):
        await core.cases.credit(case_id, REVIEWER, AccountId("nobody"))
    await core.cases.credit(case_id, REVIEWER, OTHER_ACCOUNT)

    assert (await core.ledger.balance(OTHER_ACCOUNT)).available_fen == 100_00


async def test_nobody_credits_an_account_they_are_a_member_of(
    core: Core, provider: PlayProvider
) -> None:
    case_id = await unknown(core, provider)
    await core.cases.claim(case_id, REVIEWER)
    await link(core, REVIEWER, Role.FINANCE)
    with pytest.raises(NotAllowed):
        await core.cases.credit(case_id, REVIEWER, ACCOUNT)
    assert await available(core) == 0


async def test_a_member_sees_no_case_of_the_account(core: Core, provider: PlayProvider) -> None:
    await link(core, SECOND, Role.MEMBER)
    case_id = await differing(core, provider)
    assert await on_desk(core, SECOND) == []
    with pytest.raises(NotFound):
        await core.cases.view(case_id, SECOND)
    with pytest.raises(NotFound):
        await core.cases.claim(case_id, SECOND)
    told = [n.person_id for n in (await settle(core)).told if n.kind == "case_opened"]
    assert told == [REVIEWER]


async def test_two_reviewers_at_once_are_one_claim_and_one_decision(
    core: Core, provider: PlayProvider
) -> None:
    for number in range(50):
        case_id = await differing(core, provider, f"W{number}")
        before = await available(core)
        claims = await asyncio.gather(
            core.cases.claim(case_id, REVIEWER), core.cases.claim(case_id, SECOND)
        )
        assert sorted(item.result for item in claims) == [Result.DONE, Result.HELD]
        acts = await asyncio.gather(
            core.cases.credit(case_id, REVIEWER),
            core.cases.credit(case_id, SECOND),
            core.cases.give_back(case_id, REVIEWER, "note"),
            core.cases.give_back(case_id, SECOND, "note"),
        )
        assert [item.result for item in acts].count(Result.DONE) == 1
        ended = (await core.cases.view(case_id, SECOND)).case
        credited = await available(core) - before
        assert credited == (99_00 if ended.decision is Decision.CREDIT else 0)


async def test_a_claim_lapses_and_goes_to_the_next(
    core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    case_id = await differing(core, provider)
    await core.cases.claim(case_id, REVIEWER)
    clock.forward(minutes=14)
    held = await core.cases.claim(case_id, SECOND)
    assert (held.result, held.view.holder_name) == (Result.HELD, f"staff {REVIEWER}")
    await core.cases.claim(case_id, REVIEWER)  # work makes it last longer
    clock.forward(minutes=14)
    assert (await core.cases.claim(case_id, SECOND)).result is Result.HELD
    clock.forward(minutes=2)

    assert (await core.cases.credit(case_id, REVIEWER)).result is Result.NOT_CLAIMED
    assert (await core.cases.claim(case_id, SECOND)).result is Result.DONE
    assert (await core.cases.credit(case_id, REVIEWER)).result is Result.HELD
    assert (await core.cases.credit(case_id, SECOND)).result is Result.DONE
    late = await core.cases.credit(case_id, REVIEWER)
    assert (late.result, late.view.resolver_name) == (Result.DECIDED, f"staff {SECOND}")


async def test_a_case_put_back_is_free_at_once(core: Core, provider: PlayProvider) -> None:
    case_id = await differing(core, provider)
    await core.cases.claim(case_id, REVIEWER)
    assert (await core.cases.release(case_id, SECOND)).result is Result.NOT_CLAIMED
    await core.cases.release(case_id, REVIEWER)
    assert (await core.cases.claim(case_id, SECOND)).result is Result.DONE


async def test_breaks_are_on_the_operators_desk_and_end_with_a_note(core: Core) -> None:
    case_id = await broken(core)
    assert await on_desk(core, REVIEWER) == []
    with pytest.raises(NotFound):
        await core.cases.claim(case_id, REVIEWER)
    await core.cases.claim(case_id, OPERATOR)
    with pytest.raises(InvalidRequest):
        await core.cases.resolve(case_id, OPERATOR, "   ")
    with pytest.raises(IllegalStep):  # no money in suspense
        await core.cases.credit(case_id, OPERATOR)
    handled = await core.cases.resolve(case_id, OPERATOR, "渠道已更正")

    assert handled.view.case.state is CaseState.RESOLVED
    assert handled.view.case.note == "渠道已更正"


async def test_money_of_another_currency_ends_with_a_note_and_is_told(
    core: Core, provider: PlayProvider
) -> None:
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no, currency="USD"))
    case_id = (await on_desk(core, REVIEWER))[0].case.case_id
    await core.cases.claim(case_id, REVIEWER)
    with pytest.raises(IllegalStep):
        await core.cases.credit(case_id, REVIEWER)
    await core.cases.resolve(case_id, REVIEWER, "已由渠道退回")
    told = [n for n in (await settle(core)).told if n.kind == "case_decided"]
    assert [n.person_id for n in told] == [FINANCE]
    assert await available(core) == 0


@pytest.mark.parametrize("person", [FINANCE, CREATOR])
async def test_only_staff_have_a_desk(
    core: Core, provider: PlayProvider, person: PersonId
) -> None:
    case_id = await differing(core, provider)
    with pytest.raises(NotAllowed):
        await core.cases.waiting(person)
    with pytest.raises(NotAllowed):
        await core.cases.claim(case_id, person)


async def test_a_reviewer_who_was_removed_decides_nothing(
    core: Core, provider: PlayProvider
) -> None:
    case_id = await differing(core, provider)
    await core.cases.claim(case_id, REVIEWER)
    await core.access.remove_staff(REVIEWER)
    with pytest.raises(NotAllowed):
        await core.cases.credit(case_id, REVIEWER)
    assert await available(core) == 0


async def test_the_desk_lists_the_oldest_first_in_pages(
    core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    made = []
    for number in range(8):
        made.append(await differing(core, provider, f"W{number}") if number < 6 else None)
        clock.forward(minutes=1)
        if number >= 6:
            view = await order(core, f"W{number}")
            await core.topups.record_payment(provider.pay(view.payment.order_no, amount_fen=1))
    first, more = await core.cases.waiting(REVIEWER)
    rest, none = await core.cases.waiting(REVIEWER, page=1)
    assert [view.case.case_id for view in first] == made[:6]
    assert (more, len(rest), none) == (True, 2, False)

"""Reviews: claims with a lease, decisions in their seats, four eyes, undoing and reversing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.access.model import Role, StaffRole
from core.app import Core, CoreSettings
from core.errors import DuplicateKey, InvalidRequest, NotAllowed, NotFound
from core.holds.model import HoldRequest
from core.ids import HoldId, PersonId
from core.notices.model import NoticeKind
from core.remittance.model import Happened, RejectCode, RemittanceEvent
from core.remittance.model import RemittanceState as State
from core.reviews import store
from core.reviews.model import Outcome, Seat
from core.storage.database import Database
from core.storage.platform_tables import platform_events
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, available, settle
from tests.people import ACCOUNT, CREATOR, FINANCE, STRANGER, link
from tests.play import PlayClock
from tests.remittances import approved, claimed, submitted

LARGE = 50_000_01


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


@pytest.fixture
def graceful(
    core: Core, database: Database, core_settings: CoreSettings, clock: PlayClock
) -> Core:
    """A core that posts approvals a minute later, over the same database."""
    return Core(database, {}, replace(core_settings, undo=timedelta(seconds=60)), clock=clock)


async def events_of(core: Core, kind: str) -> list[dict[str, object]]:
    rows = await core.database.read(
        lambda tx: tx.all(select(platform_events).where(platform_events.c.type == kind))
    )
    return [dict(row.data) for row in rows]


# --- claims -------------------------------------------------------------------------------------


async def test_a_claim_lasts_fifteen_minutes_and_work_makes_it_last(
    core: Core, clock: PlayClock
) -> None:
    found = await submitted(core)
    await claimed(core, found)
    held = await core.reviews.claim(found.remittance_id, SECOND)
    assert (held.outcome, held.view.holder) == (Outcome.HELD, REVIEWER)
    clock.forward(minutes=10)
    await claimed(core, found)
    clock.forward(minutes=10)
    assert (await core.reviews.view(found.remittance_id, SECOND)).holder == REVIEWER
    clock.forward(minutes=6)
    await settle(core)
    view = await core.reviews.view(found.remittance_id, SECOND)
    assert (view.holder, view.remittance.state) == (None, State.SUBMITTED)
    late = await core.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    assert late.outcome is Outcome.NOT_CLAIMED
    await claimed(core, found, SECOND)
    assert await available(core) == 0


async def test_a_claim_that_is_put_back_is_free(core: Core) -> None:
    found = await submitted(core)
    await claimed(core, found)
    assert (await core.reviews.release(found.remittance_id, SECOND)).outcome is Outcome.HELD
    await core.reviews.release(found.remittance_id, REVIEWER)
    await claimed(core, found, SECOND)


async def test_the_queue_is_oldest_due_first_without_ones_own_matters(
    core: Core, clock: PlayClock
) -> None:
    first = await submitted(core)
    clock.forward(days=1)
    second = await submitted(core, key="draft-2", seed=2, serial="S2")
    waiting, more = await core.reviews.queue(REVIEWER)
    assert [item.remittance.remittance_id for item in waiting] == [
        first.remittance_id,
        second.remittance_id,
    ]
    assert not more
    with pytest.raises(NotAllowed):
        await core.reviews.queue(OPERATOR)
    await link(core, REVIEWER, Role.MEMBER)
    assert await core.reviews.queue(REVIEWER) == ([], False)


async def test_nobody_reviews_what_they_submitted_or_for_an_account_of_theirs(
    core: Core,
) -> None:
    await core.access.add_staff(FINANCE, StaffRole.REVIEWER)
    found = await submitted(core)
    await link(core, SECOND, Role.VIEWER)
    for person in (FINANCE, SECOND):
        for act in (core.reviews.claim, core.reviews.view):
            with pytest.raises(NotFound):
                await act(found.remittance_id, person)
        with pytest.raises(NotFound):
            await core.reviews.approve(found.remittance_id, person, 1_000_00)
    for person in (STRANGER, CREATOR, OPERATOR):
        with pytest.raises(NotAllowed):
            await core.reviews.claim(found.remittance_id, person)

    member = next(one for one in await core.access.members(ACCOUNT) if one.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, member.member_id)
    with pytest.raises(NotFound):
        await core.reviews.claim(found.remittance_id, FINANCE)
    shown = [chat for subject, chat, _ in (await settle(core)).shown if "review" in subject]
    assert sorted(shown) == [REVIEWER, SECOND]  # submitted before they were members


# --- decisions ----------------------------------------------------------------------------------


async def test_an_approval_credits_once_and_tells_everybody(core: Core) -> None:
    found = await submitted(core)
    await settle(core)
    await claimed(core, found)
    reviewed = await core.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    assert reviewed.outcome is Outcome.DONE
    assert reviewed.view.remittance.state is State.APPROVED
    assert await available(core) == 1_000_00
    again = await core.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    other = await core.reviews.reject(found.remittance_id, SECOND, RejectCode.OTHER, "no")
    assert [again.outcome, other.outcome] == [Outcome.DECIDED] * 2
    assert await available(core) == 1_000_00

    messenger = await settle(core)
    told = {
        (notice.person_id, notice.kind, notice.facts["reference"], notice.facts["channel"])
        for notice in messenger.told
    }
    assert told == {
        (person, NoticeKind.FUNDS_ARRIVED, found.reference, "remittance")
        for person in (CREATOR, FINANCE)
    }
    decided = {
        "account_id": ACCOUNT,
        "remittance_id": found.remittance_id,
        "decision": "approved",
        "amount_fen": 1_000_00,
    }
    assert await events_of(core, "remittance.decided") == [decided]
    assert len(await events_of(core, "funds.arrived")) == 1
    assert f"review:{found.remittance_id}" in messenger.refreshed


async def test_another_amount_needs_a_reason_the_payer_reads(core: Core) -> None:
    found = await submitted(core)
    await claimed(core, found)
    with pytest.raises(InvalidRequest):
        await core.reviews.approve(found.remittance_id, REVIEWER, 995_00)
    await core.reviews.approve(found.remittance_id, REVIEWER, 995_00, "银行扣手续费 5 元")
    assert await available(core) == 995_00
    view = await core.remittances.view(found.remittance_id, FINANCE)
    assert (view.remittance.received_fen, view.remittance.declared.amount_fen) == (
        995_00,
        1_000_00,
    )
    assert view.remittance.answer == "银行扣手续费 5 元"


@pytest.mark.parametrize(
    ("declared", "received"), [(LARGE, LARGE), (1_000_00, 899_99), (1_000_00, 1_100_01)]
)
async def test_a_large_or_much_changed_sum_takes_two_reviewers(
    core: Core, declared: int, received: int
) -> None:
    found = await submitted(core, fen=declared)
    await claimed(core, found)
    reason = None if declared == received else "回单金额"
    first = await core.reviews.approve(found.remittance_id, REVIEWER, received, reason)
    assert first.outcome is Outcome.SECOND_NEEDED
    assert first.view.remittance.state is State.APPROVED_ONCE
    assert await available(core) == 0
    assert (
        await core.reviews.claim(found.remittance_id, REVIEWER)
    ).outcome is Outcome.OWN_DECISION
    await claimed(core, found, SECOND)
    last = await core.reviews.approve(found.remittance_id, SECOND, received, reason)
    assert last.outcome is Outcome.DONE
    assert await available(core) == received
    seats = [(item.seat, item.person_id) for item in last.view.decisions]
    assert seats == [(Seat.FIRST, REVIEWER), (Seat.SECOND, SECOND)]


@pytest.mark.parametrize(("fen", "received"), [(50_000_00, 50_000_00), (1_000_00, 900_00)])
async def test_up_to_the_limit_one_reviewer_is_enough(core: Core, fen: int, received: int) -> None:
    found = await submitted(core, fen=fen)
    await claimed(core, found)
    reviewed = await core.reviews.approve(found.remittance_id, REVIEWER, received, "why")
    assert reviewed.outcome is Outcome.DONE
    assert await available(core) == received


async def test_a_second_reviewer_with_another_sum_begins_anew(core: Core) -> None:
    found = await submitted(core, fen=LARGE)
    await claimed(core, found)
    await core.reviews.approve(found.remittance_id, REVIEWER, LARGE)
    await claimed(core, found, SECOND)
    other = await core.reviews.approve(found.remittance_id, SECOND, LARGE - 100, "少一元")
    assert other.outcome is Outcome.SECOND_NEEDED
    assert await available(core) == 0
    await claimed(core, found, REVIEWER)
    done = await core.reviews.approve(found.remittance_id, REVIEWER, LARGE - 100, "对")
    assert done.outcome is Outcome.DONE
    assert await available(core) == LARGE - 100


async def test_the_second_reviewer_may_reject(core: Core) -> None:
    found = await submitted(core, fen=LARGE)
    await claimed(core, found)
    await core.reviews.approve(found.remittance_id, REVIEWER, LARGE)
    await claimed(core, found, SECOND)
    await core.reviews.reject(found.remittance_id, SECOND, RejectCode.DUPLICATE)
    view = await core.remittances.view(found.remittance_id, FINANCE)
    assert (view.remittance.state, view.remittance.received_fen) == (State.REJECTED, None)
    assert await available(core) == 0


async def test_a_rejection_is_told_with_its_reason(core: Core) -> None:
    found = await submitted(core)
    await settle(core)
    await claimed(core, found)
    await core.reviews.reject(found.remittance_id, REVIEWER, RejectCode.NOT_ARRIVED, "未到账")
    told = [one for one in (await settle(core)).told if one.kind != NoticeKind.ALARM]
    assert [(one.person_id, one.kind) for one in told] == [
        (FINANCE, NoticeKind.REMITTANCE_REJECTED)
    ]
    assert (told[0].facts["code"], told[0].facts["answer"]) == ("not_arrived", "未到账")
    decided = await events_of(core, "remittance.decided")
    assert [(one["decision"], one["amount_fen"]) for one in decided] == [("rejected", 1_000_00)]


async def test_the_outcome_reaches_somebody_when_the_payer_has_left(core: Core) -> None:
    found = await submitted(core)
    await settle(core)
    members = await core.access.members(ACCOUNT)
    payer = next(one for one in members if one.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, payer.member_id)
    await claimed(core, found)
    await core.reviews.reject(found.remittance_id, REVIEWER, RejectCode.OTHER, "请重新提交")
    assert [one.person_id for one in (await settle(core)).told] == [CREATOR]


async def test_more_is_asked_for_and_the_case_comes_back_to_who_asked(
    core: Core, clock: PlayClock
) -> None:
    found = await submitted(core)
    await claimed(core, found)
    await settle(core)
    asked = await core.reviews.ask(found.remittance_id, REVIEWER, "请补发第二页")
    assert asked.view.remittance.state is State.NEEDS_INFO
    told = (await settle(core)).told
    assert [(one.person_id, one.kind) for one in told] == [
        (FINANCE, NoticeKind.REMITTANCE_NEEDS_INFO)
    ]
    for act in (core.reviews.claim, core.reviews.release):
        outcome = (await act(found.remittance_id, SECOND)).outcome
        assert outcome is Outcome.WITH_PAYER
    clock.forward(days=7)
    assert await core.clockwork.tick(found.remittance_id) is None
    await core.remittances.say(found.remittance_id, FINANCE, "这是第二页")
    await core.reviews.ask(found.remittance_id, REVIEWER, "还缺章")
    view = await core.remittances.submit(found.remittance_id, FINANCE)
    assert view.remittance.state is State.SUBMITTED
    assert found.due_at is not None
    assert view.remittance.due_at is not None
    assert view.remittance.due_at > clock.now()
    texts = [line.text for line in view.timeline if line.text]
    assert texts == ["请补发第二页", "这是第二页", "还缺章"]
    back = (f"review:{found.remittance_id}", int(REVIEWER), True)
    assert (await settle(core)).shown == [back]


async def test_asking_for_more_voids_a_first_word(core: Core) -> None:
    found = await submitted(core, fen=LARGE)
    await claimed(core, found)
    await core.reviews.approve(found.remittance_id, REVIEWER, LARGE)
    await claimed(core, found, SECOND)
    await core.reviews.ask(found.remittance_id, SECOND, "回单不全")
    await core.remittances.submit(found.remittance_id, FINANCE)
    await claimed(core, found, SECOND)
    half = await core.reviews.approve(found.remittance_id, SECOND, LARGE)
    assert half.outcome is Outcome.SECOND_NEEDED
    assert await available(core) == 0


async def test_a_hand_made_second_decision_is_refused_by_its_key(core: Core) -> None:
    found = await approved(core)

    for seat, person, round_no in (
        (Seat.FIRST, SECOND, 1),
        (Seat.SECOND, REVIEWER, 1),
        (Seat.FIRST, SECOND, 2),
    ):
        with pytest.raises(DuplicateKey):
            await core.database.write(
                lambda tx, seat=seat, person=person, round_no=round_no: store.add_decision(
                    tx,
                    found,
                    seat,
                    person,
                    RemittanceEvent.APPROVE,
                    round_no=round_no,
                    received_fen=1,
                    reason=None,
                    at=core.clock.now(),
                )
            )
    assert await available(core) == 1_000_00


# --- undoing and reversing ----------------------------------------------------------------------


async def test_an_approval_is_posted_after_the_time_of_grace(
    graceful: Core, core: Core, clock: PlayClock
) -> None:
    found = await submitted(graceful)
    await claimed(graceful, found)
    await graceful.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    await settle(graceful)
    assert await available(core) == 0
    assert await events_of(core, "remittance.decided") == []
    clock.forward(seconds=61)
    await settle(graceful)
    assert await available(core) == 1_000_00
    too_late = await graceful.reviews.undo(found.remittance_id, REVIEWER)
    assert too_late.outcome is Outcome.TOO_LATE
    assert await available(core) == 1_000_00


async def test_within_the_time_of_grace_it_is_undone_by_who_approved(
    graceful: Core, core: Core, clock: PlayClock
) -> None:
    found = await submitted(graceful)
    await claimed(graceful, found)
    await graceful.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    with pytest.raises(NotAllowed):
        await graceful.reviews.undo(found.remittance_id, SECOND)
    undone = await graceful.reviews.undo(found.remittance_id, REVIEWER)
    assert (undone.outcome, undone.view.holder) == (Outcome.DONE, REVIEWER)
    clock.forward(seconds=50)
    await graceful.reviews.approve(found.remittance_id, REVIEWER, 1_000_00)
    clock.forward(seconds=11)
    await settle(graceful)
    assert await available(core) == 0  # the second approval has a minute of its own
    clock.forward(seconds=50)
    await settle(graceful)
    assert await available(core) == 1_000_00


async def test_two_people_take_a_credit_back(core: Core) -> None:
    found = await approved(core)
    await settle(core)
    await core.reviews.ask_reversal(found.remittance_id, REVIEWER, "重复入账")
    told = (await settle(core)).told
    assert [(one.person_id, one.kind) for one in told] == [(SECOND, NoticeKind.REVERSAL_ASKED)]
    own = await core.reviews.end_reversal(found.remittance_id, REVIEWER, confirmed=True)
    assert own.outcome is Outcome.OWN_DECISION
    assert await available(core) == 1_000_00
    done = await core.reviews.end_reversal(found.remittance_id, SECOND, confirmed=True)
    assert done.outcome is Outcome.DONE
    assert await available(core) == 0
    twice = await core.reviews.end_reversal(found.remittance_id, SECOND, confirmed=True)
    assert twice.outcome is Outcome.DECIDED
    assert [one.kind for one in (await settle(core)).told] == [NoticeKind.REMITTANCE_REVERSED]
    view = await core.remittances.view(found.remittance_id, FINANCE)
    assert view.timeline[-1].what is Happened.REVERSED


async def test_a_reversal_is_refused_or_not_covered(core: Core) -> None:
    found = await approved(core)
    await core.reviews.ask_reversal(found.remittance_id, REVIEWER, "重复入账")
    await core.reviews.end_reversal(found.remittance_id, SECOND, confirmed=False)
    assert await available(core) == 1_000_00
    await core.reviews.ask_reversal(found.remittance_id, REVIEWER, "重复入账")
    await core.holds.place(
        HoldRequest(
            hold_id=HoldId("h1"),
            account_id=ACCOUNT,
            amount_fen=600_00,
            product="CVM",
            requested_by=None,
            expires_at=None,
        )
    )
    short = await core.reviews.end_reversal(found.remittance_id, SECOND, confirmed=True)
    assert short.outcome is Outcome.NOT_COVERED
    assert await available(core) == 400_00

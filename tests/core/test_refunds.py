"""Money goes back to its source once, after two people said so, and never from nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.access.model import Role, StaffRole
from core.app import Core
from core.cases.model import Decision, Result
from core.channels import Channel
from core.errors import (
    AmountRefused,
    IllegalStep,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotLinked,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from core.holds.model import HoldRequest
from core.ids import CaseId, HoldId, PersonId, TopUpId
from core.providers.base import RefundOrder, RefundReport
from core.providers.base import RefundState as Told
from core.refunds.model import Refund, RefundRequest, RefundState, Trade, next_look
from core.storage.database import Database
from core.topup.orders import StartRequest
from tests.conftest import SETTINGS
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, STRANGER, VIEWER, link, link_everybody
from tests.play import PlayClock, PlayMessenger, PlayProvider

REVIEWER, SECOND, OPERATOR = PersonId(31), PersonId(32), PersonId(33)


class Refunding(PlayProvider):
    """A provider that sends money back, and knows each refund by its number."""

    can_refund = True

    def __init__(self, clock: PlayClock) -> None:
        super().__init__(clock)
        self.refunds: dict[str, RefundReport] = {}
        self.answers = Told.DONE
        self.loses_answer = False

    async def refund(self, order: RefundOrder) -> RefundReport:
        self._call("refund")
        report = RefundReport(
            channel=self.channel,
            refund_no=order.refund_no,
            provider_refund_no=f"5030{len(self.refunds):08d}",
            state=self.answers,
            refund_fen=order.refund_fen,
        )
        held = self.refunds.setdefault(order.refund_no, report)
        if self.loses_answer:
            raise ProviderUnavailable("the answer was lost")
        return held

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        self._call("look_up_refund")
        if order.refund_no not in self.refunds:
            raise ProviderRefused("NO_SUCH_REFUND")
        return self.refunds[order.refund_no]

    def becomes(self, state: Told) -> RefundReport:
        """The newest refund is in this state from now on."""
        number, held = list(self.refunds.items())[-1]
        self.refunds[number] = replace(held, state=state)
        return self.refunds[number]


@pytest.fixture
def provider(clock: PlayClock) -> Refunding:
    return Refunding(clock)


@pytest.fixture
async def core(database: Database, clock: PlayClock, provider: Refunding) -> AsyncIterator[Core]:
    built = Core(database, {provider.channel: provider}, SETTINGS, clock=clock)
    await link_everybody(built)
    for person, role in (
        (REVIEWER, StaffRole.REVIEWER),
        (SECOND, StaffRole.REVIEWER),
        (OPERATOR, StaffRole.OPERATOR),
    ):
        await built.access.meet(person, f"staff {person}", "zh_CN")
        await built.access.add_staff(person, role)
    yield built
    await built.ledger.verify()
    await built.audit.seal()
    await built.audit.verify()


async def paid(core: Core, provider: PlayProvider, fen: int = 100_00, wish: str = "W1") -> Trade:
    view = await core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=fen,
            channel=Channel.WECHAT,
            key=wish,
            top_up_id=TopUpId(wish),
        )
    )
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    return (await core.refunds.trades_of(view.top_up.top_up_id, FINANCE))[0]


def request(
    trade: Trade, fen: int = 100_00, key: str = "r1", person: PersonId = FINANCE
) -> RefundRequest:
    return RefundRequest(
        person_id=person, trade_id=trade.trade_id, amount_fen=fen, reason="付了两次", key=key
    )


async def claimed(core: Core, person: PersonId = REVIEWER) -> CaseId:
    """The oldest case of the person's desk, claimed."""
    cases, _ = await core.cases.waiting(person)
    case_id = cases[0].case.case_id
    assert (await core.cases.claim(case_id, person)).result is Result.DONE
    return case_id


async def asked(core: Core, provider: PlayProvider, fen: int = 100_00) -> tuple[Trade, CaseId]:
    trade = await paid(core, provider)
    await core.refunds.ask(request(trade, fen))
    return trade, await claimed(core)


async def settle(core: Core) -> PlayMessenger:
    messenger = PlayMessenger()
    await core.drain(messenger).settle()
    return messenger


async def available(core: Core) -> int:
    return (await core.ledger.balance(ACCOUNT)).available_fen


async def state(core: Core, trade: Trade) -> RefundState:
    return (await core.refunds.of_trade(trade.trade_id, FINANCE))[-1].state


async def test_an_approved_refund_is_sent_and_told(core: Core, provider: Refunding) -> None:
    trade, case_id = await asked(core, provider, 40_00)
    assert await available(core) == 100_00

    approved = await core.refunds.approve(case_id, REVIEWER)
    assert approved.result is Result.DONE
    assert await available(core) == 60_00
    assert await state(core, trade) is RefundState.SENDING

    told = (await settle(core)).told
    assert await state(core, trade) is RefundState.DONE
    assert provider.calls.count("refund") == 1
    sent = next(iter(provider.refunds.values()))
    assert sent.refund_fen == 40_00
    for kind in ("refund_decided", "refund_ended"):
        assert {n.person_id for n in told if n.kind == kind} == {CREATOR, FINANCE}
    opened = [n for n in told if n.kind == "case_opened"]
    assert {n.person_id for n in opened} == {REVIEWER, SECOND}
    history = await core.ledger.history(ACCOUNT)
    assert history[0].amount_fen == -40_00


async def test_a_refund_asked_again_with_the_same_key_is_the_same(
    core: Core, provider: Refunding
) -> None:
    trade = await paid(core, provider)
    refunds = await asyncio.gather(*(core.refunds.ask(request(trade)) for _ in range(5)))
    assert len({refund.refund_id for refund in refunds}) == 1
    assert len((await core.cases.waiting(REVIEWER))[0]) == 1


async def test_no_more_goes_back_than_was_paid(core: Core, provider: Refunding) -> None:
    trade = await paid(core, provider)
    await paid(core, provider, wish="W2")
    for fen in (0, -1, 100_01):
        with pytest.raises(AmountRefused):
            await core.refunds.ask(request(trade, fen))
    await core.refunds.ask(request(trade, 70_00))
    with pytest.raises(IllegalStep):  # one at a time
        await core.refunds.ask(request(trade, 10_00, "r2"))
    await core.refunds.approve(await claimed(core), REVIEWER)
    await settle(core)

    with pytest.raises(AmountRefused):
        await core.refunds.ask(request(trade, 30_01, "r3"))
    await core.refunds.ask(request(trade, 30_00, "r4"))
    await core.refunds.approve(await claimed(core), REVIEWER)
    await settle(core)
    with pytest.raises(AmountRefused):
        await core.refunds.ask(request(trade, 1, "r5"))
    assert await available(core) == 100_00


async def test_many_who_ask_at_once_are_one_refund(core: Core, provider: Refunding) -> None:
    trade = await paid(core, provider)
    results = await asyncio.gather(
        *(core.refunds.ask(request(trade, 60_00, f"k{n}")) for n in range(6)),
        return_exceptions=True,
    )
    assert len([item for item in results if isinstance(item, Refund)]) == 1
    assert len([item for item in results if isinstance(item, IllegalStep)]) == 5


@pytest.mark.parametrize("person", [VIEWER, MEMBER])
async def test_only_who_moves_money_asks_for_it_back(
    core: Core, provider: Refunding, person: PersonId
) -> None:
    trade = await paid(core, provider)
    with pytest.raises(NotAllowed):
        await core.refunds.ask(request(trade, person=person))
    with pytest.raises(NotLinked):
        await core.refunds.ask(request(trade, person=STRANGER))
    with pytest.raises(InvalidRequest):
        await core.refunds.ask(replace(request(trade), reason="  "))


async def test_a_removed_finance_person_is_refused(core: Core, provider: Refunding) -> None:
    trade = await paid(core, provider)
    members = await core.access.members(ACCOUNT)
    gone = next(item for item in members if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, gone.member_id)

    with pytest.raises(NotLinked):
        await core.refunds.ask(request(trade))
    with pytest.raises(NotLinked):
        await core.refunds.trades_of(trade.top_up_id, FINANCE)


async def test_a_reviewer_decides_no_case_of_an_account_of_theirs(
    core: Core, provider: Refunding
) -> None:
    _, case_id = await asked(core, provider)
    await core.cases.release(case_id, REVIEWER)
    await link(core, SECOND, Role.VIEWER)

    assert (await core.cases.waiting(SECOND))[0] == []
    with pytest.raises(NotFound):
        await core.cases.claim(case_id, SECOND)
    with pytest.raises(NotFound):
        await core.refunds.approve(case_id, SECOND)
    with pytest.raises(NotAllowed):
        await core.refunds.approve(case_id, CREATOR)
    with pytest.raises(NotFound):  # another desk's
        await core.refunds.approve(case_id, OPERATOR)


async def test_a_reviewer_who_joins_after_the_claim_is_refused(
    core: Core, provider: Refunding
) -> None:
    _, case_id = await asked(core, provider)
    await link(core, REVIEWER, Role.MEMBER)
    with pytest.raises(NotFound):
        await core.refunds.approve(case_id, REVIEWER)
    assert await available(core) == 100_00


async def test_nobody_reviews_their_own_ask_even_after_leaving(
    core: Core, provider: Refunding
) -> None:
    trade = await paid(core, provider)
    await core.refunds.ask(request(trade))
    members = await core.access.members(ACCOUNT)
    gone = next(item for item in members if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, gone.member_id)
    await core.access.add_staff(FINANCE, StaffRole.REVIEWER)

    assert (await core.cases.waiting(FINANCE))[0] == []
    case_id = await claimed(core)
    with pytest.raises(NotFound):
        await core.refunds.approve(case_id, FINANCE)


async def test_a_refused_refund_moves_nothing_and_says_why(
    core: Core, provider: Refunding
) -> None:
    trade, case_id = await asked(core, provider)
    refused = await core.refunds.refuse(case_id, REVIEWER, "请走线下")
    told = [n for n in (await settle(core)).told if n.kind == "refund_decided"]

    assert refused.result is Result.DONE
    assert await state(core, trade) is RefundState.REFUSED
    assert await available(core) == 100_00
    assert {n.facts["answer"] for n in told} == {"请走线下"}
    assert "refund" not in provider.calls
    again = await core.refunds.approve(case_id, REVIEWER)
    assert again.result is Result.DECIDED
    assert again.view.resolver_name == f"staff {REVIEWER}"


async def test_approving_and_refusing_at_once_is_one_decision(
    core: Core, provider: Refunding
) -> None:
    for number in range(50):
        trade = await paid(core, provider, 10_00, f"W{number}")
        await core.refunds.ask(request(trade, 10_00, f"r{number}"))
        case_id = await claimed(core)
        before = await available(core)
        results = await asyncio.gather(
            core.refunds.approve(case_id, REVIEWER),
            core.refunds.refuse(case_id, REVIEWER, "不同意"),
            core.refunds.approve(case_id, REVIEWER),
        )
        assert sorted(item.result for item in results) == [
            Result.DECIDED,
            Result.DECIDED,
            Result.DONE,
        ]
        moved = before - await available(core)
        assert moved == (0 if await state(core, trade) is RefundState.REFUSED else 10_00)


async def test_what_the_balance_does_not_cover_moves_nothing_and_can_be_tried_again(
    core: Core, provider: Refunding
) -> None:
    trade, case_id = await asked(core, provider)
    hold = HoldRequest(
        hold_id=HoldId("H1"),
        account_id=ACCOUNT,
        amount_fen=80_00,
        product="cvm",
        requested_by=None,
        expires_at=None,
    )
    await core.holds.place(hold)

    short = await core.refunds.approve(case_id, REVIEWER)
    assert short.result is Result.NOT_COVERED
    assert short.shortfall_fen == 80_00
    assert short.view.case.flag == "not_covered"
    assert await available(core) == 20_00
    assert await state(core, trade) is RefundState.ASKED

    await core.holds.release(HoldId("H1"))
    assert (await core.refunds.approve(case_id, REVIEWER)).result is Result.DONE
    await settle(core)
    assert await available(core) == 0


async def test_it_is_sent_once_though_the_job_runs_twice(core: Core, provider: Refunding) -> None:
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    refund = (await core.refunds.of_trade(trade.trade_id, FINANCE))[0]

    await asyncio.gather(*(core.refunds.send(refund.refund_id) for _ in range(4)))
    await settle(core)

    assert await state(core, trade) is RefundState.DONE
    assert len(provider.refunds) == 1
    assert await available(core) == 0


async def test_a_lost_answer_is_looked_up_and_not_sent_anew(
    core: Core, provider: Refunding, clock: PlayClock
) -> None:
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    provider.loses_answer = True
    await settle(core)
    assert await state(core, trade) is RefundState.SENDING

    clock.forward(seconds=31)
    await settle(core)
    assert await state(core, trade) is RefundState.DONE
    assert provider.calls.count("refund") == 1
    assert provider.calls.count("look_up_refund") == 1


async def test_a_refund_in_work_is_asked_about_with_growing_gaps(
    core: Core, provider: Refunding, clock: PlayClock
) -> None:
    provider.answers = Told.PROCESSING
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    for seconds in (31, 61, 301):
        await settle(core)
        clock.forward(seconds=seconds)
        await settle(core)
    assert provider.calls.count("look_up_refund") == 3
    assert await state(core, trade) is RefundState.SENDING

    provider.becomes(Told.DONE)
    clock.forward(seconds=601)
    await settle(core)
    assert await state(core, trade) is RefundState.DONE
    gaps = [(next_look(n, clock.now()) - clock.now()).total_seconds() for n in range(1, 9)]
    assert gaps == sorted(gaps)


@pytest.mark.parametrize("told", [Told.CLOSED, ProviderRefused("NOTENOUGH")])
async def test_a_refund_that_does_not_happen_comes_back(
    core: Core, provider: Refunding, told: Told | ProviderError
) -> None:
    trade, case_id = await asked(core, provider)
    if isinstance(told, ProviderError):
        provider.fail["refund"] = told
    else:
        provider.answers = told
    await core.refunds.approve(case_id, REVIEWER)
    notices = (await settle(core)).told

    assert await state(core, trade) is RefundState.FAILED
    assert await available(core) == 100_00
    ended = [n for n in notices if n.kind == "refund_ended"]
    assert {n.facts["outcome"] for n in ended} == {"failed"}
    after = await core.refunds.trade(trade.trade_id, FINANCE)
    assert after.rest_fen == 100_00  # it may be asked for again


async def test_an_abnormal_refund_waits_for_an_operator_and_the_money_stays_out(
    core: Core, provider: Refunding
) -> None:
    provider.answers = Told.ABNORMAL
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    assert await state(core, trade) is RefundState.SENDING
    assert await available(core) == 0

    by_hand = await claimed(core, OPERATOR)
    ended = await core.refunds.end_by_hand(by_hand, OPERATOR, Decision.DONE, "转账 8812")
    assert ended.result is Result.DONE
    assert await state(core, trade) is RefundState.DONE
    assert (await core.cases.waiting(OPERATOR))[0] == []


async def test_an_abnormal_refund_that_ends_by_itself_leaves_the_desk(
    core: Core, provider: Refunding
) -> None:
    provider.answers = Told.ABNORMAL
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    await core.refunds.record_report(provider.becomes(Told.DONE))
    assert await state(core, trade) is RefundState.DONE
    assert (await core.cases.waiting(OPERATOR))[0] == []


@pytest.mark.parametrize("decision", [Decision.DONE, Decision.FAILED])
async def test_a_channel_without_refunds_is_done_by_hand(
    core: Core, provider: Refunding, decision: Decision
) -> None:
    provider.can_refund = False
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    assert await state(core, trade) is RefundState.APPROVED
    assert await available(core) == 0
    assert "refund" not in provider.calls

    by_hand = await claimed(core, OPERATOR)
    results = await asyncio.gather(
        *(core.refunds.end_by_hand(by_hand, OPERATOR, decision, "note") for _ in range(3))
    )
    assert sorted(item.result for item in results) == ["decided", "decided", "done"]
    assert await available(core) == (0 if decision is Decision.DONE else 100_00)


async def test_a_refund_callback_lands_once(core: Core, provider: Refunding) -> None:
    provider.answers = Told.PROCESSING
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    report = provider.becomes(Told.CLOSED)
    landed = await asyncio.gather(*(core.refunds.record_report(report) for _ in range(8)))

    assert {item.state for item in landed} == {RefundState.FAILED}
    assert await available(core) == 100_00
    told = [n for n in (await settle(core)).told if n.kind == "refund_ended"]
    assert len(told) == 2  # the creator and the finance person, once each

    await core.refunds.record_report(replace(report, state=Told.DONE))
    cases, _ = await core.cases.waiting(OPERATOR)
    assert [view.case.facts["why"] for view in cases] == ["contradiction"]
    assert await state(core, trade) is RefundState.FAILED


async def test_a_callback_of_another_sum_is_a_case(core: Core, provider: Refunding) -> None:
    provider.answers = Told.PROCESSING
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    await core.refunds.record_report(replace(provider.becomes(Told.DONE), refund_fen=1))
    assert await state(core, trade) is RefundState.SENDING
    assert [v.case.kind for v in (await core.cases.waiting(OPERATOR))[0]] == ["refund_abnormal"]


async def test_a_callback_of_no_refund_of_ours_is_not_found(
    core: Core, provider: Refunding
) -> None:
    report = RefundReport(
        channel=Channel.WECHAT,
        refund_no="NOBODY",
        provider_refund_no="1",
        state=Told.DONE,
        refund_fen=1,
    )
    with pytest.raises(NotFound):
        await core.refunds.record_report(report)
    trade, _ = await asked(core, provider)
    refund = (await core.refunds.of_trade(trade.trade_id, FINANCE))[0]
    with pytest.raises(NotFound):  # nobody has approved it
        await core.refunds.record_report(replace(report, refund_no=refund.refund_id))
    assert await state(core, trade) is RefundState.ASKED


async def test_a_slow_refund_becomes_a_case_once(
    core: Core, provider: Refunding, clock: PlayClock
) -> None:
    provider.answers = Told.PROCESSING
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    for _ in range(3):
        clock.forward(days=8)
        await settle(core)
    cases, _ = await core.cases.waiting(OPERATOR)
    assert [view.case.facts["why"] for view in cases] == ["slow"]
    assert await state(core, trade) is RefundState.SENDING


async def test_a_refusal_after_an_unheard_try_is_a_case_and_nothing_comes_back(
    core: Core, provider: Refunding, clock: PlayClock
) -> None:
    provider.fail["refund"] = ProviderUnavailable("down")
    trade, case_id = await asked(core, provider)
    await core.refunds.approve(case_id, REVIEWER)
    await settle(core)
    provider.fail["refund"] = ProviderRefused("NO_AUTH")
    clock.forward(seconds=31)
    await settle(core)

    assert await available(core) == 0
    assert await state(core, trade) is RefundState.SENDING
    cases, _ = await core.cases.waiting(OPERATOR)
    assert [view.case.facts["why"] for view in cases] == ["unclear"]

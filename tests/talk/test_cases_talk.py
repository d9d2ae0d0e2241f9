"""The talk of the desk: list, claim, decide with a confirmation, and dead buttons after."""

from dataclasses import replace

import pytest

from bot.conversations.notices import screen_of
from core.access.model import Role
from core.app import Core
from core.cases.model import Decision
from core.ids import PersonId
from core.refunds.model import RefundRequest
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, available, on_desk, order, settle
from tests.people import ACCOUNT, FINANCE, MEMBER, OTHER_ACCOUNT, STRANGER, link
from tests.play import PlayClock, PlayProvider
from tests.talk.talk import Talk


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


@pytest.fixture
def reviewer(core: Core) -> Talk:
    return Talk(core, REVIEWER)


@pytest.fixture
def second(core: Core) -> Talk:
    return Talk(core, SECOND)


async def differing(core: Core, provider: PlayProvider) -> None:
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no, amount_fen=99_00))


async def asked(core: Core, provider: PlayProvider) -> None:
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    trade = (await core.refunds.trades(FINANCE, ACCOUNT))[0]
    await core.refunds.ask(
        RefundRequest(
            person_id=FINANCE,
            trade_id=trade.trade_id,
            amount_fen=100_00,
            reason="twice",
            key="k",
        )
    )


async def test_another_amount_is_claimed_and_credited(
    reviewer: Talk, core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    await differing(core, provider)
    clock.forward(hours=3)
    await reviewer.command("cases")
    await reviewer.press("¥99.00")
    for part in ("星河科技", "3 小时", "订单金额：¥100.00", "微信支付"):
        assert part in reviewer.last
    assert not [label for label in reviewer.labels() if "入账" in label]
    await reviewer.press("领取")
    await reviewer.press("入账")
    assert "星河科技" in reviewer.last
    assert await available(core) == 0
    await reviewer.press("确认")
    assert "已处理" in reviewer.last
    assert "结果：已入账" in reviewer.last
    assert await available(core) == 99_00
    assert not [label for label in reviewer.labels() if "领取" in label]


async def test_the_other_reviewer_sees_who_has_it_and_who_decided(
    reviewer: Talk, second: Talk, core: Core, provider: PlayProvider
) -> None:
    await differing(core, provider)
    await second.command("cases")
    await second.press("¥99.00")
    claim = second.find("领取")
    await reviewer.command("cases")
    await reviewer.press("¥99.00")
    await reviewer.press("领取")

    await second.hear(claim)
    assert f"staff {REVIEWER}" in second.last or f"person {REVIEWER}" in second.last
    assert not [label for label in second.labels() if "入账" in label]
    await reviewer.press("退回原渠道")
    await reviewer.say("渠道退款单 8812")
    confirm = reviewer.find("确认")
    await reviewer.hear(confirm)
    await reviewer.hear(confirm)  # a stale button redraws and never acts
    assert await on_desk(core, SECOND) == []
    await second.command("menu")
    told = (await settle(core)).told
    assert [n.kind for n in told if n.person_id == FINANCE][-1] == "case_decided"


async def test_money_of_no_order_asks_for_the_account(
    reviewer: Talk, core: Core, provider: PlayProvider
) -> None:
    view = await order(core)
    report = replace(provider.pay(view.payment.order_no), order_no="NOTOURS1234")
    await core.topups.record_payment(report)
    await core.access.save_account(OTHER_ACCOUNT, "远山网络")
    await reviewer.command("cases")
    await reviewer.press("¥100.00")
    await reviewer.press("领取")
    await reviewer.press("入账")
    await reviewer.say("12345")
    assert "没有这个账户" in reviewer.last
    await reviewer.say(OTHER_ACCOUNT)
    assert "远山网络" in reviewer.last
    await reviewer.press("确认")
    assert (await core.ledger.balance(OTHER_ACCOUNT)).available_fen == 100_00


async def test_a_refund_is_refused_with_a_reason(
    reviewer: Talk, core: Core, provider: PlayProvider
) -> None:
    await asked(core, provider)
    await reviewer.command("cases")
    await reviewer.press("退款申请")
    for part in ("理由：重复付款", "原付款：¥100.00", "申请人："):
        assert part in reviewer.last
    await reviewer.press("领取")
    await reviewer.press("拒绝")
    await reviewer.say("请走线下")
    await reviewer.press("确认")
    assert "结果：拒绝退款" in reviewer.last
    assert await available(core) == 100_00


async def test_a_refund_without_a_call_goes_to_an_operator_by_hand(
    reviewer: Talk, core: Core, provider: PlayProvider
) -> None:
    await asked(core, provider)
    await reviewer.command("cases")
    await reviewer.press("退款申请")
    await reviewer.press("领取")
    await reviewer.press("同意退款")
    await reviewer.press("确认")
    assert await available(core) == 0

    operator = Talk(core, OPERATOR, language="en")
    await operator.command("cases")
    await operator.press("Refund to be made by hand")
    await operator.press("Claim")
    await operator.press("Failed")
    await operator.say("account closed")
    await operator.press("Confirm")
    assert "Outcome: refund failed" in operator.last
    assert await available(core) == 100_00


async def test_a_claim_that_lapsed_has_to_be_taken_again(
    reviewer: Talk, core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    await differing(core, provider)
    await reviewer.command("cases")
    await reviewer.press("¥99.00")
    await reviewer.press("领取")
    await reviewer.press("入账")
    clock.forward(minutes=16)
    await reviewer.press("确认")
    assert "请重新领取" in reviewer.last
    assert await available(core) == 0
    await reviewer.press("领取")
    await reviewer.press("放回")
    assert "待处理" in reviewer.last


async def test_a_member_of_the_account_sees_none_of_its_cases(
    reviewer: Talk, core: Core, provider: PlayProvider
) -> None:
    await differing(core, provider)
    await reviewer.command("cases")
    open_it = reviewer.find("¥99.00")
    await link(core, REVIEWER, Role.MEMBER)
    await reviewer.hear(open_it)
    assert "¥99.00" not in reviewer.last
    await reviewer.command("cases")
    assert "没有待处理的事项" in reviewer.last


@pytest.mark.parametrize("person", [FINANCE, MEMBER, STRANGER])
async def test_people_without_a_desk_are_turned_away(
    core: Core, provider: PlayProvider, person: PersonId
) -> None:
    await differing(core, provider)
    talk = Talk(core, person)
    await talk.command("cases")
    assert "¥" not in talk.all


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("ending", ["refuse", "done", "failed"])
async def test_every_step_of_a_refund_is_told_in_words(
    core: Core, provider: PlayProvider, language: str, ending: str
) -> None:
    await asked(core, provider)
    case_id = (await on_desk(core, REVIEWER))[0].case.case_id
    await core.cases.claim(case_id, REVIEWER)
    if ending == "refuse":
        await core.refunds.refuse(case_id, REVIEWER, "no <way>")
    else:
        await core.refunds.approve(case_id, REVIEWER)
        by_hand = (await on_desk(core, OPERATOR))[0].case.case_id
        await core.cases.claim(by_hand, OPERATOR)
        await core.refunds.end_by_hand(by_hand, OPERATOR, Decision(ending), "8812")
    talk = Talk(core, FINANCE, language=language)
    told = (await settle(core)).told
    about_money = [notice for notice in told if notice.kind != "member_linked"]
    said = [talk.text(screen_of(notice).text) for notice in about_money]

    assert {n.kind for n in told} >= {"case_opened", "refund_decided"}
    assert ("refund_ended" in {n.kind for n in told}) is (ending != "refuse")
    for text in said:
        assert "¥100.00" in text
        assert "{" not in text

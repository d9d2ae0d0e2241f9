"""/help answers by situation: what waits first, what the person may do, and the next step."""

import pytest

from core.access.model import StaffRole
from core.app import Core
from core.errors import InsufficientBalance
from core.ids import PersonId
from core.remittance.model import RejectCode
from tests.desk import OPERATOR, REVIEWER, add_staff, order
from tests.holds.purse import fund, purchase
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock, PlayProvider
from tests.remittances import claimed, draft, submitted
from tests.talk.talk import Talk

pytestmark = pytest.mark.usefixtures("linked")


async def helped(core: Core, person: PersonId = FINANCE) -> Talk:
    talk = Talk(core, person)
    await talk.command("help")
    return talk


def first(talk: Talk) -> str:
    return talk.last.splitlines()[0]


async def block(core: Core, fen: int) -> None:
    with pytest.raises(InsufficientBalance):
        await core.holds.place(purchase("A", fen, product="云服务器"))


async def test_a_stranger_hears_both_ways_to_link_and_nothing_else(core: Core) -> None:
    talk = await helped(core, STRANGER)

    assert first(talk).startswith("🔗 您还没有绑定云账号")
    assert "费用中心" in talk.last
    assert "/members" in talk.last
    assert talk.labels() == ["🌐 语言"]


async def test_nothing_waits_and_the_role_says_what_it_may(core: Core) -> None:
    creator, finance = await helped(core, CREATOR), await helped(core)

    assert first(creator) == "✅ 没有等您处理的事。"
    assert "创建者" in creator.last
    assert "/members" in creator.last
    assert "/members" not in finance.last
    assert "不会向您索要密码" in finance.last


@pytest.mark.parametrize("person", [VIEWER, MEMBER])
async def test_who_may_not_top_up_is_led_to_asking_and_told_no_sum(
    core: Core, person: PersonId
) -> None:
    await fund(core, 1_000_00)
    await block(core, 5_000_00)
    talk = await helped(core, person)

    assert "/ask" in first(talk)
    assert "¥" not in talk.last
    await talk.press("求充值")
    assert "多少" in talk.last


async def test_a_blocked_purchase_comes_first_with_the_sum_that_is_missing(
    core: Core, provider: PlayProvider
) -> None:
    await fund(core, 1_000_00)
    await order(core)
    await block(core, 1_500_00)
    talk = await helped(core)

    assert first(talk).startswith("⛔ 1 笔购买在等充值，共缺 ¥500.00")
    await talk.press("充值 ¥500.00")
    assert "正好 ¥500.00" in talk.last


async def test_what_is_funded_by_now_asks_for_nothing(core: Core) -> None:
    await fund(core, 1_000_00)
    await block(core, 1_500_00)
    talk = await helped(core)
    await fund(core, 500_00)
    await talk.press("充值 ¥500.00")

    assert first(talk).startswith("🟢 余额已够")
    assert not any("¥500.00" in label for label in talk.labels())


async def test_an_unpaid_order_leads_to_its_card(core: Core, clock: PlayClock) -> None:
    view = await order(core)
    talk = await helped(core)

    assert first(talk).startswith("🧾 有一笔待支付：¥100.00 · 微信支付")
    assert view.payment.order_no in talk.last
    await talk.press("显示付款卡片")
    assert talk.shown[-1].subject == f"topup:{view.top_up.top_up_id}"
    assert "待支付" in talk.last

    clock.forward(minutes=31)
    assert first(await helped(core)) == "✅ 没有等您处理的事。"


async def test_an_order_of_somebody_else_is_not_told(core: Core) -> None:
    await order(core)

    assert "待支付" not in (await helped(core, CREATOR)).last


async def test_a_cancelled_order_is_not_told_and_its_button_does_nothing(core: Core) -> None:
    view = await order(core)
    talk = await helped(core)
    await core.topups.cancel(view.top_up.top_up_id, FINANCE)
    await talk.press("显示付款卡片")

    assert first(talk) == "✅ 没有等您处理的事。"


async def test_transfers_say_what_they_need(core: Core, clock: PlayClock) -> None:
    await add_staff(core)
    made = await submitted(core)
    assert f"汇款 {made.reference}（¥1,000.00）正在审核" in (await helped(core)).last

    await claimed(core, made)
    await core.reviews.ask(made.remittance_id, REVIEWER, "请补回单的第二页")
    talk = await helped(core)
    assert first(talk) == f"❓ 汇款 {made.reference}（¥1,000.00）需要您补充：请补回单的第二页"
    await talk.press(f"打开 {made.reference}")
    assert "需要您补充" in talk.last


async def test_a_rejected_transfer_says_why_until_it_was_made_anew_or_is_old(
    core: Core, clock: PlayClock
) -> None:
    await add_staff(core)
    made = await submitted(core)
    await claimed(core, made)
    await core.reviews.reject(made.remittance_id, REVIEWER, RejectCode.NOT_ARRIVED, "")
    assert first(await helped(core)).startswith(
        f"❌ 汇款 {made.reference}（¥1,000.00）未通过：款项未到账"
    )

    again = await core.remittances.resubmit(made.remittance_id, FINANCE, key="again")
    said = (await helped(core)).last
    assert made.reference not in said
    assert f"📝 汇款 {again.remittance.reference} 还没有提交" in said


async def test_an_old_rejection_is_history(core: Core, clock: PlayClock) -> None:
    await add_staff(core)
    made = await submitted(core)
    await claimed(core, made)
    await core.reviews.reject(made.remittance_id, REVIEWER, RejectCode.NOT_ARRIVED, "")
    clock.forward(days=15)

    assert made.reference not in (await helped(core)).last


async def test_a_draft_is_its_writers_alone(core: Core) -> None:
    made = await draft(core)

    assert made.reference in (await helped(core)).last
    assert made.reference not in (await helped(core, CREATOR)).last


async def test_staff_hear_their_commands(core: Core) -> None:
    await add_staff(core)
    reviewer, operator = await helped(core, REVIEWER), await helped(core, OPERATOR)

    assert "/queue" in first(reviewer)
    assert "/codes" in first(operator)
    assert "/queue" not in operator.last
    await reviewer.press("审核队列")
    assert "没有" in reviewer.last


async def test_staff_with_an_account_hear_both(core: Core) -> None:
    await core.access.add_staff(FINANCE, StaffRole.REVIEWER)
    talk = await helped(core)

    assert "/queue" in talk.last
    assert "/topup" in talk.last


async def test_help_in_english_says_the_same(core: Core) -> None:
    await fund(core, 1_000_00)
    await block(core, 1_500_00)
    talk = Talk(core, FINANCE, language="en")
    await core.access.choose_language(FINANCE, "en")
    await talk.command("help")

    assert first(talk).startswith("⛔ 1 purchase waits for funds, ¥500.00")


async def test_a_removed_person_gets_no_help_with_money(core: Core) -> None:
    await fund(core, 1_000_00)
    await block(core, 1_500_00)
    talk = await helped(core)
    mine = next(item for item in await core.access.members(ACCOUNT) if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, mine.member_id)
    await talk.press("充值 ¥500.00")

    assert "¥" not in talk.last

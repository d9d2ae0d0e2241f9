"""The talk of asking for money back."""

import pytest

from core.app import Core
from core.ids import PersonId, TopUpId
from core.inbox.model import Place
from tests.desk import REVIEWER, add_staff, on_desk, order
from tests.people import ACCOUNT, FINANCE, STRANGER, VIEWER
from tests.play import PlayProvider
from tests.talk.talk import Talk


@pytest.fixture(autouse=True)
async def paid(core: Core, provider: PlayProvider, linked: dict[str, PersonId]) -> None:
    await add_staff(core)
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))


@pytest.fixture
def finance(core: Core) -> Talk:
    return Talk(core, FINANCE)


async def test_a_part_of_a_payment_is_asked_back(finance: Talk, core: Core) -> None:
    await finance.command("refund")
    await finance.press("¥100.00 · 微信支付")
    assert "可退：¥100.00" in finance.last
    await finance.say("150")
    assert "1 到 100" in finance.last
    await finance.say("40")
    await finance.say("多付了")
    for part in ("¥40.00", "星河科技", "多付了", "微信支付"):
        assert part in finance.last
    await finance.press("确认")
    assert "已提交退款申请：¥40.00" in finance.last

    case = (await on_desk(core, REVIEWER))[0].case
    assert (case.kind, case.amount_fen, case.facts["reason"]) == ("refund", 40_00, "多付了")
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 100_00


async def test_all_of_it_with_a_ready_reason_in_english(core: Core) -> None:
    talk = Talk(core, FINANCE, language="en")
    await talk.command("refund")
    await talk.press("¥100.00 · WeChat Pay")
    await talk.press("All of it: ¥100.00")
    await talk.press("Paid twice")
    assert "Reason: Paid twice" in talk.last
    await talk.press("Confirm")
    assert "Your refund request was sent: ¥100.00" in talk.last
    assert (await on_desk(core, REVIEWER))[0].case.facts["reason"] == "twice"


async def test_a_confirmation_pressed_again_asks_once(finance: Talk, core: Core) -> None:
    await finance.command("refund")
    await finance.press("¥100.00")
    await finance.press("全部")
    await finance.press("重复付款")
    confirm = finance.find("确认")
    await finance.hear(confirm)
    await finance.hear(confirm)
    assert len(finance.toasts) == 1
    assert len(await on_desk(core, REVIEWER)) == 1

    await finance.command("refund")
    assert "没有可以退回的付款" in finance.last


async def test_it_is_entered_from_a_top_ups_card(finance: Talk, core: Core) -> None:
    await finance.command("menu")
    place = Place(
        chat_id=FINANCE,
        conversation="refund",
        state="choose",
        facts={"top_up": TopUpId("W1")},
        screen={},
        version=90,
        last_event="x",
        message_id=None,
    )
    await core.inbox.save_place(place)
    await finance.say("?")
    await finance.press("¥100.00")
    assert "可退：¥100.00" in finance.last


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "abc", "100.01"])
async def test_a_sum_that_cannot_be_read_leaves_the_step(finance: Talk, text: str) -> None:
    await finance.command("refund")
    await finance.press("¥100.00")
    await finance.say(text)
    assert "1 到 100" in finance.last
    await finance.press("全部")
    assert "¥100.00" in finance.last


@pytest.mark.parametrize("person", [VIEWER, STRANGER])
async def test_others_cannot_ask(core: Core, person: PersonId) -> None:
    talk = Talk(core, person)
    await talk.command("refund")
    assert "¥" not in talk.all


async def test_who_is_removed_on_the_way_is_turned_away(finance: Talk, core: Core) -> None:
    await finance.command("refund")
    await finance.press("¥100.00")
    await finance.press("全部")
    await finance.press("重复付款")
    members = await core.access.members(ACCOUNT)
    gone = next(item for item in members if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, gone.member_id)
    await finance.press("确认")
    assert "¥" not in finance.last
    assert await on_desk(core, REVIEWER) == []

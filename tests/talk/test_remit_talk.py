"""The finance person's talk: from the way of transfer to the outcome, losing nothing."""

import pytest

from bot.conversations.notices import screen_of
from core.app import Core
from core.ids import PersonId
from core.remittance.model import RejectCode, Remittance, RemittanceState, Way
from tests.desk import REVIEWER, add_staff, settle
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock
from tests.remittances import ACCOUNT_NAME, claimed, receipt, submitted
from tests.talk.talk import Talk


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


@pytest.fixture
def payer(core: Core) -> Talk:
    return Talk(core, FINANCE)


async def only(core: Core) -> Remittance:
    (found,) = (await core.remittances.listed(FINANCE, ACCOUNT))[0]
    return found


async def begin(payer: Talk, way: str = "电汇") -> None:
    await payer.command("remit")
    await payer.press(way)
    await payer.press("提交汇款信息")


async def filled(payer: Talk) -> None:
    """Up to the summary."""
    await begin(payer)
    for answer in ("12345.67", ACCOUNT_NAME, "2026-11-20", "CMB20261120001"):
        await payer.say(answer)
    await payer.attach(receipt(), caption="十一月服务费")


async def test_the_whole_way_in_chinese(payer: Talk, core: Core) -> None:
    await payer.command("remit")
    for label in ("财付通", "银行柜台现金存款", "支票", "电汇", "网上银行"):
        assert any(label in shown for shown in payer.labels())
    await payer.press("电汇")
    for part in (
        "腾讯云计算（北京）有限责任公司",
        "110907316810601",
        "招商银行股份有限公司北京上地支行",
        f"云服务费+{ACCOUNT}",
        (await only(core)).reference,
    ):
        assert part in payer.last
    assert len([label for label in payer.labels() if "📋" in label]) == 7
    await payer.press("提交汇款信息")
    assert "金额" in payer.last
    await payer.say("12,345.67元")
    assert "付款人" in payer.last
    await payer.press(ACCOUNT_NAME)
    assert "哪一天" in payer.last
    await payer.press("昨天")
    assert "流水号" in payer.last
    await payer.say("cmb 2026 1120")
    assert "回单" in payer.last
    await payer.attach(receipt(), caption="十一月服务费")
    for part in ("¥12,345.67", ACCOUNT_NAME, "2026-11-21", "CMB20261120", "十一月服务费", "1 个"):
        assert part in payer.last
    await payer.press("确认提交")
    found = await only(core)
    assert found.state is RemittanceState.SUBMITTED
    assert any(f"remit:{found.remittance_id}" == shown.subject for shown in payer.shown)
    for part in ("待审核", "前面还有 0 笔", "预计"):
        assert part in payer.all


async def test_english_has_every_word(core: Core) -> None:
    payer = Talk(core, FINANCE, language="en")
    await core.access.choose_language(FINANCE, "en")
    await payer.command("remit")
    for label in ("Tenpay", "Cash at a bank counter", "Cheque", "Wire transfer", "Online banking"):
        assert any(label in shown for shown in payer.labels())
    await payer.press("Wire transfer")
    await payer.press("Submit")
    for answer in ("100", ACCOUNT_NAME, "yesterday", "X1"):
        await payer.say(answer)
    await payer.attach(receipt())
    await payer.press("Confirm")
    assert "waiting for review" in payer.all
    assert (await only(core)).declared.amount_fen == 100_00


async def test_cash_asks_whether_the_counter_is_in_beijing(payer: Talk, core: Core) -> None:
    await payer.command("remit")
    await payer.press("现金")
    assert "北京" in payer.last
    assert (await core.remittances.listed(FINANCE, ACCOUNT))[0] == []
    await payer.press("返回")
    await payer.press("现金")
    await payer.press("确认")
    assert (await only(core)).way is Way.CASH


@pytest.mark.parametrize(
    ("answers", "wrong", "right"),
    [
        ((), "1,23", "1.23"),
        ((), "0", "0.01"),
        ((), "abc", "1万"),
        (("1",), "x" * 101, "x"),
        (("1", "x"), "2026-13-01", "20261120"),
        (("1", "x"), "2027-01-01", "今天"),
        (("1", "x"), "2025-01-01", "昨天"),
        (("1", "x", "今天"), "9" * 65, "9"),
    ],
)
async def test_a_wrong_answer_is_refused_and_asked_again(
    payer: Talk, core: Core, answers: tuple[str, ...], wrong: str, right: str
) -> None:
    await begin(payer)
    for answer in answers:
        await payer.say(answer)
    asked, before = payer.last, (await only(core)).declared
    await payer.say(wrong)
    assert asked in payer.last
    assert asked != payer.last
    assert (await only(core)).declared == before
    await payer.say(right)
    assert asked not in payer.last


async def test_the_amount_of_the_top_up_is_carried_over(payer: Talk, core: Core) -> None:
    await payer.command("topup")
    await payer.say("5000")
    await payer.press("线下汇款")
    await payer.press("网上银行")
    await payer.press("提交汇款信息")
    await payer.press("¥5,000.00")
    assert "付款人" in payer.last
    assert (await only(core)).declared.amount_fen == 5_000_00


async def test_start_in_mid_flow_loses_nothing(payer: Talk, core: Core) -> None:
    await begin(payer)
    await payer.say("88.80")
    await payer.say(ACCOUNT_NAME)
    await payer.command("start")
    again = Talk(core, FINANCE)  # another process: only what is kept counts
    await again.command("remit")
    await again.press("继续")
    assert "哪一天" in again.last
    assert (await only(core)).declared.amount_fen == 88_80


async def test_a_receipt_at_any_time_finds_the_draft_or_offers_one(
    payer: Talk, core: Core
) -> None:
    await payer.command("menu")
    await payer.attach(receipt(), caption="服务费")
    assert "收到 1 个文件" in payer.last
    assert (await core.remittances.listed(FINANCE, ACCOUNT))[0] == []
    await payer.attach(receipt(2))
    assert "收到 2 个文件" in payer.last
    await payer.press("新的线下汇款")
    await payer.press("支票")
    found = await only(core)
    view = await core.remittances.view(found.remittance_id, FINANCE)
    assert (len(view.files), found.declared.note) == (2, "服务费")
    await payer.command("balance")
    await payer.attach(receipt(3), name="回单.png", media_type="image/png")
    assert "共 3 个" in payer.last
    assert "金额" in payer.last


async def test_the_parts_of_an_album_attach_each(payer: Talk, core: Core) -> None:
    await begin(payer)
    for seed in (1, 2, 3):
        await payer.attach(receipt(seed), album="a")
        assert f"共 {seed} 个" in payer.last
    assert "金额" in payer.last
    await payer.say("1")
    await payer.say(ACCOUNT_NAME)
    await payer.say("今天")
    await payer.press("没有流水号")
    assert "确认提交" in "".join(payer.labels())


async def test_what_is_no_receipt_is_refused_and_the_draft_stays(payer: Talk, core: Core) -> None:
    await filled(payer)
    for content in (b"", b"MZ\x90\x00", b"GIF89a" + b"\x00" * 20, b"%PDF-1.7 broken"):
        await payer.attach(content, name="回单.pdf", media_type="application/pdf")
        assert "汇款编号" in payer.last or "汇款 " in payer.last
        view = await core.remittances.view((await only(core)).remittance_id, FINANCE)
        assert len(view.files) == 1
    await payer.press("确认提交")
    assert (await only(core)).state is RemittanceState.SUBMITTED


async def test_every_part_can_be_changed_under_edit(payer: Talk, core: Core) -> None:
    await filled(payer)
    changes = {
        "金额": "99",
        "付款人": "远山网络",
        "付款账号": "6214831234567890",
        "汇款日期": "20261119",
        "银行流水号": "ZZ9",
        "备注": "新备注",
    }
    for field, value in changes.items():
        await payer.press("修改")
        await payer.press(field)
        await payer.say(value)
        assert "确认提交" in "".join(payer.labels())
    await payer.press("修改")
    await payer.press("途径")
    await payer.press("支票")
    for part in ("¥99.00", "远山网络", "7890", "2026-11-19", "ZZ9", "新备注", "支票"):
        assert part in payer.last
    assert "62148312" not in payer.last


async def test_after_submitting_it_is_changed_or_taken_back_until_claimed(
    payer: Talk, core: Core, clock: PlayClock
) -> None:
    await filled(payer)
    await payer.press("确认提交")
    await payer.press("修改")
    await payer.press("金额")
    await payer.say("100")
    assert (await only(core)).declared.amount_fen == 100_00
    await claimed(core, await only(core))
    await payer.command("status")
    await payer.press("¥100.00")
    assert not [label for label in payer.labels() if "撤回" in label or "修改" in label]
    clock.forward(minutes=16)
    await payer.command("status")
    await payer.press("¥100.00")
    await payer.press("撤回")
    await payer.press("确认撤回")
    assert (await only(core)).state is RemittanceState.WITHDRAWN


async def test_a_rejection_is_read_and_submitted_again_with_one_button(
    payer: Talk, core: Core
) -> None:
    await filled(payer)
    await payer.press("确认提交")
    found = await only(core)
    await claimed(core, found)
    await core.reviews.reject(found.remittance_id, REVIEWER, RejectCode.RECEIPT_UNREADABLE, "重拍")
    (notice,) = [one for one in (await settle(core)).told if one.person_id == FINANCE]
    text = payer.text(screen_of(notice).text)
    for part in ("未通过", "回单看不清", "重拍", "¥12,345.67", found.reference):
        assert part in text
    await payer.command("remit_next")
    assert "CMB20261120001" in payer.last
    await payer.press("确认提交")
    states = {item.state for item in (await core.remittances.listed(FINANCE, ACCOUNT))[0]}
    assert states == {RemittanceState.REJECTED, RemittanceState.SUBMITTED}

    newer = next(
        item
        for item in (await core.remittances.listed(FINANCE, ACCOUNT))[0]
        if item.state is RemittanceState.SUBMITTED
    )
    await claimed(core, newer)
    await core.reviews.ask(newer.remittance_id, REVIEWER, "请补发第二页")
    await payer.command("remit_next")
    assert "请补发第二页" in payer.last  # what was replaced waits for nobody


async def test_more_is_asked_for_and_answered(payer: Talk, core: Core) -> None:
    await filled(payer)
    await payer.press("确认提交")
    found = await only(core)
    await claimed(core, found)
    await core.reviews.ask(found.remittance_id, REVIEWER, "请补发第二页")
    await settle(core)
    await payer.command("remit_next")
    assert "请补发第二页" in payer.last
    await payer.say("这是第二页")
    assert "这是第二页" in payer.last
    await payer.attach(receipt(2))
    await payer.command("start")
    await payer.attach(receipt(3))  # a picture out of the blue goes where it was asked for
    await payer.press("提交补充")
    assert "待审核" in payer.last
    view = await core.remittances.view(found.remittance_id, FINANCE)
    assert len(view.files) == 3
    await payer.command("status")
    await payer.press(found.reference)
    for part in ("要求补充：请补发第二页", "补充：这是第二页"):
        assert part in payer.last


async def test_who_may_not_remit_is_turned_away(core: Core) -> None:
    found = await submitted(core)
    for person, refused in ((VIEWER, "不能进行"), (MEMBER, "不能进行"), (STRANGER, "没有绑定")):
        talk = Talk(core, person)
        await talk.command("remit")
        assert refused in talk.last
        await talk.attach(receipt())
        assert refused in talk.last
    viewer = Talk(core, VIEWER)
    await viewer.command("status")
    await viewer.press(found.reference)
    assert "¥1,000.00" in viewer.last
    member = Talk(core, MEMBER)
    await member.command("status")
    assert "不能进行" in member.last
    assert "¥" not in member.all


async def test_a_colleague_sees_what_was_submitted_and_not_the_draft(core: Core) -> None:
    payer, creator = Talk(core, FINANCE), Talk(core, CREATOR)
    await begin(payer)
    await creator.command("status")
    assert "没有汇款记录" in creator.last
    await creator.attach(receipt())
    assert "收到 1 个文件" in creator.last

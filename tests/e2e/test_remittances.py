"""Offline remittances over HTTP: a finance person and two reviewers, from the way to the money."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.telegram.person import Person, text_of
from tests.banklines.statements import FIRST, Paid, mt940
from tests.e2e.bots import Launcher
from tests.e2e.company import (
    EN,
    PATIENCE_S,
    ZH,
    Company,
    count_told,
    found,
    has_button,
    told,
)
from tests.e2e.desk import (
    EN_DESK,
    PAYEE,
    ZH_DESK,
    DeskWords,
    approve,
    card,
    claim,
    dead_card,
    reviewer,
    submit,
)
from tests.e2e.installation import Installation, installation
from tests.remittances import receipt

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("remittances")
    async with installation(folder, start=launcher.start, settings=PAYEE) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(place: Installation) -> tuple[Person, Person]:
    return (await reviewer(place, "审核甲"), await reviewer(place, "审核乙"))


@pytest_asyncio.fixture(loop_scope="session")
async def company(place: Installation) -> AsyncIterator[Company]:
    yield await found(place)
    await place.check()


@pytest.mark.parametrize("words", [ZH_DESK, EN_DESK], ids=["zh", "en"])
async def test_submitted_claimed_approved_and_credited(
    company: Company, desk: tuple[Person, Person], words: DeskWords
) -> None:
    one, other = desk
    payer = await company.join("finance", EN if words is EN_DESK else ZH)
    reference = await submit(payer, words, "12345.67", "星河科技")

    seen = await card(one, reference, "领取")
    for part in ("¥12,345.67", "星河科技", company.account_id, "CMB2026112401"):
        assert part in text_of(seen)
    await card(other, reference, "领取")
    await claim(one, reference, ZH_DESK)
    await dead_card(other, reference)
    decided = await card(one, reference, "通过")
    await one.press_on(decided["message_id"], "通过")
    asked = await one.wait(lambda message: has_button(message, "确认"), timeout_s=PATIENCE_S)
    assert "¥12,345.67" in text_of(asked)
    assert await company.available_fen() == 0
    await one.press_on(asked["message_id"], "确认")
    arrived = await told(payer, EN.arrived if words is EN_DESK else ZH.arrived, reference)
    assert "¥12,345.67" in text_of(arrived)
    assert await company.available_fen() == 12_345_67
    for person in desk:
        await dead_card(person, reference)
    (entry,) = await company.entries()
    assert (entry["kind"], entry["channel"], entry["reference"]) == (
        "remittance",
        "remittance",
        reference,
    )


async def test_rejected_read_and_submitted_again(
    company: Company, desk: tuple[Person, Person]
) -> None:
    one, _ = desk
    payer = await company.join("finance")
    reference = await submit(payer, ZH_DESK, "800", "星河科技", serial="R1", seed=2)
    found_card = await claim(one, reference, ZH_DESK)
    await one.press_on(found_card["message_id"], "驳回")
    await one.wait(lambda message: has_button(message, "回单看不清"), timeout_s=PATIENCE_S)
    await one.press("回单看不清")
    await one.wait("补充说明", timeout_s=PATIENCE_S)
    await one.say("请重拍")
    await one.wait(lambda message: has_button(message, "确认驳回"), timeout_s=PATIENCE_S)
    await one.press("确认驳回")
    notice = await told(payer, "汇款未通过", reference, "请重拍", "回单看不清")
    await payer.press_on(notice["message_id"], "下一步")
    await payer.wait(lambda message: has_button(message, "确认提交"), timeout_s=PATIENCE_S)
    await payer.photo(receipt(3, form="JPEG"))
    await payer.wait("共 2 个", timeout_s=PATIENCE_S)
    await payer.press("确认提交")
    again = text_of(await payer.wait("待审核", timeout_s=PATIENCE_S))
    assert reference not in again
    assert await company.available_fen() == 0
    assert await count_told(payer, "已到账") == 0


async def test_more_is_asked_for_and_the_case_comes_back(
    company: Company, desk: tuple[Person, Person]
) -> None:
    one, _ = desk
    payer = await company.join("finance")
    reference = await submit(payer, ZH_DESK, "900", "星河科技", serial="R2", seed=4)
    found_card = await claim(one, reference, ZH_DESK)
    await one.press_on(found_card["message_id"], "需补充")
    await one.wait("补充什么", timeout_s=PATIENCE_S)
    await one.say("请补发第二页")
    notice = await told(payer, "汇款需要补充", reference, "请补发第二页")
    await payer.press_on(notice["message_id"], "下一步")
    await payer.wait(lambda message: has_button(message, "提交补充"), timeout_s=PATIENCE_S)
    await payer.say("第二页见附件")
    await payer.wait("第二页见附件", timeout_s=PATIENCE_S)
    await payer.photo(receipt(5, form="JPEG"))
    await payer.wait("共 2 个", timeout_s=PATIENCE_S)
    await payer.press("提交补充")
    back = await one.wait(
        lambda message: (
            message["message_id"] > found_card["message_id"]
            and bool(message.get("photo"))
            and "第二页见附件" in text_of(message)
        ),
        timeout_s=PATIENCE_S,
        since=-1,
    )
    assert has_button(back, "通过")
    await one.press_on(back["message_id"], "通过")
    await one.wait(lambda message: has_button(message, "确认"), timeout_s=PATIENCE_S)
    await one.press("确认 ¥900.00")
    await told(payer, "已到账", reference)
    assert await company.available_fen() == 900_00


async def test_a_large_sum_takes_two_reviewers(
    company: Company, desk: tuple[Person, Person]
) -> None:
    one, other = desk
    payer = await company.join("finance")
    reference = await submit(payer, ZH_DESK, "50000.01", "星河科技", serial="R3", seed=6)
    await approve(one, reference, ZH_DESK)
    await told(one, "需要另一位审核员复核")
    assert await company.available_fen() == 0
    await dead_card(one, reference)
    alike = await card(other, reference, "领取")
    assert "初审" in text_of(alike)
    await approve(other, reference, ZH_DESK)
    await told(payer, "已到账", reference)
    assert await company.available_fen() == 50_000_01


async def test_a_statement_is_sent_matched_and_approved_at_once(
    company: Company, desk: tuple[Person, Person]
) -> None:
    one, _ = desk
    payer = await company.join("finance")
    found = [
        await submit(payer, ZH_DESK, yuan, "星河科技", serial=f"B{yuan}", seed=int(yuan))
        for yuan in ("611", "622")
    ]
    lines = [
        Paid(fen=611_00, remark=found[0], number="L1"),
        Paid(fen=622_00, remark=f"服务费 {found[1].lower()}", number="L2"),
        Paid(fen=633_00, payer="星河科技", number="L3"),
    ]
    await one.document(mt940(lines), name="statement.sta")
    await one.wait("新增 3 笔", timeout_s=PATIENCE_S)
    await one.press("查看完全一致的")
    listed = await one.wait(lambda message: has_button(message, "全部通过"), timeout_s=PATIENCE_S)
    assert all(reference in text_of(listed) for reference in found)
    assert await company.available_fen() == 0
    await one.press("全部通过（2 笔，¥1,233.00）")
    await told(one, "已通过 2 笔")
    for reference in found:
        await told(payer, "已到账", reference)

    await payer.say("/remit")
    await payer.wait(lambda message: has_button(message, "款已到账"), timeout_s=PATIENCE_S)
    await payer.press("款已到账")
    for question, answer in (("金额", "633"), ("哪一天", str(FIRST)), ("付款人", "星河科技")):
        await payer.wait(question, timeout_s=PATIENCE_S)
        await payer.say(answer)
    await payer.wait(lambda message: has_button(message, "这一笔是我们的"), timeout_s=PATIENCE_S)
    await payer.press("这一笔是我们的")
    await told(payer, "流水已为这笔汇款保留")
    brought = await told(one, "¥633.00", "已对应流水", "汇款审核")
    await one.press_on(brought["message_id"], "领取")
    await one.wait(lambda message: has_button(message, "驳回"), timeout_s=PATIENCE_S, since=-1)
    await one.press_on(brought["message_id"], "通过")
    await one.wait(lambda message: has_button(message, "确认 ¥633.00"), timeout_s=PATIENCE_S)
    await one.press("确认 ¥633.00")
    await told(payer, "已到账", "¥633.00")
    assert await company.available_fen() == 1_866_00


async def test_a_receipt_out_of_the_blue_and_a_restart_lose_nothing(
    place: Installation, company: Company
) -> None:
    payer = await company.join("finance")
    await payer.say("/balance")
    await payer.document(receipt(7), name="回单.png", caption="服务费")
    await payer.wait("收到 1 个文件", timeout_s=PATIENCE_S)
    await payer.press("新的线下汇款")
    await payer.wait(lambda message: has_button(message, "支票"), timeout_s=PATIENCE_S)
    await payer.press("支票")
    await payer.wait(lambda message: has_button(message, "提交汇款信息"), timeout_s=PATIENCE_S)
    await payer.press("提交汇款信息")
    await payer.wait("汇款金额", timeout_s=PATIENCE_S)
    await payer.say("77.70")
    await payer.wait("付款人", timeout_s=PATIENCE_S)
    await place.kill()
    await place.start()
    await payer.say("/start")
    await payer.wait(lambda message: has_button(message, "线下汇款"), timeout_s=PATIENCE_S)
    await payer.say("/remit")
    await payer.wait(lambda message: has_button(message, "继续"), timeout_s=PATIENCE_S)
    await payer.press("继续")
    await payer.wait("付款人", timeout_s=PATIENCE_S)
    await payer.say("星河科技")
    await payer.wait("哪一天", timeout_s=PATIENCE_S)
    await payer.say("昨天")
    await payer.wait("流水号", timeout_s=PATIENCE_S)
    await payer.press("没有流水号")
    summary = text_of(await payer.wait("回单：1 个", timeout_s=PATIENCE_S))
    for part in ("¥77.70", "支票", "服务费"):
        assert part in summary


async def test_hostile_files_are_refused_and_the_draft_stays(company: Company) -> None:
    payer = await company.join("finance")
    await payer.say("/remit")
    await payer.wait(lambda message: has_button(message, "电汇"), timeout_s=PATIENCE_S)
    await payer.press("电汇")
    await payer.wait("110907316810601", timeout_s=PATIENCE_S)
    for content, name in ((b"MZ\x90\x00evil", "回单.pdf"), (b"%PDF-1.4\nbroken", "a.pdf")):
        await payer.document(content, name=name)
        await payer.wait("PDF", timeout_s=PATIENCE_S)
    assert await count_told(payer, "📎 已收到回单") == 0
    await payer.document(receipt(8), name="good.png")
    await payer.wait("共 1 个", timeout_s=PATIENCE_S)

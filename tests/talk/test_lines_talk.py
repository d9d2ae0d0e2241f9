"""The bank's lines in the chat: statements of reviewers, and what a payer may find in them."""

import shutil
from pathlib import Path

import pyotp
import pytest

from bot.conversations.model import Command
from bot.conversations.review_card import ReviewCards
from core.access.model import Role
from core.app import Core
from core.ids import PersonId
from core.remittance.model import RemittanceState
from tests.banklines.statements import Paid, english, merchants_bank, mt940, sheet
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, available
from tests.people import ACCOUNT, FINANCE, OTHER_ACCOUNT, VIEWER, link
from tests.play import START, PlayClock
from tests.remittances import ACCOUNT_NAME, submitted
from tests.talk.talk import Talk
from tests.talk.test_review_talk import LARGE, receive

TODAY = START.date()
OUTSIDER = PersonId(21)


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """SQLite alone: `tests/core/test_review_lines.py` has the SQL of both."""
    shutil.copy(migrated_sqlite, tmp_path / "topup.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'topup.db'}"


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


@pytest.fixture
def reviewer(core: Core) -> Talk:
    return Talk(core, REVIEWER)


def paid(fen: int, remark: str = "云服务费", *, payer: str = ACCOUNT_NAME) -> Paid:
    return Paid(fen=fen, payer=payer, remark=remark, number=f"N{fen}", day=TODAY)


async def send(talk: Talk, content: bytes, name: str = "流水.sta") -> None:
    await talk.attach(content, name=name, media_type="application/octet-stream")


async def test_a_statement_is_sent_and_its_outcome_told(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await reviewer.command("menu")
    await reviewer.press("银行流水")
    assert "尚未对应的到账：0 笔" in reviewer.last
    lines = [paid(1_000_00, found.reference), paid(8_00, payer="别家"), paid(9_00, "x")]
    await send(reviewer, mt940([*lines, Paid(fen=5, out=True, number="OUT")]))
    for part in ("新增 3 笔，已有 0 笔", "支出 1 笔", "完全一致：1", "没有对应：2"):
        assert part in reviewer.last
    await send(reviewer, mt940(lines))
    assert "新增 0 笔，已有 3 笔" in reviewer.last
    assert await available(core) == 0


async def test_a_reviewer_may_send_it_from_anywhere(reviewer: Talk) -> None:
    await reviewer.command("queue")
    await send(reviewer, mt940([paid(1)]), name="statement")
    assert "新增 1 笔" in reviewer.last
    await send(reviewer, b"%PDF-1.4\n", name="a.pdf")
    assert "这不是能读的对账单" in reviewer.last


async def test_a_reviewer_who_also_pays_sends_statements_and_receipts(core: Core) -> None:
    await link(core, REVIEWER, Role.FINANCE)
    both = Talk(core, REVIEWER)
    await both.command("menu")
    await send(both, english([paid(1)]), name="流水.CSV")
    assert "这份流水是一张表格" in both.last
    await both.command("menu")
    await both.attach(b"\xff\xd8\xff", name="")
    assert "收到 1 个文件" in both.last
    await both.command("lines")
    await both.attach(b"\xff\xd8\xff", name="")
    assert "这不是能读的对账单" in both.last


@pytest.mark.parametrize("make", [merchants_bank, english, sheet], ids=["gbk", "utf8", "xlsx"])
async def test_the_columns_of_a_table_are_asked_once(reviewer: Talk, make: object) -> None:
    await reviewer.command("lines")
    await send(reviewer, make([paid(1_00)]), name="流水.csv")  # type: ignore[operator]
    assert "请核对" in reviewer.last
    assert ACCOUNT_NAME in reviewer.last
    assert "U+" not in reviewer.last
    await reviewer.press("确认并导入")
    assert "新增 1 笔" in reviewer.last
    await send(reviewer, make([paid(2_00)]), name="流水.csv")  # type: ignore[operator]
    assert "新增 1 笔" in reviewer.last


async def test_columns_nobody_knows_are_chosen(reviewer: Talk, core: Core) -> None:
    await reviewer.command("lines")
    table = "何时;多少;谁;为何\n2026-11-22;12.50;远山;货款\n2026-11-22;-3;海;费\n"
    await send(reviewer, table.encode(), name="a.csv")
    assert "看不出" in reviewer.last
    assert "确认并导入" not in "".join(reviewer.labels())
    for field, column in (("日期", "何时"), ("金额（收支同列）", "多少"), ("付款人", "谁")):
        await reviewer.press(field)
        await reviewer.press(column)
    await reviewer.press("附言")
    await reviewer.press("为何")
    await reviewer.press("附言")
    assert "✓ 为何" in "".join(reviewer.labels())
    await reviewer.press("返回")
    for part in ("何时", "2026-11-22", "12.50", "远山"):
        assert part in reviewer.last
    await reviewer.press("确认并导入")
    assert "新增 1 笔" in reviewer.last
    (line,), _ = await core.banklines.waiting(REVIEWER)
    assert (line.amount_fen, line.payer_name, line.remark) == (12_50, "远山", "货款")


async def test_a_wrong_choice_of_columns_is_said_and_can_be_mended(reviewer: Talk) -> None:
    await reviewer.command("lines")
    await send(reviewer, english([paid(1_00)]), name="a.csv")
    await reviewer.press("收入金额")
    await reviewer.press("Date")
    await reviewer.press("金额（收支同列）")
    await reviewer.press("Amount")
    await reviewer.press("日期")
    await reviewer.press("没有这一列")
    assert "确认并导入" not in "".join(reviewer.labels())
    await reviewer.press("日期")
    await reviewer.press("Date")
    await reviewer.press("确认并导入")
    assert "新增 1 笔" in reviewer.last


async def test_the_card_shows_the_best_line_and_a_confirmation_takes_it(
    reviewer: Talk, core: Core
) -> None:
    found = await submitted(core)
    await send(reviewer, mt940([paid(1_000_00, found.reference)]))
    await receive(reviewer, found)
    for part in ("一致的流水", "¥1,000.00", "附言有汇款编号", "付款人一致", "日期一致"):
        assert part in reviewer.last
    await reviewer.press("领取")
    await reviewer.press("通过")
    assert "即对应流水" in reviewer.last
    assert "不对应流水" in "".join(reviewer.labels())
    await reviewer.press("✅ 确认 ¥1,000.00")
    assert "已对应流水" in reviewer.last
    assert await available(core) == 1_000_00
    assert (await core.banklines.waiting(REVIEWER))[0] == []


async def test_a_line_that_only_may_be_right_is_taken_by_its_own_button(
    reviewer: Talk, core: Core
) -> None:
    found = await submitted(core)
    await send(reviewer, mt940([paid(1_000_00)]))
    await receive(reviewer, found)
    assert "可能的流水" in reviewer.last
    await reviewer.press("领取")
    await reviewer.press("通过")
    assert "即对应流水" not in reviewer.last
    late = reviewer.find("🏦 确认 ¥1,000.00")
    (line,), _ = await core.banklines.waiting(REVIEWER)
    await core.banklines.ignore(SECOND, line.line_id, "利息")
    await reviewer.hear(late)
    assert "重新选择" in reviewer.last
    assert await available(core) == 0
    await core.banklines.reopen(SECOND, line.line_id, "看错了")
    await reviewer.press("通过")
    await reviewer.press("🏦 确认 ¥1,000.00")
    assert await available(core) == 1_000_00
    assert (await core.banklines.waiting(REVIEWER))[0] == []


async def test_all_exact_matches_are_listed_asked_once_and_decided_each(
    reviewer: Talk, core: Core
) -> None:
    found = [
        await submitted(core, key=f"k{fen}", seed=fen, serial=f"S{fen}", fen=fen)
        for fen in (100_00, 200_00, LARGE)
    ]
    lines = [paid(int(item.declared.amount_fen or 0), item.reference) for item in found]
    await send(reviewer, mt940([*lines, paid(5)]))
    await reviewer.press("完全一致的（3）")
    for item in found:
        assert item.reference in reviewer.last
    assert await available(core) == 0
    confirm = reviewer.find("全部通过（3 笔")
    later = await submitted(core, key="later", seed=77, serial="S77", fen=300_00)
    await send(Talk(core, SECOND), mt940([paid(300_00, later.reference)]))
    event = await reviewer.event(confirm)
    await reviewer.repeat(event)
    assert "已通过 2 笔，共 ¥300.00" in reviewer.last
    assert "1 笔已记录您的初审" in reviewer.last
    assert await available(core) == 300_00
    state = (await core.remittances.view(later.remittance_id, FINANCE)).remittance.state
    assert state is RemittanceState.SUBMITTED
    for item in found[:2]:
        view = await core.reviews.view(item.remittance_id, SECOND)
        assert [one.person_id for one in view.decisions] == [REVIEWER]


async def test_what_somebody_else_decided_meanwhile_is_said(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await send(reviewer, mt940([paid(1_000_00, found.reference)]))
    await reviewer.press("完全一致的（1）")
    await core.reviews.claim(found.remittance_id, SECOND)
    await reviewer.press("全部通过")
    assert "已通过 0 笔" in reviewer.last
    assert f"{found.reference} ¥1,000.00 未通过：" in reviewer.last


async def test_a_code_is_asked_for_before_all_are_approved(
    reviewer: Talk, core: Core, clock: PlayClock
) -> None:
    secret = (await core.step_up.enrol(REVIEWER)).secret
    await core.step_up.switch_on(REVIEWER, pyotp.TOTP(secret).at(clock.now()))
    clock.forward(minutes=6)
    found = await submitted(core)
    await send(reviewer, mt940([paid(1_000_00, found.reference)]))
    await reviewer.press("完全一致的（1）")
    await reviewer.press("全部通过")
    assert "动态码" in reviewer.last
    assert await available(core) == 0
    await reviewer.say(pyotp.TOTP(secret).at(clock.now()))
    assert found.reference in reviewer.last
    await reviewer.press("全部通过")
    assert await available(core) == 1_000_00


async def test_an_approval_goes_on_after_the_code(
    reviewer: Talk, core: Core, clock: PlayClock
) -> None:
    secret = (await core.step_up.enrol(REVIEWER)).secret
    await core.step_up.switch_on(REVIEWER, pyotp.TOTP(secret).at(clock.now()))
    clock.forward(minutes=6)
    found = await submitted(core)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("通过")
    await reviewer.press("确认 ¥1,000.00")
    assert "动态码" in reviewer.last
    assert await available(core) == 0
    await reviewer.say(pyotp.TOTP(secret).at(clock.now()))
    await reviewer.press("确认 ¥1,000.00")
    assert await available(core) == 1_000_00


async def test_a_line_is_set_aside_with_a_note_and_put_back(reviewer: Talk, core: Core) -> None:
    await send(reviewer, mt940([paid(number) for number in range(1, 13)]))
    await reviewer.press("尚未对应")
    await reviewer.press("下一页")
    assert len([label for label in reviewer.labels() if "¥" in label]) == 2
    await reviewer.press("上一页")
    await reviewer.press("¥0.01")
    assert ACCOUNT_NAME in reviewer.last
    await reviewer.press("不是汇款")
    await reviewer.say("利息")
    for part in ("已记录", "状态：不是汇款", "说明：利息"):
        assert part in reviewer.last
    await reviewer.press("恢复")
    await reviewer.say("看错了")
    assert "尚未对应" in reviewer.last
    await reviewer.press("已退回付款方")
    await reviewer.say(" ")
    assert "1 到 500" in reviewer.last
    await reviewer.press("返回")
    await reviewer.press("已退回付款方")
    await reviewer.say("当日原路退回")
    assert "状态：已退回付款方" in reviewer.last
    assert "恢复" not in "".join(reviewer.labels())


async def test_a_line_leads_to_what_it_may_be_of(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await submitted(core, key="k2", seed=2, serial="S2", fen=5)
    await send(reviewer, mt940([paid(1_000_00), paid(7_00)]))
    await reviewer.press("尚未对应")
    await reviewer.press("¥7.00")
    assert not [label for label in reviewer.labels() if "🧾" in label]
    await reviewer.press("返回")
    await reviewer.press("¥1,000.00")
    assert len([label for label in reviewer.labels() if "🧾" in label]) == 1
    late = reviewer.find(found.reference)
    await reviewer.hear(late)
    assert "可能的流水" in reviewer.last
    await link(core, REVIEWER, Role.VIEWER)
    await reviewer.command("lines")
    await reviewer.press("尚未对应")
    await reviewer.press("¥1,000.00")
    assert not [label for label in reviewer.labels() if "🧾" in label]


async def test_nobody_but_reviewers_sees_lines(reviewer: Talk, core: Core) -> None:
    await send(reviewer, mt940([paid(1_000_00)]))
    for person in (FINANCE, VIEWER, OPERATOR):
        talk = Talk(core, person)
        await talk.command("lines")
        await send(talk, mt940([paid(2_00)]))
        assert "¥" not in talk.last
        assert "导入" not in talk.all
    assert len((await core.banklines.waiting(REVIEWER))[0]) == 1
    await reviewer.command("lines")
    await core.access.remove_staff(REVIEWER)
    await reviewer.press("尚未对应")
    assert "¥" not in reviewer.last


# --- who paid -----------------------------------------------------------------------------------


async def ask(talk: Talk, fen: str, payer: str) -> None:
    await talk.command("remit")
    await talk.press("款已到账")
    await talk.say(fen)
    await talk.say("20261122")
    await talk.say(payer)


async def test_this_one_is_ours(reviewer: Talk, core: Core) -> None:
    await send(reviewer, mt940([paid(1_000_00, "给海风数据的货款")]))
    payer = Talk(core, FINANCE)
    await ask(payer, "1000", ACCOUNT_NAME)
    assert "找到了" in payer.last
    assert "海风" not in payer.all
    assert "N100000" not in payer.all
    await payer.press("这一笔是我们的")
    assert "流水已为这笔汇款保留" in payer.last
    ((found,), _) = await core.remittances.listed(FINANCE, ACCOUNT)
    assert found.state is RemittanceState.SUBMITTED

    screen = await ReviewCards(core).screen(f"review:{found.remittance_id}", REVIEWER)
    assert screen is not None
    assert screen.image is None
    await receive(reviewer, found)
    assert "已对应流水" in reviewer.last
    await reviewer.press("领取")
    await reviewer.press("通过")
    await reviewer.press("✅ 确认 ¥1,000.00")
    assert await available(core) == 1_000_00


async def test_what_is_known_only_in_part_is_not_found(reviewer: Talk, core: Core) -> None:
    await send(reviewer, mt940([paid(1_000_00)]))
    payer = Talk(core, FINANCE)
    for fen, name in (("1000.01", ACCOUNT_NAME), ("1000", "星河")):
        await ask(payer, fen, name)
        assert "没有找到" in payer.last
        assert "这一笔是我们的" not in "".join(payer.labels())
    await payer.press("再找一次")
    await payer.say("很多")
    assert "¥0.01" in payer.last
    await payer.say("1000")
    await payer.say("明年")
    assert "日期" in payer.last
    await payer.press("今天")
    await payer.press("星河科技")
    assert "找到了" in payer.last


async def test_a_line_somebody_claimed_is_nobody_elses_to_find(reviewer: Talk, core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, OUTSIDER, Role.CREATOR, OTHER_ACCOUNT)
    await send(reviewer, mt940([paid(1_000_00)]))
    payer, other = Talk(core, FINANCE), Talk(core, OUTSIDER)
    await ask(other, "1000", ACCOUNT_NAME)
    late = other.find("这一笔是我们的")
    await ask(payer, "1000", ACCOUNT_NAME)
    await payer.press("这一笔是我们的")
    await other.hear(late)
    assert "没有找到" in other.last
    await other.hear(Command(name="status"))
    assert "¥" not in other.last

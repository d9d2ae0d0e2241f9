"""The reviewers' talk: cards, claims, every decision, and no live button on what is decided."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversations.model import Picture, Screen, ShowCard
from bot.conversations.review_card import ReviewCards, subject_of
from bot.locales.fields import visible
from core.access.model import Role
from core.app import Core, CoreSettings
from core.banklines.formats.columns import propose
from core.errors import NotAllowed, NotFound
from core.ids import PersonId
from core.remittance.model import Declared, Remittance, RemittanceState
from core.storage.database import Database
from tests.banklines.statements import ACCOUNT as BANK
from tests.banklines.statements import Paid, sheet
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, available, settle
from tests.people import ACCOUNT, FINANCE, link
from tests.play import START, PlayClock
from tests.remittances import approved, claimed, draft, submitted
from tests.talk.talk import Talk

LARGE = 50_000_01
COLUMNS = propose(
    ("交易日期", "收入金额", "支出金额", "对方户名", "对方账号", "附言", "交易流水号")
)
GROUP = -1_001_234_567


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


@pytest.fixture
def reviewer(core: Core) -> Talk:
    return Talk(core, REVIEWER)


@pytest.fixture
def second(core: Core) -> Talk:
    return Talk(core, SECOND)


async def card_of(core: Core, found: Remittance, chat: int) -> Screen:
    screen = await ReviewCards(core).screen(f"review:{found.remittance_id}", chat)
    assert screen is not None
    return screen


async def receive(talk: Talk, found: Remittance, chat: int | None = None) -> None:
    """The card as the job brings it."""
    screen = await card_of(talk.core, found, chat or talk.person_id)
    await talk._take(ShowCard(subject=f"review:{found.remittance_id}", screen=screen))


async def state_of(core: Core, found: Remittance) -> RemittanceState:
    return (await core.remittances.view(found.remittance_id, FINANCE)).remittance.state


async def test_a_card_shows_the_facts_the_receipt_and_a_claim(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    for part in (
        found.reference,
        "星河科技",
        "¥1,000.00",
        "电汇",
        "2026-11-22",
        "CMB20261122001",
        "待领取",
        "此前没有汇款",
    ):
        assert part in reviewer.last
    assert isinstance(reviewer.shown[-1].screen.image, Picture)
    labels = "".join(reviewer.labels())
    assert "领取" in labels
    assert "通过" not in labels


async def test_a_claim_gives_the_four_decisions_and_others_see_who_has_it(
    reviewer: Talk, second: Talk, core: Core
) -> None:
    found = await submitted(core)
    for talk in (reviewer, second):
        await receive(talk, found)
    late = second.find("领取")
    await reviewer.press("领取")
    labels = "".join(reviewer.labels())
    for label in ("通过", "金额不符", "驳回", "需补充"):
        assert label in labels
    await second.hear(late)
    assert f"staff {REVIEWER}" in second.toasts[-1] or f"person {REVIEWER}" in second.toasts[-1]
    assert second.labels() == []
    assert (await card_of(core, found, SECOND)).rows == ()


async def test_approving_shows_the_declared_sum_and_takes_a_confirmation(
    reviewer: Talk, core: Core
) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("通过")
    assert "¥1,000.00" in reviewer.last
    assert await available(core) == 0
    await reviewer.press("确认")
    assert "已通过" in reviewer.last
    assert await available(core) == 1_000_00
    for person in (REVIEWER, SECOND):
        assert (await card_of(core, found, person)).rows == ()


async def test_another_sum_typed_at_approval_asks_for_a_reason(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("通过")
    await reviewer.say("995")
    assert "原因" in reviewer.last
    await reviewer.say("手续费 5 元")
    for part in ("¥1,000.00", "¥995.00", "手续费 5 元"):
        assert part in reviewer.last
    await reviewer.press("确认")
    assert await available(core) == 995_00
    assert await state_of(core, found) is RemittanceState.APPROVED


async def test_a_different_amount_needs_a_sum_and_a_reason(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("金额不符")
    await reviewer.say("很多")
    assert "¥0.01" in reviewer.last
    await reviewer.say("990.50")
    await reviewer.say("x" * 501)
    assert "1 到 500" in reviewer.last
    await reviewer.say("少汇")
    await reviewer.press("确认 ¥990.50")
    assert await available(core) == 990_50


@pytest.mark.parametrize("text", ["请上传完整回单", ""])
async def test_a_rejection_takes_a_code_and_a_word(reviewer: Talk, core: Core, text: str) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("驳回")
    await reviewer.press("回单看不清")
    await (reviewer.say(text) if text else reviewer.press("不补充"))
    assert await state_of(core, found) is RemittanceState.IN_REVIEW
    await reviewer.press("确认驳回 ¥1,000.00")
    assert await state_of(core, found) is RemittanceState.REJECTED
    assert (await card_of(core, found, REVIEWER)).rows == ()


async def test_a_case_that_needed_more_comes_back_ready_to_decide(
    reviewer: Talk, core: Core
) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("需补充")
    await reviewer.say("请补发第二页")
    assert await state_of(core, found) is RemittanceState.NEEDS_INFO
    await core.remittances.say(found.remittance_id, FINANCE, "第二页见附件")
    await core.remittances.submit(found.remittance_id, FINANCE)
    await receive(reviewer, found)
    assert "第二页见附件" in reviewer.last
    labels = "".join(reviewer.labels())
    assert "领取" in labels
    await reviewer.press("通过")
    await reviewer.press("确认")
    assert await available(core) == 1_000_00


async def test_the_second_reviewers_card_is_alike(
    reviewer: Talk, second: Talk, core: Core
) -> None:
    found = await submitted(core, fen=LARGE)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("通过")
    await reviewer.press("确认")
    assert "另一位审核员" in reviewer.last
    assert await available(core) == 0
    assert (await card_of(core, found, REVIEWER)).rows == ()
    await receive(second, found)
    assert "初审" in second.last
    await second.press("领取")
    await second.press("通过")
    assert "¥50,000.01" in second.last
    await second.press("确认")
    assert await available(core) == LARGE


async def test_the_queue_goes_on_to_the_next(reviewer: Talk, core: Core, clock: PlayClock) -> None:
    first = await submitted(core)
    clock.forward(days=1)
    other = await submitted(core, key="k2", seed=2, serial="S2", fen=2_000_00)
    await reviewer.command("queue")
    amounts = [label for label in reviewer.labels() if "¥" in label]
    assert ["¥1,000.00" in amounts[0], "¥2,000.00" in amounts[1]] == [True, True]
    await reviewer.press("¥1,000.00")
    assert first.reference in reviewer.last
    await reviewer.press("下一件")
    assert other.reference in reviewer.last
    await reviewer.press("领取")
    await reviewer.press("回单原件")
    assert [file.name for file in reviewer.received] == [f"{other.reference}-1.png"]
    await reviewer.press("放回队列")
    await reviewer.press("¥2,000.00")
    assert "待领取" in reviewer.last


async def test_who_is_no_reviewer_has_no_queue(core: Core) -> None:
    found = await submitted(core)
    for person in (FINANCE, OPERATOR):
        talk = Talk(core, person)
        await talk.command("queue")
        assert "¥" not in talk.last
        with pytest.raises((NotAllowed, NotFound)):
            await card_of(core, found, person)


async def test_a_reviewer_of_the_account_sees_no_card(reviewer: Talk, core: Core) -> None:
    found = await submitted(core)
    await receive(reviewer, found)
    await link(core, REVIEWER, Role.VIEWER)
    with pytest.raises(NotFound):
        await card_of(core, found, REVIEWER)
    await reviewer.press("领取")
    assert await state_of(core, found) is RemittanceState.SUBMITTED


async def test_hidden_signs_are_shown_as_codes(reviewer: Talk, core: Core) -> None:
    made = await draft(core)
    said = Declared(payer_name="星河\u202e科技\u200b")
    await core.remittances.drafts.declare(made.remittance_id, FINANCE, said)
    await core.remittances.submit(made.remittance_id, FINANCE)
    await receive(reviewer, made)
    assert visible("\u202e") in reviewer.last
    assert "[U+200B]" in reviewer.last
    assert "隐藏" in reviewer.last


async def test_the_longest_card_fits_a_caption(core: Core) -> None:
    for number in range(3):
        await approved(core, key=f"k{number}", seed=1, serial="S" * 64)
    await core.access.save_account(ACCOUNT, "名" * 200)
    assert COLUMNS is not None
    made = await draft(core, key="last", serial="S" * 64, payer="\u202e" * 100, fen=LARGE)
    long = Declared(note="注" * 500)
    await core.remittances.drafts.declare(made.remittance_id, FINANCE, long)
    await core.remittances.submit(made.remittance_id, FINANCE)
    facts = {"payer": "\u202e" * 100, "number": "S" * 64, "day": START.date()}
    line = Paid(fen=LARGE, remark=made.reference, **facts)  # type: ignore[arg-type]
    await core.banklines.import_statement(REVIEWER, sheet([line]), BANK, columns=COLUMNS)
    await claimed(core, made)
    await core.reviews.approve(made.remittance_id, REVIEWER, LARGE - 1, "由" * 500)
    for language in ("zh_CN", "en"):
        talk = Talk(core, SECOND, language=language)
        await receive(talk, made)
        assert made.reference in talk.last
        assert "🏦" in talk.last
        assert len(talk.last) <= 1024, len(talk.last)


async def test_an_approval_is_undone_before_it_is_posted(
    core: Core, database: Database, core_settings: CoreSettings, clock: PlayClock
) -> None:
    slow = Core(database, {}, replace(core_settings, undo=timedelta(seconds=60)), clock=clock)
    reviewer, found = Talk(slow, REVIEWER), await submitted(slow)
    await receive(reviewer, found)
    await reviewer.press("领取")
    await reviewer.press("通过")
    await reviewer.press("确认")
    assert "待入账" in reviewer.last
    await reviewer.press("撤销通过")
    assert await state_of(core, found) is RemittanceState.IN_REVIEW
    clock.forward(minutes=2)
    await settle(slow)
    assert await available(core) == 0


async def test_two_people_reverse_a_credit(reviewer: Talk, second: Talk, core: Core) -> None:
    found = await approved(core)
    await reviewer.command("queue")
    await reviewer.say(found.reference.lower())
    await reviewer.press("申请冲正")
    await reviewer.say("重复入账")
    await reviewer.press("确认申请冲正 ¥1,000.00")
    assert "同意冲正" not in "".join(reviewer.labels())
    await second.command("queue")
    await second.say(found.reference)
    await second.press("同意冲正 ¥1,000.00")
    assert await available(core) == 0
    assert "冲正" in second.last


async def test_a_group_card_has_the_claim_alone(core: Core, reviewer: Talk) -> None:
    found = await submitted(core)
    screen = await card_of(core, found, GROUP)
    assert [reviewer.text(button.label) for row in screen.rows for button in row] == ["🙋 领取"]
    await claimed(core, found)
    assert (await card_of(core, found, GROUP)).rows == ()
    view = await core.reviews.view(found.remittance_id, REVIEWER)
    assert subject_of(view) == f"review:{found.remittance_id}"
    assert ACCOUNT in reviewer.text(screen.text)

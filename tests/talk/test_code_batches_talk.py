"""The talk of operators about batches: asked for by one, released by another, watched, revoked."""

import io

import pytest
from PIL import Image

from core.access.model import StaffRole
from core.app import Core
from core.codes import symbols
from core.codes.model import BatchState, Result
from core.ids import PersonId
from tests.codes.promotion import BATCH, MAKER, RELEASER, add_operators, issued, redeem, wish
from tests.desk import settle
from tests.people import FINANCE
from tests.play import PlayClock
from tests.talk.talk import Talk

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture(autouse=True)
async def operators(core: Core) -> None:
    await add_operators(core)


@pytest.fixture
def maker(core: Core) -> Talk:
    return Talk(core, MAKER)


@pytest.fixture
def releaser(core: Core) -> Talk:
    return Talk(core, RELEASER)


async def ask_for(maker: Talk, *, limit: str = "") -> None:
    await maker.command("menu")
    await maker.press("充值码批次")
    await maker.press("新建一批")
    await maker.say("spring")
    await maker.say("100")
    await maker.say("3")
    await maker.say("2027-05-01")
    await (maker.say(limit) if limit else maker.press("不限"))


async def open_batch(talk: Talk) -> None:
    await talk.command("codes")
    await talk.press("spring")


async def test_a_batch_is_asked_for_step_by_step(maker: Talk, core: Core) -> None:
    await ask_for(maker, limit="2")
    for part in ("spring", "每个：¥100.00", "数量：3", "预算：¥300.00", "2027-05-02 00:00", "2"):
        assert part in maker.last
    await maker.press("确认")

    assert "已提交" in maker.last
    assert "待放行" in maker.last
    batch = (await core.code_batches.report(BATCH)).batch
    assert (batch.state, batch.maker, batch.wish.per_account) == (BatchState.DRAFT, MAKER, 2)


async def test_the_maker_cannot_release_and_a_second_operator_gets_the_codes_once(
    maker: Talk, releaser: Talk, core: Core
) -> None:
    await ask_for(maker)
    await maker.press("确认")
    assert not [label for label in maker.labels() if "放行" in label]
    assert "另一位运营人员" in maker.last
    (notice,) = [item for item in (await settle(core)).told if item.person_id == RELEASER]
    assert notice.kind == "batch_waits"

    await open_batch(releaser)
    await releaser.press("放行")
    assert "预算共 ¥300.00" in releaser.last
    confirm = await releaser.event(releaser.find("确认"))
    await releaser.repeat(confirm)

    plain = next(file for file in releaser.received if file.name == "spring.txt")
    assert isinstance(plain.content, bytes)
    codes = plain.content.decode().split()
    assert len(codes) == 3
    assert all(symbols.read(code) for code in codes)
    assert (await redeem(core, codes[0])).result is Result.REDEEMED
    count = len(releaser.received)
    await releaser.hear(confirm.heard)  # an old button
    await open_batch(releaser)
    assert not [label for label in releaser.labels() if "放行" in label]
    assert len(releaser.received) == count
    assert not any(code in releaser.all for code in codes)


async def test_a_release_heard_again_after_a_crash_sends_the_same_codes(
    maker: Talk, releaser: Talk, core: Core
) -> None:
    await ask_for(maker)
    await maker.press("确认")
    await open_batch(releaser)
    await releaser.press("放行")
    confirm = await releaser.event(releaser.find("确认"))
    lost = await releaser.dialogue.handle(confirm)
    await releaser.repeat(confirm)

    sent = next(file for file in releaser.received if file.name == "spring.txt")
    assert sent.content in [getattr(show, "content", None) for show in lost.shows]


async def test_a_released_batch_shows_how_it_goes_with_a_picture(
    maker: Talk, core: Core, clock: PlayClock
) -> None:
    made = await issued(core)
    clock.forward(days=1)
    await redeem(core, made.codes[0])
    await open_batch(maker)

    for part in ("已兑换：1（¥100.00）", "未兑换：2"):
        assert part in maker.last
    picture = maker.shown[-1].screen.image
    assert Image.open(io.BytesIO(picture.content)).size == (900, 500)  # type: ignore[union-attr]


async def test_the_rest_is_revoked_with_a_confirming_step(maker: Talk, core: Core) -> None:
    made = await issued(core)
    await redeem(core, made.codes[0])
    await open_batch(maker)
    await maker.press("作废其余")
    assert "还没有兑换的 2 个充值码" in maker.last
    assert "退回预算 ¥200.00" in maker.last
    assert (await core.code_batches.report(BATCH)).counts.active == 2
    await maker.press("返回")
    await maker.press("作废其余")
    await maker.press("确认")

    assert "已作废 2 个充值码" in maker.last
    assert (await core.code_batches.report(BATCH)).batch.state is BatchState.REVOKED


@pytest.mark.parametrize(
    ("good", "wrong", "hint"),
    [
        ([], ["a/b", "", "x" * 65, "spring"], "名称"),
        (["new"], ["0", "1.5", "abc", "10000000"], "1 到 9,999,999"),
        (["new", "100"], ["0", "10001", "-3", "三", "1.5"], "1 到 10000"),
        (["new", "100", "3"], ["yesterday", "2026-11-21", "2026-02-30", "2099-01-01"], "日期"),
        (["new", "100", "3", "2027-05-01"], ["0", "4", "x"], "1 到 3"),
    ],
)
async def test_a_wrong_answer_is_told_what_is_allowed_and_the_question_stands(
    maker: Talk, core: Core, good: list[str], wrong: list[str], hint: str
) -> None:
    await issued(core)
    await maker.command("codes")
    await maker.press("新建一批")
    for answer in good:
        await maker.say(answer)
    for answer in wrong:
        await maker.say(answer)
        assert hint in maker.last, answer
        assert [label for label in maker.labels() if "取消" in label]
    assert len((await core.code_batches.listed(MAKER))[0]) == 1


async def test_only_operators_come_here(core: Core) -> None:
    reviewer = PersonId(51)
    await core.access.meet(reviewer, "reviewer", "zh_CN")
    await core.access.add_staff(reviewer, StaffRole.REVIEWER)
    for person in (reviewer, FINANCE, PersonId(99)):
        talk = Talk(core, person)
        await talk.command("codes")
        assert "您的身份不能" in talk.last
        await talk.command("menu")
        assert not [label for label in talk.labels() if "批次" in label]


@pytest.mark.parametrize("steps", range(1, 9))
async def test_an_operator_dismissed_between_two_steps_does_nothing_more(
    maker: Talk, core: Core, steps: int
) -> None:
    acts = [
        lambda: maker.command("codes"),
        lambda: maker.press("新建一批"),
        lambda: maker.say("spring"),
        lambda: maker.say("100"),
        lambda: maker.say("3"),
        lambda: maker.press("30 天"),
        lambda: maker.press("不限"),
        lambda: maker.press("确认"),
        lambda: maker.press("作废"),
    ]
    for act in acts[:steps]:
        await act()
    before = await core.code_batches.listed(RELEASER)
    await core.access.remove_staff(MAKER)
    await acts[steps]()

    assert "您的身份不能" in maker.last
    assert await core.code_batches.listed(RELEASER) == before


async def test_a_releaser_dismissed_before_the_confirmation_gets_nothing(
    releaser: Talk, core: Core
) -> None:
    await core.code_batches.draft(wish(core), MAKER)
    await open_batch(releaser)
    await releaser.press("放行")
    await core.access.remove_staff(RELEASER)
    await releaser.press("确认")

    assert "您的身份不能" in releaser.last
    assert not releaser.received
    assert (await core.code_batches.report(BATCH)).batch.state is BatchState.DRAFT


async def test_the_list_turns_its_pages(maker: Talk, core: Core, clock: PlayClock) -> None:
    for number in range(9):
        await issued(core, f"b{number}")
        clock.forward(minutes=1)
    await maker.command("codes")
    assert "b8" in maker.labels()[0]
    await maker.press("下一页")
    assert "b0" in maker.labels()[0]
    await maker.press("上一页")
    await maker.press("b8")
    assert "b8" in maker.last

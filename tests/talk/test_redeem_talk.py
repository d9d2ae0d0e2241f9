"""The talk of redeeming: code, account, money; wrong codes; codes said where nobody asked."""

from dataclasses import replace

import pytest

from bot.conversations.model import Attachment, Command, Event, Heard, Said
from core.access.model import Role
from core.app import Core
from core.codes import symbols
from core.ids import AccountId, PersonId
from tests.codes.promotion import BATCH, issued, redeem
from tests.people import (
    ACCOUNT,
    CREATOR,
    FINANCE,
    MEMBER,
    OTHER_ACCOUNT,
    STRANGER,
    VIEWER,
    link,
)
from tests.play import PlayClock
from tests.talk.talk import Talk

pytestmark = pytest.mark.usefixtures("linked")
SAID_IN = 4711


@pytest.fixture
def talk(core: Core) -> Talk:
    return Talk(core, FINANCE)


async def say(talk: Talk, heard: Heard | str) -> int | None:
    """Say it in a message of its own; returns the message that is to go from the chat."""
    said = Said(text=heard) if isinstance(heard, str) else heard
    event: Event = replace(await talk.event(said), said_in=SAID_IN)
    return (await talk.repeat(event)).forget


async def available(core: Core, account: AccountId = ACCOUNT) -> int:
    return (await core.ledger.balance(account)).available_fen


async def test_a_code_becomes_money(talk: Talk, core: Core) -> None:
    code = (await issued(core)).codes[0]
    await talk.command("menu")
    await talk.press("充值码")
    assert "25 位充值码" in talk.last
    assert "星河科技" in talk.last

    assert await say(talk, code.lower()) == SAID_IN
    assert "星河科技" in talk.last
    assert code[-4:] in talk.last
    assert code not in talk.all
    assert await available(core) == 0
    await talk.press("确认")

    assert "已到账 ¥100.00" in talk.last
    assert "可用余额：¥100.00" in talk.last
    (entry,) = await core.ledger.history(ACCOUNT)
    assert entry.reference in talk.last
    assert await available(core) == 100_00


async def test_in_english_the_words_are_the_promised_ones(core: Core) -> None:
    await link(core, PersonId(70), Role.FINANCE)
    talk = Talk(core, PersonId(70), language="en")
    await core.access.choose_language(PersonId(70), "en")
    code = (await issued(core)).codes[0]
    await talk.command("menu")
    await talk.press("Top-up code")
    await say(talk, code)
    await talk.press("Confirm")
    assert "Arrived: ¥100.00" in talk.last


async def test_the_same_confirmation_again_shows_the_same_success(talk: Talk, core: Core) -> None:
    code = (await issued(core)).codes[0]
    await talk.command("redeem")
    await say(talk, code)
    event = await talk.event(talk.find("确认"))
    first = await talk.dialogue.handle(event)  # shown, but the process died before it was saved
    second = await talk.repeat(event)

    assert first.shows[0].screen == second.shows[0].screen  # type: ignore[union-attr]
    await talk.hear(event.heard)  # an old button
    assert await available(core) == 100_00
    await talk.command("redeem")
    await say(talk, code)
    await talk.press("确认")
    assert "已到账 ¥100.00" in talk.last
    assert await available(core) == 100_00


async def test_a_typing_error_is_told_before_anything_is_looked_up(talk: Talk, core: Core) -> None:
    code = (await issued(core)).codes[0]
    wrong = ("0" if code[0] != "0" else "2") + code[1:]
    await talk.command("redeem")
    for _ in range(8):
        assert await say(talk, wrong) == SAID_IN
        assert "输错了" in talk.last
        assert "25 位充值码" in talk.last
    assert await core.codes.waits_until(FINANCE, ACCOUNT) is None

    await say(talk, code)
    await talk.press("确认")
    assert "已到账" in talk.last


async def test_what_is_no_code_at_all_gets_a_hint_and_stays(talk: Talk) -> None:
    await talk.command("redeem")
    assert await say(talk, "你好") is None
    assert "这不是充值码" in talk.last


async def test_unknown_used_expired_and_revoked_read_alike(
    talk: Talk, core: Core, clock: PlayClock
) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "远山网络")
    await link(core, PersonId(77), Role.FINANCE, OTHER_ACCOUNT)
    used = (await issued(core)).codes[0]
    await redeem(core, used, PersonId(77), OTHER_ACCOUNT)
    revoked = (await issued(core, "revoked")).codes[0]
    await core.code_batches.revoke((await core.code_batches.report(BATCH)).batch.wish.batch_id)
    texts = set()
    for code in (used, revoked, symbols.fresh(core.ids)):
        await talk.command("redeem")
        await say(talk, code)
        if code == revoked:
            from core.ids import BatchId

            await core.code_batches.revoke(BatchId("revoked"))
        await talk.press("确认")
        texts.add(talk.last)
    assert len(texts) == 1
    assert "不能用" in texts.pop()


async def test_after_five_wrong_codes_the_person_is_told_to_wait(
    talk: Talk, core: Core, clock: PlayClock
) -> None:
    good = (await issued(core)).codes[0]
    for _ in range(5):
        await talk.command("redeem", symbols.grouped(symbols.fresh(core.ids)))
        await talk.press("确认")
        assert "不能用" in talk.last
    await say(talk, good)
    assert "输错的充值码太多了" in talk.last
    assert "2026-11-22 20:15" in talk.last
    assert not [label for label in talk.labels() if "确认" in label]
    clock.forward(minutes=15)
    await say(talk, good)
    await talk.press("确认")
    assert "已到账" in talk.last


async def test_a_deep_link_leads_straight_to_the_question(talk: Talk, core: Core) -> None:
    code = (await issued(core)).codes[0].replace("-", "")

    start = Command(name="start", argument=f"code_{code}")
    assert await say(talk, start) == SAID_IN

    assert "星河科技" in talk.last
    await talk.press("确认")
    assert await available(core) == 100_00


async def test_a_deep_link_with_a_typing_error_says_so(talk: Talk, core: Core) -> None:
    start = Command(name="start", argument="code_" + "7" * 24)
    assert await say(talk, start) == SAID_IN
    assert "输错了" in talk.last


async def test_a_code_said_in_the_middle_of_a_top_up_goes_and_can_be_redeemed(
    talk: Talk, core: Core
) -> None:
    code = (await issued(core)).codes[0]
    await talk.command("topup")
    await talk.say("500")
    before = talk.last
    assert await say(talk, f"我的充值码 {code}") == SAID_IN
    assert "星河科技" in talk.last
    await talk.press("取消")

    assert before in talk.last
    assert await available(core) == 0
    await say(talk, code)
    await talk.press("确认")
    assert "已到账 ¥100.00" in talk.last
    await talk.press("继续")
    assert talk.last == before
    await talk.press("微信支付")
    assert "¥500.00" in talk.all


async def test_a_code_under_a_picture_is_noticed_too(talk: Talk, core: Core) -> None:
    code = (await issued(core)).codes[0]
    await talk.command("menu")
    sent = Attachment(file_id="f", unique_id="u", is_picture=True, caption=code)
    assert await say(talk, sent) == SAID_IN
    await talk.press("确认")
    assert await available(core) == 100_00


async def test_who_may_not_redeem_is_turned_away_and_the_code_goes_all_the_same(
    core: Core,
) -> None:
    code = (await issued(core)).codes[0]
    for person, words in (
        (VIEWER, "您的身份不能"),
        (MEMBER, "您的身份不能"),
        (STRANGER, "还没有绑定"),
    ):
        for heard in (code, Command(name="start", argument=f"code_{code.replace('-', '')}")):
            talk = Talk(core, person)
            assert await say(talk, heard) == SAID_IN
            assert words in talk.last
        await talk.command("redeem")
        assert words in talk.last
        await talk.command("menu")
        assert not [label for label in talk.labels() if "充值码" in label]
    assert await available(core) == 0


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_a_role_that_ends_between_two_steps_ends_the_talk(
    talk: Talk, core: Core, steps: int
) -> None:
    code = (await issued(core)).codes[0]
    acts = [
        lambda: talk.command("redeem"),
        lambda: say(talk, code),
        lambda: talk.press("确认"),
    ]
    for act in acts[:steps]:
        await act()
    done = await available(core)
    member = next(item for item in await core.access.members(ACCOUNT) if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, member.member_id)
    await (acts[steps]() if steps < 3 else talk.press("再兑换"))

    assert "还没有绑定" in talk.last
    assert "¥" not in talk.last
    assert await available(core) == done


async def test_with_two_accounts_the_person_chooses_which(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "远山网络")
    await link(core, CREATOR, Role.FINANCE, OTHER_ACCOUNT)
    talk = Talk(core, CREATOR)
    code = (await issued(core)).codes[0]
    await talk.command("redeem")
    await say(talk, code)
    assert "远山网络" in talk.last
    await talk.press("改为充入 星河科技")
    assert "星河科技" in talk.last
    await talk.press("确认")
    assert (await available(core), await available(core, OTHER_ACCOUNT)) == (100_00, 0)


async def test_no_place_keeps_a_code_that_could_be_read(talk: Talk, core: Core) -> None:
    code = (await issued(core)).codes[0]
    await talk.command("redeem")
    await say(talk, code)
    place = await core.inbox.place(FINANCE)
    assert code not in repr(place)
    assert code.replace("-", "") not in repr(place)
    await talk.press("确认")


async def test_a_limit_of_the_batch_is_told(talk: Talk, core: Core) -> None:
    made = await issued(core, per_account=1)
    for code in made.codes[:2]:
        await talk.command("redeem")
        await say(talk, code)
        await talk.press("确认")
    assert "用满了" in talk.last
    assert await available(core) == 100_00

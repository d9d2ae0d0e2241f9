"""Bank transfers by clicking alone: who pays, two reviewers, and the bank's statement."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import date

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import FINANCE, FINANCE_ENGLISH, REVIEWER_A, REVIEWER_B, demo_world
from tests.banklines.statements import Paid, merchants_bank
from tests.browser.conftest import browser
from tests.e2e.bots import Launcher
from tests.e2e.company import EN, ZH
from tests.e2e.desk import EN_DESK, PAYEE, ZH_DESK, DeskWords, add_staff
from tests.e2e.installation import Installation, installation
from tests.e2e.visits import Visit, button, link, newest, visit
from tests.remittances import receipt

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
REFERENCE = re.compile(r"\bR[0-9A-HJKMNP-TV-Z]{9}\b")
ACCOUNT, OTHER = DEMO_ACCOUNTS[0], DEMO_ACCOUNTS[1]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("reviews")
    world = demo_world()
    async with installation(folder, start=launcher.start, world=world, settings=PAYEE) as one:
        for reviewer in (REVIEWER_A, REVIEWER_B):
            person = one.again(reviewer)
            await person.start()
            await person.wait()
            add_staff(one, person, "reviewer")
        yield one
        await one.check()


async def say(chat: Page, text: str) -> None:
    await chat.get_by_test_id("composer").fill(text)
    await chat.get_by_test_id("composer").press("Enter")


async def upload(chat: Page, name: str, content: bytes, *, as_file: bool = False) -> None:
    media_type = "text/csv" if as_file else "image/png"
    file = {"name": name, "mimeType": media_type, "buffer": content}
    await chat.get_by_test_id("file-input").set_input_files([file])  # type: ignore[list-item]
    await chat.get_by_test_id("upload-send").click()
    await expect(chat.get_by_test_id("upload-dialog")).to_have_count(0)


async def submit(chat: Page, words: DeskWords, amount: str, payer: str, *, seed: int) -> str:
    """From anywhere to a transfer that waits; gives its reference."""
    await say(chat, "/remit")
    await button(chat, words.wire).click()
    await expect(newest(chat, "110907316810601")).to_be_visible()
    await button(chat, words.begin).click()
    await say(chat, amount)
    await button(chat, payer).click()
    await button(chat, words.today).click()
    await say(chat, f"SN{seed}")
    await expect(newest(chat, "10 MB")).to_be_visible()
    await upload(chat, "receipt.png", receipt(seed))
    await button(chat, words.confirm).click()
    return await waiting(chat, words)


async def waiting(chat: Page, words: DeskWords, *, besides: str = "another") -> str:
    """The reference of the newest transfer that waits."""
    messages = chat.get_by_test_id("message").filter(has_text=words.waiting)
    living = messages.filter(has_not_text=besides).last
    await expect(living).to_be_visible()
    found = REFERENCE.search(await living.inner_text())
    assert found
    return found[0]


def card(desk: Page, reference: str) -> Locator:
    """The review card: the message with the receipt's picture."""
    messages = desk.get_by_test_id("message").filter(has_text=reference)
    return messages.filter(has=desk.get_by_test_id("photo")).last


def on(message: Locator, label: str) -> Locator:
    return message.get_by_test_id("button").filter(has_text=label).first


async def approve(desk: Page, reference: str, shown: str) -> None:
    await on(card(desk, reference), "领取").click()
    await on(card(desk, reference), "通过").click()
    await button(desk, f"✅ 确认 {shown}").click()


async def is_dead(desk: Page, reference: str) -> None:
    await expect(card(desk, reference).get_by_test_id("button")).to_have_count(0)


async def desks(one: Visit) -> Sequence[Page]:
    return [await one.page(f"/?person={person}") for person in (REVIEWER_A, REVIEWER_B)]


async def test_a_transfer_is_submitted_claimed_and_approved_by_its_bank_line(
    browser: Browser, demo: Installation
) -> None:
    one = await visit(browser, demo, ZH)
    payer = await link(one, ACCOUNT.account_id, FINANCE)
    desk, other = await desks(one)
    reference = await submit(payer, ZH_DESK, "12345.67", ACCOUNT.name, seed=1)
    await expect(card(desk, reference)).to_contain_text("¥12,345.67")
    await one.picture(desk, "review-1-card")

    await say(desk, "/lines")
    await expect(newest(desk, "尚未对应的到账")).to_be_visible()
    paid = Paid(fen=12_345_67, payer=ACCOUNT.name, remark=reference, day=date.today())  # noqa: DTZ011
    stranger = Paid(fen=8_00, payer="别家公司", number="X1")
    await upload(desk, "流水.csv", merchants_bank([paid, stranger]), as_file=True)
    await expect(newest(desk, "请核对")).to_contain_text("贷方金额")
    await one.picture(desk, "review-2-columns")
    await button(desk, "确认并导入").click()
    await expect(newest(desk, "流水已导入")).to_contain_text("新增 2 笔")
    await one.picture(desk, "review-3-lines")

    await expect(card(other, reference)).to_be_visible()
    await on(card(desk, reference), "领取").click()
    await expect(card(desk, reference)).to_contain_text("一致的流水")
    await one.picture(desk, "review-4-claimed")
    await is_dead(other, reference)
    await on(card(desk, reference), "通过").click()
    await expect(newest(desk, "即对应流水")).to_be_visible()
    await button(desk, "不对应流水").scroll_into_view_if_needed()
    await one.picture(desk, "review-5-approve")
    await button(desk, "✅ 确认 ¥12,345.67").click()
    await expect(newest(payer, "已到账")).to_contain_text("¥12,345.67")
    await one.picture(payer, "review-6-arrived")
    for page in (desk, other):
        await is_dead(page, reference)
    assert await demo.available_fen(ACCOUNT.account_id) == 12_345_67
    await one.context.close()


async def test_rejected_and_submitted_again_then_more_is_asked_for(
    browser: Browser, demo: Installation
) -> None:
    one = await visit(browser, demo, EN)
    payer = await link(one, OTHER.account_id, FINANCE_ENGLISH)
    desk, _ = await desks(one)
    reference = await submit(payer, EN_DESK, "800", OTHER.name, seed=2)
    await on(card(desk, reference), "领取").click()
    await on(card(desk, reference), "驳回").click()
    await button(desk, "回单看不清").click()
    await say(desk, "请重拍")
    await button(desk, "确认驳回").click()
    refused = newest(payer, "请重拍")
    await expect(refused).to_contain_text("cannot be read")
    await one.picture(payer, "review-7-rejected")
    await on(refused, EN_DESK.next_step).click()
    await button(payer, EN_DESK.confirm).click()
    again = await waiting(payer, EN_DESK, besides=reference)

    await on(card(desk, again), "领取").click()
    await on(card(desk, again), "需补充").click()
    await say(desk, "请补发第二页")
    asked = newest(payer, "请补发第二页")
    await on(asked, EN_DESK.next_step).click()
    await expect(button(payer, EN_DESK.submit_answer)).to_be_visible()
    await say(payer, "Here it is")
    await expect(newest(payer, "Noted. Add more")).to_be_visible()
    await upload(payer, "second.png", receipt(3))
    await expect(newest(payer, "2 in all")).to_be_visible()
    await button(payer, EN_DESK.submit_answer).click()
    await expect(card(desk, again)).to_contain_text("Here it is")
    await one.picture(desk, "review-8-came-back")
    await on(card(desk, again), "通过").click()
    await button(desk, "✅ 确认 ¥800.00").click()
    await expect(newest(payer, "¥800.00")).to_be_visible()
    await expect(newest(payer, EN.arrived)).to_be_visible()
    await one.picture(payer, "review-9-arrived")
    assert await demo.available_fen(OTHER.account_id) == 800_00
    await one.context.close()


async def test_a_large_sum_needs_another_pair_of_eyes(
    browser: Browser, demo: Installation
) -> None:
    one = await visit(browser, demo, ZH)
    payer = await one.page(f"/?person={FINANCE}")
    desk, other = await desks(one)
    before = await demo.available_fen(ACCOUNT.account_id)
    reference = await submit(payer, ZH_DESK, "50000.01", ACCOUNT.name, seed=4)
    await approve(desk, reference, "¥50,000.01")
    await expect(newest(desk, "需要另一位审核员复核")).to_be_visible()
    await is_dead(desk, reference)
    await expect(card(other, reference)).to_contain_text("初审")
    await one.picture(other, "review-10-second")
    assert await demo.available_fen(ACCOUNT.account_id) == before
    await approve(other, reference, "¥50,000.01")
    await expect(newest(payer, "已到账")).to_contain_text("¥50,000.01")
    for page in (desk, other):
        await is_dead(page, reference)
    await one.context.close()

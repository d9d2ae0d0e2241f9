"""Every way to pay by clicking alone, at a desk in Chinese and on a phone in English."""

import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import FINANCE, FINANCE_ENGLISH, demo_world
from tests.browser.conftest import browser
from tests.e2e.bots import Launcher
from tests.e2e.company import EN, ZH, Words
from tests.e2e.installation import Installation, installation
from tests.e2e.visits import Visit, button, link, newest, visit
from tests.e2e.ways import BANKING, CARD, QQ, TENPAY, Way

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BANK = {ZH: ("个人网银", "招商银行"), EN: ("Personal", "China Merchants Bank")}
NAMES = {"qq": QQ, "tenpay": TENPAY, "banking": BANKING, "card": CARD}
every_way = pytest.mark.parametrize("way", NAMES.values(), ids=NAMES)
CHINESE_CARD = "4000 0015 6000 0002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody linked at the demo, with the chat open."""

    visit: Visit
    chat: Page

    @property
    def words(self) -> Words:
        return self.visit.words

    async def picture(self, page: Page, what: str) -> None:
        await self.visit.picture(page, what)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("ways")
    async with installation(folder, start=launcher.start, world=demo_world()) as one:
        yield one


@pytest_asyncio.fixture(
    scope="module", loop_scope="session", params=[ZH, EN], ids=["desk", "phone"]
)
async def guest(
    request: pytest.FixtureRequest, browser: Browser, demo: Installation
) -> AsyncIterator[Guest]:
    words: Words = request.param
    one = await visit(browser, demo, words)
    account, person = (
        (DEMO_ACCOUNTS[0].account_id, FINANCE)
        if words is ZH
        else (DEMO_ACCOUNTS[1].account_id, FINANCE_ENGLISH)
    )
    yield Guest(visit=one, chat=await link(one, account, person))
    await one.context.close()


async def order(guest: Guest, way: Way, amount: str, name: str) -> Locator:
    """From anywhere to the card of this channel in the chat."""
    words, chat = guest.words, guest.chat
    await _say(chat, "/topup")
    await expect(chat.get_by_test_id("message").last).to_contain_text(words.ask_amount)
    await _say(chat, amount)
    await expect(chat.get_by_test_id("message").last).to_contain_text(words.ask_channel)
    await guest.picture(chat, f"{name}-1-channels")
    await button(chat, way.button(words)).click()
    for label in BANK[words] if way is BANKING else ():
        await expect(button(chat, label)).to_be_visible()
        await guest.picture(chat, f"{name}-2-{'bank' if label != BANK[words][0] else 'kind'}")
        await button(chat, label).click()
    mine = chat.get_by_test_id("message").filter(has_text=f"{amount}.00")
    card = mine.filter(has=chat.get_by_text(words.paid_already)).last
    await expect(card).to_be_visible()
    await guest.picture(chat, f"{name}-3-card")
    return card


async def _say(chat: Page, text: str) -> None:
    await chat.get_by_test_id("composer").fill(text)
    await chat.get_by_test_id("composer").press("Enter")


async def pay_page(guest: Guest, way: Way, card: Locator, name: str) -> Page:
    """Behind 去支付, as this person's device gets there."""
    page = await guest.visit.opened_by(
        card.get_by_test_id("button").filter(has_text=guest.words.pay).first
    )
    if way is not QQ:
        await page.wait_for_url(re.compile("/tenpay/|/stripe/"))
        await expect(page.get_by_test_id("asked")).to_be_visible()
        await guest.picture(page, f"{name}-4-provider")
        return page
    await guest.picture(page, f"{name}-4-bridge")
    if guest.words is ZH:
        await expect(page.locator("svg")).to_be_visible()
        phone = await guest.visit.page("/qq/phone")
        await guest.picture(phone, f"{name}-5-phone")
        await phone.locator('[data-testid^="open-"]').first.click()
        return phone
    goal = str(await page.locator("a.button").first.get_attribute("href"))
    assert goal.startswith("mqqapi://forward/url?src_type=web&version=1&url_prefix=")
    prefix = goal.rpartition("=")[2]
    assert base64.b64decode(unquote(prefix)).startswith(b"http")
    await page.goto(f"/qq/open?url_prefix={quote(unquote(prefix), safe='')}")
    await expect(page.get_by_test_id("asked")).to_be_visible()
    await guest.picture(page, f"{name}-5-qq")
    return page


async def fill_card(page: Page, number: str) -> None:
    """A new card, also where one is kept already."""
    if await page.get_by_test_id("saved-card").count():
        await page.get_by_test_id("saved-card").last.check()
    fields = {
        "number": number,
        "expiry": "12/34",
        "cvc": "123",
        "name": "Zhang San",
        "email": "zhangsan@example.com",
    }
    for name, text in fields.items():
        await page.get_by_test_id(name).fill(text)
    await page.get_by_test_id("country").select_option("HK")


@every_way
async def test_a_payment_by_clicking_alone(guest: Guest, way: Way) -> None:
    name = next(key for key, each in NAMES.items() if each is way)
    amount = str(410 + list(NAMES).index(name) + (100 if guest.words is EN else 0))
    card = await order(guest, way, amount, name)
    page = await pay_page(guest, way, card, name)
    if way is CARD:
        await fill_card(page, "4242 4242 4242 4242")
        await page.get_by_test_id("save").check()
        await guest.picture(page, f"{name}-6-filled")
    await page.get_by_test_id("pay").click()
    if way is not QQ:
        await page.wait_for_url("**/return**")
        await expect(page.locator("main")).to_contain_text(
            "回到聊天" if guest.words is ZH else "go back to the chat"
        )
        await guest.picture(page, f"{name}-7-return")
    else:
        await expect(page.get_by_test_id("pay-state")).to_be_visible()
        await guest.picture(page, f"{name}-7-paid")
    arrival = newest(guest.chat, guest.words.arrived).filter(has_text=f"{amount}.00")
    await expect(arrival).to_contain_text(guest.words.available)
    paid = newest(guest.chat, re.compile(f"{guest.words.paid}.{{0,2}}¥{amount}.00"))
    await expect(paid).to_be_visible()
    await guest.picture(guest.chat, f"{name}-8-arrived")
    await page.close()


@every_way
async def test_a_payment_that_fails_says_so_and_can_be_made_otherwise(
    guest: Guest, way: Way
) -> None:
    name = f"{next(key for key, each in NAMES.items() if each is way)}-refused"
    amount = str(430 + list(NAMES.values()).index(way) + (100 if guest.words is EN else 0))
    card = await order(guest, way, amount, name)
    page = await pay_page(guest, way, card, name)
    if way is CARD:
        await fill_card(page, CHINESE_CARD)
        await page.get_by_test_id("pay").click()
        refused = "没有扣款" if guest.words is ZH else "charged"
        told = newest(guest.chat, refused).filter(has_text=f"{amount}.00")
        await expect(told).to_contain_text("中国大陆" if guest.words is ZH else "mainland China")
        await guest.picture(guest.chat, f"{name}-8-refused")
        await page.close()
        return
    await page.get_by_test_id("switches").locator("summary").click()
    await page.get_by_test_id("decline").click()
    await expect(page.get_by_test_id("result")).to_be_visible()
    await guest.picture(page, f"{name}-6-declined")
    await button(guest.chat, guest.words.paid_already).click()
    not_yet = "还没有收到" if guest.words is ZH else "not received"
    await expect(guest.chat.get_by_test_id("alert-text")).to_contain_text(not_yet)
    await guest.picture(guest.chat, f"{name}-8-not-yet")
    await guest.chat.get_by_test_id("alert-ok").click()
    await page.close()


async def test_saved_cards_and_unbinding(guest: Guest) -> None:
    chinese = guest.words is ZH
    await _say(guest.chat, "/cards")
    await expect(newest(guest.chat, "VISA •••• 4242")).to_be_visible()
    await guest.picture(guest.chat, "cards-1-list")
    await button(guest.chat, "解绑" if chinese else "Unbind").click()
    await button(guest.chat, "确认" if chinese else "Confirm").click()
    unbound = "已解绑" if chinese else "unbound"
    await expect(newest(guest.chat, re.compile(unbound, re.IGNORECASE))).to_be_visible()
    await guest.picture(guest.chat, "cards-2-unbound")


async def test_the_switchboard_has_every_channels_bill(guest: Guest, demo: Installation) -> None:
    """Each switch with words of its own; what is set there is what the stand-in does."""
    board = await guest.visit.page("/switchboard")
    channels = {
        "qq": demo.channels.qq,
        "tenpay": demo.channels.tenpay,
        "stripe": demo.channels.stripe,
    }
    for name, channel in channels.items():
        await board.get_by_test_id(f"{name}-fold").locator("summary").click()
        form = board.get_by_test_id(name)
        await expect(form.get_by_test_id(f"{name}-bill_repeats")).to_be_visible()
        labels = await form.locator("label > span").all_inner_texts()
        assert [text for text in labels if re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", text)] == []
        await form.get_by_test_id(f"{name}-bill_omits").fill("T1, T2")
        await form.get_by_test_id(f"{name}-bill_adds_fen").fill("123")
        await form.get_by_test_id(f"{name}-apply").click()
        await expect(form.locator("label.is-on")).to_have_count(2)
        assert (channel.faults.bill_omits, channel.faults.bill_adds_fen) == ("T1, T2", 123)
    await guest.picture(board, "switchboard-bills")
    for name, channel in channels.items():
        await board.get_by_test_id(f"{name}-reset").click()
        await expect(board.get_by_test_id(name).locator("label.is-on")).to_have_count(0)
        assert channel.faults.bill_omits == ""
    await board.close()

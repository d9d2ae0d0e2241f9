"""A team in the browser: the creator invites and removes, a colleague joins and switches."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import CREATOR, FINANCE, demo_world
from tests.browser.conftest import browser
from tests.e2e.bots import Launcher
from tests.e2e.company import ZH
from tests.e2e.installation import Installation, installation
from tests.e2e.test_first_top_up_in_the_browser import Visit, button, link, newest, visit

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
FIRST, SECOND = (account.account_id for account in DEMO_ACCOUNTS)
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("people")
    async with installation(folder, start=launcher.start, world=demo_world()) as one:
        yield one


async def say(chat: Page, text: str) -> None:
    await chat.get_by_test_id("composer").fill(text)
    await chat.get_by_test_id("composer").press("Enter")


async def invited(one: Visit, creator: Page) -> str:
    """The code of an invitation the creator made; its QR is in the message."""
    await button(creator, "成员").click()
    await expect(newest(creator, "的成员")).to_be_visible()
    await one.picture(creator, "people-1-members")
    await button(creator, "邀请财务").click()
    invitation = newest(creator, "只发给本人")
    await expect(invitation.get_by_test_id("photo")).to_be_visible()
    await one.picture(creator, "people-2-invitation")
    found = CODE.search(await invitation.inner_text())
    assert found
    return found[0]


async def removed_at_the_console(one: Visit, account: str, name: str) -> None:
    """The platform's own button; it asks once more, and a "no" removes nobody."""
    console = await one.page("/console")
    row = console.get_by_test_id(f"members-{account}").locator("li").filter(has_text=name)
    remove = row.get_by_role("button", name=f"移除 {name}")
    console.once("dialog", lambda dialog: dialog.dismiss())
    await remove.click()
    await expect(row).to_be_visible()
    await one.picture(console, "people-6-console")
    console.once("dialog", lambda dialog: dialog.accept())
    await remove.click()
    await expect(row).to_have_count(0)


async def test_a_colleague_is_invited_switches_accounts_and_is_removed(
    browser: Browser, demo: Installation
) -> None:
    one = await visit(browser, demo, ZH)
    creator = await link(one, FIRST, CREATOR)
    code = await invited(one, creator)
    chat = await one.page(f"/?person={FINANCE}")
    await chat.get_by_test_id("start").click()
    await expect(newest(chat, "还没有绑定")).to_be_visible()
    await say(chat, code.lower())
    await expect(newest(chat, "星河科技")).to_contain_text("财务协作者")
    await one.picture(chat, "people-3-offer")
    await button(chat, ZH.link).click()
    await expect(button(chat, ZH.top_up)).to_be_visible()
    await expect(newest(creator, "已绑定到云账号")).to_contain_text("李会计")

    chat = await link(one, SECOND, FINANCE)
    await button(chat, "切换账号").click()
    await expect(newest(chat, "要切换到哪个账号")).to_be_visible()
    await one.picture(chat, "people-4-switch")
    await button(chat, "星河科技").click()
    await expect(newest(chat, "已切换到")).to_contain_text("星河科技")

    await say(creator, "/members")
    await button(creator, "移除 李会计").click()
    await expect(newest(creator, "移除后立即不能再使用")).to_be_visible()
    await one.picture(creator, "people-5-remove")
    await button(creator, "确认").click()
    await expect(newest(creator, "已移除 李会计")).to_be_visible()
    await button(chat, "余额").click()
    await expect(newest(chat, "海风数据")).to_be_visible()
    await removed_at_the_console(one, SECOND, "李会计")
    await say(chat, "/balance")
    await expect(newest(chat, "还没有绑定")).to_be_visible()
    await one.context.close()

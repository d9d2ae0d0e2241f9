"""Seeing where the money is, by clicking: an alert, the history, a story, a file and a picture."""

import csv
import io
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.platform.console import DEMO_ACCOUNTS
from sandbox.telegram.demo import FINANCE, demo_world
from tests.browser.conftest import browser
from tests.e2e.bots import Launcher
from tests.e2e.company import ZH
from tests.e2e.installation import Installation, installation
from tests.e2e.visits import Visit, button, link, newest, visit

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ACCOUNT = DEMO_ACCOUNTS[0].account_id
ALERT = "⚠️ 可用余额低于 ¥800.00"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("seeing")
    async with installation(folder, start=launcher.start, world=demo_world()) as one:
        yield one


async def say(chat: Page, text: str) -> None:
    await chat.get_by_test_id("composer").fill(text)
    await chat.get_by_test_id("composer").press("Enter")


async def topped_up(one: Visit, chat: Page) -> None:
    await button(chat, re.compile(f"{ZH.top_up}$")).click()
    await expect(newest(chat, ZH.ask_amount)).to_be_visible()
    await say(chat, "1000")
    await button(chat, ZH.wechat).click()
    await expect(newest(chat, ZH.to_pay).get_by_test_id("photo")).to_be_visible()
    phone = await one.page("/wechat/phone")
    await phone.locator('[data-testid^="open-"]').first.click()
    await phone.get_by_test_id("pay").click()
    await expect(newest(chat, ZH.arrived)).to_contain_text("¥1,000.00")


async def alert_set(one: Visit, chat: Page) -> None:
    await say(chat, "/alerts")
    await button(chat, "添加提醒金额").click()
    await expect(newest(chat, "低于多少元时提醒")).to_be_visible()
    await say(chat, "800")
    await expect(newest(chat, "已设置")).to_contain_text("¥800.00")
    await one.picture(chat, "h1-alert-set")


async def bought(demo: Installation, name: str, fen: int, *, billed_fen: int) -> None:
    hold = {"hold_id": name, "amount_fen": fen, "product": f"云服务器 {name}"}
    await demo.platform.place_hold(ACCOUNT, hold)
    if billed_fen:
        await demo.platform.capture(name, billed_fen)


async def downloaded(chat: Page) -> tuple[str, bytes]:
    async with chat.expect_download() as coming:
        await chat.get_by_test_id("document").last.click()
    download = await coming.value
    path: Path = await download.path()
    return download.suggested_filename, path.read_bytes()


async def adds_up(demo: Installation, content: bytes) -> None:
    """Opening and every entry make closing, which is the platform's balance."""
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    _names, opening, *entries, closing = rows
    total = Decimal(opening[7]) + sum(Decimal(row[5]) for row in entries)
    assert len(entries) == len(await demo.platform.entries(ACCOUNT, 100))
    assert total == Decimal(closing[7]) == Decimal(await demo.available_fen(ACCOUNT)) / 100
    assert {row[2] for row in entries} >= {"在线充值", "冻结"}


async def test_the_money_is_seen(browser: Browser, demo: Installation) -> None:
    one = await visit(browser, demo, ZH)
    chat = await link(one, ACCOUNT, FINANCE)
    await topped_up(one, chat)
    await alert_set(one, chat)

    await bought(demo, "seen-1", 360_00, billed_fen=0)
    await expect(newest(chat, ALERT)).to_contain_text("¥640.00")
    await button(chat, "我来处理").click()
    await expect(newest(chat, ALERT)).to_contain_text("李会计 正在处理")
    await one.picture(chat, "h2-alert")
    await demo.platform.capture("seen-1", 300_00)
    await bought(demo, "seen-2", 50_00, billed_fen=20_00)  # below it is, and stays

    await say(chat, "/history")
    await expect(newest(chat, "收支明细")).to_contain_text("+¥1,000.00")
    await button(chat, "类型").click()
    await button(chat, "在线充值").click()
    listed = newest(chat, "在线充值 · 全部渠道")
    await expect(listed).to_contain_text("① +¥1,000.00")
    await expect(listed).not_to_contain_text("②")
    await one.picture(chat, "h3-filtered")

    await button(chat, "① ").click()
    story = newest(chat, "发起充值")
    await expect(story).to_contain_text("已推送到账通知")
    await expect(story.locator("blockquote")).to_have_count(1)
    await one.picture(chat, "h4-story")
    await button(chat, "返回").click()

    await button(chat, "导出").click()
    await expect(newest(chat, "再选文件")).to_be_visible()
    await button(chat, "CSV").click()
    await expect(newest(chat, "文件已生成")).to_be_visible()
    await one.picture(chat, "h5-exported")
    name, content = await downloaded(chat)
    assert name == f"topup_{ACCOUNT}_all.csv"
    await adds_up(demo, content)

    await button(chat, "图表").click()
    await expect(newest(chat, "📈 可用余额").get_by_test_id("photo")).to_be_visible()
    await one.picture(chat, "h6-balance")
    await button(chat, "看各产品扣款").click()
    await expect(newest(chat, "📊 扣款")).to_contain_text("云服务器 seen-1")
    await one.picture(chat, "h7-spending")
    alerts = chat.get_by_test_id("message").filter(has_text=ALERT)
    await expect(alerts).to_have_count(1)
    await one.context.close()

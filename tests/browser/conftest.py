"""A running sandbox, a bot that is driven by hand, and Chromium pages that look at them."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.async_api import Error as BrowserError

from sandbox.app import running
from sandbox.telegram.demo import CREATOR, FINANCE, REVIEWER_A, demo_world
from sandbox.telegram.world import World

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = "no Chromium was found; `playwright install chromium` gets one"
DESKTOP = (1280, 860)
PHONE = (390, 844)

OpenPage = Callable[..., Awaitable[Page]]


class Bot:
    """Calls the Bot API as a program would."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._offset = 0

    async def call(self, method: str, files: dict[str, Any] | None = None, **fields: Any) -> Any:
        address = f"/bot1:test/{method}"
        if files:
            response = await self._client.post(address, data=fields, files=files)
        else:
            response = await self._client.post(address, json=fields)
        answer = response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def say(self, chat_id: int, text: str, **fields: Any) -> Any:
        return await self.call("sendMessage", chat_id=chat_id, text=text, **fields)

    async def next_update(self, kind: str = "message") -> Any:
        """The next update of this kind; others before it are passed over."""
        while True:
            updates = await self.call("getUpdates", offset=self._offset, timeout=5, limit=1)
            assert updates, f"no {kind} came"
            self._offset = updates[0]["update_id"] + 1
            if kind in updates[0]:
                return updates[0][kind]


def buttons(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.section("BROWSER TESTS DID NOT RUN", red=True, bold=True)
        terminalreporter.line(NO_BROWSER)


def no_browser(reason: Exception) -> None:
    if os.environ.get("CI", "").lower() == "true":
        raise AssertionError(NO_BROWSER) from reason
    pytest.skip(NO_BROWSER)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(
                executable_path=found, args=CHROMIUM_ARGUMENTS
            )
        except BrowserError as missing:
            no_browser(missing)
        yield chromium
        await chromium.close()


@pytest.fixture
def world() -> World:
    return demo_world()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox_url(world: World) -> AsyncIterator[str]:
    async with running(world) as base_url:
        yield base_url


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(sandbox_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox_url, timeout=30, trust_env=False) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: httpx.AsyncClient) -> Bot:
    """Some people have started it already: a bot may not write first."""
    driven = Bot(sandbox)
    for person in (CREATOR, FINANCE, REVIEWER_A):
        await sandbox.post("/sandbox/start", json={"person": person})
        await driven.next_update()
    return driven


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, sandbox_url: str) -> AsyncIterator[OpenPage]:
    """Opens an address of the sandbox; an error in the page's own code fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def open_at(path: str, *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> Page:
        context = await browser.new_context(
            base_url=sandbox_url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(path)
        return page

    yield open_at
    for context in contexts:
        await context.close()
    assert not errors


async def take_screenshot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")

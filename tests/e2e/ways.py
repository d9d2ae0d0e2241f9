"""Paying by each channel in an end-to-end test: the button, the card in the chat, the payer."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.access.model import StaffRole
from core.access.service import Access
from core.clock import SystemClock
from core.ids import PersonId, RandomIds
from core.storage.engine import open_database
from sandbox.cards.provider import Paying as CardPaying
from sandbox.pay.wechat import Paying as WechatPaying
from sandbox.telegram.person import Person, text_of
from sandbox.tenpay.house.model import Paying as HousePaying
from tests.e2e.company import (
    PATIENCE_S,
    ZH,
    Company,
    Payable,
    Words,
    choose_amount,
    has_button,
    read_card,
    url_of,
)
from tests.e2e.installation import Installation

DESKTOP = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140", "Accept-Language": "zh-CN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`name` is the sandbox's of the channel, `label` what stands on the button and the card."""

    name: str
    label: str
    english: str
    paying: Callable[..., Any]
    buttons: tuple[str, ...] = ()  # pressed after the channel's own
    needs_browser: bool = False

    def button(self, words: Words) -> str:
        return self.label if words is ZH else self.english


WECHAT = Way(name="wechat", label="微信支付", english="WeChat Pay", paying=WechatPaying)
QQ = Way(name="qq", label="QQ钱包", english="QQ Wallet", paying=HousePaying)
TENPAY = Way(
    name="tenpay", label="财付通", english="Tenpay", paying=HousePaying, needs_browser=True
)
BANKING = Way(
    name="tenpay",
    label="网银支付",
    english="Online banking",
    paying=HousePaying,
    buttons=("个人网银", "招商银行"),
    needs_browser=True,
)
CARD = Way(name="stripe", label="国际信用卡", english="International card", paying=CardPaying)
WAYS: Mapping[str, Way] = {
    "wechat": WECHAT,
    "qq": QQ,
    "tenpay": TENPAY,
    "banking": BANKING,
    "card": CARD,
}


async def order_by(person: Person, way: Way, amount: str, words: Words = ZH) -> Payable:
    """From anywhere to the payment card of this channel."""
    await choose_amount(person, amount, words)
    await person.press(way.button(words))
    for button in way.buttons:
        await press_when_shown(person, button)
    card = await person.wait(
        lambda message: words.to_pay in text_of(message) and _is_card(message, words),
        timeout_s=PATIENCE_S,
    )
    return read_card(card)


def _is_card(message: dict[str, Any], words: Words) -> bool:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(words.paid_already in button["text"] for row in rows for button in row)


async def press_when_shown(person: Person, label: str) -> None:
    """The screen may come a moment after the answer to the press before."""
    await person.wait(lambda message: has_button(message, label), timeout_s=PATIENCE_S)
    await person.press(label)


def side_of(one: Installation, way: Way) -> Any:
    return getattr(one.channels, way.name)


async def visit(company: Company, bought: Payable, words: Words = ZH) -> str:
    """The payer opens the bridge page and goes where it leads; gives the channel's page."""
    http = company.installation.http
    address = url_of(bought.card, words.pay)
    bridge = await http.get(address, headers=DESKTOP)
    assert bridge.status_code == 200, bridge.text
    goal = _leads_to(bridge.text)
    page = await http.get(goal, headers={**DESKTOP, "Referer": f"{company.installation.bot_url}/"})
    assert page.status_code in {200, 302, 303, 307}, page.text
    return goal


def _leads_to(text: str) -> str:
    link = re.search(r'<a class="button" href="([^"]+)"', text)
    assert link, text
    return html.unescape(link[1])


async def pay(company: Company, way: Way, bought: Payable, **how: object) -> Any:
    """The payer pays at the channel, which calls back."""
    if way.needs_browser:
        await visit(company, bought)
    return await side_of(company.installation, way).pay(bought.order_no, way.paying(**how))


async def staff(one: Installation, role: StaffRole, greeting: str) -> Person:
    """Somebody of the platform who has met the bot."""
    person = one.person(role.value)
    database = await open_database(one.environment["TOPUP_DATABASE_URL"], readers=1)
    access = Access(database, SystemClock(), RandomIds())
    await access.add_staff(PersonId(person.id), role)
    await database.close()
    await person.start()
    await person.wait(greeting, timeout_s=PATIENCE_S)
    return person

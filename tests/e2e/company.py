"""A company and its people, and what they do in the chat, in the words of their language."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.person import Person, text_of
from tests.e2e.installation import Installation

Message = dict[str, Any]
PATIENCE_S = 30.0  # the machine may be busy; a right answer comes in a fraction of a second
ORDER_NO = re.compile(r"T\d{8}[0-9A-HJKMNP-TV-Z]{10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands on buttons and in texts; the labels are those that are promised."""

    telegram: str  # the language as Telegram's clients name it
    link: str
    cancel: str
    balance: str
    top_up: str
    ask_amount: str
    ask_channel: str
    range_: str
    last_amount: str
    wechat: str
    pay: str
    paid_already: str
    change_channel: str
    to_pay: str
    paid: str
    arrived: str
    available: str
    channel_line: str
    not_linked: str
    not_allowed: str
    link_refused: str
    provider_down: str
    stale: str
    try_again: str


ZH = Words(
    telegram="zh-hans",
    link="确认绑定",
    cancel="取消",
    balance="余额",
    top_up="充值",
    ask_amount="充值多少",
    ask_channel="请选择支付方式",
    range_="1 到 9,999,999",
    last_amount="上次金额",
    wechat="微信支付",
    pay="去支付",
    paid_already="我已支付",
    change_channel="换支付方式",
    to_pay="待支付",
    paid="已支付",
    arrived="已到账",
    available="可用余额：",
    channel_line="渠道：微信支付",
    not_linked="还没有绑定云账号",
    not_allowed="您的身份不能进行这个操作",
    link_refused="这个绑定链接不能用",
    provider_down="暂时没有回应",
    stale="已过期",
    try_again="重试",
)
EN = Words(
    telegram="en",
    link="Link",
    cancel="Cancel",
    balance="Balance",
    top_up="Top up",
    ask_amount="How much",
    ask_channel="How would you like to pay",
    range_="1 to 9,999,999",
    last_amount="Same as last time",
    wechat="WeChat Pay",
    pay="Pay",
    paid_already="I have paid",
    change_channel="Change channel",
    to_pay="To pay",
    paid="Paid",
    arrived="Arrived",
    available="Available balance: ",
    channel_line="Channel: WeChat Pay",
    not_linked="not linked to a cloud account yet",
    not_allowed="Your role does not allow this",
    link_refused="This link cannot be used",
    provider_down="does not answer right now",
    stale="out of date",
    try_again="Try again",
)
LANGUAGES: Mapping[str, Words] = {"zh": ZH, "en": EN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """A payment card in a chat, with what it says."""

    card: Message
    order_no: str
    caption: str


@dataclass(slots=True, kw_only=True)
class Company:
    """One account and whoever a test needs around it."""

    installation: Installation
    account_id: str

    async def join(self, role: str, words: Words = ZH, name: str = "") -> Person:
        """A new person who opens a link of this account and accepts it."""
        person = self.installation.person(name or role, words.telegram)
        await person.start(await self.installation.link(self.account_id, role))
        await person.wait(self.account_id, timeout_s=PATIENCE_S)
        await person.press(words.link)
        await person.wait(lambda message: has_button(message, "🌐"), timeout_s=PATIENCE_S)
        return person

    async def available_fen(self) -> int:
        return await self.installation.available_fen(self.account_id)

    async def entries(self) -> list[Message]:
        items: list[Message] = await self.installation.platform.entries(self.account_id, 100)
        return items


async def found(one: Installation, name: str = "星河科技") -> Company:
    return Company(installation=one, account_id=await one.account(name))


async def choose_amount(person: Person, amount: str, words: Words = ZH) -> Message:
    """From anywhere to the question for the channel."""
    await person.say("/topup")
    await person.wait(words.ask_amount, timeout_s=PATIENCE_S)
    await person.say(amount)
    return await person.wait(words.ask_channel, timeout_s=PATIENCE_S)


async def order(person: Person, amount: str = "100", words: Words = ZH) -> Payable:
    """From anywhere to the payment card."""
    await choose_amount(person, amount, words)
    await person.press(words.wechat)
    return await payable(person, words)


async def payable(person: Person, words: Words = ZH) -> Payable:
    card = await person.wait(
        lambda message: bool(message.get("photo")) and words.to_pay in text_of(message),
        timeout_s=PATIENCE_S,
    )
    return read_card(card)


def read_card(card: Message) -> Payable:
    caption = text_of(card)
    match = ORDER_NO.search(caption)
    assert match, caption
    return Payable(card=card, order_no=match[0], caption=caption)


async def told(person: Person, *wanted: str, timeout_s: float = PATIENCE_S) -> Message:
    """A message of the bot, old or new, that has all these words."""
    return await person.wait(
        lambda message: all(word in text_of(message) for word in wanted),
        timeout_s=timeout_s,
        since=-1,
    )


async def count_told(person: Person, *wanted: str) -> int:
    return sum(all(word in text for word in wanted) for text in await person.read())


def has_button(message: Message, label: str) -> bool:
    return any(label in button["text"] for button in buttons_of(message))


def buttons_of(message: Message) -> list[Message]:
    rows: list[list[Message]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def url_of(message: Message, label: str) -> str:
    return str(next(one["url"] for one in buttons_of(message) if label in one["text"]))


def shows_money(text: str) -> bool:
    return "¥" in text or "￥" in text


async def until(holds: Callable[[], bool], *, timeout_s: float = PATIENCE_S) -> None:
    """Wait for something that no chat tells."""
    async with asyncio.timeout(timeout_s):
        while not holds():
            await asyncio.sleep(0.05)

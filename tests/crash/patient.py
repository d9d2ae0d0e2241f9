"""A person who tops up again and again, and repeats what a crash left without an answer.

Nothing may be needed but repeating: the same words, the same press.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sandbox.pay.wechat import WechatPay
from sandbox.telegram.person import NothingCame, Person, text_of
from tests.e2e.company import ZH, Message, has_button, read_card

ANSWER_S = 4.0  # after this a person says it again
TRIES = 25
ARRIVAL_S = 90.0  # nobody repeats anything here: the money has to be told by itself


@dataclass(slots=True, kw_only=True)
class Patient:
    """One person's top-ups: each with an amount of its own."""

    person: Person
    wechat: WechatPay
    first_yuan: int
    paid: dict[str, int] = field(default_factory=dict)  # trade number → fen
    presses: int = 0
    repeats: int = 0

    async def go_on(self, enough: asyncio.Event) -> None:
        """Top up until it is enough; the last one is finished."""
        yuan = self.first_yuan
        while not enough.is_set():
            await self.top_up(yuan)
            yuan += 1

    async def top_up(self, yuan: int) -> None:
        amount = f"¥{yuan:,}.00"
        await self._until(
            lambda: self._say("/topup"), lambda message: ZH.ask_amount in text_of(message)
        )
        await self._until(
            lambda: self._say(str(yuan)),
            lambda message: amount in text_of(message) and has_button(message, ZH.wechat),
        )
        card = await self._until(
            self._press_wechat,
            lambda message: bool(message.get("photo")) and amount in text_of(message),
        )
        payment = await self.wechat.pay(read_card(card).order_no)
        self.paid[payment.transaction_id] = yuan * 100
        await self.person.wait(
            lambda message: (
                ZH.arrived in text_of(message) and payment.transaction_id in text_of(message)
            ),
            timeout_s=ARRIVAL_S,
            since=-1,
        )

    async def _until(
        self, act: Callable[[], Awaitable[None]], seen: Callable[[Message], bool]
    ) -> Message:
        """Act, and again after a while, until it is seen."""
        since = max((message["revision"] for message in await self.person.messages()), default=0)
        for turn in range(TRIES):
            self.repeats += turn > 0
            await act()
            try:
                return await self.person.wait(seen, timeout_s=ANSWER_S, since=since)
            except NothingCame:
                continue
        return await self.person.wait(seen, timeout_s=ANSWER_S, since=since)

    async def _say(self, text: str) -> None:
        await self.person.say(text)

    async def _press_wechat(self) -> None:
        """A button that has gone, perhaps this very moment, leaves only waiting."""
        try:
            await self.person.press(ZH.wechat, answer_within_s=0)
        except (LookupError, ValueError):
            return
        self.presses += 1

"""Carries notices to people, and redraws living cards: the core's `Messenger`."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from bot.conversations.model import Screen
from bot.telegram.cards import Cards
from bot.telegram.errors import CallRefused
from bot.telegram.messages import Messages
from bot.telegram.render import Renderer
from core.errors import Refusal, RetryLater, Undeliverable
from core.inbox.model import Card
from core.inbox.service import Inbox
from core.notices.model import Notice, NoticeKind

log = structlog.get_logger()

ScreenOfNotice = Callable[[Notice], Screen]
CardScreen = Callable[[str, int], Awaitable[Screen | None]]  # None: nothing to show there now
LanguageOf = Callable[[int], Awaitable[str]]  # what is spoken in a chat


class TelegramMessenger:
    """Knows how to say a notice and where its cards are, not what is in them."""

    def __init__(
        self,
        messages: Messages,
        renderer: Renderer,
        cards: Cards,
        inbox: Inbox,
        *,
        screen_of: ScreenOfNotice,
        card_screen: CardScreen,
        language_of: LanguageOf,
    ) -> None:
        self._messages = messages
        self._renderer = renderer
        self._cards = cards
        self._inbox = inbox
        self._screen_of = screen_of
        self._card_screen = card_screen
        self._language_of = language_of

    async def tell(self, notice: Notice, language: str) -> None:
        shown = self._renderer.message(self._screen_of(notice), language)
        awaited = notice.kind is NoticeKind.FUNDS_ARRIVED  # somebody looks at the chat for this
        await self._messages.send(notice.person_id, shown, urgent=awaited)

    async def refresh(self, subject: str) -> None:
        """Redraw what can be redrawn; raises `RetryLater` at the end if some have to wait."""
        wait_s = 0.0
        for card in await self._inbox.cards_of(subject):
            try:
                await self._redraw(card)
            except RetryLater as error:
                wait_s = max(wait_s, error.after_s)
            except (Undeliverable, CallRefused) as error:
                log.info("card.not_redrawn", chat=card.chat_id, subject=subject, why=error.code)
        if wait_s:
            raise RetryLater(wait_s)

    async def _redraw(self, card: Card) -> None:
        latest = partial(self._latest, card.subject, card.chat_id)
        await self._cards.redraw(card.chat_id, card.subject, latest)

    async def show(self, subject: str, chat_id: int, *, anew: bool) -> None:
        """Bring a living card to a chat; raises `RetryLater` when it has to wait."""
        latest = partial(self._latest, subject, chat_id)
        try:
            await self._cards.appear(chat_id, subject, latest, anew=anew)
        except (Undeliverable, CallRefused) as error:
            log.info("card.not_shown", chat=chat_id, subject=subject, why=error.code)

    async def _latest(self, subject: str, chat_id: int) -> tuple[Screen, str] | None:
        """What the card shows now; None for who may not see it any more."""
        try:
            screen = await self._card_screen(subject, chat_id)
        except Refusal:
            return None
        return None if screen is None else (screen, await self._language_of(chat_id))

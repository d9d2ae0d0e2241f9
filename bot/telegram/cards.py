"""Living cards: one message per subject and chat, edited in place while it can be."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.conversations.model import Screen
from bot.telegram.digest import Digest
from bot.telegram.errors import MessageGone
from bot.telegram.locks import NamedLocks
from bot.telegram.messages import Messages
from bot.telegram.render import Rendered, Renderer
from core.ids import Ids
from core.inbox.model import Card
from core.inbox.service import Inbox

REFERENCE_LENGTH = 10
Latest = Callable[[], Awaitable[tuple[Screen, str] | None]]  # a card's screen and its language


class Cards:
    """Draws cards and remembers where each stands and what it shows."""

    def __init__(self, messages: Messages, renderer: Renderer, inbox: Inbox, ids: Ids) -> None:
        self._messages = messages
        self._renderer = renderer
        self._inbox = inbox
        self._ids = ids
        self._locks = NamedLocks()

    async def show(
        self,
        chat_id: int,
        subject: str,
        screen: Screen,
        language: str,
        *,
        anew: bool = False,
    ) -> None:
        """Draw the card of the subject: in place, or at the end of the chat when `anew`."""
        async with self._locks.held((chat_id, subject)):
            card = await self._inbox.card(chat_id, subject) or await self._new(chat_id, subject)
            shown = self._renderer.card(screen, card.reference, language)
            if anew or not await self._edited(card, shown, urgent=True):
                await self._send(card, shown, urgent=True)

    async def redraw(self, chat_id: int, subject: str, latest: Latest) -> None:
        """Draw a card that was sent before as it is now; `latest` is asked when its turn comes."""
        async with self._locks.held((chat_id, subject)):
            card = await self._inbox.card(chat_id, subject)
            now = None if card is None or card.message_id is None else await latest()
            if card is None or now is None:
                return
            screen, language = now
            shown = self._renderer.card(screen, card.reference, language)
            if not await self._edited(card, shown, urgent=False):
                await self._send(card, shown, urgent=False)

    async def appear(self, chat_id: int, subject: str, latest: Latest, *, anew: bool) -> None:
        """Draw a card in a chat that need not have it yet, as it is when its turn comes."""
        async with self._locks.held((chat_id, subject)):
            if (now := await latest()) is None:
                return
            screen, language = now
            card = await self._inbox.card(chat_id, subject) or await self._new(chat_id, subject)
            shown = self._renderer.card(screen, card.reference, language)
            if anew or not await self._edited(card, shown, urgent=False):
                await self._send(card, shown, urgent=False)

    async def _new(self, chat_id: int, subject: str) -> Card:
        """Saved before it is sent, so that its buttons are known when they can be pressed."""
        card = Card(
            chat_id=chat_id,
            subject=subject,
            reference=self._ids.short(REFERENCE_LENGTH),
            message_id=None,
            has_photo=False,
            shown=None,
        )
        await self._inbox.save_card(card)
        return card

    async def _send(self, card: Card, shown: Rendered, *, urgent: bool) -> None:
        message_id = await self._messages.send(card.chat_id, shown, urgent=urgent)
        await self._save(card, shown, message_id)
        if card.message_id is not None:
            await self._messages.retire(card.chat_id, card.message_id)

    async def _save(self, card: Card, shown: Rendered, message_id: int) -> None:
        has_photo = shown.image is not None
        digest = str(Digest.of(shown))
        await self._inbox.save_card(
            replace(card, message_id=message_id, has_photo=has_photo, shown=digest)
        )

    async def _edited(self, card: Card, shown: Rendered, *, urgent: bool) -> bool:
        """Whether the card's message now shows this; false when only a new message can."""
        if card.message_id is None or card.has_photo != (shown.image is not None):
            return False
        before, now = Digest.read(card.shown), Digest.of(shown)
        if before == now:
            return True
        try:
            await self._edit(card.chat_id, card.message_id, shown, before, now, urgent=urgent)
        except MessageGone:
            return False
        await self._save(card, shown, card.message_id)
        return True

    async def _edit(
        self,
        chat_id: int,
        message_id: int,
        shown: Rendered,
        before: Digest | None,
        now: Digest,
        *,
        urgent: bool,
    ) -> None:
        """The smallest edit that makes what was shown before into what is shown now."""
        if before is not None and (before.text, before.image) == (now.text, now.image):
            edit = self._messages.edit_keyboard
        elif shown.image is None:
            edit = self._messages.edit_text
        elif before is not None and before.image == now.image:
            edit = self._messages.edit_caption
        else:
            edit = self._messages.edit_photo
        await edit(chat_id, message_id, shown, urgent=urgent)

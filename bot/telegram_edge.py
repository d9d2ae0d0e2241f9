"""Everything that speaks with Telegram, put together over one core."""

import asyncio
from collections.abc import Callable, Coroutine

import structlog
from aiogram import Bot

from bot.conversations.accounts import AccountsConversation
from bot.conversations.alert_card import AlertCards
from bot.conversations.alerts import AlertsConversation
from bot.conversations.asking import AskingConversation
from bot.conversations.bank import BankConversation
from bot.conversations.blocked import BlockedConversation
from bot.conversations.blocked_card import BlockedCards
from bot.conversations.card_desks import CardDesks
from bot.conversations.cases import CasesConversation
from bot.conversations.code_batches import CodeBatchesConversation
from bot.conversations.export import ExportConversation
from bot.conversations.files import Files
from bot.conversations.history import HistoryConversation
from bot.conversations.kernel import Dialogue
from bot.conversations.lines import LinesConversation
from bot.conversations.link import LinkConversation
from bot.conversations.links import TypedLinks, Username
from bot.conversations.members import MembersConversation
from bot.conversations.menu import MenuConversation
from bot.conversations.notices import screen_of
from bot.conversations.ours import OursConversation
from bot.conversations.pictures import PicturesConversation
from bot.conversations.redeem import RedeemConversation
from bot.conversations.refund import RefundConversation
from bot.conversations.remit import RemitConversation
from bot.conversations.remit_card import RemitCards
from bot.conversations.remit_status import RemitStatusConversation
from bot.conversations.request_card import RequestCards
from bot.conversations.review import ReviewConversation
from bot.conversations.review_card import ReviewCards
from bot.conversations.saved_cards import SavedCardsConversation
from bot.conversations.security import SecurityConversation
from bot.conversations.top_up import TopUpConversation
from bot.conversations.top_up_card import TopUpCards
from bot.duties import Polling
from bot.handlers.dispatcher import build_dispatcher
from bot.handlers.groups import Groups, groups_router
from bot.handlers.membership import membership_router
from bot.handlers.private import PrivateChats, private_router
from bot.handlers.review_group import ReviewGroup, review_group_router
from bot.locales.catalogue import Catalogue
from bot.printing.prints import Prints
from bot.settings import Settings, TelegramMode
from bot.telegram.apology import Apology
from bot.telegram.cards import Cards
from bot.telegram.downloads import Downloads
from bot.telegram.events import Events
from bot.telegram.exporter import Exporter
from bot.telegram.inbox_worker import InboxWorker
from bot.telegram.messages import Messages
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.poller import Poller
from bot.telegram.presenter import Presenter
from bot.telegram.render import Renderer
from bot.telegram.sender import Called, Sender
from bot.telegram.setup import Introduction, use_webhook, who_am_i
from bot.workers import through_outages
from core.app import Core
from core.errors import NoticeFailed, TopupError
from core.ids import PersonId
from core.storage.signals import wait_at_most

log = structlog.get_logger()
TRY_AGAIN_S = 5.0
COMMANDS = {
    "start": ("menu", "start"),
    "menu": ("menu", "menu"),
    "cancel": ("menu", "cancel"),
    "balance": ("menu", "balance"),
    "help": ("menu", "help"),
    "language": ("menu", "language"),
    "topup": ("top_up", "enter"),
    "history": ("history", "enter"),
    "alerts": ("alerts", "enter"),
    "cards": ("cards", "enter"),
    "refund": ("refund", "enter"),
    "remit": ("remit", "enter"),
    "status": ("remit_status", "enter"),
    "remit_next": ("remit_status", "next"),
    "queue": ("review", "enter"),
    "cases": ("cases", "enter"),
    "lines": ("lines", "enter"),
    "members": ("members", "enter"),
    "accounts": ("accounts", "enter"),
    "ask": ("asking", "enter"),
    "security": ("security", "enter"),
    "redeem": ("redeem", "enter"),
    "codes": ("codes", "enter"),
}
ATTACHMENTS = ("remit_status", "received")


def build_desks(core: Core) -> CardDesks:
    """Who looks after which living card, by the beginning of its subject."""
    return CardDesks(
        {
            "topup": TopUpCards(core),
            "blocked": BlockedCards(core),
            "request": RequestCards(core),
            "remit": RemitCards(core),
            "review": ReviewCards(core),
            "alert": AlertCards(core),
        }
    )


def build_dialogue(
    core: Core, files: Files, username: Username, prints: Prints | None = None
) -> Dialogue:
    """Every conversation there is, and the commands that enter them."""
    lines = LinesConversation(core, files)
    conversations = (
        MenuConversation(core),
        LinkConversation(core),
        TopUpConversation(core),
        BankConversation(core),
        SavedCardsConversation(core),
        RefundConversation(core),
        BlockedConversation(core),
        RemitConversation(core, files),
        RemitStatusConversation(core, files, statements=lines.sent),
        OursConversation(core),
        ReviewConversation(core),
        lines,
        CasesConversation(core),
        MembersConversation(core, username),
        AccountsConversation(core),
        AskingConversation(core),
        SecurityConversation(core),
        HistoryConversation(core),
        ExportConversation(core),
        PicturesConversation(core, prints),
        RedeemConversation(core),
        CodeBatchesConversation(core, prints),
        AlertsConversation(core),
    )
    return Dialogue(
        core,
        conversations,
        COMMANDS,
        build_desks(core),
        attachments=ATTACHMENTS,
        anywhere=(TypedLinks(core.access).heard,),
        codes=("redeem", "offer"),
    )


class TelegramEdge:
    """Hears updates from the inbox and says what conversations and notices have to say."""

    def __init__(
        self,
        core: Core,
        settings: Settings,
        bot: Bot,
        holder: str,
        called: Called | None = None,
    ) -> None:
        self._core = core
        self._settings = settings
        self._bot = bot
        self._holder = holder
        self.username = ""
        self._catalogue = Catalogue.load(settings.timezone)
        self._sender = Sender(bot, called=called)
        self._renderer = Renderer(self._catalogue)
        self._messages = Messages(self._sender)
        self._cards = Cards(self._messages, self._renderer, core.inbox, core.ids)

    def share(self, processes: int) -> None:
        """How many processes speak as this bot."""
        self._sender.share(processes)

    def messenger(self) -> TelegramMessenger:
        return TelegramMessenger(
            self._messages,
            self._renderer,
            self._cards,
            self._core.inbox,
            screen_of=screen_of,
            card_screen=build_desks(self._core).screen,
            language_of=self._language_of,
        )

    def exporter(self) -> Exporter:
        return Exporter(self._core.statements, self._catalogue, self._renderer, self._messages)

    async def listen(self, stop: asyncio.Event) -> None:
        """What the process that receives updates does: find out who we are, set the webhook."""
        await self._find_username(stop)
        if self._settings.telegram.mode is TelegramMode.WEBHOOK and not stop.is_set():
            await self._keep_trying(stop, self._set_webhook)
        await stop.wait()

    async def work(self, stop: asyncio.Event) -> None:
        """What a worker does: introduce the bot, then handle updates, polling if it has to."""
        await self._find_username(stop)
        if stop.is_set():
            return
        worker = self._inbox_worker()
        introducing = asyncio.ensure_future(self._keep_trying(stop, self._introduce))
        works = [worker.run(stop)]
        if self._settings.telegram.mode is TelegramMode.POLLING:
            poller = Poller(self._bot, self._core.inbox)
            polling = Polling(self._core, poller, self._holder)
            works.append(through_outages("polling", polling.run, stop))
        await asyncio.gather(introducing, *works)

    def _inbox_worker(self) -> InboxWorker:
        language = self._core.settings.default_language
        events = Events(self._core.access, default_language=language, username=self.username)
        presenter = Presenter(self._sender, self._messages, self._renderer, self._cards)
        files = Downloads(self._sender, self._bot)
        prints = Prints(self._catalogue, self._settings.timezone, self.username)
        dialogue = build_dialogue(self._core, files, lambda: self.username, prints)
        chats = PrivateChats(events, dialogue, presenter)
        groups = Groups(
            self._sender,
            self._messages,
            self._renderer,
            default_language=language,
            serves=self._serves_group,
            note_moved=self._core.access.note_moved_chat,
        )
        review_group = ReviewGroup(self._core, events, build_desks(self._core), presenter)
        dispatcher = build_dispatcher(
            private_router(chats),
            review_group_router(review_group),
            groups_router(groups),
            membership_router(self._note_reachable),
        )
        apology = Apology(self._messages, self._renderer, events)
        return InboxWorker(self._core, dispatcher, self._bot, apologise=apology.say)

    async def _serves_group(self, chat_id: int) -> bool:
        """The reviewers' group, by the id in the settings and wherever Telegram says it moved."""
        review = self._settings.telegram.review_chat_id
        if review is None:
            return False
        return chat_id in {review, await self._core.access.review_chat(review)}

    async def _find_username(self, stop: asyncio.Event) -> None:
        async def ask() -> None:
            self.username = (await who_am_i(self._sender)).username or ""

        if not self.username:
            await self._keep_trying(stop, ask)

    async def _introduce(self) -> None:
        introduction = Introduction(
            self._sender, self._catalogue, self._core.settings.default_language
        )
        await introduction.give()

    async def _set_webhook(self) -> None:
        telegram, public_url = self._settings.telegram, self._settings.http.public_url
        if telegram.webhook_secret is not None:
            url = f"{public_url}/telegram/webhook"
            await use_webhook(self._sender, url, telegram.webhook_secret.reveal())

    async def _keep_trying(
        self, stop: asyncio.Event, call: Callable[[], Coroutine[None, None, None]]
    ) -> None:
        """Telegram may be away when we start: everything else runs meanwhile."""
        while not stop.is_set():
            asked = asyncio.ensure_future(call())
            stopped = asyncio.ensure_future(stop.wait())
            try:
                await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if asked.done():
                    return asked.result()
            except (NoticeFailed, TopupError) as error:
                log.warning("telegram.not_ready", why=error.code)
                await wait_at_most(stop, TRY_AGAIN_S)
            finally:
                asked.cancel()
                stopped.cancel()
                await asyncio.gather(asked, stopped, return_exceptions=True)
        return None

    async def _language_of(self, chat_id: int) -> str:
        found = await self._core.access.language(PersonId(chat_id))
        return found or self._core.settings.default_language

    async def _note_reachable(self, person_id: PersonId, reachable: bool) -> None:
        await self._core.access.note_reachable(person_id, reachable)

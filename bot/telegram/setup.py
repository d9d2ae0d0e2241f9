"""What is told to Telegram at start: commands, descriptions, and where updates go."""

from collections.abc import Sequence

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import (
    GetMe,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
    SetWebhook,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    User,
)

from bot.conversations.model import Text
from bot.locales.catalogue import Catalogue
from bot.telegram.poller import ALLOWED_UPDATES
from bot.telegram.sender import Sender

CUSTOMER_COMMANDS = (
    "menu",
    "balance",
    "topup",
    "redeem",
    "history",
    "alerts",
    "cards",
    "members",
    "ask",
    "security",
    "help",
    "language",
    "cancel",
)
GROUP_COMMANDS = ("help",)
STAFF_COMMANDS = ("queue", "cases")
REVIEWER_COMMANDS = ("lines",)  # in private chats only, like the next
OPERATOR_COMMANDS = ("codes",)
MAX_CONNECTIONS = 40
CODES = {"zh_CN": "zh", "en": "en"}  # Telegram's names for our languages
CommandScope = (
    BotCommandScopeDefault
    | BotCommandScopeAllPrivateChats
    | BotCommandScopeAllGroupChats
    | BotCommandScopeChat
)


def build_bot(token: str, api_url: str) -> Bot:
    """A bot at this Bot API server."""
    server = TelegramAPIServer.from_base(api_url)
    return Bot(token, session=AiohttpSession(api=server))


async def who_am_i(sender: Sender) -> User:
    return await sender.call(GetMe(), chat_id=None)


async def use_webhook(sender: Sender, url: str, secret: str) -> None:
    """Have updates sent to `url`; the secret comes back with each."""
    method = SetWebhook(
        url=url,
        secret_token=secret,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=MAX_CONNECTIONS,
    )
    await sender.call(method, chat_id=None)


class Introduction:
    """Menus and descriptions in every language, the default one also for all others."""

    def __init__(self, sender: Sender, catalogue: Catalogue, default_language: str) -> None:
        self._sender = sender
        self._catalogue = catalogue
        self._default_language = default_language

    async def give(
        self,
        customer: Sequence[str] = CUSTOMER_COMMANDS,
        group: Sequence[str] = GROUP_COMMANDS,
    ) -> None:
        """Everything that is the same for all people."""
        await self.show_commands(customer, BotCommandScopeDefault())
        await self.show_commands(customer, BotCommandScopeAllPrivateChats())
        await self.show_commands(group, BotCommandScopeAllGroupChats())
        for language, code in self._languages():
            long = self._catalogue.plain(language, Text("bot.description"))
            short = self._catalogue.plain(language, Text("bot.short_description"))
            await self._sender.call(
                SetMyDescription(description=long, language_code=code), chat_id=None
            )
            await self._sender.call(
                SetMyShortDescription(short_description=short, language_code=code), chat_id=None
            )

    async def show_staff_commands(self, chat_id: int) -> None:
        """The menu of one member of staff, or of the reviewers' group."""
        own = (*CUSTOMER_COMMANDS, *STAFF_COMMANDS, *REVIEWER_COMMANDS, *OPERATOR_COMMANDS)
        names = own if chat_id > 0 else STAFF_COMMANDS
        await self.show_commands(names, BotCommandScopeChat(chat_id=chat_id))

    async def show_commands(self, names: Sequence[str], scope: CommandScope) -> None:
        for language, code in self._languages():
            commands = [
                BotCommand(command=name, description=self._describe(language, name))
                for name in names
            ]
            method = SetMyCommands(commands=commands, scope=scope, language_code=code)
            await self._sender.call(method, chat_id=None)

    def _describe(self, language: str, name: str) -> str:
        return self._catalogue.plain(language, Text(f"command.{name}.about"))

    def _languages(self) -> list[tuple[str, str | None]]:
        """Each language with Telegram's code; without a code, what all others see."""
        return [(self._default_language, None), *CODES.items()]

"""A whole bot edge over a SQLite file and the sandbox's Bot API, with the clock of the machine."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from aiogram import Bot, Dispatcher

from bot.conversations.kernel import Dialogue
from bot.conversations.model import Screen, Text
from bot.handlers.dispatcher import build_dispatcher
from bot.handlers.groups import Groups, groups_router
from bot.handlers.membership import membership_router
from bot.handlers.private import PrivateChats, private_router
from bot.telegram.apology import Apology
from bot.telegram.cards import Cards
from bot.telegram.downloads import Downloads
from bot.telegram.events import Events
from bot.telegram.inbox_worker import InboxWorker
from bot.telegram.limits import NO_LIMITS, Limits
from bot.telegram.messages import Messages
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.poller import Poller
from bot.telegram.presenter import Presenter
from bot.telegram.render import Renderer
from bot.telegram.sender import Sender
from bot.telegram.setup import build_bot
from core.app import Core
from core.ids import PersonId
from core.storage.database import Database
from sandbox.app import running
from sandbox.telegram.demo import demo_world
from sandbox.telegram.world import World
from tests.conftest import SETTINGS
from tests.telegram import scripted_api
from tests.telegram.play_conversation import COMMANDS, PlayCards, PlayConversation
from tests.telegram.scripted_api import TOKEN, ScriptedApi
from tests.telegram.texts import catalogue

NOTICE = Screen(text=Text("play.said", {"said": "到账"}))
QUICK = Limits(
    overall=NO_LIMITS,
    private=NO_LIMITS,
    group=NO_LIMITS,
    reserve=0,
    first_backoff_s=0.02,
    longest_backoff_s=0.2,
)


@pytest.fixture(autouse=True, scope="session")
def plain_traces() -> None:
    """Without the pretty traces of a terminal, which take seconds each."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """What is tested here is Telegram's side: one kind of database is enough."""
    shutil.copy(migrated_sqlite, tmp_path / "topup.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'topup.db'}"


@pytest.fixture
def core(database: Database) -> Core:
    return Core(database, {}, SETTINGS)


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with scripted_api.serving() as served:
        yield served


@pytest.fixture
async def bot(api: ScriptedApi) -> AsyncIterator[Bot]:
    """A bot of the scripted server."""
    made = build_bot(TOKEN, api.base_url)
    yield made
    await made.session.close()


@pytest.fixture
def world() -> World:
    return demo_world()


@pytest.fixture
async def base_url(world: World) -> AsyncIterator[str]:
    async with running(world) as address:
        yield address


@dataclass(slots=True, kw_only=True)
class Edge:
    """The Telegram side of the product, put together as the product does."""

    core: Core
    bot: Bot
    sender: Sender
    messages: Messages
    cards: Cards
    presenter: Presenter
    messenger: TelegramMessenger
    dispatcher: Dispatcher
    worker: InboxWorker
    poller: Poller
    conversation: PlayConversation
    reachable: list[tuple[int, bool]]
    served: set[int]  # groups as the settings name them


def build_edge(core: Core, bot: Bot, limits: Limits = QUICK) -> Edge:
    renderer = Renderer(catalogue())
    sender = Sender(bot, limits)
    messages = Messages(sender)
    cards = Cards(messages, renderer, core.inbox, core.ids)
    presenter = Presenter(sender, messages, renderer, cards)
    events = Events(core.access, default_language="zh_CN", username="play_bot")
    conversation, play_cards = PlayConversation(Downloads(sender, bot)), PlayCards()
    dialogue = Dialogue(core, (conversation,), COMMANDS, play_cards)
    reachable: list[tuple[int, bool]] = []

    async def note(person_id: PersonId, is_reachable: bool) -> None:
        reachable.append((person_id, is_reachable))

    async def language_of(chat_id: int) -> str:
        return "zh_CN"

    async def serves(chat_id: int) -> bool:
        return chat_id in served | {await core.access.review_chat(item) for item in served}

    served: set[int] = set()
    groups = Groups(
        sender,
        messages,
        renderer,
        default_language="zh_CN",
        serves=serves,
        note_moved=core.access.note_moved_chat,
    )
    dispatcher = build_dispatcher(
        private_router(PrivateChats(events, dialogue, presenter)),
        membership_router(note),
        groups_router(groups),
    )
    apology = Apology(messages, renderer, events)
    return Edge(
        core=core,
        bot=bot,
        sender=sender,
        messages=messages,
        cards=cards,
        presenter=presenter,
        messenger=TelegramMessenger(
            messages,
            renderer,
            cards,
            core.inbox,
            screen_of=lambda _notice: NOTICE,
            card_screen=play_cards.screen,
            language_of=language_of,
        ),
        dispatcher=dispatcher,
        worker=InboxWorker(core, dispatcher, bot, apologise=apology.say),
        poller=Poller(bot, core.inbox, poll_s=2),
        conversation=conversation,
        reachable=reachable,
        served=served,
    )


@pytest.fixture
async def edge(core: Core, base_url: str) -> AsyncIterator[Edge]:
    """The edge against the sandbox."""
    made = build_bot(TOKEN, base_url)
    yield build_edge(core, made)
    await made.session.close()

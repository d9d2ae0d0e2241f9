"""Where files go in tests: the real exporter, and a stand-in for sending."""

from dataclasses import dataclass, field
from typing import cast

from bot.conversations.model import ShowFile
from bot.telegram.exporter import Exporter
from bot.telegram.messages import Messages
from bot.telegram.render import Rendered, Renderer
from core.app import Core
from core.errors import RetryLater
from tests.play import PlayMessenger
from tests.talk.talk import CATALOGUE


@dataclass(frozen=True)
class Sent:
    chat_id: int
    name: str
    content: bytes
    caption: str


@dataclass
class Outbox:
    """Keeps the files; refuses the first `fails` of them for now."""

    core: Core
    sent: list[Sent] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    fails: int = 0

    async def send_file(self, chat_id: int, file: ShowFile, caption: str) -> int:
        if self.fails:
            self.fails -= 1
            raise RetryLater(5)
        content = file.content if isinstance(file.content, bytes) else file.content.read_bytes()
        self.sent.append(Sent(chat_id, file.name, content, caption))
        return 1

    async def send(self, _chat_id: int, shown: Rendered, *, urgent: bool) -> int:
        self.said.append(shown.text)
        return 1

    @property
    def exporter(self) -> Exporter:
        messages = cast("Messages", self)
        return Exporter(self.core.statements, CATALOGUE, Renderer(CATALOGUE), messages)

    async def settle(self) -> PlayMessenger:
        messenger = PlayMessenger()
        await self.core.drain(messenger, exporter=self.exporter).settle()
        return messenger

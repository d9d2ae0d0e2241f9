"""The whole pretended Telegram: people, bots, chats, files and what goes wrong, in memory."""

import random
import secrets
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from sandbox.telegram.account import Account
from sandbox.telegram.errors import PageError
from sandbox.telegram.events import EventHub
from sandbox.telegram.faults import Faults
from sandbox.telegram.files import FileStore
from sandbox.telegram.model import PersonRecord, Room
from sandbox.telegram.rate_limits import RateLimits
from sandbox.telegram.updates import UpdateFeed
from sandbox.trace import Trace

FIRST_GROUP_ID = -4_000_000_001
FIRST_SUPERGROUP_ID = -1_002_000_000_001
UNCLAIMED_BOT_ID = 7_000_000_001


class World:
    """All state. Without a list of tokens the first one seen gets the bot, any other a new one."""

    def __init__(
        self,
        *,
        username: str = "cloud_topup_bot",
        bot_name: str = "云费用账户",
        tokens: Collection[str] | None = None,
        seed: int | None = None,
    ) -> None:
        self.chance = random.Random(seed)
        self.people: dict[int, PersonRecord] = {}
        self.groups: dict[int, Room] = {}
        self.files = FileStore()
        self.faults = Faults()
        self.limits = RateLimits()
        self.trace = Trace()
        self.events = EventHub()
        self.accounts: dict[str, Account] = {}
        self.revision = 0
        self.skipped_s = 0.0
        self._is_closed = False
        self._is_open_to_all = tokens is None
        self._bot_name = bot_name
        self._unclaimed: Account | None = self._new_account(UNCLAIMED_BOT_ID, username)
        self.bot = self._unclaimed
        for token in tokens or ():
            self._claim(token)

    def now(self) -> float:
        return time.time() + self.skipped_s

    def date(self) -> datetime:
        return datetime.fromtimestamp(int(self.now()), UTC)

    def next_revision(self) -> int:
        self.revision += 1
        return self.revision

    def account(self, token: str) -> Account | None:
        """The bot of a token, None for a token that Telegram never gave out."""
        known = self.accounts.get(token)
        if known or not self._is_open_to_all:
            return known
        return self._claim(token)

    def all_accounts(self) -> Iterator[Account]:
        if self._unclaimed:
            yield self._unclaimed
        yield from self.accounts.values()

    def person(self, person_id: int) -> PersonRecord:
        if person_id not in self.people:
            raise PageError(f"there is no person {person_id}; known are {sorted(self.people)}")
        return self.people[person_id]

    def group(self, chat_id: int) -> Room:
        if chat_id not in self.groups:
            raise PageError(f"there is no group {chat_id}; known are {sorted(self.groups)}")
        return self.groups[chat_id]

    def add_person(self, person: PersonRecord) -> PersonRecord:
        self.people[person.id] = person
        return person

    def add_group(self, title: str, members: Collection[int], *, is_supergroup: bool) -> Room:
        first = FIRST_SUPERGROUP_ID if is_supergroup else FIRST_GROUP_ID
        room = Room(
            id=first - len(self.groups),
            type="supergroup" if is_supergroup else "group",
            title=title,
            members=dict.fromkeys(members, "member"),
            instance=str(self.chance.getrandbits(62)),
        )
        creator = next(iter(members), None)
        if creator is not None:
            room.members[creator] = "creator"
        self.groups[room.id] = room
        return room

    def audience(self, room: Room) -> list[int]:
        """People who see this chat."""
        if room.is_private:
            return [room.id]
        return [member for member in room.members if member in self.people]

    def close(self) -> None:
        """Lets everybody go who waits for something to happen."""
        self._is_closed = True
        self.events.close()
        for account in self.all_accounts():
            account.feed.close()

    async def close_webhooks(self) -> None:
        for account in self.all_accounts():
            if account.webhook:
                await account.webhook.close()

    def _claim(self, token: str) -> Account:
        bot_id = int(token.partition(":")[0])
        account, self._unclaimed = self._unclaimed, None
        if account is None:
            account = self._new_account(bot_id, f"sandbox_{bot_id}_bot")
        self._rename(account, bot_id)
        self.accounts[token] = account
        return account

    def _rename(self, account: Account, bot_id: int) -> None:
        """A bot added to groups before it was claimed stays in them."""
        for room in self.groups.values():
            if account.id in room.members:
                room.members[bot_id] = room.members.pop(account.id)
        account.id = bot_id

    def _new_account(self, bot_id: int, username: str) -> Account:
        feed = UpdateFeed(self.chance, self.faults, self.now)
        return Account(bot_id=bot_id, username=username, first_name=self._bot_name, feed=feed)


def random_id() -> str:
    return str(secrets.randbits(62))

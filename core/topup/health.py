"""How the channels do, from the outcomes of real calls: kept for the keyboard and operators."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeVar

from core.access.model import StaffRole
from core.access.rights import staff_with
from core.channels import Channel
from core.clock import Clock
from core.errors import ProviderRefused, ProviderUnavailable
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.observing import Observer
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup import store
from core.topup.model import FAILURES_TO_FAIL, ChannelCalls

Answer = TypeVar("Answer")
READ_EVERY = timedelta(seconds=30)  # other processes write failures too
# Refusals of us, not of the order: until somebody mends the settings, nobody can pay.
OF_US = frozenset(
    {
        *("SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "ACCOUNT_ERROR"),
        *("SIGNERROR", "NOAUTH", "APPID_NOT_EXIST", "MCHID_NOT_EXIST"),
        *("HTTP_401", "HTTP_403", "NOT_CARDS_ONLY", "api_key_expired", "account_invalid"),
    }
)


class ChannelHealth:
    """Writes only when something changes: a failure, or the first success after one."""

    def __init__(self, database: Database, clock: Clock, observer: Observer) -> None:
        self._database = database
        self._clock = clock
        self._observer = observer
        self._troubled: set[Channel] = set()
        self._read_at: datetime | None = None

    async def watch(self, channel: Channel, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make the call, and keep whether the channel answered as one that can be used."""
        began = perf_counter()
        try:
            answer = await call()
        except ProviderRefused as error:
            self._observer.provider_called(channel, "refused", perf_counter() - began)
            if error.reason in OF_US:
                await self._note_failure(channel, str(error))
            raise
        except ProviderUnavailable as error:
            self._observer.provider_called(channel, "unavailable", perf_counter() - began)
            await self._note_failure(channel, str(error))
            raise
        self._observer.provider_called(channel, "answered", perf_counter() - began)
        if await self._is_troubled(channel):
            self._troubled.discard(channel)
            await self._database.write(lambda tx: _worked(tx, channel, at=self._clock.now()))
        return answer

    async def calls(self) -> Mapping[Channel, ChannelCalls]:
        """Per channel; also remembers whose next success is worth writing down."""
        found = await self._database.read(store.channel_calls)
        self._troubled.update(channel for channel, held in found.items() if held.failures)
        self._read_at = self._clock.now()
        return found

    async def _note_failure(self, channel: Channel, why: str) -> None:
        self._troubled.add(channel)
        await self._database.write(lambda tx: _failed(tx, channel, why, at=self._clock.now()))

    async def _is_troubled(self, channel: Channel) -> bool:
        """Also when another process, or this one before a restart, met the failure."""
        if self._read_at is None or self._clock.now() - self._read_at >= READ_EVERY:
            await self.calls()
        return channel in self._troubled


def _failed(tx: Tx, channel: Channel, why: str, *, at: datetime) -> None:
    if store.note_failure(tx, channel, why, at=at) == FAILURES_TO_FAIL:
        _tell(tx, "channel_failing", channel, {"detail": why[:300]}, at=at)


def _worked(tx: Tx, channel: Channel, *, at: datetime) -> None:
    failures = store.note_success(tx, channel, at=at)
    if failures >= FAILURES_TO_FAIL:
        _tell(tx, "channel_recovered", channel, {"failures": failures}, at=at)


def _tell(
    tx: Tx, what: str, channel: Channel, facts: Mapping[str, object], *, at: datetime
) -> None:
    """Every operator, once for each time it begins or ends."""
    operators = [Recipient(person_id=person) for person in staff_with(tx, StaffRole.OPERATOR)]
    told = {"what": what, "channel": channel.value, **facts}
    key = f"{what}:{channel}:{at:%Y%m%d%H%M%S%f}"
    notices.add(tx, operators, NoticeKind.ALARM, key=key, facts=told, at=at)

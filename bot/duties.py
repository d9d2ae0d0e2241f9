"""Work that one process at a time does for all: polling Telegram, sealing the audit trail."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import structlog

from bot.telegram.poller import Poller
from core.app import Core
from core.errors import BooksBroken, ProviderError
from core.platform.service import Idempotency
from core.providers.base import HoldsCertificates
from core.storage.signals import wait_at_most

log = structlog.get_logger()
LEASE = timedelta(seconds=30)
RENEW_S = 10.0
SEAL_EVERY_S = 30.0
SEAL_AFTER_S = 0.5  # rows of one moment share one seal
SWEEP_EVERY_S = 3600.0
PLAN_EVERY_S = 60.0
REFRESH_EVERY_S = 12 * 3600.0
REFRESH_AGAIN_S = 60.0
ATTENDS = timedelta(seconds=15)  # how long a process counts after it was last heard of
VERIFY_FIRST_S = 60.0
VERIFY_EVERY_S = 24 * 3600.0
VERIFY_LEASE = timedelta(minutes=10)


class LedgerChecked(Protocol):
    """Hears how a check of the books ended."""

    def __call__(self, *, holds: bool, at_s: float) -> None: ...


class Polling:
    """Polls while it holds the lease, and waits for it otherwise."""

    def __init__(self, core: Core, poller: Poller, holder: str) -> None:
        self._core = core
        self._poller = poller
        self._holder = holder

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await self._core.jobs.take_lease("poller", self._holder, LEASE):
                await self._poll_while_held(stop)
            else:
                await wait_at_most(stop, RENEW_S / 2)

    async def _poll_while_held(self, stop: asyncio.Event) -> None:
        ours = asyncio.Event()  # set when polling has to end
        polling = asyncio.ensure_future(self._poller.run(ours))
        try:
            while not (stop.is_set() or polling.done()):
                await wait_at_most(stop, RENEW_S)
                if not await self._core.jobs.take_lease("poller", self._holder, LEASE):
                    log.warning("poller.lease_lost")
                    break
        finally:
            ours.set()
            await polling
        if stop.is_set():
            await self._core.jobs.drop_lease("poller", self._holder)


class Sealing:
    """Chains audit rows within a second of their commit, and sweeps the inbox now and then."""

    def __init__(self, core: Core, holder: str) -> None:
        self._core = core
        self._holder = holder
        self._wake = core.database.signals.listen("audit")

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._wake.clear()
            await self._seal()
            await _first_of(self._wake, stop, SEAL_EVERY_S)
            await wait_at_most(stop, SEAL_AFTER_S)
        await self._seal()

    async def _seal(self) -> None:
        if await self._core.jobs.take_lease("sealer", self._holder, LEASE):
            while await self._core.audit.seal():
                continue


class Sharing:
    """Keeps telling the sender how many processes speak as this bot, so that they share rates."""

    def __init__(self, core: Core, holder: str, share: Callable[[int], None]) -> None:
        self._core = core
        self._holder = holder
        self._share = share

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._share(await self._core.jobs.attend("sender", self._holder, ATTENDS))
            await wait_at_most(stop, ATTENDS.total_seconds() / 3)
        await self._core.jobs.drop_lease(f"sender:{self._holder}", self._holder)


class Verifying:
    """Checks every invariant of the books soon after a start, then daily; alarms if one fails."""

    def __init__(self, core: Core, holder: str, checked: LedgerChecked) -> None:
        self._core = core
        self._holder = holder
        self._checked = checked

    async def run(self, stop: asyncio.Event) -> None:
        await wait_at_most(stop, VERIFY_FIRST_S)
        while not stop.is_set():
            if await self._core.jobs.take_lease("verifier", self._holder, VERIFY_LEASE):
                await self.verify()
            await wait_at_most(stop, VERIFY_EVERY_S)

    async def verify(self) -> None:
        """One check of everything; the operators are told once a day of the same fault."""
        now = self._core.clock.now()
        try:
            await self._core.ledger.verify()
        except BooksBroken as error:
            log.exception("ledger.broken")
            self._checked(holds=False, at_s=now.timestamp())
            facts = {"what": "books_broken", "detail": str(error).partition(":")[0]}
            await self._core.raise_alarm(f"books:{now:%Y%m%d}", facts)
        else:
            self._checked(holds=True, at_s=now.timestamp())


async def refresh_certificates(core: Core, stop: asyncio.Event) -> None:
    """Keep the certificates by which a provider's callbacks are checked."""
    keepers = [item for item in core.providers.values() if isinstance(item, HoldsCertificates)]
    while not stop.is_set():
        pause_s = REFRESH_EVERY_S
        for keeper in keepers:
            try:
                await keeper.refresh_certificates()
            except ProviderError as error:
                log.info("certificates.not_refreshed", why=error.code)
                if keeper.needs_certificates:
                    pause_s = REFRESH_AGAIN_S
        await wait_at_most(stop, pause_s)


async def sweep(core: Core, stop: asyncio.Event) -> None:
    """Forget what nobody asks for any more, and tell whose link ends soon."""
    idempotency = Idempotency(core.database, core.clock)
    while not stop.is_set():
        await core.inbox.sweep()
        await core.team.remind()
        await idempotency.sweep()
        await core.receipts.sweep(core.remittances.named)
        await core.check_bank_days()
        await core.shortfalls.sweep()
        await core.webhooks.sweep()
        await core.codes.sweep()
        await core.code_batches.sweep()
        await wait_at_most(stop, SWEEP_EVERY_S)


async def plan_reconciliation(core: Core, stop: asyncio.Event) -> None:
    """Have each day's bills compared once they are out; the drain does the work."""
    while not stop.is_set():
        await core.reconciliation.plan()
        await wait_at_most(stop, PLAN_EVERY_S)


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)

"""The drain: claims due jobs, runs their handlers, and keeps every outcome."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from core.clock import Clock
from core.correlation import correlated
from core.errors import RetryLater, StorageFault
from core.jobs import queue
from core.jobs.queue import Job
from core.storage.database import Database
from core.storage.signals import wait_at_most
from core.storage.transaction import Tx

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 20
BACKOFF_FIRST_S = 1.0
BACKOFF_MAX_S = 600.0
LOOK_EVERY_S = 0.5
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Again:
    """A handler's answer: not finished, run once more at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """A handler's answer: finished, and this is kept in the same commit."""

    work: Callable[[Tx], None]


Outcome = Again | Done | None
Handler = Callable[[Job], Awaitable[Outcome]]


class Drain:
    """Runs up to `width` jobs at once until it is stopped; a stop finishes what is running."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        width: int = 8,
        on_dead: Callable[[Job, str], Awaitable[None]] | None = None,
        patience: Mapping[str, timedelta] | None = None,
    ) -> None:
        """`patience` is the lease of those kinds whose work is long; others have `LEASE`."""
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._width = width
        self._on_dead = on_dead
        self._patience = patience or {}
        self._running: set[asyncio.Task[None]] = set()
        self._wake = database.signals.listen(queue.TOPIC)

    async def run(self, stop: asyncio.Event) -> None:
        """Drain until `stop` is set, then wait for the jobs under way."""
        while not stop.is_set():
            self._wake.clear()
            if not await self.step():
                await wait_at_most(self._wake, LOOK_EVERY_S)
        if self._running:
            await asyncio.wait(self._running)

    async def step(self) -> int:
        """Claim what fits and start it; returns how many were started."""
        free = self._width - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        now = self._clock.now()
        claimed = await self._database.write(
            lambda tx: queue.claim(tx, now=now, lease=LEASE, limit=free)
        )
        for job in claimed:
            task = asyncio.create_task(self._work(job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claimed)

    async def settle(self) -> None:
        """Run everything that is due now, to the end: for tests and for commands."""
        while await self.step():
            if self._running:
                await asyncio.wait(self._running)

    async def _work(self, job: Job) -> None:
        with correlated(job.correlation_id or f"job-{job.job_id}"):
            await self._work_through_outages(job)

    async def _work_through_outages(self, job: Job) -> None:
        try:
            await self._work_and_keep(job)
        except StorageFault as error:
            # The outcome could not be kept: the lease runs out, and it is done once more.
            log.warning("job.outcome_lost", kind=job.kind, job=job.job_id, why=str(error))

    async def _work_and_keep(self, job: Job) -> None:
        try:
            async with asyncio.timeout((await self._lease(job)).total_seconds() * 0.8):
                outcome = await self._handlers[job.kind](job)
        except RetryLater as error:
            await self._later(job, error.after_s, str(error), count=False)
        except Exception as error:  # noqa: BLE001 - the worker loop outlives every job
            await self._failed(job, error)
        else:
            await self._ended(job, outcome)

    async def _lease(self, job: Job) -> timedelta:
        """How long the job is ours, which is said in its row before it begins."""
        longer = self._patience.get(job.kind)
        if longer is None:
            return LEASE
        until = self._clock.now() + longer
        await self._database.write(lambda tx: queue.prolong(tx, job, until=until))
        return longer

    async def _ended(self, job: Job, outcome: Outcome) -> None:
        def work(tx: Tx) -> None:
            match outcome:
                case Again(at=at):
                    queue.postpone(tx, job, until=at, count=False)
                case Done(work=more):
                    if queue.finish(tx, job):
                        more(tx)
                case None:
                    queue.finish(tx, job)

        await self._database.write(work)

    async def _failed(self, job: Job, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if job.attempts >= MAX_ATTEMPTS:
            log.error("job.dead", kind=job.kind, job=job.job_id, reason=reason)
            await self._database.write(lambda tx: queue.bury(tx, job, error=reason))
            if self._on_dead is not None:
                await self._on_dead(job, reason)
            return
        log.warning("job.failed", kind=job.kind, job=job.job_id, reason=reason, exc_info=error)
        await self._later(job, backoff_s(job.attempts), reason, count=True)

    async def _later(self, job: Job, after_s: float, reason: str, *, count: bool) -> None:
        until = self._clock.now() + timedelta(seconds=after_s)
        await self._database.write(
            lambda tx: queue.postpone(tx, job, until=until, error=reason, count=count)
        )


def backoff_s(attempts: int) -> float:
    """Seconds to the next try: doubling, capped, with up to half of it left to chance."""
    whole = min(BACKOFF_FIRST_S * 2.0 ** (attempts - 1), BACKOFF_MAX_S)
    return whole * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret

"""Sends callbacks to merchants, and again until they are accepted, on WeChat's schedule."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

import httpx

from sandbox.pay.clock import ShiftedClock
from sandbox.pay.faults import Faults
from sandbox.pay.keys import Credentials
from sandbox.pay.letters import Letter, Notice, Sender, honest

# 15 s, 15 s, 30 s, 3 min … 6 h: 24 h 4 min in total
SCHEDULE_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, *(10800,) * 3, 21600, 21600)
_ANSWER_WITHIN_S = 5
_ACCEPTED = (200, 204)
_LONGEST_RECORD = 2000


class Recorder(Protocol):
    """Where a readable record of the traffic goes."""

    def record(
        self, side: str, title: str, request: object, response: object, status: int
    ) -> object: ...


class NoRecorder:
    """Keeps nothing."""

    def record(
        self, side: str, title: str, request: object, response: object, status: int
    ) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try; `status` is 0 where no answer came."""

    status: int
    answer: str
    took_ms: int

    @property
    def is_accepted(self) -> bool:
        return self.status in _ACCEPTED


@dataclass(slots=True, kw_only=True)
class Delivery:
    """What became of one callback so far."""

    notice: Notice
    kind: str
    attempts: list[Attempt] = field(default_factory=list)
    is_over: bool = False

    def view(self) -> dict[str, object]:
        return {
            "event_id": self.notice.event_id,
            "event_type": self.notice.event_type,
            "kind": self.kind,
            "url": self.notice.url,
            "out_trade_no": self.notice.content.get("out_trade_no"),
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "is_over": self.is_over,
        }


class Callbacks:
    """Everything announced so far; owns the tasks of what is still to be repeated."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        clock: ShiftedClock,
        recorder: Recorder,
        retry_delays_s: Sequence[float],
    ) -> None:
        self.faults = Faults()
        self.deliveries: list[Delivery] = []
        self._credentials = credentials
        self._clock = clock
        self._recorder = recorder
        self._retry_delays_s = tuple(retry_delays_s)
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def announce(
        self, notice: Notice, *, times: int = 1, concurrent: bool = False
    ) -> Delivery:
        """The first round, `times` over; if none is accepted, repeats go on in the background."""
        delivery = Delivery(notice=notice, kind="honest")
        self.deliveries.append(delivery)
        if concurrent:
            await asyncio.gather(*(self._try(delivery) for _ in range(times)))
        else:
            for _ in range(times):
                await self._try(delivery)
        if any(attempt.is_accepted for attempt in delivery.attempts):
            delivery.is_over = True
        else:
            self.spawn(self._repeat(delivery))
        return delivery

    async def send_once(self, notice: Notice, letter: Letter, kind: str) -> Delivery:
        """A letter as it is, whatever the answer."""
        delivery = Delivery(notice=notice, kind=kind, is_over=True)
        self.deliveries.append(delivery)
        delivery.attempts.append(await self._post(notice, letter, kind))
        return delivery

    def sender(self) -> Sender:
        return Sender(
            credentials=self._credentials,
            timestamp=self._clock.timestamp(),
            use_certificate=self.faults.certificate_callbacks,
        )

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _repeat(self, delivery: Delivery) -> None:
        for delay_s in self._retry_delays_s:
            await asyncio.sleep(delay_s)
            if (await self._try(delivery)).is_accepted:
                break
        delivery.is_over = True

    async def _try(self, delivery: Delivery) -> Attempt:
        notice = delivery.notice
        if self.faults.fresh_event_ids:
            notice = replace(notice, event_id=f"{notice.event_id}-{len(delivery.attempts)}"[:36])
        attempt = await self._post(notice, honest(notice, self.sender()), delivery.kind)
        delivery.attempts.append(attempt)
        return attempt

    async def _post(self, notice: Notice, letter: Letter, kind: str) -> Attempt:
        started = time.monotonic()
        try:
            answer = await self._http().post(
                notice.url, content=letter.body, headers=dict(letter.headers)
            )
            status, text = answer.status_code, answer.text[:_LONGEST_RECORD]
        except httpx.HTTPError as error:
            status, text = 0, f"{type(error).__name__}: {error}"
        took_ms = int((time.monotonic() - started) * 1000)
        request = {"url": notice.url, "kind": kind, "content": dict(notice.content)}
        title = f"callback {notice.event_type} ({kind})"
        self._recorder.record("wechat", title, request, text, status)
        return Attempt(status=status, answer=text, took_ms=took_ms)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_ANSWER_WITHIN_S, trust_env=False)
        return self._client

"""Sends the house's callbacks, and again until the merchant accepts them."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Generic, TypeVar

import httpx

from sandbox.pay.callbacks import Attempt, Recorder
from sandbox.tenpay.house.faults import Faults

# about 8 tries within 30 minutes, as merchants report them
SCHEDULE_S = (15, 15, 30, 60, 180, 600, 900)
_ANSWER_WITHIN_S = 5
_LONGEST_RECORD = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One callback request, ready to send."""

    method: str
    url: str
    body: bytes = b""
    content_type: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)


Writer = Callable[[int], Letter]
F = TypeVar("F", bound=Faults)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """What became of one callback so far; `letters` are kept so that a forger may replay them."""

    event_id: str
    out_trade_no: str
    kind: str
    url: str
    attempts: list[Attempt] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    is_over: bool = False
    accepted: bool = False

    def view(self) -> dict[str, object]:
        return {
            "event_id": self.event_id,
            "event_type": "payment",
            "kind": self.kind,
            "url": self.url,
            "out_trade_no": self.out_trade_no,
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "is_accepted": self.accepted,
            "is_over": self.is_over,
        }


class Callbacks(Generic[F]):
    """Everything announced so far; owns the tasks of what is still to be repeated."""

    def __init__(
        self,
        *,
        side: str,
        is_accepted: Callable[[int, bytes], bool],
        faults: F,
        recorder: Recorder,
        retry_delays_s: Sequence[float],
    ) -> None:
        self.faults = faults
        self.deliveries: list[Delivery] = []
        self._side = side
        self._is_accepted = is_accepted
        self._recorder = recorder
        self._retry_delays_s = tuple(retry_delays_s)
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def announce(
        self, delivery: Delivery, write: Writer, *, times: int, concurrent: bool
    ) -> Delivery:
        """The first round, `times` over; if none is accepted, repeats go on in the background."""
        self.deliveries.append(delivery)
        if concurrent:
            await asyncio.gather(*(self._try(delivery, write, turn) for turn in range(times)))
        else:
            for turn in range(times):
                await self._try(delivery, write, turn)
        if delivery.accepted:
            delivery.is_over = True
        else:
            self.spawn(self._repeat(delivery, write, times))
        return delivery

    async def send_once(self, delivery: Delivery, letter: Letter) -> Delivery:
        """A letter as it is, whatever the answer."""
        delivery.is_over = True
        self.deliveries.append(delivery)
        await self._post(delivery, letter)
        return delivery

    def sent_for(self, out_trade_no: str) -> Letter | None:
        """The newest honest letter about an order."""
        for delivery in reversed(self.deliveries):
            if (delivery.out_trade_no, delivery.kind) == (out_trade_no, "honest"):
                return delivery.letters[-1] if delivery.letters else None
        return None

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _repeat(self, delivery: Delivery, write: Writer, first_turn: int) -> None:
        for turn, delay_s in enumerate(self._retry_delays_s, start=first_turn):
            await asyncio.sleep(delay_s)
            if delivery.accepted:
                break
            await self._try(delivery, write, turn)
        delivery.is_over = True

    async def _try(self, delivery: Delivery, write: Writer, turn: int) -> None:
        if self.faults.callback_shuffle_s:
            await asyncio.sleep(random.uniform(0, self.faults.callback_shuffle_s))
        if self.faults.callbacks_lost:
            self.faults = replace(self.faults, callbacks_lost=self.faults.callbacks_lost - 1)
            delivery.attempts.append(Attempt(status=0, answer="lost on the way", took_ms=0))
            return
        await self._post(delivery, write(turn))

    async def _post(self, delivery: Delivery, letter: Letter) -> None:
        delivery.letters.append(letter)
        headers = {"Content-Type": letter.content_type} if letter.content_type else {}
        started = time.monotonic()
        try:
            answer = await self._http().request(
                letter.method, letter.url, content=letter.body, headers=headers
            )
            status, text = answer.status_code, answer.text[:_LONGEST_RECORD]
            is_accepted = self._is_accepted(status, answer.content)
        except httpx.HTTPError as error:
            status, text, is_accepted = 0, f"{type(error).__name__}: {error}", False
        delivery.accepted = delivery.accepted or is_accepted
        took_ms = int((time.monotonic() - started) * 1000)
        delivery.attempts.append(Attempt(status=status, answer=text, took_ms=took_ms))
        request = {"url": delivery.url, "kind": delivery.kind, "content": dict(letter.shown)}
        self._recorder.record(
            self._side, f"callback {letter.method} ({delivery.kind})", request, text, status
        )

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_ANSWER_WITHIN_S, trust_env=False)
        return self._client

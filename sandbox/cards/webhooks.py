"""Sends events to the merchant, and again until they are accepted."""

import asyncio
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass, field

import httpx

from sandbox.cards.account import Account
from sandbox.cards.model import Event
from sandbox.cards.signing import Letter, honest
from sandbox.cards.views import encode
from sandbox.pay.callbacks import Recorder
from sandbox.pay.clock import ShiftedClock

# exponential, three days in total
SCHEDULE_S = (60, 300, 1800, 7200, 18_000, 36_000, *(43_200,) * 4)
_ANSWER_WITHIN_S = 10
_LONGEST_RECORD = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttempt:
    """One try; `status` is 0 where no answer came."""

    status: int
    answer: str
    took_ms: int

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True, kw_only=True)
class WebhookDelivery:
    """What became of one event so far."""

    event: Event
    kind: str
    url: str
    attempts: list[WebhookAttempt] = field(default_factory=list)
    is_over: bool = False

    def view(self) -> dict[str, object]:
        return {
            "event_id": self.event.id,
            "event_type": self.event.kind,
            "object_id": self.event.content.get("id"),
            "kind": self.kind,
            "url": self.url,
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "is_over": self.is_over,
        }


class Webhooks:
    """Owns the tasks of what is still to be sent; without an address nothing is."""

    def __init__(
        self,
        *,
        account: Account,
        url: str,
        clock: ShiftedClock,
        recorder: Recorder,
        retry_delays_s: Sequence[float],
    ) -> None:
        self.url = url
        self.deliveries: list[WebhookDelivery] = []
        self._account = account
        self._clock = clock
        self._recorder = recorder
        self._retry_delays_s = tuple(retry_delays_s)
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def announce(
        self, events: Sequence[Event], *, times: int = 1, concurrent: bool = False
    ) -> None:
        """The first round of everything; what nobody accepts is repeated in the background."""
        faults = self._account.faults
        if not self.url or faults.no_callbacks:
            return
        lost = faults.callbacks_lost.split(",")
        deliveries = [
            WebhookDelivery(event=event, kind="honest", url=self.url)
            for event in events
            if event.kind not in lost
        ]
        self.deliveries += deliveries
        letters = deliveries * max(1, times * faults.callback_times)
        if faults.callbacks_shuffled:
            random.shuffle(letters)
        if faults.callback_delay_s:
            self.spawn(self._announce_later(faults.callback_delay_s, letters, concurrent))
        else:
            await self._first_round(letters, concurrent=concurrent)

    async def send_once(
        self, event: Event, letter: Letter, kind: str, url: str
    ) -> WebhookDelivery:
        """A letter as it is, whatever the answer."""
        delivery = WebhookDelivery(event=event, kind=kind, url=url, is_over=True)
        self.deliveries.append(delivery)
        delivery.attempts.append(await self._post(delivery, letter))
        return delivery

    def written(self, event: Event) -> bytes:
        return encode(self._account.view(event))

    def now(self) -> int:
        """The time that signatures carry."""
        return self._clock.timestamp()

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

    async def _announce_later(
        self, delay_s: float, letters: Sequence[WebhookDelivery], concurrent: bool
    ) -> None:
        await asyncio.sleep(delay_s)
        await self._first_round(letters, concurrent=concurrent)

    async def _first_round(self, letters: Sequence[WebhookDelivery], *, concurrent: bool) -> None:
        if concurrent:
            await asyncio.gather(*(self._try(delivery) for delivery in letters))
        else:
            for delivery in letters:
                await self._try(delivery)
        for delivery in {each.event.id: each for each in letters}.values():
            self._finish(delivery)

    def _finish(self, delivery: WebhookDelivery) -> None:
        if delivery.event.was_delivered:
            delivery.is_over = True
        else:
            self.spawn(self._repeat(delivery))

    async def _repeat(self, delivery: WebhookDelivery) -> None:
        for delay_s in self._retry_delays_s:
            await asyncio.sleep(delay_s)
            if (await self._try(delivery)).is_accepted:
                break
        delivery.is_over = True

    async def _try(self, delivery: WebhookDelivery) -> WebhookAttempt:
        """Each try is signed anew."""
        secret = self._account.credentials.webhook_secret
        letter = honest(secret, self.now(), self.written(delivery.event))
        attempt = await self._post(delivery, letter)
        delivery.attempts.append(attempt)
        if attempt.is_accepted:
            delivery.event.was_delivered = True
        return attempt

    async def _post(self, delivery: WebhookDelivery, letter: Letter) -> WebhookAttempt:
        started = time.monotonic()
        try:
            answer = await self._http().post(
                delivery.url, content=letter.body, headers=letter.headers
            )
            status, text = answer.status_code, answer.text[:_LONGEST_RECORD]
        except httpx.HTTPError as error:
            status, text = 0, f"{type(error).__name__}: {error}"
        took_ms = int((time.monotonic() - started) * 1000)
        request = {"url": delivery.url, "kind": delivery.kind, "content": delivery.event.content}
        title = f"callback {delivery.event.kind} ({delivery.kind})"
        self._recorder.record("stripe", title, request, text, status)
        return WebhookAttempt(status=status, answer=text, took_ms=took_ms)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_ANSWER_WITHIN_S, trust_env=False)
        return self._client

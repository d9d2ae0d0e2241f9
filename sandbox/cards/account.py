"""What belongs to the merchant's whole account: its records, its time, what is to be told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sandbox.cards.errors import missing
from sandbox.cards.faults import Faults
from sandbox.cards.keys import Credentials, random_letters
from sandbox.cards.model import Event, Intent, Record, Session
from sandbox.cards.views import Json, Views, object_name
from sandbox.pay.clock import ShiftedClock

_Kind = TypeVar("_Kind", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose request makes things happen now; nobody's when a payer or time acts."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Account:
    """Records by id, in the order they came; events wait here until somebody delivers them."""

    def __init__(self, credentials: Credentials, clock: ShiftedClock) -> None:
        self.credentials = credentials
        self.clock = clock
        self.faults = Faults()
        self.caller = Caller()
        self.views = Views(is_live=credentials.is_live)
        self._records: dict[str, Record] = {}
        self._by_kind: dict[type, dict[str, Record]] = {}
        self._untold: list[Event] = []
        self._later: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> int:
        return self.clock.timestamp()

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{random_letters(24)}"

    def add(self, record: _Kind) -> _Kind:
        self._records[record.id] = record
        self._by_kind.setdefault(type(record), {})[record.id] = record
        return record

    def all(self, kind: type[_Kind]) -> list[_Kind]:
        """Newest first."""
        found = self._by_kind.get(kind, {})
        return [each for each in reversed(found.values()) if isinstance(each, kind)]

    def peek(self, identifier: str) -> Record | None:
        return self._records.get(identifier)

    def get(
        self, kind: type[_Kind], identifier: str, *, status: int = 404, param: str = "id"
    ) -> _Kind:
        record = self._records.get(identifier)
        if not isinstance(record, kind):
            raise missing(object_name(kind), identifier, status=status, param=param)
        return record

    def view(self, record: Record) -> Json:
        if isinstance(record, Session) and record.intent:
            return self.views.of(record, self.get(Intent, record.intent))
        return self.views.of(record)

    def tell(self, kind: str, record: Record, previous: Json | None = None) -> None:
        self.tell_content(kind, self.view(record), previous)

    def tell_content(self, kind: str, content: Json, previous: Json | None = None) -> None:
        event = Event(
            id=self.new_id("evt"),
            created=self.now(),
            kind=kind,
            content=content,
            previous=previous,
            request_id=self.caller.request_id,
            idempotency_key=self.caller.idempotency_key,
        )
        self._untold.append(self.add(event))

    def later(self, delay_s: float, act: Callable[[], None]) -> None:
        self._later.append((delay_s, act))

    def take_untold(self) -> list[Event]:
        events, self._untold = self._untold, []
        return events

    def take_later(self) -> list[tuple[float, Callable[[], None]]]:
        acts, self._later = self._later, []
        return acts

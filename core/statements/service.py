"""Use cases of history: pages, search, sums, days, and ordering a file of it all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from core.access import rights
from core.access.model import Right
from core.audit import store as audit
from core.clock import Clock
from core.ids import AccountId, PersonId
from core.jobs import queue
from core.ledger import store as ledger
from core.statements import runway, spans, store
from core.statements.model import (
    PAGE,
    Day,
    Decision,
    ExportForm,
    ExportOrder,
    Line,
    Mark,
    Page,
    Sight,
    Span,
    Spending,
    Sums,
)
from core.statements.runway import Runway
from core.storage.database import Database
from core.storage.transaction import Tx

EXPORT = "export"
PATIENCE = timedelta(minutes=10)  # how long a file may take before somebody else tries
CHUNK = 50  # lines read at once: who waits for a balance meanwhile waits 2 ms, not 8


class Statements:
    """What happened to an account's money, for whoever may see it."""

    def __init__(self, database: Database, clock: Clock, zone: tzinfo) -> None:
        self._database = database
        self._clock = clock
        self.zone = zone

    def today(self) -> date:
        return self._clock.now().astimezone(self.zone).date()

    async def page(
        self,
        person_id: PersonId,
        account_id: AccountId,
        sight: Sight,
        *,
        before: Mark | None = None,
        limit: int = PAGE,
    ) -> Page:
        def work(tx: Tx) -> Page:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return store.page(tx, account_id, sight, before=before, limit=limit)

        return await self._database.read(work)

    async def find(
        self, person_id: PersonId, account_id: AccountId, typed: str, *, limit: int = PAGE
    ) -> list[Line]:
        """Lines whose reference or order number was typed, or a part of it."""

        def work(tx: Tx) -> list[Line]:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return store.find(tx, account_id, typed.strip(), limit=limit)

        return await self._database.read(work)

    async def sums(self, person_id: PersonId, account_id: AccountId, span: Span) -> Sums:
        def work(tx: Tx) -> Sums:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return store.sums(tx, account_id, span)

        return await self._database.read(work)

    async def spending(
        self, person_id: PersonId, account_id: AccountId, span: Span
    ) -> list[Spending]:
        def work(tx: Tx) -> list[Spending]:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return store.spending(tx, account_id, span)

        return await self._database.read(work)

    async def days(
        self, person_id: PersonId, account_id: AccountId, first: date, last: date
    ) -> list[Day]:
        """Every day of the span, in the account's zone."""

        def work(tx: Tx) -> list[Day]:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            return days_of(tx, account_id, first, last, self.zone)

        return await self._database.read(work)

    async def runway(self, person_id: PersonId, account_id: AccountId) -> Runway | None:
        """How long the balance lasts; None where there is too little history to say."""

        def work(tx: Tx) -> Runway | None:
            rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            today = self.today()
            first = today - timedelta(days=runway.LOOK_BACK)
            if store.first_capture(tx, account_id, spans.day_start(first, self.zone)) is None:
                return None
            days = days_of(tx, account_id, first, today - timedelta(days=1), self.zone)
            available_fen = ledger.balance(tx, account_id).available_fen
            return runway.estimate(days, available_fen, today)

        return await self._database.read(work)

    # --- files --------------------------------------------------------------------------------

    async def order_export(
        self, person_id: PersonId, account_id: AccountId, form: ExportForm, span: Span, *, key: str
    ) -> None:
        """Have a file made and sent; `key` is the same when the wish is heard again."""

        def work(tx: Tx) -> None:
            held = rights.require(tx, person_id, account_id, Right.SEE_MONEY)
            now = self._clock.now()
            order = ExportOrder(
                person_id=person_id,
                account_id=account_id,
                account_name=held.account.name,
                form=form,
                span=span,
                ordered_at=now,
            )
            payload = payload_of(order)
            dedupe_key = f"export:{person_id}:{key}"
            lane = f"export:{person_id}"
            if queue.enqueue(
                tx, EXPORT, payload, at=now, dedupe_key=dedupe_key, ordering_key=lane
            ):
                _record(tx, order)

        await self._database.write(work)

    async def may_have(self, order: ExportOrder) -> bool:
        """Whether the person may still see the account's money."""

        def work(tx: Tx) -> bool:
            held = rights.who_may(tx, order.account_id, Right.SEE_MONEY)
            return order.person_id in {item.person_id for item in held}

        return await self._database.read(work)

    async def sums_of(self, order: ExportOrder) -> Sums:
        return await self._database.read(lambda tx: store.sums(tx, order.account_id, order.span))

    async def lines(self, order: ExportOrder, last_id: int) -> AsyncIterator[Sequence[Line]]:
        """Every line of the span in the order of the books, some at a time."""
        after: Mark | None = None
        while True:
            found = await self._database.read(
                lambda tx, after=after: store.chunk(  # type: ignore[misc]
                    tx, order.account_id, order.span, after=after, last_id=last_id, limit=CHUNK
                )
            )
            if found:
                yield found
            if len(found) < CHUNK:
                return
            after = found[-1].mark

    async def decisions(self, order: ExportOrder) -> AsyncIterator[Sequence[Decision]]:
        """What people and the platform did on the account in the span, some at a time."""
        after = 0
        while True:
            found = await self._database.read(
                lambda tx, after=after: store.decisions(  # type: ignore[misc]
                    tx, order.account_id, order.span, after=after, limit=CHUNK
                )
            )
            if found:
                yield found
            if len(found) < CHUNK:
                return
            after = found[-1].audit_id


def payload_of(order: ExportOrder) -> dict[str, object]:
    """The order as a job keeps it."""
    since, until = order.span.since, order.span.until
    return {
        "person": order.person_id,
        "account": order.account_id,
        "name": order.account_name,
        "form": order.form.value,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "ordered_at": order.ordered_at.isoformat(),
    }


def read_payload(payload: Mapping[str, object]) -> ExportOrder:
    """The way back."""

    def moment(name: str) -> datetime | None:
        value = payload[name]
        return None if value is None else datetime.fromisoformat(str(value))

    return ExportOrder(
        person_id=PersonId(int(str(payload["person"]))),
        account_id=AccountId(str(payload["account"])),
        account_name=str(payload["name"]),
        form=ExportForm(str(payload["form"])),
        span=Span(since=moment("since"), until=moment("until")),
        ordered_at=datetime.fromisoformat(str(payload["ordered_at"])),
    )


def _record(tx: Tx, order: ExportOrder) -> None:
    facts = {name: value for name, value in payload_of(order).items() if name != "name"}
    audit.append(
        tx,
        at=order.ordered_at,
        actor=f"person:{order.person_id}",
        action="export.ordered",
        subject=f"account:{order.account_id}",
        account_id=order.account_id,
        facts=facts,
    )


CREDITS = frozenset({"payment", "remittance", "code"})


def days_of(tx: Tx, account_id: AccountId, first: date, last: date, zone: tzinfo) -> list[Day]:
    """Each day from its own sums, so that a day is a day in any zone."""
    whole = spans.days(first, last, zone)
    before = store.sums(tx, account_id, whole).opening
    available, frozen = before["available"], before["frozen"]
    found = []
    for number in range((last - first).days + 1):
        on = first + timedelta(days=number)
        moves = store.moved(tx, account_id, spans.days(on, on, zone))
        available += sum(item.available_fen for item in moves)
        frozen += sum(item.frozen_fen for item in moves)
        captured = [item for item in moves if item.kind == "hold_captured"]
        found.append(
            Day(
                on=on.isoformat(),
                available_fen=available,
                frozen_fen=frozen,
                credited_fen=sum(item.in_fen for item in moves if item.kind in CREDITS),
                captured_fen=-sum(item.available_fen + item.frozen_fen for item in captured),
            )
        )
    return found

"""Drafts of remittances: opened, filled in any order, and given their receipts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from core.access import rights
from core.access.model import Right
from core.clock import Clock
from core.errors import IllegalStep, NotFound, ReceiptRefused
from core.ids import AccountId, Ids, PersonId
from core.remittance import audience, drafting, store
from core.remittance.calendar import BankCalendar
from core.remittance.model import (
    LONGEST_TEXT,
    WAITING,
    Declared,
    Evidence,
    Happened,
    Remittance,
    RemittanceId,
    RemittanceState,
    RemittanceView,
    Way,
)
from core.remittance.receipt_kinds import MOST_FILES, ReceiptReason
from core.remittance.receipts import Receipts
from core.remittance.timing import BANK_ZONE
from core.storage.database import Database
from core.storage.transaction import Tx

ID_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What remittances need beside the database."""

    receipts: Receipts
    days: BankCalendar
    new_reference: Callable[[Ids], str]
    review_chat_id: int | None = None


class Drafts:
    """What is said of a transfer before, and a little after, it is submitted."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, surroundings: Surroundings
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._around = surroundings

    async def open_draft(
        self,
        person_id: PersonId,
        account_id: AccountId,
        way: Way | None,
        *,
        key: str,
        declared: Declared | None = None,
    ) -> Remittance:
        """A new draft, once per key."""

        def work(tx: Tx) -> Remittance:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            said = drafting.merged(Declared(), declared or Declared(), today=self._today())
            return self.add(tx, person_id, account_id, way, said, key=key, replaces=None)

        return await self._database.write(work)

    def add(
        self,
        tx: Tx,
        person_id: PersonId,
        account_id: AccountId,
        way: Way | None,
        declared: Declared,
        *,
        key: str,
        replaces: RemittanceId | None,
    ) -> Remittance:
        if (before := store.by_key(tx, key)) is not None:
            if before.person_id != person_id:
                raise NotFound
            return before
        now, remittance_id = self._clock.now(), RemittanceId(self._ids.short(ID_LENGTH))
        store.add(
            tx,
            remittance_id,
            reference=self._around.new_reference(self._ids),
            request_key=key,
            account_id=account_id,
            person_id=person_id,
            way=way,
            declared=declared,
            replaces=replaces,
            at=now,
        )
        opened = drafting.again(tx, remittance_id)
        audience.record(tx, opened, "opened", person_id, at=now)
        return opened

    async def declare(
        self, remittance_id: str, person_id: PersonId, said: Declared, *, way: Way | None = None
    ) -> RemittanceView:
        """Say more, or something else, while no reviewer has it in work."""

        def work(tx: Tx) -> RemittanceView:
            now = self._clock.now()
            found = drafting.take(tx, remittance_id, person_id)
            drafting.require_free(found, "declare", is_free=found.is_free(now))
            declared = drafting.merged(found.declared, said, today=self._today())
            store.declare(tx, remittance_id, declared)
            if way is not None:
                store.change(tx, remittance_id, way=way)
            if found.state is not RemittanceState.DRAFT:
                audience.changed(tx, found, Happened.CHANGED, person_id, at=now)
            return drafting.view(tx, drafting.again(tx, remittance_id), at=self._clock.now())

        return await self._database.write(work)

    async def attach(
        self, remittance_id: str, person_id: PersonId, content: bytes, *, name: str, caption: str
    ) -> RemittanceView:
        """Keep a receipt; the caption is the note, unless there is one. Raises `ReceiptRefused`.

        Once submitted, receipts can still be added until it is decided.
        """

        def check(tx: Tx) -> None:
            _require_taking(tx, drafting.find(tx, remittance_id, person_id, Right.MOVE_MONEY))

        await self._database.read(check)
        receipt = await self._around.receipts.take_in(content, file_name=name)
        file = Evidence(
            sha256=receipt.sha256,
            media_type=receipt.media_type.value,
            size=receipt.size_bytes,
            look=receipt.looks,
            name=drafting.one_line(name),
        )
        return await self._database.write(
            lambda tx: self._attach(tx, remittance_id, person_id, file, caption)
        )

    def _attach(
        self, tx: Tx, remittance_id: str, person_id: PersonId, file: Evidence, caption: str
    ) -> RemittanceView:
        now = self._clock.now()
        found = drafting.take(tx, remittance_id, person_id)
        held = {item.sha256 for item in store.files(tx, remittance_id)}
        if file.sha256 not in held:
            _require_taking(tx, found)
            store.add_file(tx, remittance_id, file, person_id, at=now)
        said = drafting.one_line(caption)
        if said and found.declared.note is None:
            note = Declared(note=said[:LONGEST_TEXT])
            store.declare(
                tx, remittance_id, drafting.merged(found.declared, note, today=self._today())
            )
        if found.state is not RemittanceState.DRAFT and file.sha256 not in held:
            audience.changed(tx, found, Happened.RECEIPT, person_id, at=now)
        return drafting.view(tx, drafting.again(tx, remittance_id), at=self._clock.now())

    async def drop_files(self, remittance_id: str, person_id: PersonId) -> RemittanceView:
        """Take every receipt off a draft, to send others."""

        def work(tx: Tx) -> RemittanceView:
            found = drafting.take(tx, remittance_id, person_id)
            is_draft = found.state is RemittanceState.DRAFT
            drafting.require_free(found, "drop_files", is_free=is_draft)
            store.remove_files(tx, remittance_id)
            return drafting.view(tx, found, at=self._clock.now())

        return await self._database.write(work)

    def _today(self) -> date:
        return self._clock.now().astimezone(BANK_ZONE).date()


def _require_taking(tx: Tx, found: Remittance) -> None:
    """Whether one more receipt is taken."""
    if found.state not in {*WAITING, RemittanceState.DRAFT, RemittanceState.NEEDS_INFO}:
        raise IllegalStep(record="Remittance", state=found.state, event="attach")
    if len(store.files(tx, found.remittance_id)) >= MOST_FILES:
        raise ReceiptRefused(ReceiptReason.TOO_MANY)

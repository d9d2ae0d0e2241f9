"""Use cases of bank statements: send one, name its columns, look at lines, set some aside.

    read = await banklines.read(data)                      # Read, or Table with a proposal
    done = await banklines.import_statement(person, data, bank_account)
    if isinstance(done, Table): ask, then
    done = await banklines.import_statement(person, data, bank_account, columns=chosen)

`import_statement` keeps the columns for this account, and uses them while the heading fits.
"""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

from core.access import store as access
from core.access.model import StaffRole
from core.audit import store as audit
from core.banklines import claiming, store
from core.banklines.formats.columns import fits, lines_of, table_of
from core.banklines.formats.kinds import (
    LARGEST_BYTES,
    StatementKind,
    StatementReason,
    kind_of,
)
from core.banklines.formats.reading import read_told
from core.banklines.model import (
    BankLine,
    Claim,
    Columns,
    Imported,
    LineEvent,
    Match,
    Read,
    StatementLine,
    Table,
)
from core.clock import Clock
from core.confined.declined import Declined
from core.confined.runner import Confined
from core.errors import InvalidRequest, NotAllowed, NotFound, StatementRefused
from core.ids import PersonId
from core.storage.database import Database
from core.storage.transaction import Tx

PAGE = 10
CHUNK = 500  # lines kept in one transaction
LONGEST_NOTE = 500
FEWEST_DIGITS = 6
CPU_S = 20.0  # a year of lines in XML takes a while
WALL_S = 40.0  # within the time an update has


class BankLines:
    """What reviewers do with the bank's statements."""

    def __init__(
        self, database: Database, clock: Clock, *, confined: Confined | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._confined = confined or Confined(width=1, cpu_s=CPU_S, wall_s=WALL_S)

    async def read(self, data: bytes) -> Read | Table:
        """Look at a file without keeping anything; raises `StatementRefused`."""
        kind = _bounded(data)
        try:
            answer = await self._confined.run(kind.value, {}, data)
        except Declined as declined:
            raise StatementRefused(declined.reason) from declined
        if kind in (StatementKind.TEXT_TABLE, StatementKind.SHEET):
            return table_of(answer.facts["rows"])
        return read_told(answer.facts)

    async def import_statement(
        self,
        person_id: PersonId,
        data: bytes,
        bank_account: str,
        *,
        columns: Columns | None = None,
    ) -> Imported | Table:
        """Keep the file's incoming lines, each once; a `Table` when its columns must be named.

        For reviewers. Raises `StatementRefused`, and `NotAllowed`.
        """
        known = await self._database.read(lambda tx: _known_columns(tx, person_id, bank_account))
        found = await self.read(data)
        if isinstance(found, Table):
            chosen = columns or known
            if chosen is None or (columns is None and not fits(chosen, found.heading)):
                return found
            if not fits(chosen, found.heading):
                raise StatementRefused(StatementReason.COLUMNS)
            read = lines_of(found, chosen)
        else:
            chosen, read = None, found
        if not _same_account(read.account, bank_account):
            raise StatementRefused(StatementReason.OTHER_ACCOUNT)
        digest = sha256(data).hexdigest()
        return await self._keep(person_id, bank_account, digest, read, chosen)

    async def _keep(
        self,
        person_id: PersonId,
        bank_account: str,
        digest: str,
        read: Read,
        columns: Columns | None,
    ) -> Imported:
        marks = store.fingerprints(bank_account, read.lines)
        lines = list(zip(marks, read.lines, strict=True))

        def begin(tx: Tx) -> int:
            _require_reviewer(tx, person_id)
            now = self._clock.now()
            if columns is not None:
                store.keep_columns(tx, bank_account, columns, person_id=person_id, at=now)
            statement_id = store.add_statement(
                tx, bank_account, digest, lines=len(lines), sent_by=person_id, at=now
            )
            facts = {"sha256": digest, "lines": len(lines)}
            self._record(tx, person_id, "statement.sent", f"statement:{statement_id}", facts)
            return statement_id

        statement_id = await self._database.write(begin)
        new = 0
        for start in range(0, len(lines), CHUNK):
            part = lines[start : start + CHUNK]
            add = partial(_add, statement_id, bank_account, part)
            new += await self._database.write(add)
        return Imported(
            new=new,
            known=len(lines) - new,
            outgoing=read.outgoing,
            foreign=read.foreign,
            unreadable=read.unreadable,
        )

    async def waiting(self, person_id: PersonId, *, page: int = 0) -> tuple[list[BankLine], bool]:
        """A page of lines nobody has taken, for reviewers, and whether more come after it."""

        def work(tx: Tx) -> tuple[list[BankLine], bool]:
            _require_reviewer(tx, person_id)
            found = store.new_lines(tx, skip=page * PAGE, limit=PAGE + 1)
            return found[:PAGE], len(found) > PAGE

        return await self._database.read(work)

    async def best(self, person_id: PersonId, claim: Claim) -> list[Match]:
        """Lines that may be the claim's, for reviewers."""

        def work(tx: Tx) -> list[Match]:
            _require_reviewer(tx, person_id)
            return claiming.best(tx, claim)

        return await self._database.read(work)

    async def line(self, person_id: PersonId, line_id: int) -> BankLine:
        """One line, for reviewers."""

        def work(tx: Tx) -> BankLine:
            _require_reviewer(tx, person_id)
            found = store.line(tx, line_id)
            if found is None:
                raise NotFound
            return found

        return await self._database.read(work)

    async def require(self, person_id: PersonId) -> None:
        """Raise `NotAllowed` for who is no reviewer."""
        await self._database.read(lambda tx: _require_reviewer(tx, person_id))

    async def ignore(self, person_id: PersonId, line_id: int, note: str) -> BankLine:
        """It is no remittance; the note says what it is."""
        return await self._set_aside(person_id, line_id, LineEvent.IGNORE, note)

    async def give_back(self, person_id: PersonId, line_id: int, note: str) -> BankLine:
        """The bank sent it back to its payer; the note says when and how."""
        return await self._set_aside(person_id, line_id, LineEvent.RETURN, note)

    async def reopen(self, person_id: PersonId, line_id: int, note: str) -> BankLine:
        """It was ignored by mistake."""
        return await self._set_aside(person_id, line_id, LineEvent.REOPEN, note)

    async def _set_aside(
        self, person_id: PersonId, line_id: int, event: LineEvent, note: str
    ) -> BankLine:
        note = note.strip()
        if not 1 <= len(note) <= LONGEST_NOTE:
            raise InvalidRequest(f"a note has 1 to {LONGEST_NOTE} characters")

        def work(tx: Tx) -> BankLine:
            _require_reviewer(tx, person_id)
            found = store.line(tx, line_id, lock=True)
            if found is None:
                raise NotFound
            now = self._clock.now()
            moved = store.move(tx, found, event, person_id=person_id, note=note, at=now)
            facts = {"note": note, "amount_fen": found.amount_fen, "state": moved.state.value}
            self._record(tx, person_id, f"bank_line.{event}", f"bank_line:{line_id}", facts)
            return moved

        return await self._database.write(work)

    def _record(
        self, tx: Tx, person_id: PersonId, action: str, subject: str, facts: dict[str, object]
    ) -> None:
        audit.append(
            tx,
            at=self._clock.now(),
            actor=f"person:{person_id}",
            action=action,
            subject=subject,
            account_id=None,
            facts=facts,
        )


def _bounded(data: bytes) -> StatementKind:
    if not data.strip():
        raise StatementRefused(StatementReason.EMPTY)
    if len(data) > LARGEST_BYTES:
        raise StatementRefused(StatementReason.TOO_BIG)
    kind = kind_of(data)
    if kind is None:
        raise StatementRefused(StatementReason.KIND)
    return kind


def _add(
    statement_id: int, bank_account: str, part: Sequence[tuple[str, StatementLine]], tx: Tx
) -> int:
    return store.add_lines(tx, statement_id, bank_account, part)


def _require_reviewer(tx: Tx, person_id: PersonId) -> None:
    if StaffRole.REVIEWER not in access.staff_roles(tx, person_id):
        raise NotAllowed


def _known_columns(tx: Tx, person_id: PersonId, bank_account: str) -> Columns | None:
    _require_reviewer(tx, person_id)
    return store.columns_of(tx, bank_account)


def _same_account(printed: str, ours: str) -> bool:
    """Whether a file may be of our account: it does not say, or one number ends the other."""
    digits = ["".join(symbol for symbol in text if symbol.isdigit()) for text in (printed, ours)]
    shorter, longer = sorted(digits, key=len)
    return len(shorter) < FEWEST_DIGITS or longer.endswith(shorter)

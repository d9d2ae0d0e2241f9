"""SQL of bank statements: lines, and the columns of each bank's table."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, Row, func, or_, select

from core.banklines.matching import plain_name, plain_number
from core.banklines.model import (
    BankLine,
    Claim,
    Columns,
    KnownLine,
    LineEvent,
    LineState,
    StatementLine,
    step,
)
from core.ids import PersonId
from core.reference import find_references
from core.storage.bankline_tables import bank_columns, bank_lines, bank_statements
from core.storage.transaction import Tx

LONGEST_REFS = 200
AT_ONCE = 500


def _line(row: Row[tuple[object, ...]]) -> BankLine:
    return BankLine(
        line_id=row.id,
        bank_account=row.bank_account,
        booked_on=row.booked_on,
        amount_fen=row.amount_fen,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        remark=row.remark,
        bank_id=row.bank_id,
        references=frozenset(row.refs.split()),
        state=LineState(row.state),
        claim_id=row.claim_id,
        note=row.note,
        decided_by=PersonId(row.decided_by) if row.decided_by else None,
        decided_at=row.decided_at,
    )


def add_statement(
    tx: Tx, bank_account: str, digest: str, *, lines: int, sent_by: PersonId, at: datetime
) -> int:
    values = {
        "bank_account": bank_account,
        "sha256": digest,
        "sent_by": sent_by,
        "sent_at": at,
        "lines": lines,
    }
    statement = bank_statements.insert().values(values).returning(bank_statements.c.id)
    return int(tx.execute(statement).scalar_one())


def fingerprints(bank_account: str, lines: Sequence[StatementLine]) -> list[str]:
    """What makes each line itself, so that it is kept once however often it comes.

    The bank's own number with day and amount; without one, all the fields and the line's place
    among its equals, for which a file has to hold whole days.
    """
    met: Counter[str] = Counter()
    found = []
    for line in lines:
        known = [bank_account, line.booked_on.isoformat(), str(line.amount_fen)]
        if line.bank_id:
            known += ["id", plain_number(line.bank_id)]
        else:
            known += ["all", plain_name(line.payer_name), line.payer_account, line.remark]
            equal = "\n".join(known)
            known.append(str(met[equal]))
            met[equal] += 1
        found.append(sha256("\n".join(known).encode()).hexdigest())
    return found


def add_lines(
    tx: Tx,
    statement_id: int,
    bank_account: str,
    lines: Sequence[tuple[str, StatementLine]],
) -> int:
    """Keep lines that are not known yet, each with its fingerprint; returns how many were new."""
    return sum(
        tx.insert_once(bank_lines, _values(statement_id, bank_account, fingerprint, line))
        for fingerprint, line in lines
    )


def _values(
    statement_id: int, bank_account: str, fingerprint: str, line: StatementLine
) -> dict[str, object]:
    return {
        "statement_id": statement_id,
        "bank_account": bank_account,
        "fingerprint": fingerprint,
        "booked_on": line.booked_on,
        "amount_fen": line.amount_fen,
        "payer_name": line.payer_name,
        "plain_payer": plain_name(line.payer_name)[:200],
        "payer_account": line.payer_account,
        "remark": line.remark,
        "bank_id": line.bank_id,
        "plain_id": plain_number(line.bank_id)[:100],
        "refs": " ".join(find_references(line.remark))[:LONGEST_REFS],
        "state": LineState.NEW,
    }


def line(tx: Tx, line_id: int, *, lock: bool = False) -> BankLine | None:
    row = tx.one(bank_lines, lock=lock, id=line_id)
    return None if row is None else _line(row)


def line_of_claim(tx: Tx, claim_id: str, *, lock: bool = False) -> BankLine | None:
    row = tx.one(bank_lines, lock=lock, claim_id=claim_id)
    return None if row is None else _line(row)


def of_claims(tx: Tx, claim_ids: Sequence[str]) -> list[BankLine]:
    """The lines that were taken for any of these claims."""
    found: list[BankLine] = []
    for start in range(0, len(claim_ids), AT_ONCE):
        part = claim_ids[start : start + AT_ONCE]
        rows = tx.all(select(bank_lines).where(bank_lines.c.claim_id.in_(part)))
        found += [_line(row) for row in rows]
    return found


def new_lines(tx: Tx, *, skip: int, limit: int) -> list[BankLine]:
    """Lines nobody has taken, oldest first."""
    rows = tx.all(
        select(bank_lines)
        .where(bank_lines.c.state == LineState.NEW)
        .order_by(bank_lines.c.booked_on, bank_lines.c.id)
        .offset(skip)
        .limit(limit)
    )
    return [_line(row) for row in rows]


def candidates(tx: Tx, claim: Claim, *, limit: int) -> list[BankLine]:
    """New lines with the claim's amount, serial number or reference."""
    wanted: list[ColumnElement[bool]] = [bank_lines.c.amount_fen == claim.amount_fen]
    if serial := plain_number(claim.serial_no or ""):
        wanted.append(bank_lines.c.plain_id == serial)
    if claim.reference:
        wanted.append(bank_lines.c.refs.contains(claim.reference, autoescape=True))
    rows = tx.all(
        select(bank_lines)
        .where(bank_lines.c.state == LineState.NEW, or_(*wanted))
        .order_by(bank_lines.c.booked_on.desc(), bank_lines.c.id.desc())
        .limit(limit)
    )
    return [_line(row) for row in rows]


def of_amounts(tx: Tx, amounts: Collection[int]) -> list[BankLine]:
    """New lines of any of these amounts."""
    found: list[BankLine] = []
    asked = sorted(set(amounts))
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        rows = tx.all(
            select(bank_lines)
            .where(bank_lines.c.state == LineState.NEW, bank_lines.c.amount_fen.in_(part))
            .order_by(bank_lines.c.id)
        )
        found += [_line(row) for row in rows]
    return found


def count_new(tx: Tx) -> int:
    """How many lines nobody has taken."""
    counted = select(func.count()).where(bank_lines.c.state == LineState.NEW)
    return int(tx.execute(counted.select_from(bank_lines)).scalar_one())


def exactly(tx: Tx, known: KnownLine, *, limit: int) -> list[BankLine]:
    """New lines of which all three are known."""
    rows = tx.all(
        select(bank_lines)
        .where(
            bank_lines.c.state == LineState.NEW,
            bank_lines.c.amount_fen == known.amount_fen,
            bank_lines.c.booked_on == known.booked_on,
            bank_lines.c.plain_payer == plain_name(known.payer_name)[:200],
            bank_lines.c.plain_payer != "",
        )
        .order_by(bank_lines.c.id)
        .limit(limit)
    )
    return [_line(row) for row in rows]


def move(
    tx: Tx,
    found: BankLine,
    event: LineEvent,
    *,
    claim_id: str | None = None,
    person_id: PersonId | None = None,
    note: str | None = None,
    at: datetime,
) -> BankLine:
    """Change the state of a locked line; raises `IllegalStep` where the table has no such move.

    A claim that has another line already raises `DuplicateKey`.
    """
    tx.change(
        bank_lines,
        {"id": found.line_id},
        state=step(found.state, event),
        claim_id=claim_id,
        note=note,
        decided_by=person_id,
        decided_at=at,
    )
    return line(tx, found.line_id) or found


def columns_of(tx: Tx, bank_account: str) -> Columns | None:
    row = tx.one(bank_columns, bank_account=bank_account)
    if row is None:
        return None
    kept = dict(row.columns)
    return Columns(**{**kept, "remarks": tuple(kept["remarks"])})


def keep_columns(
    tx: Tx, bank_account: str, columns: Columns, *, person_id: PersonId, at: datetime
) -> None:
    values: dict[str, object] = {
        "columns": asdict(columns),
        "saved_by": person_id,
        "saved_at": at,
    }
    if not tx.insert_once(bank_columns, {"bank_account": bank_account, **values}):
        tx.change(bank_columns, {"bank_account": bank_account}, **values)

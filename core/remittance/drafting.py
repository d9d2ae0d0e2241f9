"""What may be said about a transfer, and by whom: the rules inside the payer's transactions."""

import re
import unicodedata
from dataclasses import fields, replace
from datetime import date, datetime, timedelta

from core.access import rights
from core.access.model import Right
from core.banklines import claiming
from core.errors import AmountRefused, IllegalStep, InvalidRequest, NotFound
from core.ids import PersonId
from core.money import MAXIMUM_FEN
from core.remittance import store
from core.remittance.model import (
    HIDDEN_FROM_PAYER,
    LATEST_DIGITS,
    LONGEST_NAME,
    LONGEST_SERIAL,
    LONGEST_TEXT,
    WAITING,
    Declared,
    Remittance,
    RemittanceState,
    RemittanceView,
)
from core.storage.transaction import Tx

OLDEST = timedelta(days=366)
_DIGITS = re.compile(r"[0-9]{3,34}")
_SPACES = re.compile(r"[\s-]+")


def find(tx: Tx, remittance_id: str, person_id: PersonId, right: Right) -> Remittance:
    """The remittance for somebody who has the right on its account now; drafts are private."""
    found = store.remittance(tx, remittance_id)
    if found is None:
        raise NotFound
    rights.require(tx, person_id, found.account_id, right)
    if found.state is RemittanceState.DRAFT and found.person_id != person_id:
        raise NotFound
    return found


def take(tx: Tx, remittance_id: str, person_id: PersonId) -> Remittance:
    """The same, locked, for somebody who acts on it."""
    find(tx, remittance_id, person_id, Right.MOVE_MONEY)
    found = store.remittance(tx, remittance_id, lock=True)
    if found is None:
        raise NotFound
    return found


def merged(before: Declared, said: Declared, *, today: date) -> Declared:
    """What was declared with what is said now; raises for what cannot be."""
    checked = _checked(said, today)
    named = {field.name: getattr(checked, field.name) for field in fields(Declared)}
    return replace(before, **{name: value for name, value in named.items() if value is not None})


def _checked(said: Declared, today: date) -> Declared:
    if said.amount_fen is not None and not 1 <= said.amount_fen <= MAXIMUM_FEN:
        raise AmountRefused(minimum_fen=1, maximum_fen=MAXIMUM_FEN)
    if said.transfer_date is not None and not today - OLDEST <= said.transfer_date <= today:
        raise InvalidRequest("a transfer date is within the last year, and not in the future")
    return replace(
        said,
        payer_name=_line(said.payer_name, LONGEST_NAME),
        payer_account=_last_digits(said.payer_account),
        bank_serial=_serial(said.bank_serial),
        note=_line(said.note, LONGEST_TEXT),
    )


def one_line(text: str) -> str:
    """What a person wrote, on one line, of signs every database keeps."""
    kept = text.encode("utf-8", "replace").decode().replace("\0", "")
    return " ".join(kept.split())


def _line(text: str | None, longest: int) -> str | None:
    if text is None:
        return None
    said = one_line(text)
    if not 1 <= len(said) <= longest:
        raise InvalidRequest(f"a text has 1 to {longest} characters")
    return said


def _serial(text: str | None) -> str | None:
    """Compared with others: full-width signs and spaces make no difference."""
    if text is None:
        return None
    said = _SPACES.sub("", unicodedata.normalize("NFKC", one_line(text))).upper()
    if not 1 <= len(said) <= LONGEST_SERIAL:
        raise InvalidRequest(f"a serial number has 1 to {LONGEST_SERIAL} characters")
    return said


def _last_digits(text: str | None) -> str | None:
    """Of an account number only the last digits are kept."""
    if text is None:
        return None
    said = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    if not _DIGITS.fullmatch(said):
        raise InvalidRequest("an account number has 3 to 34 digits")
    return said[-4:] if len(said) > LATEST_DIGITS else said


def has_files(tx: Tx, found: Remittance) -> bool:
    return bool(store.files(tx, found.remittance_id))


def missing(found: Remittance, *, has_proof: bool) -> list[str]:
    """What has to be said before it can be submitted, in the order it is asked for.

    The proof is a receipt, or a line of the bank's statement.
    """
    said = found.declared
    lacking = {
        "way": found.way is None,
        "amount": said.amount_fen is None,
        "payer": said.payer_name is None,
        "date": said.transfer_date is None,
        "receipt": not has_proof,
    }
    return [name for name, is_lacking in lacking.items() if is_lacking]


def require_free(found: Remittance, event: str, *, is_free: bool) -> None:
    """A reviewer who has it in work, or a decision, closes it to the payer's changes."""
    if not is_free:
        raise IllegalStep(record="Remittance", state=found.state, event=event)


def again(tx: Tx, remittance_id: str) -> Remittance:
    """As it stands after a change."""
    found = store.remittance(tx, remittance_id)
    if found is None:
        raise NotFound
    return found


def view(tx: Tx, found: Remittance, *, at: datetime) -> RemittanceView:
    is_waiting = found.state in WAITING and found.due_at is not None
    lines = store.timeline(tx, found.remittance_id)
    return RemittanceView(
        remittance=found,
        files=store.files(tx, found.remittance_id),
        timeline=tuple(line for line in lines if line.what not in HIDDEN_FROM_PAYER),
        ahead=store.ahead_of(tx, found.due_at) if is_waiting and found.due_at else None,
        now=at,
        has_line=claiming.line_of(tx, found.remittance_id) is not None,
    )

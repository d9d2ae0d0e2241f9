"""The bank line beside a remittance: which may be its own, and which is kept for it."""

from datetime import datetime

from core.banklines import claiming
from core.banklines.model import BankLine, Claim, Match
from core.ids import PersonId
from core.remittance.model import WAITING, Remittance
from core.reviews.model import NO_LINE
from core.storage.transaction import Tx

SHOWN = 3


def claim_of(found: Remittance) -> Claim:
    """What the remittance says was paid."""
    said = found.declared
    return Claim(
        claim_id=found.remittance_id,
        reference=found.reference,
        amount_fen=int(said.amount_fen or 0),
        payer_name=said.payer_name or "",
        payer_account=said.payer_account,
        transferred_on=said.transfer_date,
        serial_no=said.bank_serial,
    )


def kept(tx: Tx, found: Remittance) -> BankLine | None:
    """The line that is its own: taken by a reviewer, or known by who paid."""
    return claiming.line_of(tx, found.remittance_id)


def likely(tx: Tx, found: Remittance) -> tuple[Match, ...]:
    """The best free lines for it, while it waits."""
    if found.state not in WAITING:
        return ()
    return tuple(claiming.best(tx, claim_of(found), limit=SHOWN))


def settle(
    tx: Tx,
    found: Remittance,
    received_fen: int,
    line_id: int | None,
    *,
    person_id: PersonId,
    at: datetime,
) -> bool:
    """Have an approval of this sum carry the line, which is of the same sum.

    None leaves what is kept, unless it is of another sum; `NO_LINE` carries none. False, and
    nothing has changed, when the line is not free any more.
    """
    if line_id is None:
        held = kept(tx, found)
        line_id = held.line_id if held is not None and held.amount_fen == received_fen else NO_LINE
    elif line_id != NO_LINE and claiming.amount_of(tx, line_id) != received_fen:
        return False
    wanted = None if line_id == NO_LINE else line_id
    return claiming.exchange(tx, wanted, found.remittance_id, person_id=person_id, at=at)

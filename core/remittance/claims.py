"""Which of the bank's lines a payer may claim: ones they know, and that name nobody else."""

import re

from core.access import store as access
from core.banklines import claiming
from core.banklines.model import BankLine, KnownLine
from core.ids import AccountId
from core.remittance import store
from core.storage.transaction import Tx

MOST_WORDS = 20  # of a remark, that may be the ID of an account
_WORD = re.compile(r"[A-Za-z0-9_-]{4,64}")


def free_lines(tx: Tx, account_id: AccountId, known: KnownLine) -> list[BankLine]:
    """Free lines that agree in all three, without those whose remark says they are another's."""
    found = claiming.known(tx, known)
    return [line for line in found if not _names_another(tx, line, account_id)]


def _names_another(tx: Tx, line: BankLine, account_id: AccountId) -> bool:
    """Whether it quotes a transfer of another account, or another account's ID."""
    for reference in line.references:
        remittance_id = store.id_of_reference(tx, reference)
        found = store.remittance(tx, remittance_id) if remittance_id else None
        if found is not None and found.account_id != account_id:
            return True
    words = _WORD.findall(line.remark)[:MOST_WORDS]
    others = (AccountId(word) for word in words if word != account_id)
    return any(access.account(tx, other) is not None for other in others)

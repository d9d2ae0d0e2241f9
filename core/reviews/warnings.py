"""What a reviewer should look at twice: receipts seen before, odd sums, names, hidden signs."""

import unicodedata

from core.remittance import store as remittances
from core.remittance.model import Remittance, RemittanceState
from core.remittance.receipts import look_alike
from core.reviews import store
from core.reviews.model import PastRemittance, Warned, WarningKind
from core.storage.transaction import Tx

FEWEST_TO_COMPARE = 2  # approved before, so that an amount can be unlike them
REFERENCES_SHOWN = 3
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cn", "Cs", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters nobody sees


def warnings_of(
    tx: Tx, found: Remittance, history: tuple[PastRemittance, ...]
) -> tuple[Warned, ...]:
    """Everything that is odd, the gravest first."""
    warned = [*_seen_before(tx, found)]
    if (before := _unlike(found, history)) is not None:
        warned.append(Warned(kind=WarningKind.UNUSUAL_AMOUNT, facts={"largest_fen": before}))
    payer = found.declared.payer_name or ""
    if _plain(payer) != _plain(found.account_name):
        facts = {"payer": payer, "account": found.account_name}
        warned.append(Warned(kind=WarningKind.OTHER_PAYER, facts=facts))
    if any(is_hiding(text) for text in _texts(tx, found)):
        warned.append(Warned(kind=WarningKind.HIDDEN_SIGNS))
    if found.due_is_estimated:
        warned.append(Warned(kind=WarningKind.NO_BANK_DAYS))
    return tuple(warned)


def _seen_before(tx: Tx, found: Remittance) -> list[Warned]:
    same = store.same_files(tx, found)
    alike = [one for one in _alike(tx, found) if one not in same]
    serial = store.same_serial(tx, found)
    kinds = (
        (WarningKind.SAME_FILE, same),
        (WarningKind.LOOKS_ALIKE, alike),
        (WarningKind.SAME_SERIAL, serial),
    )
    return [
        Warned(kind=kind, facts={"references": ", ".join(references[:REFERENCES_SHOWN])})
        for kind, references in kinds
        if references
    ]


def _alike(tx: Tx, found: Remittance) -> list[str]:
    own = [file.look for file in remittances.files(tx, found.remittance_id) if file.look]
    if not own:
        return []
    others = store.other_looks(tx, found)
    alike = {
        reference for reference, _, look in others if any(look_alike(look, mine) for mine in own)
    }
    return sorted(alike)[:5]


def _unlike(found: Remittance, history: tuple[PastRemittance, ...]) -> int | None:
    """The largest sum approved before, when this one is of another size."""
    amounts = [item.amount_fen for item in history if item.state is RemittanceState.APPROVED]
    now = found.declared.amount_fen or 0
    if len(amounts) < FEWEST_TO_COMPARE:
        return None
    is_unlike = now > 3 * max(amounts) or now * 10 < min(amounts)
    return max(amounts) if is_unlike else None


def _plain(name: str) -> str:
    """Letters and digits alone: brackets and spaces differ between banks."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum()
    )


def _texts(tx: Tx, found: Remittance) -> list[str]:
    said = found.declared
    files = [file.name for file in remittances.files(tx, found.remittance_id)]
    return [said.payer_name or "", said.bank_serial or "", said.note or "", *files]


def is_hiding(text: str) -> bool:
    """Whether it has signs that hide, reorder or fake text."""
    return any(sign in _BLANK or unicodedata.category(sign) in _HIDDEN for sign in text)

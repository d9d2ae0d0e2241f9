"""Bank lines inside the transactions of whoever decides about remittances.

    best = claiming.best(tx, claim)                       # ranked, with the why
    sure = claiming.exact(tx, claims)                     # for "approve all exact matches"
    claiming.take(tx, line_id, claim_id, person_id=…, at=…)     # new → matched
    claiming.credit(tx, claim_id, person_id=…, at=…)            # matched → credited, if it has one
    claiming.release(tx, claim_id, at=…)                        # matched → new, if it has one

A line carries one claim and a claim one line, by UNIQUE key. Who may act is the caller's matter.
"""

from collections.abc import Sequence
from datetime import datetime

from core.banklines import matching, store
from core.banklines.model import BankLine, Claim, LineEvent, LineState, Match
from core.errors import DuplicateKey, IllegalStep, NotFound
from core.ids import PersonId
from core.storage.transaction import Tx

MOST_SHOWN = 5
MOST_LOOKED_AT = 200


def best(tx: Tx, claim: Claim, *, limit: int = MOST_SHOWN) -> list[Match]:
    """The lines nobody has taken that fit the claim best."""
    found = store.candidates(tx, claim, limit=MOST_LOOKED_AT)
    return matching.rank(claim, found)[:limit]


def exact(tx: Tx, claims: Sequence[Claim]) -> list[Match]:
    """Every exact match that is the only one for its claim and for its line."""
    lines = store.of_amounts(tx, [claim.amount_fen for claim in claims])
    return matching.exact(claims, lines)


def line_of(tx: Tx, claim_id: str) -> BankLine | None:
    """The line that was taken for the claim."""
    return store.line_of_claim(tx, claim_id)


def take(tx: Tx, line_id: int, claim_id: str, *, person_id: PersonId, at: datetime) -> BankLine:
    """Keep a new line for the claim; doing so again changes nothing.

    Raises `NotFound`, and `IllegalStep` when the line is not free or the claim has another.
    """
    found = store.line(tx, line_id, lock=True)
    if found is None:
        raise NotFound
    if found.claim_id == claim_id:
        return found
    try:
        with tx.savepoint():
            return store.move(
                tx, found, LineEvent.MATCH, claim_id=claim_id, person_id=person_id, at=at
            )
    except DuplicateKey as error:
        raise IllegalStep(
            record="BankLine", state=LineState.MATCHED, event=LineEvent.MATCH
        ) from error


def credit(tx: Tx, claim_id: str, *, person_id: PersonId | None, at: datetime) -> BankLine | None:
    """The claim was credited; so was its line, once. None when it has no line."""
    found = store.line_of_claim(tx, claim_id, lock=True)
    if found is None or found.state is LineState.CREDITED:
        return found
    return store.move(tx, found, LineEvent.CREDIT, claim_id=claim_id, person_id=person_id, at=at)


def release(tx: Tx, claim_id: str, *, at: datetime) -> BankLine | None:
    """The claim was rejected or withdrawn: its line is free for another. None without a line."""
    found = store.line_of_claim(tx, claim_id, lock=True)
    if found is None:
        return None
    return store.move(tx, found, LineEvent.RELEASE, at=at)

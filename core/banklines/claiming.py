"""Bank lines inside the transactions of whoever decides about remittances.

    best = claiming.best(tx, claim)                       # ranked, with the why
    sure = claiming.exact(tx, claims)                     # for "approve all exact matches"
    claiming.take_first(tx, claiming.known(tx, said), claim_id, person_id=…, at=…)  # a payer's
    claiming.take(tx, line_id, claim_id, person_id=…, at=…)     # new → matched
    claiming.credit(tx, claim_id, person_id=…, at=…)            # matched → credited, if it has one
    claiming.release(tx, claim_id, at=…)                        # matched → new, if it has one

A line carries one claim and a claim one line, by UNIQUE key. Who may act is the caller's matter.
"""

from collections.abc import Sequence
from datetime import datetime

from core.banklines import matching, store
from core.banklines.model import (
    BankLine,
    Claim,
    KnownLine,
    LineEvent,
    LineState,
    Match,
    Standing,
)
from core.errors import DuplicateKey, IllegalStep, NotFound
from core.ids import PersonId
from core.storage.transaction import Tx

MOST_SHOWN = 5
MOST_LOOKED_AT = 200
MOST_SORTED = 5_000  # lines that are held against what waits, oldest first
MOST_EQUAL = 5


def best(tx: Tx, claim: Claim, *, limit: int = MOST_SHOWN) -> list[Match]:
    """The lines nobody has taken that fit the claim best."""
    found = store.candidates(tx, claim, limit=MOST_LOOKED_AT)
    return matching.rank(claim, found)[:limit]


def exact(tx: Tx, claims: Sequence[Claim]) -> list[Match]:
    """Every exact match that is the only one for its claim and for its line.

    For a claim that has a line already, that one is looked at and no other.
    """
    taken = _taken(tx, claims)
    open_ones = [claim for claim in claims if claim.claim_id not in taken]
    lines = store.of_amounts(tx, [claim.amount_fen for claim in open_ones])
    own = [
        match
        for claim in claims
        if claim.claim_id in taken
        for match in matching.rank(claim, [taken[claim.claim_id]])
        if match.is_exact
    ]
    return [*own, *matching.exact(open_ones, lines)]


def standing(tx: Tx, claims: Sequence[Claim]) -> Standing:
    """How the lines nobody has taken stand against the claims that have none."""
    taken = _taken(tx, claims)
    open_ones = [claim for claim in claims if claim.claim_id not in taken]
    lines = store.new_lines(tx, skip=0, limit=MOST_SORTED)
    return matching.standing(open_ones, lines, total=store.count_new(tx))


def fitting(tx: Tx, line_id: int, claims: Sequence[Claim]) -> list[Match]:
    """The claims without a line that a free line may be of, best first."""
    line, taken = store.line(tx, line_id), _taken(tx, claims)
    if line is None or line.state is not LineState.NEW:
        return []
    open_ones = [claim for claim in claims if claim.claim_id not in taken]
    found = [match for claim in open_ones for match in matching.rank(claim, [line])]
    return sorted(found, key=lambda match: -match.score)


def is_exact(tx: Tx, claim: Claim, line_id: int) -> bool:
    """Whether this free line, or the claim's own, is an exact match of the claim."""
    found = store.line(tx, line_id)
    if found is None or not (found.state is LineState.NEW or found.claim_id == claim.claim_id):
        return False
    return any(match.is_exact for match in matching.rank(claim, [found]))


def amount_of(tx: Tx, line_id: int) -> int | None:
    """What came in by this line, in fen; None when there is no such line."""
    found = store.line(tx, line_id)
    return None if found is None else found.amount_fen


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


def known(tx: Tx, said: KnownLine) -> list[BankLine]:
    """Free lines of which all three are known."""
    return store.exactly(tx, said, limit=MOST_EQUAL)


def take_first(
    tx: Tx, lines: Sequence[BankLine], claim_id: str, *, person_id: PersonId, at: datetime
) -> BankLine:
    """Keep one of these lines, which are alike, for the claim; `NotFound` when none is free."""
    for line in lines:
        try:
            return take(tx, line.line_id, claim_id, person_id=person_id, at=at)
        except IllegalStep:  # somebody was quicker: its equal is as good
            continue
    raise NotFound


def exchange(
    tx: Tx, line_id: int | None, claim_id: str, *, person_id: PersonId, at: datetime
) -> bool:
    """Have the claim carry this line alone, or none; false, and as before, when it is not free."""
    try:
        with tx.savepoint():
            held = store.line_of_claim(tx, claim_id, lock=True)
            if held is not None and held.line_id != line_id:
                release(tx, claim_id, at=at)
            if line_id is not None:
                take(tx, line_id, claim_id, person_id=person_id, at=at)
    except (IllegalStep, NotFound):
        return False
    return True


def credit(
    tx: Tx, claim_id: str, *, person_id: PersonId | None = None, at: datetime
) -> BankLine | None:
    """The claim was credited; so was its line, once. None when it has no line.

    Without a person it stays with who took it.
    """
    found = store.line_of_claim(tx, claim_id, lock=True)
    if found is None or found.state is LineState.CREDITED:
        return found
    person_id = person_id or found.decided_by
    return store.move(tx, found, LineEvent.CREDIT, claim_id=claim_id, person_id=person_id, at=at)


def release(tx: Tx, claim_id: str, *, at: datetime) -> BankLine | None:
    """The claim was rejected or withdrawn: its line is free for another. None without a line."""
    found = store.line_of_claim(tx, claim_id, lock=True)
    if found is None:
        return None
    return store.move(tx, found, LineEvent.RELEASE, at=at)


def _taken(tx: Tx, claims: Sequence[Claim]) -> dict[str | None, BankLine]:
    """Lines by the claim they were taken for."""
    lines = store.of_claims(tx, [claim.claim_id for claim in claims])
    return {line.claim_id: line for line in lines}

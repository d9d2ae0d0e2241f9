"""Which bank line fits which claim, and why: pure functions over frozen facts."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from core.banklines.model import BankLine, Claim, Match, Reason, Standing

WEIGHTS: Mapping[Reason, int] = {
    Reason.REFERENCE: 50,
    Reason.SERIAL_NO: 40,
    Reason.AMOUNT: 30,
    Reason.PAYER: 15,
    Reason.PAYER_ACCOUNT: 10,
    Reason.SAME_DAY: 5,
    Reason.NEAR_DAY: 3,
}
NEAR = timedelta(days=3)
FEWEST_DIGITS = 4  # of an account: fewer say nothing


def rank(claim: Claim, lines: Iterable[BankLine]) -> list[Match]:
    """Lines that may be the claim's, best first. Same payer or day alone is no match."""
    found = (_match(claim, line) for line in lines)
    return sorted(
        (match for match in found if match is not None),
        key=lambda match: (-match.score, match.line.booked_on, match.line.line_id),
    )


def exact(claims: Sequence[Claim], lines: Iterable[BankLine]) -> list[Match]:
    """Exact matches in the order of the claims: one line for one claim, and no other for either.

    What fits twice is left for a person to look at.
    """
    by_amount: dict[int, list[BankLine]] = defaultdict(list)
    for line in lines:
        by_amount[line.amount_fen].append(line)
    found = [
        match
        for claim in claims
        for match in rank(claim, by_amount.get(claim.amount_fen, ()))
        if match.is_exact
    ]
    per_claim = Counter(match.claim_id for match in found)
    per_line = Counter(match.line.line_id for match in found)
    return [
        match
        for match in found
        if per_claim[match.claim_id] == 1 and per_line[match.line.line_id] == 1
    ]


def standing(claims: Sequence[Claim], lines: Sequence[BankLine], *, total: int) -> Standing:
    """Lines that fit a claim exactly, and perhaps; of a total that may be larger."""
    sure = {match.line.line_id for match in exact(claims, lines)}
    by_mark: dict[object, list[BankLine]] = defaultdict(list)
    for line in lines:
        for mark in (line.amount_fen, plain_number(line.bank_id), *line.references):
            by_mark[mark].append(line)
    likely = {
        match.line.line_id
        for claim in claims
        for mark in (
            claim.amount_fen,
            plain_number(claim.serial_no or "") or None,
            claim.reference,
        )
        for match in rank(claim, by_mark.get(mark, ()))
    }
    fits = len(sure | likely)
    return Standing(exact=len(sure), likely=fits - len(sure), unmatched=total - fits)


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are of one payer: width, case, blanks and brackets do not count."""
    return bool(one) and plain_name(one) == plain_name(other)


def plain_name(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(symbol for symbol in folded if symbol.isalnum())


def plain_number(number: str) -> str:
    """A serial number as banks print it and people type it."""
    return plain_name(number).lstrip("0")


def _match(claim: Claim, line: BankLine) -> Match | None:
    reasons = tuple(_reasons(claim, line))
    if not {Reason.REFERENCE, Reason.SERIAL_NO, Reason.AMOUNT} & set(reasons):
        return None
    score = sum(WEIGHTS[reason] for reason in reasons)
    return Match(claim_id=claim.claim_id, line=line, score=score, reasons=reasons)


def _reasons(claim: Claim, line: BankLine) -> Iterable[Reason]:
    if claim.reference in line.references:
        yield Reason.REFERENCE
    if claim.serial_no and plain_number(claim.serial_no) == plain_number(line.bank_id) != "":
        yield Reason.SERIAL_NO
    if claim.amount_fen == line.amount_fen:
        yield Reason.AMOUNT
    if same_name(claim.payer_name, line.payer_name):
        yield Reason.PAYER
    if _same_account(claim.payer_account or "", line.payer_account):
        yield Reason.PAYER_ACCOUNT
    if (near := _nearness(claim, line)) is not None:
        yield near


def _nearness(claim: Claim, line: BankLine) -> Reason | None:
    if claim.transferred_on is None:
        return None
    apart = abs(line.booked_on - claim.transferred_on)
    if not apart:
        return Reason.SAME_DAY
    return Reason.NEAR_DAY if apart <= NEAR else None


def _same_account(told: str, printed: str) -> bool:
    """Whether what was told ends what the bank printed, which may hide its middle."""
    digits = "".join(symbol for symbol in told if symbol.isdigit())
    if len(digits) < FEWEST_DIGITS:
        return False
    kept = "".join(symbol for symbol in printed if symbol.isdigit() or symbol == "*")
    tail = kept.rpartition("*")[2]
    if len(tail) < FEWEST_DIGITS:
        return False
    shorter, longer = sorted((digits, tail), key=len)
    return longer.endswith(shorter)

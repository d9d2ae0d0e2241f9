"""The chart of accounts: which ledger accounts exist and which kind each is."""

from dataclasses import dataclass
from enum import StrEnum

from core.ids import AccountId, BatchId


class Kind(StrEnum):
    """Kinds of ledger accounts; the first two keep a running balance that is never negative."""

    CUSTOMER = "customer"  # the customer's money
    PROMOTION = "promotion"  # budget behind a batch of codes
    CLEARING = "clearing"  # money at a provider or bank, to be settled
    SUSPENSE = "suspense"  # money that arrived and fits nothing yet
    REVENUE = "revenue"  # captured holds
    MARKETING = "marketing"  # what funds promotions
    FEES = "fees"  # what providers keep
    BANK = "bank"  # settled money


KEEPS_BALANCE = frozenset({Kind.CUSTOMER, Kind.PROMOTION})


@dataclass(frozen=True, slots=True, order=True)
class LedgerAccount:
    """One account of the chart; the name is its identity and its place in the lock order."""

    name: str
    kind: Kind


def available(account_id: AccountId) -> LedgerAccount:
    """What a customer can spend."""
    return LedgerAccount(f"customer/{account_id}/available", Kind.CUSTOMER)


def frozen(account_id: AccountId) -> LedgerAccount:
    """What purchases have frozen."""
    return LedgerAccount(f"customer/{account_id}/frozen", Kind.CUSTOMER)


def clearing(channel: str) -> LedgerAccount:
    """What a provider owes us."""
    return LedgerAccount(f"clearing/{channel}", Kind.CLEARING)


def promotion(batch_id: BatchId) -> LedgerAccount:
    """What the codes of a batch can still give away."""
    return LedgerAccount(f"promotion/{batch_id}", Kind.PROMOTION)


SUSPENSE = LedgerAccount("suspense", Kind.SUSPENSE)
REVENUE = LedgerAccount("revenue", Kind.REVENUE)
FEES = LedgerAccount("fees", Kind.FEES)
BANK = LedgerAccount("bank", Kind.BANK)
MARKETING = LedgerAccount("marketing", Kind.MARKETING)

"""The banks of online banking: Tenpay's official `bank_type` table of 2012-07-04, as data."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CASHIER = "DEFAULT"  # the payer chooses on Tenpay's own page
COMPANY = "b2b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """`kind`: personal, debit, credit, b2b or cashier. Hidden ones have merged into others."""

    code: str
    name: str
    english: str
    kind: str
    hidden: bool = False


BANKS = tuple(
    Bank(**item) for item in json.loads(Path(__file__).with_name("banks.json").read_text("utf-8"))
)
_BY_CODE = {bank.code: bank for bank in BANKS}
_SHOWN = tuple(bank for bank in BANKS if not bank.hidden and bank.code != CASHIER)


def by_code(code: str) -> Bank | None:
    return _BY_CODE.get(code)


def personal() -> Sequence[Bank]:
    return [bank for bank in _SHOWN if bank.kind != COMPANY]


def company() -> Sequence[Bank]:
    return [bank for bank in _SHOWN if bank.kind == COMPANY]


def find(text: str) -> Sequence[Bank]:
    """Banks whose name in either language contains the text, or whose code it is."""
    wanted = text.strip().casefold()
    if not wanted:
        return []
    return [
        bank
        for bank in _SHOWN
        if wanted in bank.name.casefold()
        or wanted in bank.english.casefold()
        or wanted == bank.code.casefold()
    ]

